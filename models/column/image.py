"""The image: all that the host writes to a column engine, as one stream of words. Decision 0008."""

from collections.abc import Iterator

import numpy as np

from bitcortex.models.column.host import Write, content_runs, state_table
from bitcortex.models.column.params import CoreParams, Space
from bitcortex.network.image import Entries as Entries
from bitcortex.network.image import Words, words_of
from bitcortex.network.image import crc as crc
from bitcortex.network.snapshot import Snapshot, beginning
from bitcortex.network.words import (
    LANE_AT,
    MAX_COUNT,
    RECORDED,
    SPACE_AT,
    WIDE_AT,
)

NO_ADDRESS = (Space.STEP, Space.PUSH, Space.MARK)  # where the engine ignores the address


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
    return words_of(Entries(*run) for run in content_runs(params))


def state_image(params: CoreParams, snapshot: Snapshot | None = None) -> Words:
    """Return the words that set the states, and the weights of plastic synapses; see `image`."""
    snapshot = beginning(params.plan) if snapshot is None else snapshot
    return state_table(params).words(params.plan, snapshot)


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
