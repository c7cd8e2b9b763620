"""The image says what the host writes, and nothing else."""

import time

import numpy as np
import pytest

from bitcortex.models.column.host import contents, state_writes
from bitcortex.models.column.image import (
    NO_ADDRESS,
    Entries,
    crc,
    entries,
    image,
    state_image,
    synapse_image,
    writes_of,
)
from bitcortex.models.column.params import CoreParams, Space
from bitcortex.models.network.event_step import GoldenEvents
from bitcortex.network import LIF, Network, lower
from bitcortex.network.connectivity import Bernoulli
from bitcortex.network.image import words_of
from bitcortex.network.words import MAX_COUNT, header
from bitcortex.sim.twins.column.plans import every_store, one_store, plastic

PARAMS = {
    "every store": CoreParams(every_store(), 4),
    "plastic": CoreParams(plastic(draws=True), 16),
    "bitmap": CoreParams(one_store("bitmap"), 64),
    "spram": CoreParams(one_store("bitmap"), 8, spram=True),
    "undriven": CoreParams(one_store("stored", driven=False), 8),
}


def plain(writes: list[tuple[Space, int, int, int]]) -> list[tuple[int, int, int, int]]:
    """Return writes without the addresses that the engine ignores."""
    return [(s, lane, 0 if s in NO_ADDRESS else a, data) for s, lane, a, data in writes]


@pytest.mark.parametrize("name", PARAMS)
def test_round_trip(name: str) -> None:
    params = PARAMS[name]
    golden = GoldenEvents(params.plan)
    wanted = contents(params) + state_writes(params, golden.snapshot)
    assert plain(writes_of(image(params))) == plain(wanted)
    assert image(params).dtype == np.uint32


def test_round_trip_from_the_middle_of_a_run() -> None:
    params = PARAMS["plastic"]
    golden = GoldenEvents(params.plan)
    for _ in range(40):
        golden.step()
    snapshot = golden.snapshot
    assert len(snapshot.spikes[0]) > 0
    writes = writes_of(state_image(params, snapshot))
    assert plain(writes) == plain(state_writes(params, snapshot))
    assert image(params, snapshot).tolist() == [
        *synapse_image(params).tolist(), *state_image(params, snapshot).tolist(),
    ]  # fmt: skip


def test_runs_are_long() -> None:
    """A header and an address per lane and store; not one per word."""
    params = PARAMS["bitmap"]
    runs = list(entries(synapse_image(params)))
    assert [(run.space, run.lane, run.first) for run in runs] == [
        (Space.BITMAP, lane, 0) for lane in range(64)
    ]


@pytest.mark.parametrize("wide", [False, True])
def test_more_entries_than_a_header_has(wide: bool) -> None:
    data = np.arange(MAX_COUNT + 3, dtype=np.uint64)
    data[7] += np.uint64(int(wide) << 40)
    words = words_of([Entries(int(Space.ENTRY), 63, 5, data)])
    first, second = entries(words)
    assert (first.first, len(first.data)) == (5, MAX_COUNT)
    assert (second.first, len(second.data)) == (5 + MAX_COUNT, 3)
    assert (second.lane, second.space) == (63, Space.ENTRY)
    assert np.concatenate([first.data, second.data]).tolist() == data.tolist()


def test_what_ends_too_soon() -> None:
    words = image(PARAMS["undriven"])
    with pytest.raises(ValueError, match="must hold all entries of its headers"):
        list(entries(words[:-1]))
    with pytest.raises(ValueError, match="the 0 of word 0, 0x40000000"):
        list(entries(np.array([4 << 28, 0], np.uint32)))


def test_crc_is_that_of_zlib() -> None:
    assert crc(np.frombuffer(b"12345678", np.uint32)) == 0x9AE0DAAF  # the CRC-32 of those bytes
    assert crc(np.array([header(0, 0, 1)], np.uint32)[:0]) == 0


@pytest.mark.full
def test_an_image_of_millions_of_synapses_takes_seconds() -> None:
    net = Network("large", dt_ms=0.1, seed=1)
    cells = net.population("cells", 4096, LIF())
    net.connect(cells, cells, Bernoulli(0.6), 1.0, store="bitmap")
    plan = lower(net).plan
    assert sum(p.connectivity.synapses() for p in plan.projections) > 10_000_000
    begin = time.perf_counter()
    words = image(CoreParams(plan, 64))
    assert time.perf_counter() - begin < 10.0
    assert len(words) > 4096 * 128
