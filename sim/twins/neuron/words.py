"""Stimuli that all neuron twins share."""

from collections.abc import Sequence
from typing import Any

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


def drives(rng: np.random.Generator, neuron: Any, cycles: int) -> Column:
    """Return currents that make a neuron live: levels that last, of a fitting size, and extremes.

    `neuron` is a parameter object of any kind.
    """
    width = neuron.current_width
    top = (1 << (width - 1)) - 1
    threshold = getattr(neuron, "v_threshold", None) or neuron.peak
    level = rng.integers(-threshold // 8, threshold, cycles // 97 + 1)
    held = np.repeat(level, 97)[:cycles]
    noisy = held + rng.integers(-threshold // 8 - 1, threshold // 8 + 2, cycles)
    wild = signed_words(rng, width, cycles)
    return np.clip(np.where(rng.random(cycles) < 0.1, wild, noisy), -top - 1, top)
