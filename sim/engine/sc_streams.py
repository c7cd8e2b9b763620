"""Streams of a stochastic-computing layer as Numba kernels: packing, AND and popcount.

A stream is a row of 64-bit words, bit k of word n its bit 64 n + k; a row has a multiple of 8 words
(`sc_sources.words`), and its spare bits are zero. The functions of a whole pass encode with the
pass's own sources; `and_popcounts` and `stored_counts` take any streams, so faulty or
independently seeded ones too.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bitcortex.sim.engine.sc_kernels import PART, Halves, Sums, Words
from bitcortex.sim.engine.sc_sources import Bytes, words
from bitcortex.sim.engine.simd import (
    add_and_popcount,
    keep,
    load_words,
    store_below,
    total,
    zero_words,
)


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
                store_below(flat, i * width + k, source, start + 64 * k, code)
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
            a0, a1, a2, a3 = zero_words(), zero_words(), zero_words(), zero_words()
            a4, a5, a6, a7 = zero_words(), zero_words(), zero_words(), zero_words()
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
                    x = load_words(x_flat, i * depth + v)
                    a0 = add_and_popcount(a0, x, load_words(d_flat, d0 + v))
                    a1 = add_and_popcount(a1, x, load_words(d_flat, d1 + v))
                    a2 = add_and_popcount(a2, x, load_words(d_flat, d2 + v))
                    a3 = add_and_popcount(a3, x, load_words(d_flat, d3 + v))
                    a4 = add_and_popcount(a4, x, load_words(d_flat, d4 + v))
                    a5 = add_and_popcount(a5, x, load_words(d_flat, d5 + v))
                    a6 = add_and_popcount(a6, x, load_words(d_flat, d6 + v))
                    a7 = add_and_popcount(a7, x, load_words(d_flat, d7 + v))
            sums = (
                total(a0),
                total(a1),
                total(a2),
                total(a3),
                total(a4),
                total(a5),
                total(a6),
                total(a7),
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
    for j in range(0, n_neurons, 4):
        if j + 4 <= n_neurons and not (signs[j : j + 4] < 0).any():
            a0, a1, a2, a3 = zero_words(), zero_words(), zero_words(), zero_words()
            for v in range(0, step, 8):
                x = load_words(x_flat, v)
                a0 = add_and_popcount(a0, x, load_words(w_flat, j * step + v))
                a1 = add_and_popcount(a1, x, load_words(w_flat, (j + 1) * step + v))
                a2 = add_and_popcount(a2, x, load_words(w_flat, (j + 2) * step + v))
                a3 = add_and_popcount(a3, x, load_words(w_flat, (j + 3) * step + v))
            sums = (total(a0), total(a1), total(a2), total(a3))
            for k in range(4):
                counts[0, j + k], counts[1, j + k] = sums[k], 0
        else:
            for row in range(j, min(j + 4, n_neurons)):
                both, negative = zero_words(), zero_words()
                for v in range(0, step, 8):
                    x, w = load_words(x_flat, v), load_words(w_flat, row * step + v)
                    both = add_and_popcount(both, x, w)
                    negative = add_and_popcount(negative, keep(x, signs[row, v // depth] < 0), w)
                counts[1, row] = total(negative)
                counts[0, row] = total(both) - total(negative)


def pack_bits(bits: Bytes) -> Words:
    """Pack streams of 0 and 1, shape (..., length), into words (..., words(length))."""
    length = bits.shape[-1]
    packed = np.zeros((*bits.shape[:-1], 8 * words(length)), np.uint8)
    packed[..., : -(-length // 8)] = np.packbits(bits, axis=-1, bitorder="little")
    return packed.view("<u8").astype(np.uint64, copy=False)
