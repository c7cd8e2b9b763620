"""Keyed draws: random numbers that depend on what they are for, not on when they are asked for."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

BANKS = 64  # of procedural rows: neurons of one bank have the same id modulo 64
MASK = 0xFFFF_FFFF
Numbers = TypeVar("Numbers", int, NDArray[np.int64])


def mix(x: int) -> int:
    """Return the hash of a 32-bit word ("lowbias32", Wellons 2018): a bijection."""
    x ^= x >> 16
    x = x * 0x7FEB352D & MASK
    x ^= x >> 15
    x = x * 0x846CA68B & MASK
    return x ^ x >> 16


def mix_array(x: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return the hashes of an array of words."""
    x = x ^ (x >> np.uint32(16))
    x = x * np.uint32(0x7FEB352D)
    x = x ^ (x >> np.uint32(15))
    x = x * np.uint32(0x846CA68B)
    return x ^ (x >> np.uint32(16))


def procedural_key(seed: int, source: int) -> tuple[int, int]:
    """Return the key (A, B) of a source's row."""
    return mix((seed + 2 * source) & MASK), mix((seed + 2 * source + 1) & MASK)


def synapse_key(seed: int, source: int, step: int) -> tuple[int, int]:
    """Return the key (A, B) of the stochastic synapses of a source in a step."""
    z = mix((seed + source) & MASK)
    return mix((z + 2 * step) & MASK), mix((z + 2 * step + 1) & MASK)


def draws(key: tuple[int, int], x: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the 16-bit draws number `x` of a key."""
    a, b = key
    return ((b + a * x) & MASK) >> 16


def synapse_draws(key: tuple[int, int], x: Numbers) -> Numbers:
    """Return the 16-bit draw (or draws) number `x` of a synapse's key: `draws`, mixed once more.

    Those are independent in pairs only: all draws of a key would be alike too often.
    """
    a, b = key
    y = (b + a * x) & MASK
    y ^= y >> 15
    return (y * 0x846CA68B & MASK) >> 16


def strata(first: int, size: int, stride: int, fraction: int) -> int:
    """Return the number of strata per bank of targets `first` to `first + size - 1`."""
    base = first // BANKS * BANKS
    members = -(-(first + size - base) // BANKS)
    return -(-(members << fraction) // stride)


def procedural_row(
    first: int, size: int, stride: int, fraction: int, a: int, b: int
) -> NDArray[np.int64]:
    """Return the ids of a row's targets, ascending. See decision 0005."""
    base = first // BANKS * BANKS
    x = np.arange(BANKS * strata(first, size, stride, fraction), dtype=np.int64)
    m = (((x // BANKS << 16) + draws((a, b), x)) * stride) >> (16 + fraction)
    ids = base + BANKS * m + x % BANKS
    return np.sort(ids[(ids >= first) & (ids < first + size)])
