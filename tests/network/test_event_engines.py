"""Event-driven networks: the Numba engine takes the golden engine's steps, on any threads."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from bitcortex.models.network.event_step import GoldenEvents, Snapshot
from bitcortex.models.neuron.lif import FRACTION, LifParams, update
from bitcortex.network import LIF, Network, Uniform, lower
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
from bitcortex.network.event_plan import EventPlan
from bitcortex.sim.engine import event_lists, numba_events
from bitcortex.sim.engine.event_tables import Builder
from bitcortex.sim.engine.golden_events import GoldenEventEngine
from bitcortex.sim.engine.numba_events import NumbaEventEngine

SIZES = (1, 2, 5, 17, 31, 32, 33, 50, 64, 77, 100, 129)
DT = 0.1  # ms
STEPS = 150


def equal(a: Snapshot, b: Snapshot) -> None:
    assert a.step == b.step
    assert (a.v == b.v).all()
    assert (a.refractory == b.refractory).all()
    assert (a.generators == b.generators).all()
    assert a.spikes[0].tolist() == b.spikes[0].tolist()
    assert a.spikes[1].tolist() == b.spikes[1].tolist()


def compare(plan: EventPlan, steps: int = STEPS, threads: int = 1) -> NDArray[np.int64]:
    """Take steps on both engines; return the number of spikes of every step."""
    golden, fast = GoldenEventEngine(plan), NumbaEventEngine(plan, threads)
    assert fast.threads == threads
    expected, found = golden.run(steps), fast.run(steps)
    assert expected.step.tolist() == found.step.tolist()
    assert expected.neuron.tolist() == found.neuron.tolist()
    equal(golden.snapshot(), fast.snapshot())
    return np.bincount(expected.step, minlength=steps)


def neuron(rng: np.random.Generator) -> LIF:
    return LIF(
        tau_ms=float(rng.choice([1.0, 5.0, 20.0])),
        v_threshold_mv=float(rng.choice([10.0, 20.0])),
        v_reset_mv=float(rng.choice([-15.0, 0.0, 5.0])),
        refractory_ms=float(rng.choice([0.0, 0.1, 0.5, 2.0])),
        leak=str(rng.choice(["floor", "nearest", "tutorial"])),
    )


def drive(net: Network, name: str, rng: np.random.Generator) -> None:
    kind = rng.integers(4)
    if kind == 0:
        net.poisson(name, float(rng.choice([100.0, 3_000.0, 90_000.0])), 2.0)
    elif kind == 1:
        net.bernoulli(name, float(rng.choice([0.01, 0.03125, 0.3, 1.0])), 3.0)
    elif kind == 2:
        net.poisson(name, 20_000.0, -1.0)
    if kind == 3 or rng.random() < 0.3:
        net.constant(name, float(rng.choice([-30.0, 25.0, 60.0])))


def explicit(rng: np.random.Generator, shape: tuple[int, int]) -> Explicit:
    """Return 200 synapses, many of them between one pair."""
    return Explicit(rng.integers(0, shape[0], 200), rng.integers(0, min(shape[1], 4), 200))


def connect(net: Network, source: str, target: str, rng: np.random.Generator) -> None:
    made = net.recordings.get(source) or net.populations[source]
    shape = made.size, net.populations[target].size
    delay = float(rng.choice([0.1, 0.4, 1.5, 6.4]))
    weight = float(rng.choice([0.5, 1.0, 3.0]))
    kind = rng.integers(8)
    if kind == 0:
        net.connect(
            source, target, Stratified(float(rng.choice([0.1, 0.4, 0.03, 1]))), weight, delay
        )
    elif kind == 1:
        net.connect(source, target, explicit(rng, shape), weight, Uniform(0.1, 2.0))
    elif kind == 2:
        net.connect(source, target, Bernoulli(0.2), Uniform(0.0, 3.0), delay)
    elif kind == 3:
        net.connect(source, target, Bernoulli(0.02), weight, Uniform(1.0, 2.0))
    elif kind == 4:
        synapse = Release(0.4) if rng.random() < 0.5 else Bitstream(5, 0.7)
        net.connect(source, target, Bernoulli(0.1), 2.5, delay, synapse)
    elif kind == 5:
        net.connect(source, target, FixedInDegree(min(shape[0], 7)), weight, delay)
    elif kind == 6:
        net.connect(source, target, AllToAll(), weight, delay)
    else:
        net.connect(source, target, Bernoulli(0.3), weight, delay)


def network(seed: int, largest: int = 0) -> EventPlan:
    """Return a random network: some populations, recorded sources, drives and connections."""
    rng = np.random.default_rng(seed)
    net = Network(f"random_{seed}", dt_ms=DT, seed=seed)
    sizes = rng.choice(SIZES, rng.integers(1, 6)).tolist()
    if largest:
        sizes.insert(int(rng.integers(len(sizes) + 1)), largest)
    for i, size in enumerate(sizes):
        sign = "inhibitory" if rng.random() < 0.4 else "excitatory"
        net.population(f"p{i}", int(size), neuron(rng), sign)
        drive(net, f"p{i}", rng)
    for i in range(int(rng.integers(3))):
        steps, channels = rng.integers(0, STEPS, 500), rng.integers(0, 9, 500)
        net.recorded(f"r{i}", 9, steps, channels)
    names = [*net.populations, *net.recordings]
    for _ in range(int(rng.integers(2, 9))):
        connect(net, str(rng.choice(names)), str(rng.choice([*net.populations])), rng)
    return lower(net).plan


@pytest.mark.parametrize("seed", range(40))
def test_random_networks(seed: int) -> None:
    compare(network(seed))


@pytest.mark.parametrize("seed", range(100, 110))
def test_random_networks_on_two_threads(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba_events, "WORTHWHILE", 1)
    plan = network(seed, largest=2048 + 41 * (seed - 100))
    compare(plan, 60, threads=1)
    compare(plan, 60, threads=2)


def test_the_random_networks_are_alive() -> None:
    """Most of them fire, and not in every step: otherwise the tests above would show little."""
    rates = []
    for seed in range(20):
        plan = network(seed)
        rates.append(len(GoldenEventEngine(plan).run(50).step) / (50 * plan.neurons))
    assert sum(0.001 < rate < 0.5 for rate in rates) >= 14


def test_a_small_network_runs_on_one_thread() -> None:
    assert NumbaEventEngine(network(0), threads=2).threads == 1


def alone(sizes: tuple[int, ...], add: Callable[[Network, str], None]) -> EventPlan:
    net = Network("alone", dt_ms=DT, seed=7)
    for i, size in enumerate(sizes):
        add(net, net.population(f"p{i}", size, LIF(tau_ms=5.0, refractory_ms=0.3)))
    return lower(net).plan


@pytest.mark.parametrize("size", [1, 31, 32, 33, 255, 256, 257, 289, 300, 512, 513, 767, 1025])
def test_generators_serve_any_number_of_neurons(size: int) -> None:
    """Eight serve 32 neurons, fewer at the end; 64 serve 256, and then the first go on."""
    plan = alone((size,), lambda net, name: net.poisson(name, 20_000.0, 1.5))
    assert compare(plan, 60).sum() > 0


@pytest.mark.parametrize("mean", [0.001, 0.03, 0.4, 1.0, 2.0, 4.7, 11.0, 20.0, 30.0])
@pytest.mark.parametrize("lists", [False, True])
def test_poisson_tables(mean: float, lists: bool) -> None:
    """In 16-bit and in 32-bit steps: lists of synapses need 32."""

    def add(net: Network, name: str) -> None:
        net.poisson(name, mean * 1e4, 9.0 / mean if mean > 1 else 15.0)
        if lists:
            net.connect(name, name, Bernoulli(0.1), Uniform(1.0, 5.0), 1.0)

    assert compare(alone((290, 40), add), 120).sum() > 0


@pytest.mark.parametrize("p", [2**-16, 1 / 32, 1 / 32 + 2**-16, 0.1, 0.5, 0.96875, 0.99999, 1.0])
@pytest.mark.parametrize("lists", [False, True])
def test_bernoulli_tables(p: float, lists: bool) -> None:
    def add(net: Network, name: str) -> None:
        net.bernoulli(name, p, 4.0)
        net.constant(name, 60.0)
        if lists:
            net.connect(name, name, Bernoulli(0.1), Uniform(1.0, 5.0), 1.0)

    assert compare(alone((290, 40), add), 120).sum() > 0


def test_drive_and_constant_together_may_leave_16_bits() -> None:
    def add(net: Network, name: str) -> None:
        net.poisson(name, 10.0 * 1e4, 3.0)
        net.constant(name, -900.0)
        net.connect(name, name, AllToAll(), 1.0, 1.0)

    assert compare(alone((50,), add), 120).sum() > 0


def extremes(plan: EventPlan, steps: int) -> tuple[int, int, int]:
    """Return the smallest and largest membrane before saturation, and the largest input.

    Refractory neurons are left out.
    """
    golden = GoldenEvents(plan)
    low = high = most = 0
    for _ in range(steps):
        v, held = golden.snapshot.v, golden.snapshot.refractory > 0
        golden.step()
        total = (((v * golden.alpha + golden.half) >> FRACTION) + golden.input)[~held]
        low, high = min(low, int(total.min(initial=0))), max(high, int(total.max(initial=0)))
        most = max(most, int(np.abs(golden.input).max()))
    return low, high, most


def transient(weight: float, store: str) -> EventPlan:
    """Return two populations that fire all at once, and others that they drive up and down."""
    net = Network("transient", dt_ms=DT, seed=3)
    net.population("e", 40, LIF(refractory_ms=0.2))
    net.population("i", 41, LIF(refractory_ms=0.3, v_reset_mv=-5.0), "inhibitory")
    net.population("up", 21, LIF(v_threshold_mv=21.0, refractory_ms=0.1))
    net.population("down", 30, LIF(refractory_ms=0.1))
    for name in ("e", "i"):
        net.constant(name, 3_900.0)
    net.connect("e", "up", Bernoulli(0.95), weight, 0.5, store=store)
    net.connect("e", "down", Bernoulli(0.5), weight, 0.4, store=store)
    net.connect("i", "down", Bernoulli(0.95), weight, 0.7, store=store)
    net.connect("i", "up", Bernoulli(0.1), weight, 0.9, store=store)
    return lower(net).plan


@pytest.mark.parametrize("store", ["bitmap", "stored"])
@pytest.mark.parametrize("weight", [0.5, 4.0])
def test_a_transient_that_saturates_both_ways(store: str, weight: float) -> None:
    """With 0.5 mV only membrane and input together leave 16 bits, with 4 mV inputs do as well."""
    plan = transient(weight, store)
    low, high, most = extremes(plan, 60)
    assert low < -32_768
    assert high > 32_767
    assert (most > 32_767) == (weight == 4.0)
    assert compare(plan, 60).max() >= 40


@pytest.mark.parametrize("size", [40, 300, 1_100])
def test_many_rows_at_once(size: int) -> None:
    """More spikes in a step than one plane, three planes, or eight rows can count."""
    net = Network("volley", dt_ms=DT, seed=size)
    net.population("e", size, LIF(refractory_ms=0.7))
    net.population("t", 70, LIF(tau_ms=50.0), "inhibitory")
    net.constant("e", 3_000.0)
    net.connect("e", "t", Bernoulli(0.5), 0.01, 0.4)
    net.connect("t", "t", Bernoulli(0.5), 0.02, 0.4)
    assert compare(lower(net).plan, 40).max() >= size


def test_two_connections_of_one_pair_add_up() -> None:
    """Their rows have equal weights: there must be room for twice the rows of the neurons."""
    net = Network("twice", dt_ms=DT, seed=5)
    net.population("e", 130, LIF(refractory_ms=0.0))
    net.constant("e", 5_000.0)
    for delay in (0.1, 0.1, 0.2, 0.3):
        net.connect("e", "e", Bernoulli(0.5), 1.0, delay)
    plan = lower(net).plan
    for parts in (1, 2):
        builder = Builder(plan, parts, 1)
        tables = builder.tables()
        # Beyond its end, the kernels would write into other memory: look before running them.
        assert len(builder.state(tables).offsets) >= parts * max(builder.class_rows)
    assert compare(plan, 30).max() == 130


def test_recorded_spikes_may_arrive_before_those_of_neurons() -> None:
    """The engine takes as many steps at once as the shortest delay: of recorded spikes, too."""
    rng = np.random.default_rng(1)
    net = Network("early", dt_ms=DT, seed=5)
    net.population("e", 30, LIF())
    net.recorded("s", 10, rng.integers(0, STEPS, 300), rng.integers(0, 10, 300))
    net.connect("s", "e", Bernoulli(0.5), 8.0)
    net.connect("e", "e", Bernoulli(0.5), 1.0, 1.5)
    assert compare(lower(net).plan).sum() > 0


def test_recorded_spikes_alone() -> None:
    net = Network("relay", dt_ms=DT)
    net.population("e", 3, LIF(refractory_ms=0.0))
    net.recorded("s", 3, [0, 3, 3, 7], [0, 2, 1, 0])
    net.connect("s", "e", OneToOne(), 30.0, 0.2)
    plan = lower(net).plan
    compare(plan, 12)
    events = NumbaEventEngine(plan).run(12)
    assert events.step.tolist() == [2, 5, 5, 9]
    assert events.neuron.tolist() == [0, 1, 2, 0]


def test_multapses_add_their_weights() -> None:
    net = Network("multapse", dt_ms=DT)
    net.population("e", 40, LIF(refractory_ms=0.0))
    net.recorded("s", 1, [0], [0])
    net.connect("s", "e", Explicit([0] * 6, [7, 7, 7, 7, 9, 9]), 5.0)
    plan = lower(net).plan
    compare(plan, 4)
    events = NumbaEventEngine(plan).run(4)
    assert events.neuron.tolist() == [7]  # 4 times 5 mV is the threshold, twice is not


@pytest.mark.parametrize(
    ("rule", "weight", "in_rows"),
    [
        (Bernoulli(0.02), 1.0, True),
        (FixedInDegree(9), 1.0, True),
        (Bernoulli(0.002), 1.0, False),
        (Bernoulli(0.02), Uniform(0.5, 1.5), False),
        (Explicit([0, 1] * 9_000, list(range(9_000)) * 2), 1.0, False),  # pairs twice
        (Explicit([], []), 1.0, False),
    ],
)
def test_stored_synapses_are_in_rows_where_that_is_faster(
    rule: Rule, weight: float | Uniform, in_rows: bool
) -> None:
    """They must be many, of one weight, and at most one per pair; targets begin within a byte."""
    sources, targets = (2, 9_000) if isinstance(rule, Explicit) else (200, 301)
    net = Network("stored", dt_ms=DT, seed=2)
    net.population("pre", sources, LIF(tau_ms=5.0, refractory_ms=0.5))
    net.population("other", 3, LIF())
    net.population("post", targets, LIF(tau_ms=5.0, refractory_ms=0.5))
    net.poisson("pre", 20_000.0, 1.5)
    net.connect("pre", "post", rule, weight, 0.5, store="stored")
    net.connect("pre", "other", Bernoulli(0.3), 1.0, 0.5)
    plan = lower(net).plan
    assert Builder(plan, 1, 1).in_rows == [in_rows, True]
    assert compare(plan, 60).sum() > 0


def test_procedural_strata_that_are_no_integer_have_multapses() -> None:
    net = Network("strata", dt_ms=DT, seed=2)
    net.population("e", 700, LIF(refractory_ms=0.5))
    net.poisson("e", 20_000.0, 1.0)
    net.connect("e", "e", Stratified(0.4), 1.0, 0.5)
    plan = lower(net).plan
    (p,) = plan.projections
    rows = [p.connectivity.row(i, 0, p.seed)[0] for i in range(50)]
    assert any(len(np.unique(row)) < len(row) for row in rows)
    assert compare(plan, 60).sum() > 0


@pytest.mark.parametrize("seed", range(6))
def test_the_golden_update_is_that_of_the_scalar_neuron(seed: int) -> None:
    rng = np.random.default_rng(seed)
    plan = network(seed)
    golden = GoldenEvents(plan)
    params = [
        LifParams(**p.neuron, current_width=40) for p in plan.populations for _ in range(p.size)
    ]
    golden.snapshot.v = rng.integers(-32_768, 32_768, plan.neurons)
    spikes = 0
    for _ in range(30):
        before = golden.snapshot.v.tolist(), golden.snapshot.refractory.tolist()
        fired = set(golden.step().tolist())
        spikes += len(fired)
        now = golden.snapshot
        for j, (p, v, left) in enumerate(zip(params, *before, strict=True)):
            state, spike = update(p, (v, left), int(golden.input[j]), 0)
            assert state == (now.v[j], now.refractory[j])
            assert spike == (j in fired)
    assert spikes > 0


def test_lists_of_any_length() -> None:
    """Short lists are copied by whole cache lines: longer ones, full copies and the last list."""
    rng = np.random.default_rng(3)
    n = 400
    # 390 sources with 30 targets each at 10 delays; the last ones have hundreds at one.
    pre = np.concatenate([np.repeat(np.arange(390), 30), np.repeat(np.arange(390, n), 380)])
    post = rng.integers(0, n, len(pre))
    delay = np.where(pre < 390, rng.integers(2, 12, len(pre)), 2) * DT
    net = Network("lists", dt_ms=DT, seed=2)
    net.population("cells", n, LIF(tau_ms=5.0, refractory_ms=0.5))
    net.connect("cells", "cells", Explicit(pre, post), rng.uniform(0.1, 1.0, len(pre)), delay)
    net.constant("cells", 30.0)
    net.poisson("cells", 20_000.0, 0.5)
    plan = lower(net).plan
    tables = NumbaEventEngine(plan).tables
    lengths = np.diff(tables.indptr)
    assert tables.usual <= event_lists.COPIED < lengths.max() // event_lists.LINE
    spikes = compare(plan)
    assert spikes.max() * np.bincount(pre).mean() > event_lists.EVENTS  # of one step
