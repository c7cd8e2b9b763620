"""Checks of user input: every message names the thing, the rule, the value and the way out."""

from collections.abc import Iterable
from numbers import Integral, Real

import numpy as np
from numpy.typing import ArrayLike, NDArray


def integer(name: str, value: object, low: int, high: int, hint: str = "") -> int:
    """Return `value` as an int in [low, high].

    Raises
    ------
    TypeError
        If the value is not an integer (a bool is not).
    ValueError
        If it is out of range.
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, Integral):
        raise TypeError(_sentence(f"{name} must be an integer, not {value!r}", hint))
    if not low <= int(value) <= high:
        raise ValueError(_sentence(f"{name} must be in {low}..{high}, not {int(value)}", hint))
    return int(value)


def real(name: str, value: object, low: float, high: float, hint: str = "") -> float:
    """Return `value` as a float in [low, high]; NaN is refused.

    Raises
    ------
    TypeError
        If the value is not a real number.
    ValueError
        If it is NaN or out of range.
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        raise TypeError(_sentence(f"{name} must be a number, not {value!r}", hint))
    if not low <= float(value) <= high:  # NaN fails too
        raise ValueError(_sentence(f"{name} must be in [{low:g}, {high:g}], not {value!r}", hint))
    return float(value)


def one_of(name: str, value: object, valid: Iterable[str], hint: str = "") -> str:
    """Return `value` if it is one of the valid names.

    Raises
    ------
    ValueError
        If it is not; the message lists the valid names.
    """
    names = list(valid)
    if value not in names:
        raise ValueError(
            _sentence(f"{name} must be one of {', '.join(names)}, not {value!r}", hint)
        )
    return str(value)


def probabilities(
    name: str, value: ArrayLike, shape: tuple[int, ...] | None = None, hint: str = ""
) -> NDArray[np.float64]:
    """Return `value` as a float64 array whose entries are all in [0, 1].

    Raises
    ------
    ValueError
        If an entry is NaN or out of [0, 1] (the message gives its index), or the shape differs.
    """
    array = np.asarray(value, dtype=np.float64)
    if shape is not None and array.shape != shape:
        raise ValueError(_sentence(f"{name} must have shape {shape}, not {array.shape}", hint))
    wrong = ~((array >= 0.0) & (array <= 1.0))
    if wrong.any():
        index = tuple(int(i) for i in np.argwhere(wrong)[0])
        where = f"{name}[{', '.join(map(str, index))}]" if index else name
        raise ValueError(
            _sentence(f"{where} must be a probability in [0, 1], not {array[index]}", hint)
        )
    return array


def _sentence(text: str, hint: str) -> str:
    return f"{text}. {hint}" if hint else text
