"""Stochastic-computing dense layer with a weight of its own per synapse."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bitcortex import check
from bitcortex.models.layer.streams import StreamParams

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class DenseParams:
    """Parameters of a dense layer.

    Parameters
    ----------
    n_inputs, n_neurons
        Inputs (rate and spiking together) and neurons, 1 to 65535 each.
    length, mode, bits, seed
        Of the streams: see `StreamParams`.
    n_spikes
        How many of the inputs, the last ones, are spiking: a single bit per pass.
    """

    n_inputs: int  # rate inputs, then spiking inputs
    n_neurons: int  # outputs
    length: int = 256  # bits per stream and pass
    mode: str = "sobol"  # of the streams
    bits: int = 8  # of a code and of a weight's magnitude
    seed: int = 1  # of the streams
    n_spikes: int = 0  # spiking inputs

    def __post_init__(self) -> None:
        check.integer("n_inputs", self.n_inputs, 1, 65535)
        check.integer("n_neurons", self.n_neurons, 1, 65535)
        StreamParams(self.length, self.mode, self.bits, self.seed)
        check.integer("n_spikes", self.n_spikes, 0, self.n_inputs)

    @property
    def streams(self) -> StreamParams:
        """Parameters of the layer's sources."""
        return StreamParams(self.length, self.mode, self.bits, self.seed)

    @property
    def n_rates(self) -> int:
        """Number of rate inputs, the first ones."""
        return self.n_inputs - self.n_spikes

    @property
    def top_weight(self) -> int:
        """Largest magnitude of a weight."""
        return 2**self.bits - 1


def forward(
    params: DenseParams,
    weights: NDArray[np.integer],
    codes: NDArray[np.integer],
    rx: NDArray[np.integer],
    rw: NDArray[np.integer],
) -> tuple[Counts, Counts]:
    """Return the excitatory and the inhibitory count of every neuron in one pass.

    Parameters
    ----------
    params
        Of the layer.
    weights
        Shape (n_neurons, n_inputs), signed codes, magnitude up to 2**bits - 1.
    codes
        Shape (n_inputs,): 0 to 2**bits for a rate input, 0 or 1 for a spiking one.
    rx, rw
        Source words of the pass, shape (length,) each.

    Returns
    -------
    Two int64 arrays of shape (n_neurons,).

    Raises
    ------
    ValueError
        If a shape or a value does not fit.
    """
    _check(params, weights, codes, rx, rw)
    inputs = rx[None, :] < codes[:, None]  # X_i[l]
    spikes = slice(params.n_rates, params.n_inputs)
    inputs[spikes] = codes[spikes, None] != 0  # a spike is a constant stream
    excitatory = np.zeros(params.n_neurons, np.int64)
    inhibitory = np.zeros(params.n_neurons, np.int64)
    for j, row in enumerate(weights.astype(np.int64)):
        ones = (inputs & (rw[None, :] < np.abs(row)[:, None])).sum(axis=1)  # X_i & W_ij
        excitatory[j] = ones[row > 0].sum()
        inhibitory[j] = ones[row < 0].sum()
    return excitatory, inhibitory


def mean(params: DenseParams, counts: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return counts divided by the largest possible one, in [0, 1] (signed counts: [-1, 1])."""
    return counts / (params.length * params.n_inputs)


def _check(
    params: DenseParams,
    weights: NDArray[np.integer],
    codes: NDArray[np.integer],
    rx: NDArray[np.integer],
    rw: NDArray[np.integer],
) -> None:
    shapes = {
        "weights": (weights, (params.n_neurons, params.n_inputs)),
        "codes": (codes, (params.n_inputs,)),
        "rx": (rx, (params.length,)),
        "rw": (rw, (params.length,)),
    }
    for name, (array, shape) in shapes.items():
        if array.shape != shape:
            raise ValueError(f"{name} must have shape {shape}, not {array.shape}")
    if (worst := int(np.abs(weights.astype(np.int64)).max())) > params.top_weight:
        raise ValueError(
            f"weights must have a magnitude of at most {params.top_weight}, not {worst}. "
            "Scale them down or use more bits"
        )
    tops = np.where(np.arange(params.n_inputs) < params.n_rates, 2**params.bits, 1)
    if (wrong := np.flatnonzero((codes < 0) | (codes > tops))).size:
        i = int(wrong[0])
        raise ValueError(f"codes[{i}] must be in 0..{tops[i]}, not {int(codes[i])}")
