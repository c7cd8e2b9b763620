"""Dot product of values and weights by bitstreams, as a user calls it."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bitcortex import check
from bitcortex.models.encode.encoder import BitstreamEncoder
from bitcortex.models.synapse.bitstream_synapse import (
    as_streams,
    as_values,
    check_not_all_zero,
    operands,
    probability,
)
from bitcortex.models.synapse.dot_product import MODES, DotProductParams


class BitstreamDotProduct:
    """Sums products of streams exactly, as `models.synapse.dot_product.DotProduct` does.

    Bit l of all input streams is its port ``a`` in enabled cycle l, bit l of all weight streams
    its port ``b``; `counts` is what it shows with ``valid``.

    Parameters
    ----------
    weights
        Shape (n,), n from 1 to 4,096, in [-1, 1]. With mode ``and``, a negative weight is
        inhibitory: its products are counted apart, and subtracted.
    length
        Bits of a stream, 1 to 2**24.
    seed
        0 to 2**63 - 1.
    input_encoder, weight_encoder
        Sobol dimensions 1 and 2 by default, every channel behind a digital shift of its own.
    mode
        ``and``: inputs are probabilities. ``xnor``: inputs are in [-1, 1], too.

    Raises
    ------
    ValueError
        If a weight is NaN or out of range, all weights round to 0, or both operands have one
        source.
    """

    def __init__(
        self,
        weights: ArrayLike,
        length: int = 256,
        seed: int = 1,
        input_encoder: BitstreamEncoder | None = None,
        weight_encoder: BitstreamEncoder | None = None,
        mode: str = "and",
    ) -> None:
        self.mode = check.one_of("mode", mode, MODES)
        array = np.asarray(weights, dtype=np.float64)
        if array.ndim != 1 or not array.size:
            raise ValueError(f"weights must have shape (n,), not {array.shape}")
        self.weights = as_values("weights", array, -1.0, 1.0)
        self.inhibitory = (array < 0.0) & (mode == "and")
        self.length = length
        self.input_encoder, self.weight_encoder = operands(
            length, seed, input_encoder, weight_encoder
        )
        self._p = probability(np.abs(array) if mode == "and" else array, mode)
        check_not_all_zero("weights", array, self._p, mode, self.weight_encoder)
        mask = sum(1 << int(i) for i in np.flatnonzero(self.inhibitory))
        self.params = DotProductParams(len(array), length, mode, mask)

    @property
    def n(self) -> int:
        """Number of products."""
        return len(self.weights)

    def counts(self, inputs: ArrayLike, weights: ArrayLike) -> tuple[int, int]:
        """Return the excitatory and the inhibitory count of two sets of streams.

        Parameters
        ----------
        inputs, weights
            Bits of shape (n, length) each.

        Raises
        ------
        ValueError
            If a shape is wrong, or an entry is neither 0 nor 1.
        """
        a, b = (
            as_streams(name, bits, self.length)
            for name, bits in (("inputs", inputs), ("weights", weights))
        )
        for name, bits in (("inputs", a), ("weights", b)):
            if bits.shape != (self.n, self.length):
                raise ValueError(
                    f"{name} must have shape ({self.n}, {self.length}), not {bits.shape}"
                )
        products = a & b if self.mode == "and" else 1 - (a ^ b)
        ones = products.sum(axis=1, dtype=np.int64)
        return int(ones[~self.inhibitory].sum()), int(ones[self.inhibitory].sum())

    def forward(self, x: ArrayLike) -> float:
        """Return the sum of x_i * w_i, with new bits at every call.

        Parameters
        ----------
        x
            Shape (n,), in [0, 1] with mode ``and``, in [-1, 1] with mode ``xnor``.

        Raises
        ------
        ValueError
            If the shape is wrong, or an entry is NaN or out of range.
        """
        values: NDArray[np.float64]
        if self.mode == "and":
            values = check.probabilities("x", x, (self.n,))
        else:
            values = as_values("x", x, -1.0, 1.0, (self.n,))
        weights = self.weight_encoder.encode(self._p)
        inputs = self.input_encoder.encode(probability(values, self.mode))
        excitatory, inhibitory = self.counts(inputs, weights)
        if self.mode == "xnor":
            return 2 * excitatory / self.length - self.n
        return (excitatory - inhibitory) / self.length
