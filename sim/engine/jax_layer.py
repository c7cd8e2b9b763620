"""A dense stochastic-computing layer in JAX: the same counts on CPU, GPU or TPU."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bitcortex.errors import ToolError
from bitcortex.models.encode.seeds import derive
from bitcortex.models.layer.dense import DenseParams
from bitcortex.models.layer.streams import Streams
from bitcortex.sim.engine.layer import encode
from bitcortex.sim.engine.sc_weights import BITS, ONE, quantise


class JaxSCDenseLayer:
    """A dense layer, bit for bit `SCDenseLayer`, compiled by XLA.

    All inputs share one source and all weights another, so the ones of an input AND a weight depend
    on their two codes only: XLA ANDs and counts the streams of all pairs of codes, and sums up
    what every synapse looks up there. With the streams of one pass, that is the same count.

    Parameters
    ----------
    n_inputs, n_neurons, length, mode, seed, weights
        As for `SCDenseLayer`.

    Raises
    ------
    ToolError
        If JAX is not installed.
    """

    def __init__(
        self,
        n_inputs: int,
        n_neurons: int,
        length: int = 256,
        mode: str = "sobol",
        seed: int = 1,
        weights: ArrayLike | None = None,
    ) -> None:
        try:
            import jax
        except ModuleNotFoundError:
            raise ToolError("jax is not installed. Try: pip install 'bitcortex[jax]'") from None
        self.params = DenseParams(n_inputs, n_neurons, length, mode, BITS, seed)
        self.shape = (n_neurons, n_inputs)
        if weights is None:
            weights = np.random.default_rng(derive(seed, 63, "weights")).random(self.shape)
        self.weights: NDArray[np.float64] = np.array(weights, np.float64)
        self.streams = Streams(self.params.streams)
        self.device: str = jax.default_backend()
        self._count = jax.jit(_counts)

    def forward_both(self, x: ArrayLike) -> NDArray[np.int64]:
        """Return excitatory and inhibitory counts, shape (2, n_neurons), with fresh bits.

        Parameters
        ----------
        x
            Probabilities, shape (n_inputs,).
        """
        codes = encode("x", x, (self.params.n_inputs,))
        weights = quantise(self.weights, self.shape)[0].astype(np.int32)
        rx, rw = (words.astype(np.int32) for words in self.streams.next())
        made: NDArray[np.int64] = np.asarray(
            self._count(codes.astype(np.int32), weights, rx, rw)
        ).astype(np.int64)
        return made

    def forward(self, x: ArrayLike) -> NDArray[np.float64]:
        """Return signed count / (length * n_inputs), shape (n_neurons,)."""
        excitatory, inhibitory = self.forward_both(x)
        count: NDArray[np.int64] = excitatory - inhibitory
        return count / (self.params.length * self.params.n_inputs)


def _counts(codes: Any, weights: Any, rx: Any, rw: Any) -> Any:
    """Return the counts of a pass; all arguments are int32 arrays of JAX."""
    import jax.numpy as jnp

    inputs = (rx[None, :] < jnp.arange(ONE + 1)[:, None]).astype(jnp.int32)  # (codes, length)
    synapses = (rw[None, :] < jnp.arange(ONE)[:, None]).astype(jnp.int32)
    table = inputs @ synapses.T  # ones of every pair of codes
    ones = table[codes[None, :], jnp.abs(weights)]
    excitatory = jnp.where(weights > 0, ones, 0).sum(axis=1)
    return jnp.stack([excitatory, jnp.where(weights < 0, ones, 0).sum(axis=1)])
