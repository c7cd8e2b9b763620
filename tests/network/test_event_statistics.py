"""Random parts of event-driven networks have the distributions that their names say."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from bitcortex.models.network.event_step import GoldenEvents
from bitcortex.network import LIF, Network, Uniform, lower
from bitcortex.network.connectivity import (
    AllToAll,
    Bernoulli,
    Bitstream,
    FixedInDegree,
    OneToOne,
    Release,
    Rule,
    Stratified,
    Synapse,
)
from bitcortex.network.connectivity_plan import Stored
from bitcortex.network.drive_table import poisson_table
from bitcortex.network.event_plan import EventPlan

ALPHA = 1e-3  # of every test: all seeds are fixed
SOURCES, TARGETS = 1_000, 640
Counts = NDArray[np.int64]
Mass = Callable[[Counts], NDArray[np.float64]]


def chi_square(observed: NDArray[np.float64], expected: NDArray[np.float64]) -> float:
    """Return the p-value; cells of fewer than 8 are joined with the ones after them."""
    rows, seen, due = [], 0.0, 0.0
    for o, e in zip(observed, expected, strict=True):
        seen, due = seen + o, due + e
        if due >= 8.0:
            rows.append((seen, due))
            seen = due = 0.0
    rows[-1] = rows[-1][0] + seen, rows[-1][1] + due
    assert len(rows) > 1
    table = np.array(rows).T
    return float(stats.chisquare(table[0], table[1] * table[0].sum() / table[1].sum()).pvalue)


def distributed(values: Counts, mass: Mass) -> None:
    """Assert that counts have a distribution, given by its probability mass function."""
    k = np.arange(int(values.max()) + 200)
    expected = mass(k) * values.size
    p = chi_square(np.bincount(values.ravel(), minlength=len(k)).astype(float), expected)
    assert ALPHA < p < 1 - ALPHA / 10, p


def binomial(n: int, p: float) -> Mass:
    return lambda k: stats.binom.pmf(k, n, p)  # type: ignore[no-any-return]


def connections(rule: Rule, weight: float | Uniform = 1.0, first: int = 0) -> Counts:
    """Return the number of synapses of every pair, shape (sources, targets)."""
    net = Network("net", seed=31)
    if first:
        net.population("before", first, LIF())
    net.population("targets", TARGETS, LIF())
    net.recorded("sources", SOURCES, [], [])
    net.connect("sources", "targets", rule, weight)
    (p,) = lower(net).plan.projections
    found = np.zeros((SOURCES, TARGETS), np.int64)
    for i in range(SOURCES):
        np.add.at(found[i], p.connectivity.row(i, first, p.seed)[0], 1)
    return found


# Dense rows, sparse lists and lists of different weights are drawn in three places.
@pytest.mark.parametrize(("p", "weight"), [(0.1, 1.0), (0.02, 1.0), (0.1, Uniform(1.0, 2.0))])
def test_bernoulli(p: float, weight: float | Uniform) -> None:
    found = connections(Bernoulli(p), weight)
    assert found.max() == 1
    distributed(found.sum(axis=0), binomial(SOURCES, p))
    distributed(found.sum(axis=1), binomial(TARGETS, p))
    shared_sources(found, p)


def shared_sources(found: Counts, p: float) -> None:
    """Assert that neighbours share as many sources as if they had drawn them independently."""
    for apart in (1, 7, 33):
        pairs = np.arange(0, TARGETS - apart, apart + 1)
        common = (found[:, pairs] * found[:, pairs + apart]).sum(axis=0)
        mean, deviation = SOURCES * p * p, np.sqrt(SOURCES * p * p * (1 - p * p))
        assert np.abs(common - mean).max() < 5.0 * deviation + 1
        z = (common.mean() - mean) / deviation * np.sqrt(len(pairs))
        assert abs(z) < 3.5, apart
    common = (found[:, ::2] * found[:, 1::2]).sum(axis=0)
    distributed(common, binomial(SOURCES, p * p))


def test_fixed_in_degree() -> None:
    count = 50
    found = connections(FixedInDegree(count))
    assert found.max() == 1
    assert (found.sum(axis=0) == count).all()
    distributed(found.sum(axis=1), binomial(TARGETS, count / SOURCES))
    # Sources in tens, which are uniform for all targets together; without replacement.
    tens = found.reshape(100, 10, TARGETS).sum(axis=1)
    distributed(tens, lambda k: stats.hypergeom.pmf(k, SOURCES, count, 10))


@pytest.mark.parametrize("first", [0, 64, 37])
@pytest.mark.parametrize(("p", "stride"), [(0.1, 10), (0.5, 2)])
def test_stratified_of_whole_neurons(p: float, stride: int, first: int) -> None:
    found = connections(Stratified(p), first=first)
    assert found.max() == 1
    distributed(found.sum(axis=0), binomial(SOURCES, p))
    if first % 64 == 0:  # every stratum of a bank has one target of every source
        assert (found.sum(axis=1) == TARGETS // stride).all()
        assert (found.reshape(SOURCES, -1, stride, 64).sum(axis=2) == 1).all()
    out = found.sum(axis=1)
    assert abs(out.mean() - TARGETS * p) < 1.0
    assert out.std() < 0.7 * np.sqrt(TARGETS * p * (1 - p))
    shared_sources(found, p)


@pytest.mark.parametrize("p", [0.4, 0.03])
def test_stratified_of_parts_of_neurons(p: float) -> None:
    """A neuron in two strata has f and p - f: a little less variance than a binomial number."""
    found = connections(Stratified(p))
    degrees = found.sum(axis=0)
    assert found.max() <= 2
    z = (degrees - SOURCES * p) / np.sqrt(SOURCES * p * (1 - p))
    assert np.abs(z).max() < 4.5
    assert abs(degrees.mean() / (SOURCES * p) - 1) < 0.005
    out = found.sum(axis=1)
    assert out.std() < np.sqrt(TARGETS * p * (1 - p))


def test_all_pairs() -> None:
    assert (connections(AllToAll()) == 1).all()
    assert (connections(Stratified(1.0)) == 1).all()


def test_projections_do_not_share_their_draws() -> None:
    net = Network("net", seed=31)
    net.population("a", TARGETS, LIF())
    for rule in (Bernoulli(0.1), Bernoulli(0.1), Stratified(0.1), Stratified(0.1)):
        net.connect("a", "a", rule, 1.0)
    rows = []
    for p in lower(net).plan.projections:
        found = np.zeros((TARGETS, TARGETS), np.int64)
        for i in range(TARGETS):
            found[i, p.connectivity.row(i, 0, p.seed)[0]] += 1
        rows.append(found)
    for k in range(4):
        for other in range(k):
            both = int((rows[k] * rows[other]).sum())
            p_value = stats.binomtest(both, TARGETS**2, 0.01).pvalue
            assert p_value > ALPHA, (k, other)


# Drive: what the 64 generators give.
MEAN, STEPS = 1.5, 2_500


@pytest.fixture(scope="module")
def counts() -> Counts:
    """Return the Poisson counts of 512 neurons, shape (steps, neurons): two of each draw a step."""
    net = Network("net", dt_ms=1.0, seed=12)
    net.population("p", 512, LIF(v_threshold_mv=30.0))
    net.poisson("p", MEAN * 1e3, 0.01)
    plan = lower(net).plan
    golden, found = GoldenEvents(plan), []
    for _ in range(STEPS):
        golden.step()
        found.append(golden.input)
    values = np.stack(found)
    assert (values % plan.populations[0].drive == 0).all()
    return values // plan.populations[0].drive


def mass(mean: float) -> NDArray[np.float64]:
    """Return the probabilities of 0, 1, ... events: the table's, to the 16th bit."""
    edges = np.array([0, *poisson_table("p", mean), 65_536])
    return np.diff(edges) / 65_536


def test_poisson_counts_of_every_generator(counts: Counts) -> None:
    expected = mass(MEAN)
    assert np.abs(expected - stats.poisson.pmf(np.arange(len(expected)), MEAN)).max() < 2**-15
    values = []
    for generator in range(64):
        mine = counts.reshape(STEPS, 2, 64, 4)[:, :, generator]
        observed = np.bincount(mine.ravel(), minlength=len(expected)).astype(float)
        values.append(chi_square(observed, expected * mine.size))
    assert min(values) > ALPHA / 64
    assert stats.kstest(values, "uniform").pvalue > ALPHA


def correlations(a: Counts, b: Counts) -> None:
    """Assert that columns are not correlated, one by one and all together."""
    n = len(a)
    a, b = (a - a.mean(axis=0)) / a.std(axis=0), (b - b.mean(axis=0)) / b.std(axis=0)
    z = (a * b).mean(axis=0) * np.sqrt(n)
    assert np.abs(z).max() < 5.0
    assert abs(z.mean()) * np.sqrt(len(z)) < 3.5
    p = stats.chi2.sf((z**2).sum(), len(z))
    assert ALPHA < p < 1 - ALPHA, p


@pytest.mark.parametrize("lag", [1, 2, 5, 64])
def test_poisson_counts_of_different_steps(counts: Counts, lag: int) -> None:
    correlations(counts[:-lag], counts[lag:])


@pytest.mark.parametrize("apart", [1, 2, 4, 32, 256])
def test_poisson_counts_of_neighbours(counts: Counts, apart: int) -> None:
    """Of one generator (1, 2), of the next (4) and a later one (32), one draw apart (256)."""
    pairs = np.arange(0, 512 - apart, apart + 1 if apart < 256 else 1)
    a, b = counts[:, pairs], counts[:, pairs + apart]
    correlations(a, b)
    top = 5  # events, or more
    joint = np.zeros((top + 1, top + 1))
    np.add.at(joint, (np.minimum(a, top).ravel(), np.minimum(b, top).ravel()), 1)
    assert stats.chi2_contingency(joint).pvalue > ALPHA


@pytest.mark.parametrize("probability", [0.1, 0.5, 0.97])
def test_bernoulli_drive(probability: float) -> None:
    net = Network("net", dt_ms=1.0, seed=5)
    net.population("p", 256, LIF(v_threshold_mv=30.0))
    net.bernoulli("p", probability, 0.01)
    plan = lower(net).plan
    golden = GoldenEvents(plan)
    events = []
    for _ in range(600):
        golden.step()
        events.append(golden.input // plan.populations[0].drive)
    found = np.stack(events)
    assert set(np.unique(found).tolist()) == {0, 1}
    distributed(found.sum(axis=0), binomial(600, probability))
    distributed(found.sum(axis=1), binomial(256, probability))


# Stochastic synapses: 200 channels that fire in every step.
CHANNELS, TIMES = 200, 400


def inputs(rule: Rule, synapse: Synapse, targets: int) -> Counts:
    """Return how many weights arrive at every target, shape (steps, targets)."""
    net = Network("net", dt_ms=1.0, seed=6)
    net.population("p", targets, LIF(v_threshold_mv=30.0))
    steps, channels = np.divmod(np.arange(TIMES * CHANNELS), CHANNELS)
    net.recorded("s", CHANNELS, steps, channels)
    net.connect("s", "p", rule, 0.01 * getattr(synapse, "length", 1), synapse=synapse)
    plan: EventPlan = lower(net).plan
    golden, found = GoldenEvents(plan), []
    golden.step()
    for _ in range(TIMES):
        golden.step()
        found.append(golden.input)
    weight = plan.projections[0].connectivity.row(0, 0, 0)[1][0]
    values = np.stack(found)
    assert (values % weight == 0).all()
    return values // int(weight)


@pytest.mark.parametrize(
    ("synapse", "n"), [(Release(0.3), 1), (Release(0.9), 1), (Bitstream(8, 0.3), 8)]
)
def test_release_of_every_synapse(synapse: Release | Bitstream, n: int) -> None:
    p = synapse.probability
    found = inputs(OneToOne(), synapse, CHANNELS)
    assert found.max() <= n
    assert found.var() == pytest.approx(n * p * (1 - p), rel=0.03)
    assert found.mean() == pytest.approx(n * p, abs=4.5 * np.sqrt(n * p * (1 - p) / found.size))
    distributed(found.sum(axis=0), binomial(n * TIMES, p))
    distributed(found.sum(axis=1), binomial(n * CHANNELS, p))
    correlations(found[:-1], found[1:])
    correlations(found[:, :-1:2], found[:, 1::2])


@pytest.mark.parametrize(
    ("length", "probability"),
    [(2, 0.5), *(pytest.param(*p, marks=pytest.mark.full) for p in ((3, 0.5), (4, 0.5), (8, 0.3)))],
)
def test_bits_of_one_synapse(length: int, probability: float) -> None:
    distributed(
        inputs(OneToOne(), Bitstream(length, probability), CHANNELS), binomial(length, probability)
    )


@pytest.mark.parametrize("probability", [0.1, 0.5])
def test_releases_of_one_spike(probability: float) -> None:
    """Of a source with 200 targets, one after the other: as many as the binomial law has."""
    net = Network("net", dt_ms=1.0, seed=6)
    net.population("p", 200, LIF())
    net.recorded("s", 1, np.arange(2_000), np.zeros(2_000, np.int64))
    net.connect("s", "p", AllToAll(), 0.01, synapse=Release(probability))
    golden, found = GoldenEvents(lower(net).plan), []
    golden.step()
    for _ in range(2_000):
        golden.step()
        found.append(np.count_nonzero(golden.input))
    distributed(np.array(found), binomial(200, probability))


@pytest.mark.parametrize(("synapse", "n"), [(Release(0.3), 1), (Bitstream(5, 0.6), 5)])
def test_release_onto_one_target(synapse: Release | Bitstream, n: int) -> None:
    """Releases of different sources are independent."""
    found = inputs(AllToAll(), synapse, 20)
    distributed(found, binomial(n * CHANNELS, synapse.probability))
    correlations(found[:-1], found[1:])
    correlations(found[:, :-1:2], found[:, 1::2])


def heterogeneous(weight: float | Uniform, delay: float | Uniform) -> EventPlan:
    net = Network("net", dt_ms=0.1, seed=8)
    net.population("p", 300, LIF())
    net.connect("p", "p", Bernoulli(0.5), weight, delay)
    return lower(net).plan


def test_uniform_weights() -> None:
    plan = heterogeneous(Uniform(1.0, 3.0), 0.1)
    (p,) = plan.projections
    assert isinstance(p.connectivity, Stored)
    weights = p.connectivity.weights
    unit = 20.0 / plan.populations[0].neuron["v_threshold"]
    assert abs(weights.min() * unit - 1.0) < 0.01
    assert abs(weights.max() * unit - 3.0) < 0.01
    edges = np.linspace(weights.min() - 0.5, weights.max() + 0.5, 41)
    assert stats.chisquare(np.histogram(weights, edges)[0]).pvalue > ALPHA
    neighbours = np.corrcoef(weights[:-1], weights[1:])[0, 1]
    assert abs(neighbours) * np.sqrt(len(weights)) < 4.0


def test_uniform_delays() -> None:
    """1.0 to 2.0 ms are 10 to 20 steps; the first and the last have half of the others."""
    plan = heterogeneous(1.0, Uniform(1.0, 2.0))
    assert [p.delay for p in plan.projections] == list(range(10, 21))
    observed = np.array([p.connectivity.synapses() for p in plan.projections])
    share = np.array([0.5, *[1.0] * 9, 0.5]) / 10
    assert stats.chisquare(observed, share * observed.sum()).pvalue > ALPHA
