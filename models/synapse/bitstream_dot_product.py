"""Dot product of probabilities and weights by bitstreams, as a user calls it."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bitcortex import check
from bitcortex.models.encode.encoder import BitstreamEncoder, check_independent
from bitcortex.models.synapse.bitstream_synapse import as_streams
from bitcortex.models.synapse.dot_product import DotProductParams


class BitstreamDotProduct:
    """Sums products of streams exactly, as `models.synapse.dot_product.DotProduct` does.

    Parameters
    ----------
    weights
        Shape (n,), in [-1, 1]; negative ones are inhibitory.
    length
        Bits of a stream.
    seed
        0 to 2**63 - 1.
    input_encoder, weight_encoder
        Sobol dimensions 1 and 2 by default, every channel behind a digital shift of its own.

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
    ) -> None:
        array = np.asarray(weights, dtype=np.float64)
        if array.ndim != 1 or not array.size:
            raise ValueError(f"weights must have shape (n,), not {array.shape}")
        self.magnitudes = check.probabilities("magnitudes of weights", np.abs(array))
        self.input_encoder = input_encoder or BitstreamEncoder(length, "sobol", 1, seed)
        self.weight_encoder = weight_encoder or BitstreamEncoder(length, "sobol", 2, seed)
        check_independent(self.input_encoder, self.weight_encoder)
        if not self.weight_encoder.code(self.magnitudes).any():
            raise ValueError(
                "weights must not all round to 0. Scale them up, or use an encoder of more width"
            )
        self.inhibitory = array < 0.0
        self.length = length

    @property
    def n(self) -> int:
        """Number of products."""
        return len(self.magnitudes)

    @property
    def params(self) -> DotProductParams:
        """Parameters of the gateware that counts the same."""
        mask = sum(1 << int(i) for i in np.flatnonzero(self.inhibitory))
        return DotProductParams(self.n, self.length, inhibitory=mask)

    def counts(self, inputs: ArrayLike, weights: ArrayLike) -> tuple[int, int]:
        """Return the excitatory and the inhibitory count of two sets of streams.

        Parameters
        ----------
        inputs, weights
            Bits of shape (n, length) each.
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
        ones = (a & b).sum(axis=1, dtype=np.int64)
        return int(ones[~self.inhibitory].sum()), int(ones[self.inhibitory].sum())

    def forward(self, x: ArrayLike) -> float:
        """Return the sum of x_i * w_i, with new bits at every call.

        Parameters
        ----------
        x
            Probabilities, shape (n,).

        Raises
        ------
        ValueError
            If the shape is wrong or an entry is not a probability.
        """
        values: NDArray[np.float64] = check.probabilities("x", x, (self.n,))
        weights = self.weight_encoder.encode(self.magnitudes)
        excitatory, inhibitory = self.counts(self.input_encoder.encode(values), weights)
        return (excitatory - inhibitory) / self.length
