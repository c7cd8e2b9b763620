"""Stochastic-computing layers for users, on any engine."""

import numpy as np
from numpy.typing import ArrayLike

from bitcortex import check
from bitcortex.models.encode.seeds import derive
from bitcortex.models.faults import Faults, as_faults
from bitcortex.models.layer.dense import DenseParams
from bitcortex.models.layer.recurrent import RecurrentParams
from bitcortex.sim.engine.layer import Codes, DenseLayer, Layer, Reals, encode, faulty_codes
from bitcortex.sim.engine.sc_backends import (
    DenseBackend,
    RecurrentBackend,
    make_dense,
    make_recurrent,
)
from bitcortex.sim.engine.sc_weights import BITS, ONE, WeightReport, quantise

Matrix = tuple[Reals, tuple[int, int], str]  # weights, their shape and their name
RADIUS = 0.9  # spectral radius of recurrent weights that the user does not give


class SCDenseLayer(DenseLayer):
    """A dense layer that multiplies by ANDing bitstreams and adds by counting ones.

    Parameters
    ----------
    n_inputs, n_neurons
        Shape of the layer.
    length
        Bits of a stream, 1 to 2**24.
    mode
        Of the streams: ``sobol`` or ``lfsr``.
    seed
        Of the streams, and of the weights if they are not given, 0 to 2**63 - 1.
    weights
        Reals in [-1, 1], shape (n_neurons, n_inputs); uniform in [0, 1) if None. A negative
        weight is inhibitory: its ones count against the others.
    engine
        ``numba``, ``golden`` or ``rtl`` (the gateware, compiled): the counts are the same.
    faults
        Of the layer, the same on every engine; none if None. See `bitcortex.models.faults`.

    Attributes
    ----------
    weights
        float64 array; edit it in any way you like, the next pass sees it.

    Raises
    ------
    ValueError
        If a parameter is out of range, there is no such engine, a weight is NaN or out of
        [-1, 1], or all weights round to 0.

    **Arithmetic**: an input p becomes the code floor(256 p + 1/2), a weight w floor(256 |w| + 1/2)
    with its sign, at most 255. Counts are exact.

    **Error**: the mean is unbiased over passes, given the codes; each pass has fresh bits. Inputs
    share one source and weights another, so errors are correlated across a layer.
    """

    _backend: DenseBackend

    def __init__(
        self,
        n_inputs: int,
        n_neurons: int,
        length: int = 256,
        mode: str = "sobol",
        seed: int = 1,
        weights: ArrayLike | None = None,
        engine: str = "numba",
        faults: Faults | None = None,
    ) -> None:
        self.params = DenseParams(n_inputs, n_neurons, length, mode, BITS, seed)
        shape = (n_neurons, n_inputs)
        if weights is None:
            weights = np.random.default_rng(derive(seed, 63, "weights")).random(shape)
        super().__init__(weights, shape, faults)
        self.engine = engine
        self._backend = make_dense(engine, self.params, self.faults)

    def forward(self, x: ArrayLike) -> Reals:
        """Return signed count / (length * n_inputs): in [0, 1], or [-1, 1] with inhibition.

        Parameters
        ----------
        x
            Probabilities, shape (n_inputs,), or (batch, n_inputs) for one pass per row.

        Returns
        -------
        Shape (n_neurons,) or (batch, n_neurons).

        Raises
        ------
        ValueError
            If a probability is NaN or out of [0, 1], a shape differs, or weights are out of range.
        """
        return self.forward_counts(x) / (self.params.length * self.params.n_inputs)

    def forward_counts(self, x: ArrayLike) -> Codes:
        """Return excitatory minus inhibitory counts, int64, shaped as those of `forward`."""
        counts = self.forward_both(x)
        return counts[..., 0, :] - counts[..., 1, :]

    def forward_both(self, x: ArrayLike) -> Codes:
        """Return excitatory and inhibitory counts, shape ([batch,] 2, n_neurons)."""
        rows, single = self._rows(x)
        counts = self._backend.counts(self._codes(), rows)
        return counts[0] if single else counts

    def reseed(self) -> None:
        """Return to the bits of the first pass; the weights stay."""
        self._backend.reseed()


class SCRecurrentLayer(Layer):
    """A recurrent layer (reservoir): h[t] = clip(W x[t] + R h[t - 1], 0, 1), all in bitstreams.

    Parameters
    ----------
    n_inputs, n_neurons, length, mode, seed, engine
        As for `SCDenseLayer`.
    weights
        W, reals in [-1, 1], shape (n_neurons, n_inputs); uniform in [-1, 1) if None.
    recurrent_weights
        R, shape (n_neurons, n_neurons); uniform, with a spectral radius of 0.9, if None.
    gain_shift
        Of the sum of products: h = sum * length / 2**(8 + gain_shift). None takes the one
        with which a weight of 1 acts as 1, for lengths from 256 up; below, 0, so the sum acts as
        length / 256 of itself.

    Attributes
    ----------
    weights, recurrent_weights
        float64 arrays; edit them in any way you like, the next step sees it.
    state
        h, float64, shape (n_neurons,): codes / 256.

    Raises
    ------
    ValueError
        As for `SCDenseLayer`.

    **Arithmetic**: exact signed counts, shifted right, rounding down; clipped to 0..1.
    """

    _backend: RecurrentBackend

    def __init__(
        self,
        n_inputs: int,
        n_neurons: int,
        length: int = 256,
        mode: str = "sobol",
        seed: int = 1,
        weights: ArrayLike | None = None,
        recurrent_weights: ArrayLike | None = None,
        gain_shift: int | None = None,
        engine: str = "numba",
        faults: Faults | None = None,
    ) -> None:
        if gain_shift is None:
            gain_shift = max(0, check.integer("length", length, 1, 2**24).bit_length() - 1 - BITS)
        self.params = RecurrentParams(n_inputs, n_neurons, length, mode, BITS, seed, gain_shift)
        rng = np.random.default_rng(derive(seed, 63, "weights"))
        given = rng.uniform(-1.0, 1.0, (n_neurons, n_inputs)) if weights is None else weights
        self.weights: Reals = np.array(given, np.float64)
        if recurrent_weights is None:
            recurrent_weights = rng.uniform(-1.0, 1.0, (n_neurons, n_neurons))
            radius = float(np.abs(np.linalg.eigvals(recurrent_weights)).max())
            recurrent_weights = recurrent_weights * min(RADIUS / radius, 1.0)
        self.recurrent_weights: Reals = np.array(recurrent_weights, np.float64)
        _ = self.reports
        self.engine = engine
        self.faults = as_faults(faults)
        self._backend = make_recurrent(engine, self.params, self.faults)
        self._state = np.zeros(n_neurons, np.int64)

    def _matrices(self) -> tuple[Matrix, Matrix]:
        n, m = self.params.n_neurons, self.params.n_inputs
        recurrent: Matrix = (self.recurrent_weights, (n, n), "recurrent_weights")
        return (self.weights, (n, m), "weights"), recurrent

    @property
    def reports(self) -> tuple[WeightReport, WeightReport]:
        """What rounding of W, and of R, loses."""
        first, second = (quantise(*matrix)[1] for matrix in self._matrices())
        return first, second

    @property
    def state(self) -> Reals:
        """The state h; set it to any probabilities."""
        return self._state / ONE

    @state.setter
    def state(self, value: ArrayLike) -> None:
        self._state = encode("state", value, (self.params.n_neurons,))

    def step(self, x: ArrayLike) -> Reals:
        """Return the next state, shape (n_neurons,), for inputs of shape (n_inputs,).

        Raises
        ------
        ValueError
            If a probability is NaN or out of [0, 1], a shape differs, or weights are out of range.
        """
        codes = encode("x", x, (self.params.n_inputs,))
        weights = np.hstack([faulty_codes(*matrix, self.faults) for matrix in self._matrices()])
        self._state = self._backend.step(weights, codes, self._state)
        return self.state

    def reseed(self) -> None:
        """Return to the bits of the first step; state and weights stay."""
        self._backend.reseed()
