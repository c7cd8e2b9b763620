"""Axes: a name and its values. The points of a sweep are all their combinations."""

import csv
import math
import re
from collections.abc import Iterable, Mapping

from bitcortex import check
from bitcortex.sweep.worker import plain

Value = str | int | float | bool
_DIGITS = 12  # of values in between: 0.3 and not 0.30000000000000004
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_SPAN = re.compile(rf"({_NUMBER}):({_NUMBER}):(\d+)(:log)?")
SPELLING = "START:STOP:COUNT, START:STOP:COUNT:log, or values like 1,2,5"


def span(start: float, stop: float, count: int, log: bool = False) -> list[int] | list[float]:
    """Return numbers in equal steps, both ends included; integers if they are all whole.

    Parameters
    ----------
    start, stop
        First and last.
    count
        How many, at least 1.
    log
        Steps of equal ratio in place of equal difference.

    Raises
    ------
    ValueError
        If the count is 0, an end is not finite, or one is not positive and `log` is asked for.
    """
    count = check.integer("count", count, 1, 10**9)
    for name, end in (("start", start), ("stop", stop)):
        check.real(name, end, -1e300, 1e300)
        if log and end <= 0:
            raise ValueError(f"{name} must be above 0 for steps of equal ratio, not {end!r}")
    steps = max(1, count - 1)
    if log:
        ratio = math.log(stop / start)
        values = [start * math.exp(ratio * (k / steps)) for k in range(count)]
    else:
        values = [start + (stop - start) * (k / steps) for k in range(count)]
    values = [float(f"{value:.{_DIGITS}g}") for value in values]
    whole = isinstance(start, int) and isinstance(stop, int)
    if whole and all(value.is_integer() for value in values):
        return [int(value) for value in values]
    return values


def parse(text: str) -> tuple[str, list[Value]]:
    """Return the name and the values of an axis as the command line spells it.

    ``g=3:8:11`` is eleven values from 3 to 8, ``j_mv=0.1:1:4:log`` steps of equal ratio,
    ``engine=golden,numba`` a list; a value with a comma stands in double quotes.

    Raises
    ------
    ValueError
        If it is not so spelled.
    """
    name, _, values = text.partition("=")
    if not name or not values:
        raise ValueError(f"an axis must be NAME={SPELLING}, not {text!r}")
    if found := _SPAN.fullmatch(values):
        start, stop, count, log = found.groups()
        return name, list(span(_number(start), _number(stop), int(count), log is not None))
    (row,) = csv.reader([values], skipinitialspace=True)
    return name, [scalar(word) for word in row]


def scalar(text: str) -> Value:
    """Return a value as the command line spells it: an integer, a number, true, false or text."""
    if re.fullmatch(_NUMBER, text):
        return _number(text)
    return {"true": True, "false": False}.get(text, text)


def _number(text: str) -> int | float:
    return int(text) if re.fullmatch(r"[-+]?\d+", text) else float(text)


def checked(axes: Mapping[str, Iterable[Value]]) -> dict[str, tuple[Value, ...]]:
    """Return axes whose values are Python's own.

    Raises
    ------
    TypeError
        If a value is neither a number nor a string nor a bool.
    ValueError
        If there is no axis, or an axis has no value, one twice, or one that is not finite.
    """
    if not axes:
        raise ValueError("a sweep must have an axis, a name with values")
    made = {}
    for name, values in axes.items():
        if isinstance(values, str) or not isinstance(values, Iterable):
            raise TypeError(f"axis {name} must be a list of values, not {values!r}")
        mine: list[Value] = []
        for value in values:
            one = plain(f"axis {name}", value)
            if one is None:
                raise ValueError(f"axis {name} must have finite values, not {value!r}")
            if not isinstance(one, str | int | float | bool):
                raise TypeError(f"axis {name} must have numbers, strings or bools, not {value!r}")
            mine.append(one)
        if not mine:
            raise ValueError(f"axis {name} must have a value. Leave it out, or fix one")
        if len(set(mine)) < len(mine):
            twice = next(value for at, value in enumerate(mine) if value in mine[:at])
            raise ValueError(f"axis {name} must have every value once, not {twice!r} twice")
        made[name] = tuple(mine)
    return made
