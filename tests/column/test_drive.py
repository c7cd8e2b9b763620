"""Drive of four lanes: the golden network's counts, Poisson counts, checkpoints, errors, size."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from bitcortex.boards.area import measure
from bitcortex.boards.devices import find_device
from bitcortex.models.column.drive import COMPARED, Drive, DriveParams, advance
from bitcortex.models.network.event_step import BLOCK, GoldenEvents
from bitcortex.network.drive_table import poisson_table
from bitcortex.network.event_plan import EventPlan, EventPopulation
from bitcortex.sim.twin import find
from bitcortex.sim.twins.column.drive import retreat

NEURON = {
    "data_width": 16, "alpha": 65_000, "leak": "nearest", "v_threshold": 1000, "v_reset": 0,
    "refractory": 3,
}  # fmt: skip
TABLES = (poisson_table("slow", 0.3), poisson_table("fast", 4.0), ())


def golden_counts(sizes: tuple[int, ...], steps: int) -> tuple[NDArray[np.int64], EventPlan]:
    """Return the drive counts of a golden network, shape (steps, neurons), and its Plan."""
    populations = tuple(
        EventPopulation(f"p{k}", size, "excitatory", NEURON, table, 60)
        for k, (size, table) in enumerate(zip(sizes, TABLES, strict=True))
    )
    plan = EventPlan("drive", 100_000, 16, 9, populations, (), ())
    golden = GoldenEvents(plan)
    return np.stack([golden._counts(golden._draws()) for _ in range(steps)]), plan


def run(drive: Drive, kinds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the counts, shape (slots, 4), of consecutive slots of these kinds."""
    p = drive.params
    found = []
    idle = (0, 0, 0, 0, 0, 0, 0)
    fields = kinds @ (1 << np.arange(4) * p.kind_bits)
    asked = [(1, s % p.words, int(kind), 0, 0, 0, 0) for s, kind in enumerate(fields)]
    for inputs in [*asked, *[idle] * (p.latency + 1)]:
        valid, counts, _ = drive.tick(*inputs)
        if valid:
            found.append([counts >> k * p.levels & ((1 << p.levels) - 1) for k in range(4)])
    return np.array(found)


def seeded(params: DriveParams, states: NDArray[np.uint64]) -> Drive:
    """Return a drive whose generators were written by the host."""
    drive = Drive(params)
    for address in range(params.words):
        drive.tick(0, 0, 0, 0, 1, address, int(states[params.generator(address)]))
    drive.tick(0, 0, 0, 0, 0, 0, 0)
    return drive


@pytest.mark.parametrize("lanes", [4, 8, 16, 32, 64])
def test_all_units_together_give_the_golden_network(lanes: int) -> None:
    """A unit draws for whole blocks of 32 neurons, the last one too, and for no others."""
    sizes, steps = (200, 301, 20), 3
    counts, plan = golden_counts(sizes, steps)
    total = -(-plan.neurons // BLOCK) * BLOCK
    kinds = np.repeat([0, 1, 2], sizes)
    for unit in range(lanes // 4):
        params = DriveParams(TABLES, lanes, unit)
        drive = seeded(params, plan.generators())
        ids = np.arange(4 * unit, total, lanes)[:, None] + np.arange(4)
        exists = ids < plan.neurons
        ids = np.where(exists, ids, 0)
        for step in range(steps):
            assert (run(drive, kinds[ids])[exists] == counts[step][ids][exists]).all()


def test_every_generator_has_one_place() -> None:
    for lanes in (4, 8, 16, 32, 64):
        units = [DriveParams(TABLES, lanes, unit) for unit in range(lanes // 4)]
        places = [p.generator(slot) for p in units for slot in range(p.words)]
        assert sorted(places) == list(range(64))


def test_counts_are_poisson() -> None:
    """Chi-squared test of 80,000 counts of four lanes, and of neighbours' independence."""
    mean = 2.0
    params = DriveParams((poisson_table("p", mean),), 32, 2)
    states = np.random.default_rng(5).integers(1, 1 << 63, 64, np.uint64)
    counts = run(seeded(params, states), np.zeros((20_000, 4), np.int64))
    top = 8
    observed = np.bincount(np.minimum(counts.ravel(), top), minlength=top + 1)
    expected = stats.poisson.pmf(np.arange(top), mean)
    expected = np.append(expected, 1 - expected.sum()) * counts.size
    assert stats.chisquare(observed, expected).pvalue > 0.001
    assert np.abs(np.corrcoef(counts.T) - np.eye(4)).max() < 4 / np.sqrt(len(counts))
    lagged = np.corrcoef(counts[:-8, 0], counts[8:, 0])[0, 1]  # the same generator's next draw
    assert abs(lagged) < 4 / np.sqrt(len(counts))


@pytest.mark.parametrize("entry", [0, 1, 40_000, 65_535])
def test_an_entry_counts_from_its_draw_on(entry: int) -> None:
    params = DriveParams(((entry,),), 64)
    for draw in {max(0, entry - 1), entry, min(65_535, entry + 1)}:
        drive = Drive(params)
        drive.tick(0, 0, 0, 0, 1, 0, retreat(draw | 1 << 32))
        drive.tick(0, 0, 0, 0, 0, 0, 0)
        assert run(drive, np.zeros((1, 4), np.int64))[0, 0] == int(draw >= entry)


def test_advance_is_marsaglias_generator() -> None:
    """A full cycle is too long to see; the step is a bijection without a short cycle."""
    assert advance(1) == 0x4082_2041
    x = 88_172_645_463_325_252
    assert advance(x) == 8_748_534_153_485_358_512  # the first output of Marsaglia's example
    for _ in range(1000):
        assert retreat(advance(x)) == x
        x = advance(x)


def test_a_checkpoint_continues() -> None:
    """Generators that are looked at and written to another drive go on alike."""
    params = DriveParams(TABLES, 32, 1)
    states = np.arange(1, 65, dtype=np.uint64) * np.uint64(0x9E37_79B9_7F4A_7C15)
    kinds = np.random.default_rng(2).integers(0, 3, (50, 4))
    first = seeded(params, states)
    run(first, kinds)
    words = np.zeros(64, np.uint64)
    for address in range(params.words):
        shown = [first.tick(0, address, 0, int(not c), 0, 0, 0)[2] for c in range(3)]
        words[params.generator(address)] = shown[-1]
    assert (run(seeded(params, words), kinds) == run(first, kinds)).all()


def test_reset_keeps_the_generators() -> None:
    params = DriveParams(TABLES, 64)
    drive, other = (seeded(params, np.arange(1, 65, dtype=np.uint64)) for _ in range(2))
    kinds = np.ones((9, 4), np.int64)
    run(drive, kinds)
    run(other, kinds)
    drive.tick(1, 0, 0, 0, 0, 0, 0)  # on its way
    drive.reset()
    assert drive.outputs() == (0, 0, 0)
    assert (run(drive, kinds) == run(other, kinds)).all()


@pytest.mark.parametrize(
    ("tables", "search"),
    [
        (((),), 1),
        (((1, 2, 3),), 2),
        ((tuple(range(0, 63)),), 6 + 1),  # the last level has 32 entries
        ((tuple(range(9)),) * 8, 4 + 2),  # and here 32 and 64
    ],
)
def test_latency(tables: tuple[tuple[int, ...], ...], search: int) -> None:
    params = DriveParams(tables, 64)
    assert params.latency == 3 + search
    levels = range(params.levels)
    assert sum(len(params.nodes(level)) > COMPARED for level in levels) == search - params.levels
    drive = seeded(params, np.arange(1, 65, dtype=np.uint64))
    valid = [drive.tick(int(not c), 0, 0, 0, 0, 0, 0)[0] for c in range(params.latency + 3)]
    assert valid.index(1) == params.latency
    assert sum(valid) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((((),), 12), "lanes must be 4, 8, 16, 32 or 64, not 12"),
        ((((),), 8, 2), r"unit must be in 0\.\.1, not 2"),
        (((),), r"number of tables must be in 1\.\.64, not 0"),
        (((tuple(range(64)),),), r"entries of a table must be in 0\.\.63, not 64"),
        ((((65_536,),),), r"entry of a table must be in 0\.\.65535, not 65536"),
        ((((5, 4),),), r"tables must ascend, and \(5, 4\) does not"),
    ],
)
def test_errors(arguments: tuple[object, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        DriveParams(*arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rates", "lanes", "lut"),
    [((2.0,), 32, 520), pytest.param((0.2, 1.0, 5.0), 4, 1000, marks=pytest.mark.full)],
)
def test_size_and_speed(rates: tuple[float, ...], lanes: int, lut: int) -> None:
    tables = tuple(poisson_table("p", rate) for rate in rates)
    verilog = find("column.drive").emit(DriveParams(tables, lanes))
    area = measure(verilog, find_device("ecp5-85"), seeds=2)
    assert area.lut <= lut
    assert area.dsp == 0
    # A block RAM, slow by itself, and one multiplexer: 113 MHz with the reset on a global net.
    assert area.fmax_best_mhz > 110
