"""From event-driven descriptions to Plans: units, losses, tables, stores and digests."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from bitcortex.network import LIF, Network, Uniform, lower
from bitcortex.network.brunel import brunel_2000, brunel_ai, brunel_seed
from bitcortex.network.connectivity import (
    AllToAll,
    Bernoulli,
    Bitstream,
    Explicit,
    FixedInDegree,
    OneToOne,
    Release,
    Rule,
    Stratified,
)
from bitcortex.network.connectivity_plan import STORES, Procedural, Stored
from bitcortex.network.drive_table import poisson_table
from bitcortex.network.event_plan import EventPlan, EventProjection
from bitcortex.sim.simulate import simulate


def base(dt_ms: float = 0.1) -> Network:
    net = Network("net", dt_ms=dt_ms, seed=1)
    net.population("e", 100, LIF())
    net.population("i", 25, LIF(tau_ms=7.0, refractory_ms=0.52), "inhibitory")
    net.recorded("s", 40, [3, 1, 1, 1], [0, 2, 0, 2])
    return net


def explicit(targets: list[int], weights: list[float], delays: list[float]) -> EventPlan:
    net = base()
    net.connect("s", "e", Explicit([0, 0, 3, 0, 3], targets), weights, delays)
    return lower(net).plan


@pytest.mark.parametrize("make", [brunel_seed, brunel_ai])
def test_the_units_of_brunels_networks_are_exact(make: Callable[..., Network]) -> None:
    net = make(100)
    plan = lower(net).plan
    j_mv = net.connections[0].weight_mv
    assert isinstance(j_mv, float)
    for p in plan.populations:
        weight = p.drive
        assert weight & (weight - 1) == 0  # a power of two
        unit = j_mv / weight
        for code, wanted in ((p.neuron["v_threshold"], 20.0), (p.neuron["v_reset"], 10.0)):
            assert abs(code * unit - wanted) <= unit / 2
        assert 1.25 * p.neuron["v_threshold"] <= 32_767 < 2.5 * p.neuron["v_threshold"]
    weights = {p.source: p.connectivity.weight for p in plan.projections}  # type: ignore[union-attr]
    g = 5 if make is brunel_seed else 6
    assert weights == {"exc": weight, "inh": -g * weight}


def test_the_voltages_of_the_seed_point_are_exact() -> None:
    plan = lower(brunel_seed(100)).plan
    (neuron, again) = (p.neuron for p in plan.populations)
    assert neuron == again
    assert (neuron["v_threshold"], neuron["v_reset"]) == (25_600, 12_800)
    assert plan.populations[0].drive == 128  # 0.1 mV
    assert neuron["alpha"] == round(math.exp(-0.1 / 20.0) * 65_536)
    assert neuron["refractory"] == 20
    assert {p.delay for p in plan.projections} == {15}


def test_brunel_2000_has_fixed_in_degrees() -> None:
    net = brunel_2000()
    assert [c.rule for c in net.connections] == [FixedInDegree(1_000)] * 2 + [
        FixedInDegree(250)
    ] * 2
    assert sum(p.size for p in net.populations.values()) == 12_500


def test_what_is_lost_is_in_the_table() -> None:
    net = base()
    net.connect("e", "e", Bernoulli(0.1), 0.3, 1.04)
    net.connect("i", "e", Bernoulli(0.1), Uniform(0.0, 1.0))
    net.connect("s", "e", Stratified(0.3), 0.7, synapse=Release(0.33))
    net.poisson("e", 1_000.0, 0.35)
    net.constant("i", 15.0)
    lowered = lower(net)
    plan, losses = lowered.plan, {x.thing: x for x in lowered.losses}
    unit = losses["unit (mV)"].got
    e, i = plan.populations
    assert unit == 0.3 / 2**8
    expected = {
        "e.v_threshold (mV)": (20.0, e.neuron["v_threshold"] * unit),
        "i.v_reset (mV)": (10.0, i.neuron["v_reset"] * unit),
        "i.tau_ms": (7.0, -0.1 / math.log(i.neuron["alpha"] / 2**16)),
        "i.refractory_ms": (0.52, 0.5),
        "e to e.weight (mV)": (0.3, 0.3),
        "e to e.delay (mean, ms)": (1.04, 1.0),
        "e.drive weight (mV)": (0.35, e.drive * unit),
        "e.drive (events per step)": (0.1, sum(65_536 - x for x in e.cdf) / 65_536),
        "i.constant, per step (mV)": (15.0 * (1 - i.neuron["alpha"] / 2**16), i.constant * unit),
        "s to e.weight (mV)": (0.7, round(0.7 / unit) * unit),
    }
    for thing, (wanted, got) in expected.items():
        assert losses[thing].wanted == pytest.approx(wanted, rel=1e-12), thing
        assert losses[thing].got == pytest.approx(got, rel=1e-12), thing
        assert thing in lowered.table()
    assert abs(losses["e.drive (events per step)"].error) < 1e-3
    weights = plan.projections[1].connectivity
    assert isinstance(weights, Stored)
    assert losses["i to e.weights (sum, mV)"].got == pytest.approx(-unit * weights.weights.sum())
    release, stratum = (x for x in lowered.losses if x.thing == "s to e.probability")
    assert release.got == plan.projections[2].probability / 65_536
    procedural = plan.projections[2].connectivity
    assert isinstance(procedural, Procedural)
    assert stratum.got == 2**procedural.fraction / procedural.stride
    for loss in (release, stratum):
        assert abs(loss.error) < 1e-4


def test_weights_that_became_zero_are_counted() -> None:
    net = base()
    net.connect("s", "e", Explicit([0, 1, 2], [0, 0, 0]), [5.0, 1e-5, 1e-5])
    (loss,) = [x for x in lower(net).losses if "weights" in x.thing]
    assert loss.note == "2 weights became 0"


@pytest.mark.parametrize("mean", [1e-5, 0.003, 0.2, 1.0, 5.0, 13.0, 20.0, 31.0])
def test_poisson_tables_are_cumulative_distributions(mean: float) -> None:
    table = poisson_table("e", mean)
    exact = stats.poisson.cdf(np.arange(len(table) + 1), mean) * 65_536
    assert np.abs(np.array(table) - exact[:-1]).max() <= 0.5 + 1e-6
    assert table[-1] < 65_535.5 <= exact[-1]
    assert sum(65_536 - x for x in table) / 65_536 == pytest.approx(mean, rel=1e-3, abs=1e-5)


def test_the_fastest_and_rarest_poisson_drives() -> None:
    assert poisson_table("e", 1.01 / 131_072) == (65_535,)
    with pytest.raises(ValueError, match="at least"):
        poisson_table("e", 0.99 / 131_072)
    assert len(poisson_table("e", 32.0)) <= 63
    for mean in (36.0, 1e4):
        with pytest.raises(ValueError, match="at most about 33 events per step"):
            poisson_table("e", mean)


def test_bernoulli_drives_and_constants() -> None:
    net = base()
    net.bernoulli("e", 0.25, 2.0)
    net.bernoulli("i", 1.0, -2.0)
    net.constant("i", -30.0)
    plan = lower(net).plan
    e, i = plan.populations
    assert (e.cdf, i.cdf) == ((49_152,), (0,))
    assert i.drive == -e.drive < 0
    assert i.constant == pytest.approx(-30.0 * (1 - math.exp(-0.1 / 7.0)) * e.drive / 2.0, abs=0.6)
    assert plan.driven
    assert not lower_constant().driven


def lower_constant() -> EventPlan:
    net = base()
    net.constant("e", 1.0)
    return lower(net).plan


def test_different_delays_are_split() -> None:
    plan = explicit([5, 6, 7, 8, 9], [1.0, 2.0, 4.0, 8.0, 16.0], [0.1, 0.22, 0.5, 0.1, 0.19])
    assert [p.delay for p in plan.projections] == [1, 2, 5]
    found = {}
    for p in plan.projections:
        for source in range(40):
            targets, weights = p.connectivity.row(source, 0, 0)
            for target, weight in zip(targets.tolist(), weights.tolist(), strict=True):
                found[source, target] = (p.delay, weight)
    unit = found[0, 5][1]
    assert found == {
        (0, 5): (1, unit),
        (0, 6): (2, 2 * unit),
        (3, 7): (5, 4 * unit),
        (0, 8): (1, 8 * unit),
        (3, 9): (2, 16 * unit),
    }
    assert plan.longest_delay == 5


def test_multapses_are_kept() -> None:
    plan = explicit([5, 5, 7, 5, 7], [1.0, 2.0, 4.0, 1.0, 4.0], [0.1] * 5)
    (p,) = plan.projections
    assert p.connectivity.synapses() == 5
    targets, weights = p.connectivity.row(0, 0, 0)
    unit = weights.min()
    assert targets.tolist() == [5, 5, 5]
    assert sorted((weights // unit).tolist()) == [1, 1, 2]
    assert (p.connectivity.row(3, 0, 0)[1] // unit).tolist() == [4, 4]


@pytest.mark.parametrize(
    ("rule", "source", "target", "store"),
    [
        (Bernoulli(0.1), "e", "e", "bitmap"),
        (Bernoulli(0.01), "e", "e", "stored"),
        (AllToAll(), "e", "i", "bitmap"),
        (OneToOne(), "e", "e", "stored"),
        (FixedInDegree(30), "e", "i", "bitmap"),
        (FixedInDegree(1), "e", "i", "stored"),
        (Stratified(0.1), "e", "i", "procedural"),
        (Stratified(0.001), "e", "i", "procedural"),
        (Explicit(np.arange(100) % 40, np.arange(100)), "s", "e", "stored"),
    ],
)
def test_stores_are_chosen(rule: Rule, source: str, target: str, store: str) -> None:
    net = base()
    net.connect(source, target, rule, 1.0)
    (p,) = lower(net).plan.projections
    assert p.connectivity.store == store
    for wanted in ("bitmap", "stored"):
        net = base()
        net.connect(source, target, rule, 1.0, store=wanted)
        (q,) = lower(net).plan.projections
        assert q.connectivity.store == wanted
        rows = [[c.connectivity.row(k, *at(c)) for k in range(40)] for c in (p, q)]
        for (a, _), (b, _) in zip(*rows, strict=True):
            assert a.tolist() == b.tolist()


def at(p: EventProjection) -> tuple[int, int]:
    """Return the number of a projection's first target in `base`, and its seed."""
    return {"e": 0, "i": 100}[p.target], p.seed


def test_heterogeneous_synapses_are_stored() -> None:
    net = base()
    net.connect("e", "e", Bernoulli(0.5), Uniform(1.0, 2.0))
    net.connect("e", "e", Bernoulli(0.5), 1.0, Uniform(0.1, 0.3))
    plan = lower(net).plan
    assert {p.connectivity.store for p in plan.projections} == {"stored"}
    assert [p.delay for p in plan.projections] == [1, 1, 2, 3]


def whole(synapse: Release | Bitstream | None = None) -> EventPlan:
    """Return a network whose synapses any store can hold: strata are whole numbers of neurons."""
    net = base()
    for source, target, p in (("e", "e", 0.1), ("e", "i", 0.5), ("i", "e", 0.2), ("s", "i", 1.0)):
        net.connect(source, target, Stratified(p), 2.0, 0.7, synapse)
    net.poisson("e", 30_000.0, 1.0)
    net.constant("i", 25.0)
    return lower(net).plan


@pytest.mark.parametrize("synapse", [None, Release(0.5), Bitstream(4, 0.7)])
def test_other_stores_give_the_same_spikes(synapse: Release | Bitstream | None) -> None:
    plan = whole(synapse)
    hashes, digests = set(), set()
    for store in STORES:
        changed = plan.stored_as(store)
        assert {p.connectivity.store for p in changed.projections} == {store}
        digests.add(changed.digest)
        for engine in ("golden", "numba"):
            run = simulate(changed, 150, engine)
            hashes.add(run.hash)
            assert len(run.events.step) > 50
    assert len(hashes) == 1
    assert len(digests) == 3


def test_there_and_back() -> None:
    plan = whole()
    bitmap = plan.stored_as("bitmap")
    assert bitmap.stored_as("stored").stored_as("bitmap").digest == bitmap.digest
    assert plan.stored_as("stored").digest == bitmap.stored_as("stored").digest
    assert plan.stored_as("procedural") == plan
    for p, q in zip(plan.projections, bitmap.projections, strict=True):
        first = plan.first_neuron(p.target)
        assert p.connectivity.synapses(first, p.seed) == q.connectivity.synapses() > 0


def test_recorded_spikes_are_sorted_and_single() -> None:
    net = base()
    net.connect("s", "e", AllToAll(), 1.0)
    (recorded,) = lower(net).plan.recorded
    assert recorded.steps.tolist() == [1, 1, 3]
    assert recorded.channels.tolist() == [0, 2, 0]


def test_the_sign_of_synapses_is_their_sources() -> None:
    net = base()
    net.recorded("blocked", 5, [], [], "inhibitory")
    for source in ("e", "i", "s", "blocked"):
        net.connect(source, "e", Bernoulli(0.5), 1.0)
        net.connect(source, "e", Bernoulli(0.5), Uniform(1.0, 2.0))
    for p in lower(net).plan.projections:
        _, weights = p.connectivity.row(0, 0, 0)
        assert len(weights) > 0
        assert (np.sign(weights) == (-1 if p.source in ("i", "blocked") else 1)).all()


def test_stochastic_synapses_share_their_weight_among_bits() -> None:
    net = base()
    net.connect("s", "e", AllToAll(), 8.0, synapse=Bitstream(4, 0.25))
    net.connect("s", "e", AllToAll(), 8.0, synapse=Release(0.75))
    net.connect("s", "e", AllToAll(), Uniform(4.0, 8.0), synapse=Bitstream(2, 1.0))
    bits, release, wide = lower(net).plan.projections
    assert (bits.length, bits.probability) == (4, 16_384)
    assert (release.length, release.probability) == (1, 49_152)
    assert (wide.length, wide.probability) == (2, 65_536)
    assert release.connectivity.weight == 4 * bits.connectivity.weight  # type: ignore[union-attr]
    assert isinstance(wide.connectivity, Stored)
    unit = 2.0 / bits.connectivity.weight  # type: ignore[union-attr]
    assert wide.connectivity.weights.min() * unit > 1.99
    assert wide.connectivity.weights.max() * unit < 4.01
