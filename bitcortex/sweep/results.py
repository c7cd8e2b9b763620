"""What a sweep has found so far."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bitcortex import check
from bitcortex.sweep.axes import Value


@dataclass(frozen=True)
class Outcome:
    """What came of one point.

    Parameters
    ----------
    index
        Of the point: all combinations are counted, the last axis fastest.
    point
        Values of the axes.
    result
        What the job returned; None if it failed.
    error, traceback
        Why it failed; empty if it did not.
    seconds
        That it took.
    resumed
        Whether it was in the file before.
    """

    index: int
    point: Mapping[str, Value]
    result: Mapping[str, Any] | None
    error: str = ""
    traceback: str = ""
    seconds: float = 0.0
    resumed: bool = False

    @property
    def failed(self) -> bool:
        """Whether there is no result."""
        return self.result is None


@dataclass(frozen=True)
class Results:
    """Outcomes in the order of the axes, whatever the order in which they came.

    Parameters
    ----------
    axes
        Names and values.
    outcomes
        Of the points that are done.
    """

    axes: Mapping[str, Sequence[Value]]
    outcomes: tuple[Outcome, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values of every axis."""
        return tuple(len(values) for values in self.axes.values())

    @property
    def total(self) -> int:
        """Number of points of the sweep."""
        return prod(self.shape)

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """Outcomes without a result."""
        return tuple(outcome for outcome in self.outcomes if outcome.failed)

    @property
    def missing(self) -> int:
        """How many points are not done."""
        return self.total - len(self.outcomes)

    @property
    def complete(self) -> bool:
        """Whether every point has a result."""
        return not self.missing and not self.failed

    @property
    def digest(self) -> str:
        """Digest of all points and results, 16 hexadecimal digits; it knows no times, no order."""
        text = hashlib.sha256()
        for outcome in self.outcomes:
            if not outcome.failed:
                line = [dict(outcome.point), outcome.result]
                text.update(json.dumps(line, sort_keys=True).encode() + b"\n")
        return text.hexdigest()[:16]

    def array(self, key: str) -> NDArray[np.float64]:
        """Return a number of every result, in the shape of the axes; NaN where there is none.

        Raises
        ------
        ValueError
            If no result has this key.
        TypeError
            If it is not a number.
        """
        known = {name for outcome in self.outcomes for name in outcome.result or ()}
        check.one_of("key", key, sorted(known))
        found = np.full(self.total, np.nan)
        for outcome in self.outcomes:
            value = (outcome.result or {}).get(key)
            if value is None:
                continue
            if not isinstance(value, int | float):
                raise TypeError(f"{key} must be a number to be in an array, not {value!r}")
            found[outcome.index] = value
        return found.reshape(self.shape)
