"""Numba kernels of the stochastic-computing dense layer, bit for bit `docs/decisions/0002-streams`.

For the network engine, both callable from other ``@njit`` code::

    sc_sources.sources(mode, bits, state, points, length, rx, rw)
        fill rx, rw for one pass and advance `state` to the next pass
    sc_kernels.layer_counts(weights_q, codes, rx, rw, length, counts, scratch)
        signed counts of one pass: counts[0] excitatory, counts[1] inhibitory

=============  ============================  ======================================================
argument       type, shape                   meaning
=============  ============================  ======================================================
``mode``       int                           `sc_sources.SOBOL` or `LFSR`
``bits``       int, 1 to 8                   of a source word
``state``      int64 (2,)                    `sc_sources.initial_state(seed, mode)`
``points``     uint8 (2, length)             `sc_sources.sobol_points(length, bits)`
``length``     int                           bits of a stream, 1 to `MAX_LENGTH`
``rx, rw``     uint8 (padded(length),)       `sc_sources.new_sources(length)`
``weights_q``  int16 (n_neurons, n_inputs)   signed codes, |w| <= 255
``codes``      uint16 (n_inputs,)            input codes, 0 to 2**bits; a spike is 2**bits
``counts``     int32 (2, n_neurons)          overwritten
``scratch``    uint16 (SCRATCH,)             overwritten
=============  ============================  ======================================================

`layer_counts` wants nothing prepared. A layer whose weights seldom change is several times faster
through `pack_weights` and `add_table_counts` (64 neurons per look-up instruction) or
`sc_streams.add_stream_counts` (AND + popcount of real streams), which give the same counts.

**Arithmetic**: counts are exact. A pass is cut into parts of `PART` source words, so that 16 bits
hold an entry of the count table; totals are int32, hence n_inputs * length < 2**31.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bitcortex.sim.engine.sc_sources import Bytes
from bitcortex.sim.engine.simd import (
    HAS_LOOKUP,
    add_pairs,
    add_step,
    add_sums,
    aligned,
    load_bytes,
    lookup,
    store_planes,
    store_row,
    zero_halves,
)

PART = 8192  # source words per count table or set of streams, a multiple of 512
MAX_LENGTH = 2**24  # bits of a stream
ROWS, ROW = 257, 256  # of the count table: input codes, weight codes
_STARTS = ROWS * ROW  # offset in scratch: where the points of each rx start
_ORDER = _STARTS + ROWS + 1  # offset in scratch: rw, sorted by rx
SCRATCH = _ORDER + PART  # elements of scratch

Halves = NDArray[np.uint16]
Words = NDArray[np.uint64]
Sums = NDArray[np.int32]


@njit(cache=True)
def build_table(rx: Bytes, rw: Bytes, start: int, stop: int, planes: bool, scratch: Halves) -> None:
    """Write F[x][w], the number of k in start..stop-1 with rx[k] < x and rw[k] < w.

    Row x is 256 16-bit counts, or, with `planes`, their 256 low and 256 high bytes. A row is the
    row before plus one step per point of its rx: about 8 vector operations per point and per row.
    At most `PART` points.
    """
    starts = scratch[_STARTS:_ORDER]
    order = scratch[_ORDER:]
    starts[:] = 0
    for k in range(start, stop):
        starts[np.int64(rx[k]) + 2] += np.uint16(1)
    before = np.int64(0)
    for x in range(ROWS + 1):
        before += np.int64(starts[x])
        starts[x] = before
    for k in range(start, stop):
        after = np.int64(rx[k]) + 1
        at = np.int64(starts[after])
        order[at] = rw[k]
        starts[after] = at + 1
    # Now the points of rx = x are order[starts[x]:starts[x + 1]].
    row = zero_halves()
    point = np.int64(0)
    for x in range(ROWS):
        if planes:
            store_planes(scratch, x * ROW, row)
        else:
            store_row(scratch, x * ROW, row)
        if x < ROW:
            while point < np.int64(starts[x + 1]):
                row = add_step(row, np.int64(order[point]))
                point += 1


@njit(cache=True)
def layer_counts(
    weights_q: NDArray[np.int16],
    codes: Halves,
    rx: Bytes,
    rw: Bytes,
    length: int,
    counts: Sums,
    scratch: Halves,
) -> None:
    """Write the excitatory and inhibitory counts of one pass, from plain weights."""
    n_neurons, n_inputs = weights_q.shape
    counts[:] = 0
    for start in range(0, length, PART):
        build_table(rx, rw, start, min(start + PART, length), False, scratch)
        for j in range(n_neurons):
            both = np.int64(0)  # excitatory sum, and inhibitory sum above it
            for i in range(n_inputs):
                weight = np.int64(weights_q[j, i])
                sign = weight >> 15  # 0 or -1
                entry = np.int64(scratch[np.int64(codes[i]) * ROW + ((weight ^ sign) - sign)])
                both += entry << (sign & 32)
            counts[0, j] += both & 0xFFFFFFFF
            counts[1, j] += both >> 32


def pack_weights(weights_q: NDArray[np.int16]) -> tuple[Words, NDArray[np.bool_]]:
    """Return the tiles and the used inputs of a layer's weights.

    Tiles, shape (signs, n_inputs, words per row), hold magnitudes: excitatory ones at 0, and,
    where the layer has any, inhibitory ones at 1. Byte k of the little-endian word b is the weight
    of neuron 8 b + k; a row is padded to a multiple of 64 neurons and starts at a multiple of 64
    bytes. `used`, shape (signs, n_inputs), is false where an input has no weight of a sign.
    """
    n_neurons, n_inputs = weights_q.shape
    signs = 2 if (weights_q < 0).any() else 1
    tiles = aligned((signs, n_inputs, -(-n_neurons // 64) * 8), np.uint64)
    used = np.zeros((signs, n_inputs), np.bool_)
    _pack(weights_q, tiles, used)
    return tiles, used


@njit(cache=True)
def _pack(weights_q: NDArray[np.int16], tiles: Words, used: NDArray[np.bool_]) -> None:
    n_neurons, n_inputs = weights_q.shape
    for b in range((n_neurons + 7) // 8):
        for i in range(n_inputs):
            for k in range(min(8, n_neurons - 8 * b)):
                weight = np.int64(weights_q[8 * b + k, i])
                if weight:
                    sign = np.int64(weight < 0)
                    tiles[sign, i, b] |= np.uint64(abs(weight)) << np.uint64(8 * k)
                    used[sign, i] = True


@njit(cache=True)
def _add_planes(
    codes: Halves,
    tiles: Words,
    used: NDArray[np.bool_],
    limit: int,
    totals: Sums,
    short: Halves,
    scratch: Halves,
) -> None:
    """Add the counts of one table of planes, 64 neurons per look-up.

    `limit` inputs fit the 16-bit sums; `short` (padded neurons,) is zero before and after.
    """
    signs, n_inputs, width = tiles.shape
    blocks = width // 8
    flat = tiles.reshape(-1)
    sums = totals.reshape(-1)
    for sign in range(signs):
        pending = 0
        for i in range(n_inputs):
            if used[sign, i] and codes[i]:
                row = np.int64(codes[i]) * ROW
                low0 = load_bytes(scratch, row)
                low1 = load_bytes(scratch, row + 32)
                low2 = load_bytes(scratch, row + 64)
                low3 = load_bytes(scratch, row + 96)
                high0 = load_bytes(scratch, row + 128)
                high1 = load_bytes(scratch, row + 160)
                high2 = load_bytes(scratch, row + 192)
                high3 = load_bytes(scratch, row + 224)
                tile = (sign * n_inputs + i) * width
                for b in range(blocks):
                    index = load_bytes(flat, tile + 8 * b)
                    low = lookup(low0, low1, low2, low3, index)
                    high = lookup(high0, high1, high2, high3, index)
                    add_pairs(short, 64 * b, low, high)
                pending += 1
            if pending == limit or i == n_inputs - 1:
                for b in range(blocks):
                    add_sums(sums, (sign * blocks + b) * 64, short, 64 * b)
                pending = 0


@njit(cache=True)
def _add_rows(
    codes: Halves, tiles: Words, used: NDArray[np.bool_], totals: Sums, scratch: Halves
) -> None:
    """Add the counts of one table of rows, one load per synapse, four inputs at a time."""
    signs, n_inputs, width = tiles.shape
    mask = np.uint64(255)
    for sign in range(signs):
        for i in range(0, n_inputs, 4):
            # An input past the end reads the last one's weights in row 0, which is all zeros.
            i1, i2, i3 = (
                min(i + 1, n_inputs - 1),
                min(i + 2, n_inputs - 1),
                min(i + 3, n_inputs - 1),
            )
            row0 = np.int64(codes[i]) * ROW if used[sign, i] else 0
            row1 = np.int64(codes[i1]) * ROW if used[sign, i1] and i1 == i + 1 else 0
            row2 = np.int64(codes[i2]) * ROW if used[sign, i2] and i2 == i + 2 else 0
            row3 = np.int64(codes[i3]) * ROW if used[sign, i3] and i3 == i + 3 else 0
            if row0 | row1 | row2 | row3 == 0:
                continue
            for b in range(width):
                word0, word1 = tiles[sign, i, b], tiles[sign, i1, b]
                word2, word3 = tiles[sign, i2, b], tiles[sign, i3, b]
                for k in range(8):
                    shift = np.uint64(8 * k)
                    totals[sign, 8 * b + k] += (
                        np.int64(scratch[row0 + np.int64(word0 >> shift & mask)])
                        + np.int64(scratch[row1 + np.int64(word1 >> shift & mask)])
                        + np.int64(scratch[row2 + np.int64(word2 >> shift & mask)])
                        + np.int64(scratch[row3 + np.int64(word3 >> shift & mask)])
                    )


@njit(cache=True)
def add_table_counts(
    codes: Halves,
    tiles: Words,
    used: NDArray[np.bool_],
    rx: Bytes,
    rw: Bytes,
    length: int,
    vector: bool,
    totals: Sums,
    short: Halves,
    scratch: Halves,
) -> None:
    """Add the counts of one pass to totals (signs, padded neurons), through count tables.

    `vector` asks for look-ups of 64 neurons at once and must be false where the CPU has none
    (`simd.HAS_LOOKUP`). `short`, uint16 (padded neurons,), is zero before and after.
    """
    for start in range(0, length, PART):
        stop = min(start + PART, length)
        build_table(rx, rw, start, stop, HAS_LOOKUP and vector, scratch)
        if HAS_LOOKUP and vector:
            _add_planes(codes, tiles, used, 65535 // (stop - start), totals, short, scratch)
        else:
            _add_rows(codes, tiles, used, totals, scratch)
