"""Stimuli that all neuron twins share."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.int64]


def signed_words(rng: np.random.Generator, width: int, cycles: int) -> Column:
    """Return signed words: uniform, of every magnitude, and the extremes."""
    top = 1 << (width - 1)
    uniform = rng.integers(-top, top, cycles)
    small = uniform >> rng.integers(0, width, cycles)
    extreme = rng.choice([-top, -top + 1, -1, 0, 1, top - 1], cycles)
    kind = rng.random(cycles)
    return np.where(kind < 0.5, uniform, np.where(kind < 0.85, small, extreme)).astype(np.int64)


def around(rng: np.random.Generator, values: Sequence[int], cycles: int) -> Column:
    """Return words within 2 of one of the values."""
    return rng.choice(np.array(values, np.int64), cycles) + rng.integers(-2, 3, cycles)
