"""What the layers for users have in common."""

from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bitcortex import check
from bitcortex.closing import Closing
from bitcortex.models.faults import Faults, as_faults
from bitcortex.sim.engine.devices import vary
from bitcortex.sim.engine.sc_weights import ONE, WeightReport, quantise

Reals = NDArray[np.float64]
Codes = NDArray[np.int64]


def encode(name: str, x: ArrayLike, shape: tuple[int, ...] | None = None) -> Codes:
    """Return the codes floor(256 p + 1/2) of probabilities.

    Raises
    ------
    ValueError
        If one is NaN or out of [0, 1], or the shape differs.
    """
    return np.floor(check.probabilities(name, x, shape) * ONE + 0.5).astype(np.int64)


def faulty_codes(
    weights: Reals, shape: tuple[int, int], name: str, faults: Faults
) -> NDArray[np.int16]:
    """Return the codes of weights that vary as `faults` say.

    Raises
    ------
    ValueError
        If `quantise` refuses the weights as they were written.
    """
    codes = quantise(weights, shape, name)[0]
    return quantise(vary(weights, faults, name), shape, name)[0] if faults.variability else codes


class Closes(Protocol):
    """What frees something."""

    def close(self) -> None:
        """Free it."""
        ...


class Layer(Closing):
    """A layer that holds compiled gateware, perhaps, and frees it."""

    _backend: Closes

    def close(self) -> None:
        """Free the compiled gateware; the layer can no longer be used."""
        self._backend.close()


class DenseLayer(Layer):
    """A layer with one matrix of weights.

    Raises
    ------
    ValueError
        If a weight is NaN or out of [-1, 1], or all weights round to 0.
    """

    def __init__(self, weights: ArrayLike, shape: tuple[int, int], faults: Faults | None) -> None:
        self.shape = shape
        self.weights: Reals = np.array(weights, np.float64)
        quantise(self.weights, shape)
        self.faults = as_faults(faults)

    @property
    def report(self) -> WeightReport:
        """What rounding of the weights loses."""
        return quantise(self.weights, self.shape)[1]

    def _rows(self, x: ArrayLike) -> tuple[Codes, bool]:
        """Return codes of inputs, (batch, inputs), and whether there is only one row.

        Raises
        ------
        ValueError
            If one is NaN or out of [0, 1], or the shape differs.
        """
        codes, n = encode("x", x), self.shape[1]
        if codes.ndim not in (1, 2) or codes.shape[-1] != n:
            raise ValueError(f"x must have shape ({n},) or (batch, {n}), not {codes.shape}")
        return codes.reshape(-1, n), codes.ndim == 1

    def _codes(self) -> NDArray[np.int16]:
        """Return the codes of the weights, as the faults make them."""
        return faulty_codes(self.weights, self.shape, "weights", self.faults)
