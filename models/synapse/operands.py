"""What the synapses of the user's API share: values, codes and streams of 0 and 1."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bitcortex import check
from bitcortex.models.encode.encoder import BitstreamEncoder, check_independent

SOURCES = ("sobol", "lfsr")


def encoder_pair(
    length: int, source: str, seed: int, width: int, encoder: BitstreamEncoder | None
) -> tuple[BitstreamEncoder, BitstreamEncoder]:
    """Return the encoders of inputs and weights, which differ in dimension, or derived seed.

    Raises
    ------
    ValueError
        If a parameter is out of range, or the given encoder's streams must not be multiplied with
        the weights'.
    """
    check.one_of("source", source, SOURCES)
    weights = BitstreamEncoder(length, source, 2, seed, width)
    inputs = encoder or BitstreamEncoder(length, source, 1, seed, width)
    check_independent(inputs, weights)
    return inputs, weights


def values(
    name: str, value: ArrayLike, low: float, high: float, shape: tuple[int, ...] | None = None
) -> NDArray[np.float64]:
    """Return `value` as float64, all entries in [low, high].

    Raises
    ------
    ValueError
        If an entry is NaN or out of range (the message gives its index), or the shape differs.
    """
    array = np.asarray(value, dtype=np.float64)
    if shape is not None and array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, not {array.shape}")
    wrong = ~((array >= low) & (array <= high))
    if wrong.any():
        index = tuple(int(i) for i in np.argwhere(wrong)[0])
        where = f"{name}[{', '.join(map(str, index))}]" if index else name
        raise ValueError(f"{where} must be in [{low:g}, {high:g}], not {array[index]}")
    return array


def probability(value: NDArray[np.float64], mode: str) -> NDArray[np.float64]:
    """Return P(1) of a value: itself in mode ``and``, (value + 1) / 2 in mode ``xnor``."""
    return value if mode == "and" else (value + 1) / 2


def check_not_all_zero(
    name: str, value: NDArray[np.float64], codes: NDArray[np.int64], zero: int, width: int
) -> None:
    """Refuse values that are not all 0 but become so as codes.

    Raises
    ------
    ValueError
        If so; the message gives the smallest magnitude that does not.
    """
    if value.any() and (codes == zero).all():
        raise ValueError(
            f"{name} must not all round to 0, but none reaches half of a code. "
            f"The largest is {np.abs(value).max():g}; make the width larger than {width}."
        )


def streams(name: str, value: ArrayLike, shape: tuple[int | None, ...]) -> NDArray[np.uint8]:
    """Return bitstreams as uint8, 0 and 1; `shape` is that of the last axes, None is any size.

    Raises
    ------
    ValueError
        If the shape differs, or an entry is neither 0 nor 1.
    """
    array = np.asarray(value)
    tail = array.shape[-len(shape) :]
    if len(tail) != len(shape) or any(
        want not in (None, got) for want, got in zip(shape, tail, strict=True)
    ):
        raise ValueError(f"{name} must have shape (..., {', '.join(map(str, shape))}), "
                         f"not {array.shape}")  # fmt: skip
    if not ((array == 0) | (array == 1)).all():
        raise ValueError(f"{name} must be 0 and 1 only. Encode probabilities first.")
    return array.astype(np.uint8)
