"""The image: all that the host writes to a column engine, as one stream of words. Decision 0008."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bitcortex.models.column.host import Write, content_runs, state_writes
from bitcortex.models.column.params import CoreParams, Space
from bitcortex.models.network.event_step import GoldenEvents, Snapshot
from bitcortex.network.words import (
    LANE_AT,
    MAX_COUNT,
    RECORDED,
    SPACE_AT,
    WIDE_AT,
    header,
)

Words = NDArray[np.uint32]
NO_ADDRESS = (Space.STEP, Space.PUSH, Space.MARK)  # where the engine ignores the address
LOW = np.uint64(0xFFFF_FFFF)


@dataclass(frozen=True)
class Entries:
    """A run of entries, as the words say it: addresses count up from `first`."""

    space: int
    lane: int
    first: int
    data: NDArray[np.uint64]


def image(params: CoreParams, snapshot: Snapshot | None = None) -> Words:
    """Return all that makes an engine ready: its synapses, then its states.

    Parameters
    ----------
    params
        Of the engine.
    snapshot
        Where it shall begin; the beginning of the Plan if None.

    Returns
    -------
    numpy.ndarray
        Words of 32 bits, in the order in which they are sent.
    """
    return np.concatenate([synapse_image(params), state_image(params, snapshot)])


def synapse_image(params: CoreParams) -> Words:
    """Return the words that fill the connection stores; a reset does not undo them."""
    return _joined([_words(Entries(*run)) for run in content_runs(params)])


def state_image(params: CoreParams, snapshot: Snapshot | None = None) -> Words:
    """Return the words that set the states, and the weights of plastic synapses; see `image`."""
    snapshot = GoldenEvents(params.plan).snapshot if snapshot is None else snapshot
    return _joined([_words(run) for run in _runs(state_writes(params, snapshot))])


def crc(words: Words) -> int:
    """Return the CRC-32 of words, as the loader computes it."""
    return zlib.crc32(words.astype("<u4").tobytes())


def entries(words: Words) -> Iterator[Entries]:
    """Yield what words mean, recorded spikes included.

    Raises
    ------
    ValueError
        If they end within a run, or a header has no entries.
    """
    at = 0
    while at < len(words):
        head = int(words[at])
        count, wide = head & MAX_COUNT, head >> WIDE_AT & 1
        stop = at + 2 + count * (1 + wide)
        if not count or stop > len(words):
            raise ValueError(
                f"an image must hold all entries of its headers, not end within the {count} of "
                f"word {at}, 0x{head:08x}"
            )
        data = words[at + 2 : stop].astype(np.uint64)
        if wide:
            data = data[::2] | data[1::2] << np.uint64(32)
        yield Entries(head >> SPACE_AT, head >> LANE_AT & 0x7F, int(words[at + 1]), data)
        at = stop


def writes_of(words: Words) -> list[Write]:
    """Return the writes that an image stands for; recorded spikes are none."""
    return [
        (Space(run.space), run.lane, address, data)
        for run in entries(words)
        if run.space != RECORDED
        for address, data in enumerate(run.data.tolist(), run.first)
    ]


def _runs(writes: list[Write]) -> Iterator[Entries]:
    """Group consecutive writes to one space and lane whose addresses count up."""
    if not writes:
        return
    places = np.array([write[:3] for write in writes], np.int64)
    data = np.array([write[3] for write in writes], np.uint64)
    same = (np.diff(places[:, :2], axis=0) == 0).all(axis=1)
    counts = (np.diff(places[:, 2]) == 1) | np.isin(places[1:, 0], NO_ADDRESS)
    starts = np.flatnonzero(~(same & counts)) + 1
    for start, stop in zip([0, *starts], [*starts, len(writes)], strict=True):
        space, lane, first = places[start].tolist()
        yield Entries(space, lane, first, data[start:stop])


def _words(run: Entries) -> Words:
    """Return the words of a run, with as many headers as it needs."""
    wide = bool((run.data > LOW).any())
    made = []
    for at in range(0, len(run.data), MAX_COUNT):
        part = run.data[at : at + MAX_COUNT]
        head = (header(run.space, run.lane, len(part), wide), run.first + at)
        made.append(np.array(head, np.uint32))
        body = (part & LOW).astype(np.uint32)
        if wide:
            high = (part >> np.uint64(32)).astype(np.uint32)
            body = np.stack([body, high], axis=1).reshape(-1)
        made.append(body)
    return _joined(made)


def _joined(parts: list[Words]) -> Words:
    return np.concatenate([np.zeros(0, np.uint32), *parts])
