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
through `pack_weights` and `add_table_counts` (all inputs of 64 neurons per look-up instruction) or
`add_stream_counts` (AND + popcount of real streams), which give the same counts.

**Arithmetic**: counts are exact. A pass is cut into parts of `PART` source words, so that 16 bits
hold an entry of the count table; totals are int32, hence n_inputs * length < 2**31.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bitcortex.sim.engine import simd
from bitcortex.sim.engine.sc_sources import Bytes, words

PART = 8192  # source words per count table or set of streams, a multiple of 512
MAX_LENGTH = 2**24  # bits of a stream
ROWS, ROW = 257, 256  # of the count table: input codes, weight codes
_STARTS = ROWS * ROW  # offset in scratch: where the points of each rx start
_ORDER = _STARTS + ROWS + 1  # offset in scratch: rw, sorted by rx
SCRATCH = _ORDER + PART  # elements of scratch
_LOOKUP = simd.HAS_LOOKUP  # a constant to Numba

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
    row = simd.zero_halves()
    point = np.int64(0)
    for x in range(ROWS):
        if planes:
            simd.store_planes(scratch, x * ROW, row)
        else:
            simd.store_row(scratch, x * ROW, row)
        if x < ROW:
            while point < np.int64(starts[x + 1]):
                row = simd.add_step(row, np.int64(order[point]))
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
    of neuron 8 b + k; a row is padded to a multiple of 64 neurons. `used`, shape (signs,
    n_inputs), is false where an input has no weight of a sign.
    """
    n_neurons, n_inputs = weights_q.shape
    signs = 2 if (weights_q < 0).any() else 1
    tiles = np.zeros((signs, n_inputs, -(-n_neurons // 64) * 64), np.uint8)
    for sign in range(signs):
        magnitude = np.maximum(-weights_q if sign else weights_q, 0)
        tiles[sign, :, :n_neurons] = magnitude.T
    return tiles.view("<u8").astype(np.uint64, copy=False), np.any(tiles, axis=2)


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
                low0 = simd.load_bytes(scratch, row)
                low1 = simd.load_bytes(scratch, row + 32)
                low2 = simd.load_bytes(scratch, row + 64)
                low3 = simd.load_bytes(scratch, row + 96)
                high0 = simd.load_bytes(scratch, row + 128)
                high1 = simd.load_bytes(scratch, row + 160)
                high2 = simd.load_bytes(scratch, row + 192)
                high3 = simd.load_bytes(scratch, row + 224)
                tile = (sign * n_inputs + i) * width
                for b in range(blocks):
                    index = simd.load_bytes(flat, tile + 8 * b)
                    low = simd.lookup(low0, low1, low2, low3, index)
                    high = simd.lookup(high0, high1, high2, high3, index)
                    simd.add_pairs(short, 64 * b, low, high)
                pending += 1
            if pending == limit or i == n_inputs - 1:
                for b in range(blocks):
                    simd.add_sums(sums, (sign * blocks + b) * 64, short, 64 * b)
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
        build_table(rx, rw, start, stop, _LOOKUP and vector, scratch)
        if _LOOKUP and vector:
            _add_planes(codes, tiles, used, 65535 // (stop - start), totals, short, scratch)
        else:
            _add_rows(codes, tiles, used, totals, scratch)


@njit(cache=True)
def encode(codes: Halves, source: Bytes, start: int, stop: int, out: Words) -> None:
    """Pack the streams source[k] < code, k = start..stop-1, into out (n_codes, words).

    `start` is a multiple of 64; the rest of the last words is zero.
    """
    n_codes, width = out.shape
    flat = out.reshape(-1)
    full, rest = (stop - start) // 64, (stop - start) % 64
    used = full + (rest > 0)
    for i in range(n_codes):
        code = np.int64(codes[i])
        if code < 256:
            for k in range(used):
                simd.store_below(flat, i * width + k, source, start + 64 * k, code)
        else:
            for k in range(used):
                flat[i * width + k] = np.uint64(0xFFFFFFFFFFFFFFFF)
        if rest:
            flat[i * width + full] &= (np.uint64(1) << np.uint64(rest)) - np.uint64(1)
        for k in range(used, width):
            flat[i * width + k] = np.uint64(0)


@njit(cache=True)
def and_popcounts(
    x_words: Words, dictionary: Words, tiles: Words, used: NDArray[np.bool_], totals: Sums
) -> None:
    """Add popcount(x stream & weight stream), summed over inputs, to totals.

    `x_words` (n_inputs, words) are any streams, `dictionary` (256, words) the stream of every
    weight code. Eight neurons are summed at once.
    """
    signs, n_inputs = used.shape
    depth = x_words.shape[1]
    x_flat, d_flat = x_words.reshape(-1), dictionary.reshape(-1)
    mask = np.uint64(255)
    n_blocks = (totals.shape[1] + 7) // 8
    for sign in range(signs):
        for b in range(n_blocks):
            a0, a1, a2, a3 = (
                simd.zero_words(),
                simd.zero_words(),
                simd.zero_words(),
                simd.zero_words(),
            )
            a4, a5, a6, a7 = (
                simd.zero_words(),
                simd.zero_words(),
                simd.zero_words(),
                simd.zero_words(),
            )
            for i in range(n_inputs):
                if not used[sign, i]:
                    continue
                word = tiles[sign, i, b]
                d0 = np.int64(word & mask) * depth
                d1 = np.int64(word >> np.uint64(8) & mask) * depth
                d2 = np.int64(word >> np.uint64(16) & mask) * depth
                d3 = np.int64(word >> np.uint64(24) & mask) * depth
                d4 = np.int64(word >> np.uint64(32) & mask) * depth
                d5 = np.int64(word >> np.uint64(40) & mask) * depth
                d6 = np.int64(word >> np.uint64(48) & mask) * depth
                d7 = np.int64(word >> np.uint64(56)) * depth
                for v in range(0, depth, 8):
                    x = simd.load_words(x_flat, i * depth + v)
                    a0 = simd.add_and_popcount(a0, x, simd.load_words(d_flat, d0 + v))
                    a1 = simd.add_and_popcount(a1, x, simd.load_words(d_flat, d1 + v))
                    a2 = simd.add_and_popcount(a2, x, simd.load_words(d_flat, d2 + v))
                    a3 = simd.add_and_popcount(a3, x, simd.load_words(d_flat, d3 + v))
                    a4 = simd.add_and_popcount(a4, x, simd.load_words(d_flat, d4 + v))
                    a5 = simd.add_and_popcount(a5, x, simd.load_words(d_flat, d5 + v))
                    a6 = simd.add_and_popcount(a6, x, simd.load_words(d_flat, d6 + v))
                    a7 = simd.add_and_popcount(a7, x, simd.load_words(d_flat, d7 + v))
            sums = (
                simd.total(a0),
                simd.total(a1),
                simd.total(a2),
                simd.total(a3),
                simd.total(a4),
                simd.total(a5),
                simd.total(a6),
                simd.total(a7),
            )
            for k in range(min(8, totals.shape[1] - 8 * b)):
                totals[sign, 8 * b + k] += sums[k]


@njit(cache=True)
def add_stream_counts(
    codes: Halves,
    tiles: Words,
    used: NDArray[np.bool_],
    rx: Bytes,
    rw: Bytes,
    length: int,
    totals: Sums,
    x_words: Words,
    dictionary: Words,
) -> None:
    """Add the counts of one pass to totals, by AND and popcount of freshly encoded streams.

    `x_words` (n_inputs, words) and `dictionary` (256, words) are overwritten, with
    words = `words(min(length, PART))`.
    """
    weight_codes = np.arange(256).astype(np.uint16)
    for start in range(0, length, PART):
        stop = min(start + PART, length)
        encode(codes, rx, start, stop, x_words)
        encode(weight_codes, rw, start, stop, dictionary)
        and_popcounts(x_words, dictionary, tiles, used, totals)


@njit(cache=True)
def stored_counts(x_words: Words, w_words: Words, signs: NDArray[np.int8], counts: Sums) -> None:
    """Write signed counts of stored streams: faulty, independently seeded, or any others.

    Parameters
    ----------
    x_words
        Input streams, shape (n_inputs, words).
    w_words
        A stream per synapse, shape (n_neurons, n_inputs, words).
    signs
        Of the synapses, shape (n_neurons, n_inputs): below 0 counts as inhibitory, any other
        value as excitatory.
    counts
        Shape (2, n_neurons): excitatory, inhibitory.
    """
    n_neurons, n_inputs, depth = w_words.shape
    x_flat, w_flat = x_words.reshape(-1), w_words.reshape(-1)
    step = n_inputs * depth
    for j in range(n_neurons):
        both, negative = simd.zero_words(), simd.zero_words()
        for i in range(n_inputs):
            inhibitory = signs[j, i] < 0
            for v in range(0, depth, 8):
                x = simd.load_words(x_flat, i * depth + v)
                w = simd.load_words(w_flat, j * step + i * depth + v)
                both = simd.add_and_popcount(both, x, w)
                negative = simd.add_and_popcount(negative, simd.keep(x, inhibitory), w)
        counts[1, j] = simd.total(negative)
        counts[0, j] = simd.total(both) - np.int64(counts[1, j])


def pack_bits(bits: Bytes) -> Words:
    """Pack streams of 0 and 1, shape (..., length), into words (..., words(length))."""
    length = bits.shape[-1]
    packed = np.zeros((*bits.shape[:-1], 8 * words(length)), np.uint8)
    packed[..., : -(-length // 8)] = np.packbits(bits, axis=-1, bitorder="little")
    return packed.view("<u8").astype(np.uint64, copy=False)
