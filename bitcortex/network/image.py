"""Runs of entries as words of 32 bits, which a host sends. Decision 0008."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bitcortex.network.words import MAX_COUNT, header

Words = NDArray[np.uint32]
LOW = np.uint64(0xFFFF_FFFF)


@dataclass(frozen=True)
class Entries:
    """A run of entries, as the words say it: addresses count up from `first`."""

    space: int
    lane: int
    first: int
    data: NDArray[np.uint64]


def words_of(runs: Iterable[Entries]) -> Words:
    """Return the words of runs, each with as many headers as it needs."""
    made = [np.zeros(0, np.uint32)]
    for run in runs:
        wide = bool((run.data > LOW).any())
        for at in range(0, len(run.data), MAX_COUNT):
            part = run.data[at : at + MAX_COUNT]
            head = (header(run.space, run.lane, len(part), wide), run.first + at)
            made.append(np.array(head, np.uint32))
            body = (part & LOW).astype(np.uint32)
            if wide:
                high = (part >> np.uint64(32)).astype(np.uint32)
                body = np.stack([body, high], axis=1).reshape(-1)
            made.append(body)
    return np.concatenate(made)


def crc(words: Words) -> int:
    """Return the CRC-32 of words, as the loader computes it."""
    return zlib.crc32(words.astype("<u4").tobytes())
