"""Rows of bits: their sums, by carry-save adders on 512-bit words (Harley and Seal's scheme)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bitcortex.network.keys import BANKS
from bitcortex.sim.engine import lanes as simd
from bitcortex.sim.engine.event_draws import mix32
from bitcortex.sim.engine.simd import kernel

Array = NDArray[Any]
ROWS = 8  # added at once
FAR = 1 << 21  # words of 64 bits, 16 MB: more than that comes from memory


@kernel()
def _full_adder(a: Any, b: Any, c: Any) -> Any:
    return simd.xor512(simd.xor512(a, b), c), simd.majority512(a, b, c)


@kernel()
def add_rows(
    matrix: Array, offsets: Array, o: int, count: int, planes: Array, p: int, words: int,
    first: int, last: int,
) -> int:  # fmt: skip
    """Count bits of `count` rows into planes at `p`, words first..last-1; return planes used.

    Rows are added in groups of eight; `offsets` has empty rows after the last one. Where they come
    from memory, the next group is fetched while one is added: hardware would begin anew with every
    page of every row.
    """
    if len(matrix) > FAR:
        return _add_rows(matrix, offsets, o, count, planes, p, words, first, last, True)
    return _add_rows(matrix, offsets, o, count, planes, p, words, first, last, False)


@kernel(forceinline=True)
def _add_rows(
    matrix: Array, offsets: Array, o: int, count: int, planes: Array, p: int, words: int,
    first: int, last: int, fetch: bool,
) -> int:  # fmt: skip
    used = 0
    while count >> used:
        used += 1
    zero = simd.zero512()
    for r in range(0, count, ROWS):
        r0, r1, r2, r3 = offsets[o + r], offsets[o + r + 1], offsets[o + r + 2], offsets[o + r + 3]
        r4, r5 = offsets[o + r + 4], offsets[o + r + 5]
        r6, r7 = offsets[o + r + 6], offsets[o + r + 7]
        then = o + min(r + ROWS, (count - 1) // ROWS * ROWS)
        for w in range(first, last, 8):
            if fetch:
                for k in range(then, then + ROWS):
                    simd.prefetch(matrix, offsets[k] + w)
            one = zero
            two = zero
            four = zero
            if r:
                one = simd.load512(planes, p + w)
                two = simd.load512(planes, p + words + w)
                four = simd.load512(planes, p + 2 * words + w)
            one, a = _full_adder(one, simd.load512(matrix, r0 + w), simd.load512(matrix, r1 + w))
            one, b = _full_adder(one, simd.load512(matrix, r2 + w), simd.load512(matrix, r3 + w))
            two, c = _full_adder(two, a, b)
            one, a = _full_adder(one, simd.load512(matrix, r4 + w), simd.load512(matrix, r5 + w))
            one, b = _full_adder(one, simd.load512(matrix, r6 + w), simd.load512(matrix, r7 + w))
            two, d = _full_adder(two, a, b)
            four, carry = _full_adder(four, c, d)
            simd.store512(planes, p + w, one)
            simd.store512(planes, p + words + w, two)
            simd.store512(planes, p + 2 * words + w, four)
            for k in range(3, used):
                at = p + k * words + w
                old = zero
                if r:
                    old = simd.load512(planes, at)
                simd.store512(planes, at, simd.xor512(old, carry))
                carry = simd.and512(old, carry)
    while used > 1:  # most counts are far below the number of rows
        at = p + (used - 1) * words
        found = zero
        for w in range(first, last, 8):
            found = simd.or512(found, simd.load512(planes, at + w))
        if simd.any512(found):
            break
        used -= 1
    return used


@kernel()
def or_rows(part: Array, words: int, rows: Array, first: int) -> None:
    """Set bit first + j of row i where bit j of byte row i is set."""
    shift, start = first % 8, first // 8
    view = part.view(np.uint8)
    for i in range(rows.shape[0]):
        at = i * words * 8 + start
        over = np.int64(0)
        for k in range(rows.shape[1]):
            bits = np.int64(rows[i, k]) << shift
            view[at + k] |= np.uint8(bits & 255 | over)
            over = bits >> 8
        if over:
            view[at + rows.shape[1]] |= np.uint8(over)


@kernel()
def or_lists(part: Array, words: int, indptr: Array, target: Array, first: int) -> None:
    """Set bit first + j of row i for every target j in its list."""
    for i in range(len(indptr) - 1):
        for k in range(indptr[i], indptr[i + 1]):
            bit = np.uint64(first) + target[k]
            at = np.uint64(i * words) + (bit >> np.uint64(6))
            part[at] |= np.uint64(1) << (bit & np.uint64(63))


@kernel()
def ascends(indptr: Array, target: Array) -> bool:
    """Return whether all lists ascend, so that no target occurs twice in one."""
    for i in range(len(indptr) - 1):
        for k in range(indptr[i] + 1, indptr[i + 1]):
            if target[k] <= target[k - 1]:
                return False
    return True


@kernel()
def procedural_rows(
    part: Array,
    words: int,
    seed: int,
    first: int,
    size: int,
    stride: int,
    fraction: int,
    k_end: int,
) -> None:
    """Set the bits of procedural rows: `bitcortex.network.keys.procedural_row`, compiled."""
    base = first // BANKS * BANKS
    for i in range(len(part) // words):
        a = np.int64(mix32(np.uint32(seed + 2 * i)))
        b = np.int64(mix32(np.uint32(seed + 2 * i + 1)))
        for k in range(k_end):
            for bank in range(BANKS):
                x = k * BANKS + bank
                draw = ((b + a * x) & 0xFFFF_FFFF) >> 16
                m = (((k << 16) + draw) * stride) >> (16 + fraction)
                target = base + BANKS * m + bank
                if first <= target < first + size:
                    part[i * words + target // 64] |= np.uint64(1) << np.uint64(target % 64)
