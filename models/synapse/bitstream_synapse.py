"""Bitstream synapse as a user calls it."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bitcortex import check
from bitcortex.models.encode.encoder import BitstreamEncoder, check_independent
from bitcortex.models.synapse.bitstream import MODES, BitstreamParams


def as_streams(name: str, bits: ArrayLike, length: int) -> NDArray[np.uint8]:
    """Return bitstreams as uint8 of shape (..., length).

    Raises
    ------
    ValueError
        If the last axis is not `length` long or an entry is neither 0 nor 1.
    """
    array = np.asarray(bits)
    if array.ndim == 0 or array.shape[-1] != length:
        raise ValueError(
            f"{name} must have shape (..., {length}), not {array.shape}. "
            "Encode it with the length of the synapse"
        )
    if not np.isin(array, (0, 1)).all():
        raise ValueError(f"{name} must hold 0 and 1 only. Encode probabilities first")
    return array.astype(np.uint8)


class BitstreamSynapse:
    """Multiplies a stream by a weight with one gate, as `models.synapse.bitstream.Bitstream` does.

    Parameters
    ----------
    w
        Weight: in [0, 1] with mode ``and``, in [-1, 1] with mode ``xnor``.
    length
        Bits of a stream.
    mode
        ``and``: unipolar, P multiplies. ``xnor``: bipolar, 2 P - 1 multiplies.
    seed
        0 to 2**63 - 1; the weight's stream is Sobol dimension 2 behind a digital shift.
    input_encoder
        Of `transmit`; Sobol dimension 1 by default. Its source must not be the weight's.

    Raises
    ------
    ValueError
        If a parameter is out of range, or both operands have one source.
    """

    def __init__(
        self,
        w: float,
        length: int = 256,
        mode: str = "and",
        seed: int = 1,
        input_encoder: BitstreamEncoder | None = None,
    ) -> None:
        self.mode = check.one_of("mode", mode, MODES)
        self.encoder = BitstreamEncoder(length, "sobol", dimension=2, seed=seed)
        self.input_encoder = input_encoder or BitstreamEncoder(length, "sobol", 1, seed)
        check_independent(self.input_encoder, self.encoder)
        self.length = length
        self.w = w

    @property
    def w(self) -> float:
        """The weight."""
        return self._w

    @w.setter
    def w(self, value: float) -> None:
        low = 0.0 if self.mode == "and" else -1.0
        self._w = check.real("w", value, low, 1.0)

    @property
    def params(self) -> BitstreamParams:
        """Parameters of the gateware that gives the same bits."""
        source = self.encoder.source
        return BitstreamParams(source, self.mode, int(self.encoder.code(self._probability(self.w))))

    def apply(self, pre: ArrayLike) -> NDArray[np.uint8]:
        """Return the postsynaptic streams of presynaptic ones.

        Parameters
        ----------
        pre
            Bits of shape (..., length). All of them meet the same stream of the weight, the next
            `length` bits.

        Raises
        ------
        ValueError
            If the shape or a value is wrong.
        """
        streams = as_streams("pre", pre, self.length)
        weight = self.encoder.encode(self._probability(self.w))
        return streams & weight if self.mode == "and" else 1 - (streams ^ weight)

    def transmit(self, value: float) -> float:
        """Encode a value, multiply, and return the mean of the product's stream.

        Parameters
        ----------
        value
            In [0, 1] with mode ``and``, in [-1, 1] with mode ``xnor``, as is the result.
        """
        low = 0.0 if self.mode == "and" else -1.0
        pre = self.input_encoder.encode(self._probability(check.real("value", value, low, 1.0)))
        mean = float(self.apply(pre).mean())
        return mean if self.mode == "and" else 2.0 * mean - 1.0

    def _probability(self, value: float) -> float:
        return value if self.mode == "and" else (value + 1.0) / 2.0
