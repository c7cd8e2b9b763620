"""The loader writes what the words say, and knows them by their CRC."""

import zlib

import numpy as np
import pytest

from bitcortex.models.column.image import crc, image, writes_of
from bitcortex.models.column.loader import MALFORMED, REFUSED, STARVED, Loader, LoaderParams
from bitcortex.models.column.params import CoreParams, Space
from bitcortex.network.words import RECORDED, header, recorded
from bitcortex.sim.twins.column.plans import every_store

Writes = list[tuple[int, int, int, int]]


def send(
    loader: Loader, words: list[int], busy: int = 0, feed_ready: int = 1
) -> tuple[Writes, list[tuple[int, int, int]], int]:
    """Return writes, recorded spikes, and cycles that words took."""
    writes: Writes = []
    feeds, cycles = [], 0
    for word in [*words, None]:
        for _ in range(20):
            taken, we, *where, feed, mark, delay, channel, _, _, _ = loader.tick(
                0, int(word is not None), word or 0, busy, feed_ready
            )
            if we:
                writes.append(tuple(where))
            if feed and feed_ready:
                feeds.append((mark, delay, channel))
            cycles += word is not None
            if taken or word is None:
                break
    return writes, feeds, cycles


def state(loader: Loader) -> tuple[int, ...]:
    """Return CRC, number of words and error."""
    return loader.tick(0, 0, 0, 0, 0)[-3:]


def test_an_image_becomes_its_writes() -> None:
    params = CoreParams(every_store(), 4)
    words = image(params)
    loader = Loader(LoaderParams.of(params))
    writes, _, cycles = send(loader, words.tolist())
    assert writes == writes_of(words)
    assert cycles == 4 * len(words)
    assert state(loader) == (crc(words), len(words), 0)


def test_recorded_spikes_wait_for_the_feed() -> None:
    loader = Loader(LoaderParams(delay_bits=4, id_bits=12))
    words = recorded([[(3, 70)], [(0, 71), (1, 72)]]).tolist()
    _, feeds, _ = send(loader, words)
    assert feeds == [(0, 3, 70), (1, 0, 0), (0, 0, 71), (0, 1, 72), (1, 0, 0)]
    send(loader, words[:2])
    for _ in range(100):
        taken, *_ = loader.tick(0, 1, words[2], 0, 0)
        assert not taken
    _, feeds, cycles = send(loader, words[2:3])
    assert (feeds, cycles) == ([(0, 3, 70)], 1)
    assert state(loader)[1] == len(words) + 3


@pytest.mark.parametrize(
    ("words", "params"),
    [
        ([header(9, 0, 1)], LoaderParams()),
        ([header(RECORDED, 0, 1)], LoaderParams(recorded=False)),
        ([header(RECORDED, 0, 1, wide=True)], LoaderParams()),
        ([header(Space.STATE, 8, 1)], LoaderParams(8)),
        ([int(Space.STATE) << 28], LoaderParams()),
        ([header(Space.STATE, 0, 1), 1 << 16], LoaderParams(address_bits=16)),
    ],
)
def test_what_is_not_there(words: list[int], params: LoaderParams) -> None:
    loader = Loader(params)
    send(loader, words)
    assert state(loader)[2] == MALFORMED
    rest = [header(Space.STATE, 0, 1), 0, 5]
    assert send(loader, rest)[:2] == ([], [])
    everything = np.array([*words, *rest], "<u4")
    assert state(loader) == (zlib.crc32(everything.tobytes()), len(everything), MALFORMED)
    loader.tick(1, 0, 0, 0, 0)
    assert state(loader) == (0, 0, 0)
    assert send(loader, rest)[0] == [(Space.STATE, 0, 0, 5)]


def test_a_busy_engine_is_not_written_to() -> None:
    loader = Loader(LoaderParams())
    assert send(loader, recorded([[(0, 1)]]).tolist(), busy=1)[1] == [(0, 0, 1), (1, 0, 0)]
    writes, _, _ = send(loader, [header(Space.STATE, 0, 2), 0, 5, 6], busy=1)
    assert writes == []
    assert state(loader)[2] == REFUSED


def test_nothing_waits_for_ever() -> None:
    loader = Loader(LoaderParams(patience_bits=4))
    _, feeds, cycles = send(loader, recorded([[(0, 1)]]).tolist(), feed_ready=0)
    assert feeds == []
    assert cycles == 4 * 4 + 15
    assert state(loader)[1:] == (4, STARVED)


def test_parameters() -> None:
    with pytest.raises(ValueError, match=r"delay_bits must be .* fewer different delays"):
        LoaderParams(delay_bits=12)
    with pytest.raises(ValueError, match="lanes must be 1, 2, 4, 8, 16, 32 or 64, not 5"):
        LoaderParams(5)
