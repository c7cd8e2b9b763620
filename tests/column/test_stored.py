"""Lists of synapses as events: which, in which order, in which cycle, under back-pressure."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from bitcortex.boards.area import measure
from bitcortex.boards.devices import find_device
from bitcortex.models.column.stored import Stored, StoredParams, pack
from bitcortex.sim.twin import find

Rows = list[tuple[np.ndarray, np.ndarray]]  # slots and weights
QUIET = (0,) * 8  # no write
LATENCY = 6  # cycles from a job to its first event


def some_rows(rng: np.random.Generator, counts: Sequence[int], slots: int, top: int) -> Rows:
    return [
        (np.sort(rng.choice(slots, count, replace=False)), rng.integers(-top, top, count))
        for count in counts
    ]


def filled(params: StoredParams, rows: Rows) -> Stored:
    """Return a store of these lists, written through its ports."""
    store = Stored(params)
    pointers, entries = pack(rows)
    for address, (start, count) in enumerate(pointers):
        store.tick(1, address, start, count, 0, 0, 0, 0, 0, 0, 1, 0)
    for address, (slot, weight) in enumerate(entries):
        store.tick(0, 0, 0, 0, 1, address, slot, weight, 0, 0, 1, 0)
    return store


def store_of(rows: Rows) -> Stored:
    longest = max(len(slots) for slots, _ in rows)
    return filled(
        StoredParams(32, len(rows), sum(len(slots) for slots, _ in rows), longest=longest), rows
    )


def run(
    store: Stored,
    jobs: Sequence[int],
    ready: Callable[[], bool] = lambda: True,
    offer: Callable[[], bool] = lambda: True,
    write: Callable[[], bool] = lambda: False,
) -> list[tuple[int, int, int]]:
    """Offer jobs until the store is idle; return the cycle, slot and weight of every event.

    A write is one of what is there.
    """
    waiting, events, cycle = list(jobs), [], 0
    held: tuple[int, ...] | None = None  # an event that was not taken
    while True:
        valid, takes = bool(waiting) and offer(), ready()
        pointer_write = (1, 0, *store.pointers[0]) if write() else (0, 0, 0, 0)
        entry_write = (1, 0, *store.entries[0]) if write() else (0, 0, 0, 0)
        row = waiting[0] if valid else 0
        shown = store.tick(*pointer_write, *entry_write, valid, row, takes, 0)
        job_ready, event_valid, slot, weight, idle, _ = shown
        if held is not None:
            assert shown[1:4] == held, "an event changed before it was taken"
        held = shown[1:4] if event_valid and not takes else None
        if event_valid and takes:
            events.append((cycle, slot, weight))
        if idle and not waiting:
            return events
        if valid and job_ready:
            waiting.pop(0)
        cycle += 1
        assert cycle < 100_000, "the store does not come to rest"


def expected(rows: Rows, jobs: Sequence[int]) -> list[tuple[int, int]]:
    return [
        (int(slot), int(weight)) for row in jobs for slot, weight in zip(*rows[row], strict=True)
    ]


def test_pack_puts_the_lists_one_after_another() -> None:
    rows = [
        (np.array([1, 4]), np.array([-3, 7])),
        (np.array([], np.int64), np.array([], np.int64)),
        (np.array([0]), np.array([5])),
    ]
    assert pack(rows) == ([(0, 2), (0, 0), (2, 1)], [(1, -3), (4, 7), (0, 5)])
    assert pack([]) == ([], [])


def test_pack_refuses_slots_without_weights() -> None:
    with pytest.raises(ValueError, match="shorter"):
        pack([(np.array([1, 2]), np.array([3]))])


@pytest.mark.parametrize("slots", [1, 5, 32, 100])
def test_every_entry_is_an_event_in_order(slots: int) -> None:
    """Whatever the reader, the writer of jobs and the host do."""
    rng = np.random.default_rng(slots)
    counts = rng.integers(0, min(slots, 9) + 1, 20)
    rows = some_rows(rng, counts, slots, 1 << 7)
    params = StoredParams(slots, 20, max(1, int(counts.sum())), 8, max(1, int(counts.max())))
    jobs = rng.integers(0, 20, 60).tolist()
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


@pytest.mark.parametrize("longest", [1, 2, 9])
def test_an_event_in_every_cycle(longest: int) -> None:
    """Also from list to list, if none is empty; lists of one are the hardest."""
    rng = np.random.default_rng(longest)
    counts = rng.integers(1, longest + 1, 20)
    rows = some_rows(rng, counts, 32, 100)
    jobs = rng.integers(0, 20, 200).tolist()
    store = filled(StoredParams(32, 20, int(counts.sum()), longest=longest), rows)
    cycles = [event[0] for event in run(store, jobs)]
    assert cycles == list(range(LATENCY, LATENCY + len(expected(rows, jobs))))


def test_an_empty_list_costs_a_cycle_at_most() -> None:
    rng = np.random.default_rng(3)
    counts = rng.integers(0, 2, 40)
    rows = some_rows(rng, counts, 32, 100)
    jobs = rng.integers(0, 40, 300).tolist()
    empty = sum(counts[row] == 0 for row in jobs)
    assert empty > 100
    found = run(filled(StoredParams(32, 40, int(counts.sum()), longest=1), rows), jobs)
    assert found[-1][0] < LATENCY + len(found) + empty


def test_empty_lists_are_skipped_while_others_are_read() -> None:
    rng = np.random.default_rng(5)
    rows = some_rows(rng, [8, 0, 1], 32, 100)
    jobs = [0, 1, 1, 1, 1, 2]
    found = run(store_of(rows), jobs)
    assert [event[0] for event in found] == list(range(LATENCY, LATENCY + 9))


def test_jobs_wait_and_no_more_than_the_depth() -> None:
    """Nothing moves: the list and both stages of pointers hold a job each, then the FIFO."""
    rows = some_rows(np.random.default_rng(0), [5], 32, 100)
    store = filled(StoredParams(32, 1, 5, longest=5, depth=3), rows)
    taken = sum(store.tick(*QUIET, 1, 0, 0, 0)[0] for _ in range(50))
    assert taken == 3 + 3  # the event and the entry behind it are of the same list
    assert store.outputs()[0] == 0
    assert len(run(store, [])) == 5 * taken
    assert store.outputs()[0] == 1


def test_a_write_stops_the_fetch_and_loses_nothing() -> None:
    rows = some_rows(np.random.default_rng(0), [3, 4], 32, 100)
    for write in (
        (1, 0, 0, 3, 0, 0, 0, 0),
        (0, 0, 0, 0, 1, 0, int(rows[0][0][0]), int(rows[0][1][0])),
    ):
        store = store_of(rows)
        store.tick(*QUIET, 1, 1, 1, 0)
        shown = [store.tick(*write, 0, 0, 1, 0) for _ in range(20)]
        assert not any(row[1] or row[4] for row in shown)
        assert [event[1:] for event in run(store, [0])] == expected(rows, [1, 0])


@pytest.mark.parametrize("longest", [1, 9])
def test_weights_written_back_cost_no_cycle(longest: int) -> None:
    """Of a reader that takes two cycles per event, and writes each entry some cycles later."""
    rng = np.random.default_rng(longest)
    rows = some_rows(rng, rng.integers(1, longest + 1, 20), 32, 100)
    entries = sum(len(slots) for slots, _ in rows)
    for delay in (8, 9):
        params = StoredParams(32, 20, entries, longest=longest, plastic=True)
        store, jobs, taken, writes = filled(params, rows), list(range(20)), [], {}
        for cycle in range(4 * entries + 100):
            second = bool(taken) and taken[-1] == (cycle - 1, False)
            write = writes.pop(cycle, (0, 0, 0, 0))
            valid, row = (1, jobs[0]) if jobs else (0, 0)
            shown = store.tick(0, 0, 0, 0, *write, valid, row, second, 0)
            if valid and shown[0]:
                jobs.pop(0)
            if shown[1]:
                taken.append((cycle, second))
            if shown[1] and second:
                writes[cycle + delay] = (1, shown[5], shown[2], -shown[3])
        cycles = [cycle for cycle, _ in taken]
        assert cycles == list(range(LATENCY, LATENCY + 2 * entries))
        wanted = [(slot, -weight) for slot, weight in pack(rows)[1]]
        assert store.entries == wanted


def test_entries_are_looked_at() -> None:
    rows = some_rows(np.random.default_rng(7), [3, 7, 0, 2], 32, 100)
    store = filled(StoredParams(32, 4, 12, longest=7, plastic=True), rows)
    look = [store.tick(0, 0, 0, 0, 0, at % 12, 0, 0, 0, 0, 1, int(at < 12)) for at in range(16)]
    assert [shown[2:4] for shown in look[3:15]] == pack(rows)[1]
    assert not any(shown[1] for shown in look)
    assert all(shown[4] for shown in look)


def test_reset_drops_jobs_and_keeps_the_lists() -> None:
    rows = some_rows(np.random.default_rng(6), [3, 7, 0, 2], 32, 100)
    store = store_of(rows)
    for row in (1, 2, 3):
        store.tick(*QUIET, 1, row, 0, 0)
    store.reset()
    assert store.outputs() == (1, 0, 0, 0, 1, 0)
    assert [event[1:] for event in run(store, [0, 3])] == expected(rows, [0, 3])


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"slots": 0}, ValueError, r"slots must be in 1\.\.65536, not 0"),
        ({"rows": 0}, ValueError, r"rows must be in 1\.\.1048576, not 0"),
        ({"entries": 0}, ValueError, r"entries must be in 1\.\.16777216, not 0"),
        ({"weight_width": 25}, ValueError, r"weight_width must be in 2\.\.24, not 25"),
        ({"entries": 10, "longest": 11}, ValueError, r"longest must be in 1\.\.10, not 11"),
        ({"depth": 65}, ValueError, r"depth must be in 2\.\.64, not 65"),
        ({"entries": "9"}, TypeError, "entries must be an integer, not '9'"),
    ],
)
def test_mistakes(change: dict[str, int], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        StoredParams(**change)


@pytest.mark.full
def test_small_and_above_120_mhz() -> None:
    area = measure(find("column.stored").emit(StoredParams()), find_device("ecp5-85"), seeds=5)
    assert area.bram == 7
    assert area.lut <= 110
    assert area.fmax_median_mhz >= 120.0
