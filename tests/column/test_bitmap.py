"""Rows of bits as events: which, in which order, in which cycle, and under back-pressure."""

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from bitcortex.boards.area import measure
from bitcortex.boards.devices import find_device
from bitcortex.models.column.bitmap import QUEUE, Bitmap, BitmapParams, words
from bitcortex.sim.twin import Stimulus, compare, find

Event = tuple[int, int, int]  # cycle, slot, weight
Job = tuple[int, int]  # row, weight
LATENCY = (7, 9)  # cycles from a job to its first event, by reach
both = pytest.mark.parametrize("reach", [0, 1])


def filled(params: BitmapParams, rows: np.ndarray) -> Bitmap:
    """Return a store of these rows, written through its port."""
    store = Bitmap(params)
    for address, word in enumerate(w for row in rows for w in words(row, params.word)):
        store.tick(1, address, word, 0, 0, 0, 1)
    return store


def run(
    store: Bitmap,
    jobs: Sequence[Job],
    ready: Callable[[], bool] = lambda: True,
    offer: Callable[[], bool] = lambda: True,
    write: Callable[[], bool] = lambda: False,
) -> list[Event]:
    """Offer jobs and take events until the store is idle; the first job is offered in cycle 0.

    A write is one of what is there.
    """
    waiting, events, cycle = list(jobs), [], 0
    held: tuple[int, ...] | None = None  # an event that was not taken
    while True:
        valid, takes = bool(waiting) and offer(), ready()
        row, weight = waiting[0] if valid else (0, 0)
        writes = (1, 0, store.memory[0]) if write() else (0, 0, 0)
        shown = store.tick(*writes, valid, row * store.params.words, weight, takes)
        job_ready, event_valid, slot, event_weight, idle = shown
        if held is not None:
            assert shown[1:4] == held, "an event changed before it was taken"
        held = shown[1:4] if event_valid and not takes else None
        if event_valid and takes:
            events.append((cycle, slot, event_weight))
        if idle and not waiting:
            return events
        if valid and job_ready:
            waiting.pop(0)
        cycle += 1
        assert cycle < 100_000, "the store does not come to rest"


def expected(rows: np.ndarray, jobs: Sequence[Job]) -> list[tuple[int, int]]:
    return [(int(slot), weight) for row, weight in jobs for slot in np.flatnonzero(rows[row])]


@pytest.mark.parametrize("slots", [1, 2, 7, 12, 16, 17, 31, 32, 33, 70, 128])
@pytest.mark.parametrize(("spram", "size"), [(False, 32), (True, 16)])
def test_words_hold_slot_size_w_plus_bit(slots: int, spram: bool, size: int) -> None:
    params = BitmapParams(slots, spram=spram)
    bits = np.random.default_rng(slots).random(slots) < 0.5
    found = words(bits, params.word)
    assert len(found) == params.words == -(-slots // size)
    assert sum(word << size * w for w, word in enumerate(found)) == sum(
        1 << slot for slot in range(slots) if bits[slot]
    )
    assert max(words(np.ones(slots, bool), params.word)) < 1 << params.word_bits


@pytest.mark.parametrize("slots", [1, 2, 7, 12, 32, 33, 70, 128])
@pytest.mark.parametrize("density", [0.03, 0.3, 1.0])
@pytest.mark.parametrize("changes", [{}, {"spram": True}, {"reach": 1}])
def test_every_bit_is_an_event_in_order(
    slots: int, density: float, changes: dict[str, int]
) -> None:
    """Whatever the reader, the writer of jobs and the host do."""
    rng = np.random.default_rng(1)
    rows = rng.random((10, slots)) < density
    params = BitmapParams(slots, 10, 8, **changes)  # type: ignore[arg-type]
    jobs = [(int(rng.integers(10)), int(rng.integers(-128, 128))) for _ in range(40)]
    for ready, offer, write in (
        (1.0, 1.0, 0.0), (0.3, 1.0, 0.0), (1.0, 0.1, 0.0), (1.0, 1.0, 0.5), (0.5, 0.5, 0.5),
    ):  # fmt: skip
        found = run(
            filled(params, rows),
            jobs,
            lambda p=ready: rng.random() < p,  # type: ignore[misc]
            lambda p=offer: rng.random() < p,  # type: ignore[misc]
            lambda p=write: rng.random() < p,  # type: ignore[misc]
        )
        assert [event[1:] for event in found] == expected(rows, jobs)


@both
@pytest.mark.parametrize("slots", [12, 32, 96])
def test_an_event_in_every_cycle(slots: int, reach: int) -> None:
    """Also across words and rows, if every word has a bit; single bits are the hardest."""
    rng = np.random.default_rng(2)
    rows = rng.random((20, slots)) < 0.05
    for row in rows:
        row[rng.integers(32) % min(slots, 32) :: 32] = True
    rows[:, -1] |= slots % 32 > 0
    jobs = [(int(rng.integers(20)), 1) for _ in range(200)]
    store = filled(BitmapParams(slots, 20, reach=reach), rows)
    cycles = [event[0] for event in run(store, jobs)]
    first = LATENCY[reach]
    assert cycles == list(range(first, first + len(expected(rows, jobs))))


@both
@pytest.mark.parametrize("slots", [32, 96])
def test_an_empty_word_costs_a_cycle_at_most(slots: int, reach: int) -> None:
    rng = np.random.default_rng(3)
    rows = rng.random((50, slots)) < 0.02
    params = BitmapParams(slots, 50, reach=reach)
    empty = [sum(word == 0 for word in words(row)) for row in rows]
    jobs = [(int(rng.integers(50)), 1) for _ in range(300)]
    spent = sum(empty[row] for row, _ in jobs)
    assert spent > 100
    last = run(filled(params, rows), jobs)[-1][0]
    assert last < LATENCY[reach] + len(expected(rows, jobs)) + spent


@both
def test_empty_words_are_skipped_while_others_are_shown(reach: int) -> None:
    rows = np.zeros((3, 32), bool)
    rows[0, :8] = True
    rows[2, 5] = True
    store = filled(BitmapParams(32, 3, reach=reach), rows)
    found = run(store, [(0, 1), *[(1, 2)] * 4, (2, 3)])
    assert [event[0] for event in found] == list(range(LATENCY[reach], LATENCY[reach] + 9))
    assert found[-1][1:] == (5, 3)


@pytest.mark.parametrize(("reach", "stages"), [(0, 4), (1, 3 + QUEUE)])
def test_jobs_wait_and_no_more_than_the_depth(reach: int, stages: int) -> None:
    """Nothing moves: mask, stages and queue hold a row each, and the FIFO is full."""
    store = filled(BitmapParams(4, 2, depth=3, reach=reach), np.ones((2, 4), bool))
    taken = sum(store.tick(0, 0, 0, 1, 0, 1, 0)[0] for _ in range(50))
    assert taken == 3 + stages + 1  # the event is a bit of the mask's row
    assert store.tick(0, 0, 0, 0, 0, 0, 1)[0] == 0
    assert len(run(store, [])) == 4 * taken - 1
    assert store.outputs()[0] == 1


@both
def test_a_write_stops_the_fetch_and_loses_nothing(reach: int) -> None:
    rows = np.ones((2, 64), bool)
    store = filled(BitmapParams(64, 2, reach=reach), rows)
    store.tick(0, 0, 0, 1, 0, 5, 1)
    shown = [store.tick(1, 3, 0, 0, 0, 0, 1) for _ in range(20)]
    assert not any(row[1] or row[4] for row in shown[1:])
    assert [event[1:] for event in run(store, [(1, 7)])] == [
        *((slot, 5) for slot in range(64)),
        *((slot, 7) for slot in range(32)),  # the other word was written
    ]


@both
def test_reset_drops_jobs_and_keeps_the_rows(reach: int) -> None:
    rows = np.random.default_rng(4).random((4, 40)) < 0.5
    store = filled(BitmapParams(40, 4, reach=reach), rows)
    for row in (1, 2, 3):
        store.tick(0, 0, 0, 1, row * 2, 9, 0)
    store.reset()
    assert store.outputs() == (1, 0, 0, 0, 1)
    jobs = [(0, -1), (3, 4)]
    assert [event[1:] for event in run(store, jobs)] == expected(rows, jobs)


@pytest.mark.parametrize("case", ["32 slots", "32 slots, far"])
def test_weights_outlive_the_empty_rows_behind_a_mask(case: str) -> None:
    """In the gateware, where a job's weight is a place in memory that later jobs want."""
    twin = find("column.bitmap")
    size = twin.cases[case].size

    def stimulus(params: BitmapParams, rng: np.random.Generator, cycles: int) -> Stimulus:
        at = np.arange(cycles)
        jobs = at >= params.size
        full = at % 37 == 0  # one row of 32 bits, and 36 without any
        return {
            "we": (at < params.size).astype(np.int64),
            "write_address": np.minimum(at, params.size - 1),
            "write_data": np.where(at == 0, (1 << 32) - 1, 0),
            "job_valid": jobs.astype(np.int64),
            "job_address": np.where(full, 0, 1 + at % (params.size - 1)),
            "job_weight": at % 30_000,
            "event_ready": (at % 3 > 0).astype(np.int64),
        }

    def reached(
        params: BitmapParams, stimulus: Stimulus, trace: dict[str, np.ndarray]
    ) -> dict[str, bool]:
        return {"full rows": bool((trace["event_slot"] == 31).any())}

    crafted = dataclasses.replace(twin, stimulus=stimulus, reached=reached)
    equality = compare(crafted, case, size + 5_000)
    assert equality.difference is None, str(equality.difference)
    assert all(equality.reached.values())


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"slots": 0}, ValueError, r"slots must be in 1\.\.65536, not 0"),
        ({"slots": 65_537}, ValueError, r"slots must be in 1\.\.65536, not 65537"),
        ({"rows": 0}, ValueError, r"rows must be in 1\.\.1048576, not 0"),
        ({"weight_width": 1}, ValueError, r"weight_width must be in 2\.\.24, not 1"),
        ({"weight_width": 25}, ValueError, r"weight_width must be in 2\.\.24, not 25"),
        ({"depth": 1}, ValueError, r"depth must be in 2\.\.64, not 1"),
        ({"slots": 3.5}, TypeError, "slots must be an integer, not 3.5"),
    ],
)
def test_mistakes(change: dict[str, int], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        BitmapParams(**change)


@pytest.mark.full
@pytest.mark.parametrize(
    ("params", "lut", "blocks"), [(BitmapParams(), 245, 2), (BitmapParams(128, 500), 275, 4)]
)
def test_small_and_above_120_mhz(params: BitmapParams, lut: int, blocks: int) -> None:
    area = measure(find("column.bitmap").emit(params), find_device("ecp5-85"), seeds=5)
    assert area.bram == blocks
    assert area.lut <= lut
    assert area.fmax_median_mhz >= 120.0
