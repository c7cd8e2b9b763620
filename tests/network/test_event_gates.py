"""Stochastic synapses on all engines: every store and length, beside fixed synapses."""

import numpy as np
import pytest

from bitcortex.network import LIF, Network, Uniform, lower
from bitcortex.network.connectivity import Bernoulli, Bitstream, Explicit, Release, Stratified
from bitcortex.network.connectivity_plan import STORES
from bitcortex.network.event_plan import EventPlan
from bitcortex.sim.simulate import simulate

STEPS = 120


def mixed(store: str) -> EventPlan:
    """Return a network with draws of three lengths in one store, and fixed synapses beside them."""
    rng = np.random.default_rng(4)
    net = Network(f"mixed_{store}", dt_ms=0.1, seed=8)
    net.population("e", 61, LIF(refractory_ms=0.5, tau_ms=5.0))
    net.population("i", 22, LIF(), "inhibitory")
    net.recorded("s", 5, rng.integers(0, STEPS, 100), rng.integers(0, 5, 100))
    rule = Stratified(0.25)
    net.connect("e", "e", rule, 1.0, 0.3, Release(0.4), store)
    net.connect("e", "i", rule, 2.0, 0.3, Bitstream(4, 0.6), store)
    net.connect("i", "e", rule, 3.0, 0.2, Bitstream(16, 0.3), store)
    net.connect("i", "e", rule, 1.0, 0.2, store=store)
    net.connect("s", "e", Stratified(0.5), 5.0, 0.1, Release(0.7), store)
    net.connect("e", "e", rule, 1.0, 0.3, store=store)
    for name in ("e", "i"):
        net.poisson(name, 20_000.0, 1.0)
    return lower(net).plan


def same(plan: EventPlan, lanes: int) -> None:
    golden = simulate(plan, STEPS, "golden")
    assert 50 < len(golden.events.step) < 0.3 * STEPS * plan.neurons
    assert simulate(plan, STEPS, "numba").hash == golden.hash
    assert simulate(plan, STEPS, "rtl", lanes=lanes).hash == golden.hash


@pytest.mark.parametrize("lanes", [4, pytest.param(8, marks=pytest.mark.full)])
@pytest.mark.parametrize("store", STORES)
def test_draws_in_every_store(store: str, lanes: int) -> None:
    plan = mixed(store)
    assert {p.connectivity.store for p in plan.projections} == {store}
    assert {p.length for p in plan.projections} == {0, 1, 4, 16}
    same(plan, lanes)


def test_single_draws_of_different_weights() -> None:
    net = Network("single", dt_ms=0.1, seed=3)
    net.population("e", 40, LIF(refractory_ms=0.5, tau_ms=5.0))
    net.connect("e", "e", Bernoulli(0.3), Uniform(0.5, 2.0), Uniform(0.2, 0.4), Release(0.5))
    net.poisson("e", 20_000.0, 1.0)
    same(lower(net).plan, 8)


@pytest.mark.parametrize("probability", [2**-16, 1.0 - 2**-16, 1.0])
def test_extreme_probabilities_and_largest_sums(probability: float) -> None:
    """All synapses of all sources onto one neuron in one step; and those that hardly ever draw."""
    net = Network("extreme", dt_ms=0.1, seed=3)
    net.population("e", 5, LIF(v_threshold_mv=100.0))
    net.recorded("s", 30, np.repeat(np.arange(40), 30), np.tile(np.arange(30), 40))
    every = Explicit(np.arange(30), np.full(30, 4))
    net.connect("s", "e", every, 120.0, 0.1, Bitstream(16, probability))
    net.constant("e", 101.0)
    plan = lower(net).plan
    golden = simulate(plan, 40, "golden")
    assert simulate(plan, 40, "numba").hash == golden.hash
    assert simulate(plan, 40, "rtl", lanes=4).hash == golden.hash
    assert bool(len(golden.events.step)) == (probability > 0.5)
