"""Random numbers of the event kernels: hashed words, and counts from draws."""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bitcortex.sim.engine import lanes as simd

Array = NDArray[Any]


@njit(cache=True)
def mix32(x: np.uint32) -> np.uint32:
    """Return the hash of a 32-bit word: `bitcortex.network.keys.mix`, compiled."""
    x ^= x >> np.uint32(16)
    x = np.uint32(x * np.uint32(0x7FEB352D))
    x ^= x >> np.uint32(15)
    x = np.uint32(x * np.uint32(0x846CA68B))
    return np.uint32(x ^ x >> np.uint32(16))


@njit(cache=True)
def drive_entries(u: Any, x: Any, drive: Any, cdf: Array, low: int, rare: int, high: int) -> Any:
    """Return x plus `drive` for every table entry up to the draws u, one comparison per entry."""
    for k in range(low, high):
        x = simd.pick16(simd.above16_unsigned(u, simd.load16(cdf, k * 32)), simd.add16(x, drive), x)
    return x


@njit(cache=True)
def drive_segments(
    u: Any, base: Any, edge: Any, drive: Any, cut: Any, cdf: Array, rare: int, high: int
) -> Any:
    """Return the input of the drive from tables of the draws' top five bits.

    `base` holds what every segment of 2048 draws gives at least, `edge` its first entry less 1.
    Entries that are not the first of their segment are compared one by one, if any draw passes the
    least of them, which is rare.
    """
    index = simd.segment(u)
    x = simd.permute(base, index)
    x = simd.pick16(simd.above16_unsigned(u, simd.permute(edge, index)), simd.add16(x, drive), x)
    if high > rare and simd.above16_unsigned(u, cut) != 0:
        for k in range(rare, high):
            above = simd.above16_unsigned(u, simd.load16(cdf, k * 32))
            x = simd.pick16(above, simd.add16(x, drive), x)
    return x
