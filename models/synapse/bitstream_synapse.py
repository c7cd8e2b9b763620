"""Bitstream synapse as a user calls it, and what it shares with the dot product."""

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


def as_values(
    name: str, value: ArrayLike, low: float, high: float, shape: tuple[int, ...] | None = None
) -> NDArray[np.float64]:
    """Return values as a new float64 array whose entries are all in [low, high].

    Raises
    ------
    ValueError
        If an entry is NaN or out of range (the message gives its index), or the shape differs.
    """
    array = np.array(value, dtype=np.float64)
    if shape is not None and array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, not {array.shape}")
    wrong = ~((array >= low) & (array <= high))
    if wrong.any():
        index = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise ValueError(
            f"{name}[{', '.join(map(str, index))}] must be in [{low:g}, {high:g}], "
            f"not {array[index]}"
        )
    return array


def probability(value: ArrayLike, mode: str) -> NDArray[np.float64]:
    """Return P(1) of values: themselves with mode ``and``, (value + 1) / 2 with ``xnor``."""
    array = np.asarray(value, dtype=np.float64)
    return array if mode == "and" else (array + 1.0) / 2.0


def operands(
    length: int,
    seed: int,
    input_encoder: BitstreamEncoder | None,
    weight_encoder: BitstreamEncoder | None,
) -> tuple[BitstreamEncoder, BitstreamEncoder]:
    """Return the encoders of both operands, by default Sobol dimensions 1 and 2.

    Raises
    ------
    ValueError
        If one has another length, or their streams must not be multiplied.
    """
    inputs = input_encoder or BitstreamEncoder(length, "sobol", 1, seed)
    weights = weight_encoder or BitstreamEncoder(length, "sobol", 2, seed)
    for name, encoder in (("input_encoder", inputs), ("weight_encoder", weights)):
        if encoder.length != length:
            raise ValueError(f"{name} must have length {length}, not {encoder.length}")
    check_independent(inputs, weights)
    return inputs, weights


def check_not_all_zero(
    name: str, values: ArrayLike, p: NDArray[np.float64], mode: str, encoder: BitstreamEncoder
) -> None:
    """Refuse weights that are not all 0, but would be as codes.

    Raises
    ------
    ValueError
        If so; the message gives the smallest magnitude that is not lost.
    """
    zero = 0 if mode == "and" else 1 << (encoder.width - 1)
    if np.any(values) and (encoder.code(p) == zero).all():
        smallest = 2.0**-encoder.width / (2 if mode == "and" else 1)
        largest = float(np.abs(values).max())
        raise ValueError(
            f"{name} must not all round to 0: one must exceed {smallest:.2g}, but the largest is "
            f"{largest:.2g}. Scale them up, or use an encoder of more width"
        )


class BitstreamSynapse:
    """Multiplies a stream by a weight with one gate, as `models.synapse.bitstream.Bitstream` does.

    A stream that is applied is the port ``pre`` in `length` enabled cycles, the result the port
    ``post`` where ``valid``. The next call goes on with the weight's next bits.

    Parameters
    ----------
    w
        Weight: in [0, 1] with mode ``and``, in [-1, 1] with mode ``xnor``.
    length
        Bits of a stream, 1 to 2**24.
    mode
        ``and``: unipolar, P multiplies. ``xnor``: bipolar, 2 P - 1 multiplies.
    seed
        0 to 2**63 - 1.
    input_encoder, weight_encoder
        Sobol dimensions 1 and 2 behind digital shifts by default. `transmit` uses the former;
        their sources must differ.

    Raises
    ------
    ValueError
        If a parameter is out of range, `w` is not 0 but rounds to it, or both operands have one
        source.
    """

    def __init__(
        self,
        w: float,
        length: int = 256,
        mode: str = "and",
        seed: int = 1,
        input_encoder: BitstreamEncoder | None = None,
        weight_encoder: BitstreamEncoder | None = None,
    ) -> None:
        self.mode = check.one_of("mode", mode, MODES)
        self.input_encoder, self.weight_encoder = operands(
            length, seed, input_encoder, weight_encoder
        )
        self.length = length
        self.w = w

    @property
    def w(self) -> float:
        """The weight."""
        return self._w

    @w.setter
    def w(self, value: float) -> None:
        value = check.real("w", value, self._low, 1.0)
        p = probability(value, self.mode)
        check_not_all_zero("w", value, p, self.mode, self.weight_encoder)
        self._w, self._p = value, p

    @property
    def params(self) -> BitstreamParams:
        """Parameters of the gateware that gives the same bits."""
        code = int(self.weight_encoder.code(self._p))
        return BitstreamParams(self.weight_encoder.source, self.mode, code)

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
        weight = self.weight_encoder.encode(self._p)
        return streams & weight if self.mode == "and" else 1 - (streams ^ weight)

    def transmit(self, value: float) -> float:
        """Encode a value, multiply, and return the mean of the product's stream.

        Parameters
        ----------
        value
            In [0, 1] with mode ``and``, in [-1, 1] with mode ``xnor``, as is the result.

        Raises
        ------
        ValueError
            If it is NaN or out of range.
        """
        p = probability(check.real("value", value, self._low, 1.0), self.mode)
        mean = float(self.apply(self.input_encoder.encode(p)).mean())
        return mean if self.mode == "and" else 2.0 * mean - 1.0

    @property
    def _low(self) -> float:
        return 0.0 if self.mode == "and" else -1.0
