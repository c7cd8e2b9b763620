"""Procedural rows: decision 0005 word by word, statistics of the connections, protocol."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from bitcortex.boards.area import measure
from bitcortex.boards.devices import find_device
from bitcortex.models.column.mix import mix, mix_array
from bitcortex.models.column.procedural import Procedural, ProceduralParams, RowParams, targets
from bitcortex.sim.twin import find

IDLE = (0, 0, 0, 0, 1)
ROWS = {
    "integer strata": RowParams(0, 1000, 81_920, 13, 7),
    "within": RowParams(70, 777, 26_003, 13, -20),
    "few": RowParams(1023, 3, 131_071, 14, 1),
    "all": RowParams(5, 200, 1, 0, -1),
}
# Of the statistics: 10 neurons to a stratum, 3 strata to a bank, all complete.
ROW, SOURCES, SEED = RowParams(0, 1920, 81_920, 13, 1), 4_000, 99


def key(seed: int, source: int) -> tuple[int, int]:
    return mix(seed + 2 * source), mix(seed + 2 * source + 1)


def connections(row: RowParams, sources: int, seed: int) -> NDArray[np.int64]:
    """Return the number of synapses of every pair, shape (sources, targets)."""
    words = mix_array(np.arange(seed, seed + 2 * sources, dtype=np.uint32)).reshape(-1, 2)
    found = np.zeros((sources, row.size), np.int64)
    for i, (a, b) in enumerate(words.tolist()):
        np.add.at(found[i], targets(row, a, b) - row.first, 1)
    return found


@pytest.fixture(scope="module")
def matrix() -> NDArray[np.int64]:
    return connections(ROW, SOURCES, SEED)


def run(params: ProceduralParams, jobs: list[tuple[int, int, int]]) -> list[list[tuple[int, int]]]:
    """Give jobs (projection, a, b) one after the other; return each one's events, (id, weight)."""
    model, found = Procedural(params), []
    for job in jobs:
        assert model.tick(1, *job, 1)[4] == 1
        found.append([])
        while True:
            _, valid, slot, weight, idle = model.tick(*IDLE)
            if valid:
                found[-1].append((slot * params.lanes + params.lane, weight))
            if idle:
                break
    return found


@pytest.mark.parametrize("name", ROWS)
def test_targets_are_those_of_the_decision(name: str) -> None:
    row = ROWS[name]
    for source in range(20):
        a, b = key(5, source)
        expected = []
        base = row.first // 64 * 64
        for k in range(1 + ((row.first + row.size - base) // 64 + 1 << row.fraction) // row.stride):
            for bank in range(64):
                draw = (b + a * (64 * k + bank)) % 2**32 >> 16
                m = ((k << 16) + draw) * row.stride >> 16 + row.fraction
                expected.append(base + 64 * m + bank)
        expected = sorted(j for j in expected if row.first <= j < row.first + row.size)
        assert targets(row, a, b).tolist() == expected


@pytest.mark.parametrize("lanes", [4, 16, 32, 64])
def test_lanes_together_give_all_targets(lanes: int) -> None:
    rows = tuple(ROWS.values())
    jobs = [(r, *key(123, source)) for source in range(6) for r in range(len(rows))]
    union: list[list[tuple[int, int]]] = [[] for _ in jobs]
    for lane in range(lanes):
        params = ProceduralParams(lanes, lane, -(-1026 // lanes), 8, rows)
        for whole, part in zip(union, run(params, jobs), strict=True):
            assert all(j % lanes == lane for j, _ in part)
            whole += part
    for (r, a, b), whole in zip(jobs, union, strict=True):
        assert sorted(j for j, _ in whole) == targets(rows[r], a, b).tolist()
        assert {weight for _, weight in whole} <= {rows[r].weight}


@pytest.mark.parametrize(
    ("stride", "fraction"), [(10, 0), (81_920, 13), (26_003, 13), (70_001, 10)]
)
def test_probability_of_every_target_over_all_draws(stride: int, fraction: int) -> None:
    """Exactly: every draw once, of all strata of a bank. Within one draw of 65,536."""
    k, draw = np.divmod(np.arange(40 << 16), 1 << 16)
    m = ((k << 16) + draw) * stride >> (16 + fraction)
    share = np.bincount(m)[: 39 * stride >> fraction] / 65_536
    assert np.abs(share - 2**fraction / stride).max() < 2**-16


def test_probability_of_every_pair(matrix: NDArray[np.int64]) -> None:
    counts = matrix.sum(axis=0)
    expected = SOURCES / 10
    statistic = ((counts - expected) ** 2 / expected).sum()
    freedom = 192 * 9  # a stratum of 10 has one target of every source
    assert 1e-3 < stats.chi2.sf(statistic, freedom) < 1 - 1e-3
    assert np.abs(counts - expected).max() < 5.5 * np.sqrt(expected * 0.9)


def test_probability_with_strata_that_are_no_integer() -> None:
    row = RowParams(70, 777, 26_003, 13, 1)
    counts = connections(row, SOURCES, 3).sum(axis=0)
    p = 2**13 / 26_003
    z = (counts - SOURCES * p) / np.sqrt(SOURCES * p * (1 - p))
    assert abs(counts.mean() - SOURCES * p) < 2
    assert np.abs(z).max() < 4.5


def test_no_multapses(matrix: NDArray[np.int64]) -> None:
    assert matrix.max() == 1


def test_multapses_only_across_boundaries_of_strata() -> None:
    """A neuron of which one stratum has a part f and the next 1 - f: both hit it by chance."""
    row = RowParams(0, 64 * 33, 26_003, 13, 1)
    size = row.stride / 2**13
    twice = (connections(row, SOURCES, 4) > 1).sum(axis=0)
    expected = np.zeros(row.size)
    for k in range(1, row.strata):
        neuron, part = int(k * size), k * size % 1
        if neuron < 33:
            expected[64 * neuron : 64 * neuron + 64] = part * (1 - part) / size**2
    assert (twice[expected == 0] == 0).all()
    assert abs(twice.sum() / (SOURCES * expected.sum()) - 1) < 0.05


def test_in_degree_is_binomial() -> None:
    degrees = connections(RowParams(64, 6400, 10, 0, 1), 300, 17).sum(axis=0)
    edges = [0, *range(20, 42, 2), 301]
    share = np.diff(stats.binom.cdf(np.array(edges) - 1, 300, 0.1))
    counts = np.histogram(degrees, edges)[0]
    assert stats.chisquare(counts, share * len(degrees)).pvalue > 1e-3


def test_out_degree_is_constant(matrix: NDArray[np.int64]) -> None:
    assert (matrix.sum(axis=1) == 192).all()


@pytest.mark.parametrize("step", ["any", 1, 2, 640, 641])
def test_shared_sources_are_binomial(matrix: NDArray[np.int64], step: Any) -> None:
    """Pairs of neurons of different strata, at random and next to each other."""
    rng = np.random.default_rng(2)
    pairs = rng.choice(1920**2, 6_000, replace=False)
    i, j = np.divmod(pairs, 1920) if step == "any" else (np.arange(1920), np.arange(1920) + step)
    j = j % 1920
    apart = (i % 64 != j % 64) | (i // 640 != j // 640)
    i, j = i[apart], j[apart]
    columns = matrix.T.astype(np.int8)
    shared = (columns[i] & columns[j]).sum(axis=1)
    # Given the in-degrees of both, the shared sources are hypergeometric.
    ni, nj = columns.sum(axis=1, dtype=np.int64)[i], columns.sum(axis=1, dtype=np.int64)[j]
    mean = ni * nj / SOURCES
    variance = mean * (1 - ni / SOURCES) * (SOURCES - nj) / (SOURCES - 1)
    z = (shared - mean) / np.sqrt(variance)
    assert abs(z.mean()) < 4 / np.sqrt(len(z))
    assert abs(z.var() - 1) < 4 * np.sqrt(2 / len(z))
    edges = [0, *range(28, 54, 2), SOURCES + 1]
    share = np.diff(stats.binom.cdf(np.array(edges) - 1, SOURCES, 0.01))
    counts = np.histogram(shared, edges)[0]
    assert stats.chisquare(counts, share * len(shared)).pvalue > 1e-3


def test_neurons_of_one_stratum_share_no_source(matrix: NDArray[np.int64]) -> None:
    strata = matrix.reshape(SOURCES, 3, 10, 64)  # k, m, bank
    assert (strata.sum(axis=2) == 1).all()


def test_triples_in_equally_spaced_banks_share_more(matrix: NDArray[np.int64]) -> None:
    """What a key of two words costs: u, v in a tenth leave 2 v - u there with probability 1/2."""
    ids = np.array([64 * m + bank for m in range(30) for bank in range(40)])

    def share(second: int, third: int) -> float:
        return float((matrix[:, ids] & matrix[:, ids + second] & matrix[:, ids + third]).mean())

    assert share(7, 14) == pytest.approx(0.005, rel=0.1)
    assert share(5, 23) == pytest.approx(0.001, rel=0.5)


def test_a_candidate_per_cycle_from_job_to_job() -> None:
    """All connected: jobs of 2 and of 1 candidate without a gap, from cycle 6 on."""
    for lanes, candidates in ((32, 2), (64, 1)):
        model = Procedural(ProceduralParams(lanes, 3, 64 // lanes, 2, (RowParams(0, 64, 1, 0, 1),)))
        taken, valid = 0, []
        for _ in range(100):
            shown = model.tick(1, 0, 1, 2, 1)
            taken += shown[0]
            valid.append(shown[1])
        assert valid == [0] * 6 + [1] * 94
        assert taken == pytest.approx(100 / candidates, abs=7)


def test_back_pressure() -> None:
    """A reader that waits stalls everything: jobs pile up, and no event is lost."""
    params = ProceduralParams(16, 1, 64, 8, (ROWS["within"],))
    jobs = [key(8, i) for i in range(20)]
    model, slow, given = Procedural(params), [], 0
    rng = np.random.default_rng(1)
    for cycle in range(4_000):
        go = int(cycle > 200 and rng.random() < 0.3)
        job = (1, 0, *jobs[given]) if given < len(jobs) else (0, 0, 0, 0)
        ready, valid, slot, weight, idle = model.tick(*job, go)
        given += int(ready and job[0])
        if valid and go:
            slow.append((slot * 16 + 1, weight))
        if cycle == 200:
            assert given == params.depth + 2  # one is at work, one prefetched
            assert valid == 1
    assert idle == 1
    assert slow == [event for part in run(params, [(0, *k) for k in jobs]) for event in part]


def test_projection_beyond_the_last_is_the_last() -> None:
    params = ProceduralParams(8, 2, 129, 8, tuple(ROWS.values())[:3])
    assert run(params, [(3, 11, 12)]) == run(params, [(2, 11, 12)])


def test_reset_forgets_all_jobs() -> None:
    model = Procedural(ProceduralParams(8, 2, 125, 8, (ROWS["integer strata"],)))
    for _ in range(9):
        model.tick(1, 0, 1, 2, 0)
    model.reset()
    assert [model.tick(*IDLE) for _ in range(9)] == [(1, 0, 0, 0, 1)] * 9


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lanes": 24}, "lanes must be a power of two, not 24. Try 32"),
        ({"lanes": 128}, r"lanes must be in 1\.\.64, not 128"),
        ({"lane": 8}, r"lane must be in 0\.\.7, not 8"),
        ({"slots": 124}, r"last target of rows\[0\] must be in 0\.\.991, not 999. A lane has"),
        ({"weight_width": 3}, r"weight of rows\[0\] must be in -4\.\.3, not 7"),
        ({"rows": ()}, r"number of rows must be in 1\.\.256, not 0"),
        ({"depth": 3}, "depth must be a power of two, not 3. Try 4"),
    ],
)
def test_mistakes(change: dict[str, object], message: str) -> None:
    right = {"lanes": 8, "lane": 2, "slots": 125, "weight_width": 4}
    right["rows"] = (ROWS["integer strata"],)  # type: ignore[assignment]
    ProceduralParams(**right)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=message):
        ProceduralParams(**(right | change))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ((0, 10, 4, 3, 1), r"stride must be in 8\.\.131071, not 4. A stratum, stride / 2"),
        ((0, 10, 1 << 17, 0, 1), r"stride must be in 1\.\.131071, not 131072"),
        ((0, 10, 1 << 16, 17, 1), r"fraction must be in 0\.\.16, not 17"),
        ((-1, 10, 4, 0, 1), r"first must be in 0\.\.1048575, not -1"),
        ((1 << 19, 1 << 20, 4, 0, 1), r"size must be in 1\.\.524288, not 1048576"),
    ],
)
def test_mistakes_of_rows(row: tuple[int, int, int, int, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RowParams(*row)


def test_lowest_terms() -> None:
    assert RowParams(0, 10, 81_920, 13, 1).ratio == (10, 0)
    assert RowParams(0, 10, 26_002, 13, 1).ratio == (13_001, 12)
    assert RowParams(0, 10, 96, 2, 1).ratio == (24, 0)


@pytest.mark.full
def test_area_of_a_lane() -> None:
    twin = find("column.procedural")
    case = twin.cases["lane 27 of 32, Brunel, 10,000"]
    area = measure(twin.emit(case), find_device("ecp5-85"), seeds=3)
    assert area.dsp == 1
    assert area.bram == 0
    assert area.lut <= 400
    assert area.fmax_median_mhz >= 120.0
