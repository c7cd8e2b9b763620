"""Numba kernels of the dense layers with faults: the definitions of `bitcortex.models.faults`."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bitcortex.models.faults import Faults, Lines
from bitcortex.sim.engine.event_draws import mix32

Draws = NDArray[np.uint32]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Compiled:
    """Faults of some lines, as arrays for the kernels."""

    key: np.uint32  # of the uses
    columns: Draws  # hash of every line
    limit: np.uint32  # a bit flips if its draw is not above
    flips: Flags  # lines that may flip
    stuck: Flags  # lines that are stuck
    value: Flags  # at what

    @classmethod
    def of(cls, faults: Faults, lines: Lines) -> "Compiled":
        """Return the faults of some lines."""
        stuck, value = faults.stuck(lines)
        threshold = faults.flip_threshold
        return cls(
            key=np.uint32(faults.row_key),
            columns=faults.columns(lines),
            limit=np.uint32(max(threshold - 1, 0)),
            flips=faults.exposed(lines) & ~stuck & bool(threshold),
            stuck=stuck,
            value=value,
        )

    @property
    def arguments(self) -> tuple[np.uint32, Draws, np.uint32, Flags, Flags, Flags]:
        """The arrays, in the order of the kernels' last arguments."""
        return self.key, self.columns, self.limit, self.flips, self.stuck, self.value


@njit(cache=True)
def row_hash(use: np.uint64, key: np.uint32) -> np.uint32:
    """Return `bitcortex.models.faults.row`."""
    high = mix32(np.uint32(use >> np.uint64(32)) ^ key)
    hashed: np.uint32 = mix32(np.uint32(use & np.uint64(0xFFFFFFFF)) ^ high)
    return hashed


@njit(cache=True)
def sc_counts(
    weights: NDArray[np.int16],
    codes: NDArray[np.uint16],
    rx: NDArray[np.uint8],
    rw: NDArray[np.uint8],
    length: int,
    first: int,
    counts: NDArray[np.int32],
    key: np.uint32,
    columns: Draws,
    limit: np.uint32,
    flips: Flags,
    stuck: Flags,
    value: Flags,
) -> None:
    """Write the excitatory and inhibitory counts of one pass whose first step is use `first`."""
    n_neurons, n = weights.shape
    magnitude = np.empty(n, np.uint16)
    negative = np.empty(n, np.bool_)
    for j in range(n_neurons):
        for i in range(n):
            magnitude[i] = abs(np.int64(weights[j, i]))
            negative[i] = weights[j, i] < 0
        excitatory = inhibitory = np.int32(0)
        for k in range(length):
            row = row_hash(np.uint64(first) + np.uint64(j * length + k), key)
            word_x, word_w = np.uint16(rx[k]), np.uint16(rw[k])
            for i in range(n):
                x = (word_x < codes[i]) ^ (flips[i] & (mix32(row ^ columns[i]) <= limit))
                a = i + n
                w = (word_w < magnitude[i]) ^ (flips[a] & (mix32(row ^ columns[a]) <= limit))
                b = i + 2 * n
                sign = negative[i] ^ (flips[b] & (mix32(row ^ columns[b]) <= limit))
                x = (x & ~stuck[i]) | value[i]
                w = (w & ~stuck[a]) | value[a]
                sign = (sign & ~stuck[b]) | value[b]
                c = i + 3 * n
                product = (x & w) ^ (flips[c] & (mix32(row ^ columns[c]) <= limit))
                product = (product & ~stuck[c]) | value[c]
                excitatory += np.int32(product & ~sign)
                inhibitory += np.int32(product & sign)
        counts[0, j], counts[1, j] = excitatory, inhibitory


@njit(cache=True)
def _word(
    bits: Any, width: int, line: int, row: np.uint32, columns: Draws, limit: np.uint32,
    flips: Flags, stuck: Flags, value: Flags,
) -> Any:  # fmt: skip
    """Return the low `width` bits of a word on lines `line` and up, with their faults."""
    word = np.int64(0)
    for k in range(width):
        at = line + k
        bit = bool(bits >> k & 1) ^ (flips[at] & (mix32(row ^ columns[at]) <= limit))
        word |= np.int64((bit & ~stuck[at]) | value[at]) << k
    return word


@njit(cache=True)
def fixed_sums(
    weights: NDArray[np.int16],
    codes: NDArray[np.int64],
    bits: int,
    first: int,
    sums: NDArray[np.int64],
    key: np.uint32,
    columns: Draws,
    limit: np.uint32,
    flips: Flags,
    stuck: Flags,
    value: Flags,
) -> None:
    """Write the sums of passes, a row of codes each; the first product is use `first`."""
    n_neurons, n = weights.shape
    top, use = (1 << bits) - 1, np.uint64(first)
    for r in range(len(codes)):
        for j in range(n_neurons):
            total = np.int64(0)
            for i in range(n):
                row = row_hash(use, key)
                use += np.uint64(1)
                x = _word(min(codes[r, i], top), bits, 0, row, columns, limit, flips, stuck, value)
                width = bits + 1
                w = _word(np.int64(weights[j, i]), width, bits, row, columns, limit, flips, stuck,
                          value)  # fmt: skip
                w -= (w >> bits) << width
                line, width = 2 * bits + 1, 2 * bits + 1
                p = _word(x * w, width, line, row, columns, limit, flips, stuck, value)
                total += p - ((p >> 2 * bits) << width)
            sums[r, j] = total
