"""Event-driven networks on the compiled column engine: every store, any number of lanes."""

from dataclasses import replace

import numpy as np
import pytest

from bitcortex.network import LIF, Network, Uniform, lower
from bitcortex.network.brunel import brunel_ai
from bitcortex.network.connectivity import (
    AllToAll,
    Bernoulli,
    Explicit,
    FixedInDegree,
    OneToOne,
    Stratified,
)
from bitcortex.network.connectivity_plan import STORES
from bitcortex.network.event_plan import EventPlan
from bitcortex.sim.engine.rtl_events import RtlEventEngine
from bitcortex.sim.simulate import simulate

STEPS = 150


def three_stores() -> EventPlan:
    """Return a network with all stores, recorded sources and all drives.

    Its 300 neurons need some of the 64 generators of the drive twice a step, and some once.
    """
    rng = np.random.default_rng(4)
    net = Network("three", dt_ms=0.1, seed=9)
    net.population("e", 263, LIF(refractory_ms=0.5, tau_ms=5.0))
    net.population("i", 37, LIF(v_reset_mv=-5.0, leak="floor"), "inhibitory")
    net.recorded("s", 5, rng.integers(0, STEPS, 200), rng.integers(0, 5, 200))
    net.recorded("q", 37, rng.integers(0, STEPS, 100), rng.integers(0, 37, 100), "inhibitory")
    net.connect("e", "e", Bernoulli(0.05), 1.0, 0.7)
    net.connect("e", "i", Bernoulli(0.05), Uniform(0.5, 4.0), Uniform(0.3, 0.6))
    net.connect("i", "e", Stratified(0.4), 2.0, 0.5)
    net.connect("s", "e", AllToAll(), 3.0, 0.1)
    net.connect("s", "e", Explicit([0, 0, 0, 4], [1, 1, 262, 262]), 5.0, 1.2)
    net.connect("q", "i", OneToOne(), 4.0, 0.2, store="stored")
    net.connect("e", "i", FixedInDegree(4), 1.0, 0.7)
    net.poisson("e", 20_000.0, 0.5)
    net.bernoulli("i", 0.3, 2.0)
    net.constant("i", 15.0)
    return lower(net).plan


def one_store(store: str) -> EventPlan:
    """Return a network with the same synapses in any store."""
    net = Network("one", dt_ms=0.1, seed=5)
    net.population("e", 37, LIF(refractory_ms=0.5))
    net.population("i", 11, LIF(refractory_ms=1.0), "inhibitory")
    net.recorded("s", 3, np.arange(0, STEPS, 4), np.arange(0, STEPS, 4) % 3)
    for target in ("e", "i"):
        net.connect("e", target, Stratified(0.25), 1.0, 0.7)
        net.connect("i", target, Stratified(0.25), 2.5, 0.4)
        net.connect("s", target, Stratified(0.5), 9.0, 0.2)
        net.constant(target, 25.0)
    return lower(net).plan.stored_as(store)


def same(plan: EventPlan, lanes: int) -> None:
    golden, rtl = simulate(plan, STEPS, "golden"), simulate(plan, STEPS, "rtl", lanes=lanes)
    for population in plan.populations:
        assert 0.0 < golden.spikes(population.name).mean() < 0.5
    assert golden.events.step.tolist() == rtl.events.step.tolist()
    assert golden.events.neuron.tolist() == rtl.events.neuron.tolist()
    assert golden.hash == rtl.hash


# What takes long to compile for the first time is left to the full run.
@pytest.mark.parametrize("lanes", [4, *(pytest.param(n, marks=pytest.mark.full) for n in (8, 16))])
def test_three_stores_at_once(lanes: int) -> None:
    plan = three_stores()
    assert {p.connectivity.store for p in plan.projections} == set(STORES)
    same(plan, lanes)


@pytest.mark.parametrize(
    ("store", "lanes"),
    [
        ("bitmap", 4),
        pytest.param("stored", 16, marks=pytest.mark.full),
        pytest.param("procedural", 4, marks=pytest.mark.full),
    ],
)
def test_one_store(store: str, lanes: int) -> None:
    same(one_store(store), lanes)


@pytest.mark.parametrize("spram", [pytest.param(False, marks=pytest.mark.full), True])
def test_bitmaps_in_spram_and_weights_without_their_zeros(spram: bool) -> None:
    """Strong kicks of both signs, so that the membrane saturates from shifted sums too."""
    net = Network("shifted", dt_ms=0.1, seed=8)
    net.population("e", 150, LIF(refractory_ms=0.5, tau_ms=5.0))
    net.population("i", 50, LIF(refractory_ms=0.2), "inhibitory")
    for target in ("e", "i"):
        net.connect("e", target, Bernoulli(0.3), 1.0, 0.7, store="bitmap")
        net.connect("i", target, Bernoulli(0.5), 128.0, 0.4, store="bitmap")
        net.poisson(target, 9_000.0, 4.0)
    plan = lower(net).plan
    engine = RtlEventEngine(plan, 4, spram=spram)
    try:
        assert engine.params.layout.shift > 0
        events = engine.run(STEPS)
        golden = simulate(plan, STEPS, "golden")
        assert len(golden.events.step) > 500
        assert events.neuron.tolist() == golden.events.neuron.tolist()
        assert engine.hash == golden.hash
    finally:
        engine.close()


@pytest.mark.full
@pytest.mark.parametrize("lanes", [4, 8, 16])
@pytest.mark.parametrize("store", STORES)
def test_one_store_on_any_lanes(store: str, lanes: int) -> None:
    same(one_store(store), lanes)


def test_sums_hold_the_multapses_of_procedural_rows() -> None:
    """Strata of 2.5 neurons: one spike of the only source may reach a neuron twice."""
    net = Network("twice", dt_ms=1.0, seed=5)
    net.population("e", 330, LIF(v_threshold_mv=100.0, tau_ms=3.0))
    net.recorded("s", 1, np.arange(0, 20, 2), np.zeros(10, np.int64))
    net.connect("s", "e", Stratified(0.4), 63.0)
    plan = lower(net).plan
    p = replace(plan.projections[0], seed=1)
    plan = replace(plan, projections=(p,))
    targets, _ = p.connectivity.row(0, 0, p.seed)
    assert np.bincount(targets).max() == 2
    golden, rtl = simulate(plan, 20, "golden"), simulate(plan, 20, "rtl", lanes=4)
    assert len(golden.events.step) > 0
    assert golden.hash == rtl.hash


def test_neurons_without_synapses() -> None:
    net = Network("loose", dt_ms=0.1, seed=5)
    net.population("e", 9, LIF())
    net.constant("e", 100.0)
    golden, rtl = simulate(net, 200, "golden"), simulate(net, 200, "rtl", lanes=4)
    assert len(golden.events.step) > 0
    assert golden.hash == rtl.hash


@pytest.mark.timeout(1800)  # 64 lanes compile for minutes on a busy machine
@pytest.mark.parametrize("lanes", [4, *(pytest.param(n, marks=pytest.mark.full) for n in (8, 64))])
def test_drive_of_an_odd_number_of_blocks(lanes: int) -> None:
    """270 neurons are nine blocks of 32: on 64 lanes, the last slot is half a slot."""
    net = Network("odd", dt_ms=0.1, seed=5)
    net.population("e", 270, LIF(refractory_ms=0.5, tau_ms=5.0))
    net.poisson("e", 20_000.0, 2.0)
    net.connect("e", "e", Explicit([0], [1]), 1.0)
    same(lower(net).plan, lanes)


def volley() -> EventPlan:
    """Return 12 neurons that fire all at once and wake one another up again."""
    net = Network("volley", dt_ms=0.1)
    net.population("e", 12, LIF(refractory_ms=0.2))
    net.constant("e", 5_000.0)
    net.connect("e", "e", AllToAll(), 1.0, 0.5)
    return lower(net).plan


def test_a_queue_that_is_too_small_stops_the_run() -> None:
    engine = RtlEventEngine(volley(), 4, queue_depth=4)
    try:
        with pytest.raises(RuntimeError, match=r"queue of 4 must hold .* Use a larger queue_depth"):
            engine.run(40)
        with pytest.raises(RuntimeError):  # nor does it go on without the spikes it lost
            engine.run(40)
    finally:
        engine.close()


@pytest.mark.full
def test_a_million_steps() -> None:
    """Numba and the column engine, spike for spike, for 100 s of a small network."""
    plan = lower(brunel_ai(100)).plan
    numba = simulate(plan, 1_000_000, "numba")
    rtl = simulate(plan, 1_000_000, "rtl", lanes=4)
    assert len(rtl.events.step) > 100_000
    assert rtl.hash == numba.hash
    np.testing.assert_array_equal(rtl.events.step, numba.events.step)
    np.testing.assert_array_equal(rtl.events.neuron, numba.events.neuron)
