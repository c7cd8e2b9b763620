"""Random numbers of the event kernels: hashed words, and counts from draws."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bitcortex.sim.engine import lanes as simd
from bitcortex.sim.engine.simd import kernel

Array = NDArray[Any]


@kernel()
def mix32(x: np.uint32) -> np.uint32:
    """Return the hash of a 32-bit word: `bitcortex.network.keys.mix`, compiled."""
    x ^= x >> np.uint32(16)
    x = np.uint32(x * np.uint32(0x7FEB352D))
    x ^= x >> np.uint32(15)
    x = np.uint32(x * np.uint32(0x846CA68B))
    return np.uint32(x ^ x >> np.uint32(16))


@kernel()
def drive_entries(u: Any, x: Any, drive: Any, cdf: Array, low: int, rare: int, high: int) -> Any:
    """Return x plus `drive` for every table entry up to the draws u, one comparison per entry."""
    for k in range(low, high):
        x = simd.pick16(simd.above16_unsigned(u, simd.load16(cdf, k * 32)), simd.add16(x, drive), x)
    return x


@kernel()
def drive_segments(
    u: Any, x: Any, base: Any, base_2: Any, edge: Any, edge_2: Any, drive: Any, cut: Any,
    cdf: Array, rare: int, high: int,
) -> Any:  # fmt: skip
    """Return x plus the input of the drive, from tables of the draws' top six bits.

    `base` holds what every segment of 1024 draws gives at least, `edge` its first entry less 1.
    Entries that are not the first of their segment are compared one by one, if any draw passes the
    least of them, which is rare.
    """
    index = simd.segment(u)
    x = simd.add16(x, simd.permute(base, base_2, index))
    above = simd.above16_unsigned(u, simd.permute(edge, edge_2, index))
    x = simd.pick16(above, simd.add16(x, drive), x)
    if high > rare and simd.above16_unsigned(u, cut) != 0:
        for k in range(rare, high):
            above = simd.above16_unsigned(u, simd.load16(cdf, k * 32))
            x = simd.pick16(above, simd.add16(x, drive), x)
    return x
