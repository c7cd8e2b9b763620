"""Small Plans for the twins of the column engine."""

import numpy as np

from bitcortex.network.connectivity import Bernoulli, Bitstream, Explicit, Release, Stratified
from bitcortex.network.description import Network, Uniform
from bitcortex.network.event_plan import EventPlan
from bitcortex.network.lower import lower
from bitcortex.network.neurons import LIF
from bitcortex.network.plasticity import StochasticSTDP


def every_store(
    seed: int = 1, n: int = 22, delay_ms: float = 0.3, density: float = 0.3, weight: float = 4.0,
    draws: bool = False, lonely: bool = False,
) -> EventPlan:  # fmt: skip
    """Return a busy network with all stores, two kinds of neurons, and recorded spikes.

    With `draws`, there are stochastic synapses in every store, beside fixed ones. With `lonely`, a
    recorded spike keeps one lane of four busy for long.
    """
    net = Network("every_store", dt_ms=0.1, seed=seed)
    exc = net.population("exc", n, LIF(tau_ms=2.0, refractory_ms=0.3))
    inh = net.population(
        "inh", max(9, n // 2), LIF(tau_ms=4.0, refractory_ms=0.1, leak="floor"), "inhibitory"
    )
    rng = np.random.default_rng(seed)
    steps, channels = rng.integers(0, 4000, 2000), rng.integers(0, 5, 2000)
    host = net.recorded("host", 5, steps, channels)
    net.connect(exc, exc, Bernoulli(density), 1.0, delay_ms, store="bitmap")
    net.connect(exc, inh, Bernoulli(0.03), 0.7, delay_ms, store="stored")  # two jobs
    net.connect(exc, inh, Bernoulli(density), Uniform(0.5, 2.0), delay_ms + 0.1)
    net.connect(inh, exc, Stratified(density / 2), weight, delay_ms + 0.2)
    net.connect(host, exc, Explicit([0, 1, 2, 3, 4, 4], [0, 3, 7, 9, n - 1, 2]), 6.0, 0.1)
    if lonely:
        pairs = [(lane, j) for lane in range(4) for j in range(lane, n, 4)] * 3
        net.connect(host, exc, Explicit(*np.transpose(pairs)), 0.7, 0.1)
    if draws:
        net.connect(exc, inh, Bernoulli(density), 1.0, delay_ms, Release(0.4), "bitmap")
        net.connect(exc, exc, Bernoulli(0.2), 1.3, delay_ms, Bitstream(4, 0.5), "stored")
        net.connect(inh, exc, Stratified(0.1), 3.0, delay_ms + 0.2, Bitstream(16, 0.3))
        net.connect(host, inh, Bernoulli(0.5), 2.0, 0.1, Release(0.9))
    net.poisson(exc, 9000.0, 1.037)
    net.bernoulli(inh, 0.1, 4.713)
    net.constant(inh, 2.919)
    plan: EventPlan = lower(net).plan
    return plan


def one_store(
    store: str, seed: int = 2, n: int = 37, driven: bool = True, drive: float = 4.0
) -> EventPlan:
    """Return a network of one population with a delay of one step and one store.

    Synapses weigh 1.5: a drive that is a multiple of it leaves zeros to shift.
    """
    net = Network(f"one_{store}", dt_ms=0.1, seed=seed)
    cells = net.population("cells", n, LIF(tau_ms=5.0, refractory_ms=0.0))
    rule = Stratified(0.25) if store == "procedural" else Bernoulli(0.2)
    net.connect(cells, cells, rule, 1.5, store=store)
    if driven:
        net.poisson(cells, 900.0, drive)
    else:
        net.constant(cells, 25.0)
    plan: EventPlan = lower(net).plan
    return plan


def plastic(seed: int = 3, n: int = 26, draws: bool = False) -> EventPlan:
    """Return a busy network with plastic synapses of two rules, and fixed ones in every store.

    Weights are small beside the largest ones, which are reached anyway. With `draws`, there are
    stochastic synapses too.
    """
    net = Network("plastic", dt_ms=0.5, seed=seed)
    exc = net.population("exc", n, LIF(tau_ms=5.0, refractory_ms=1.0))
    inh = net.population("inh", max(9, n // 2), LIF(tau_ms=4.0, refractory_ms=0.5), "inhibitory")
    rng = np.random.default_rng(seed)
    steps, channels = rng.integers(0, 4000, 2000), rng.integers(0, 5, 2000)
    host = net.recorded("host", 5, steps, channels)
    slow = StochasticSTDP(15.0, 25.0, 0.5, 0.4, 0.125, 1.0)
    fast = StochasticSTDP(20.0, 10.0, 1.0, 0.5, 0.5, 2.0)
    net.connect(exc, exc, Bernoulli(0.15), Uniform(0.0, 1.0), Uniform(0.5, 1.0), plasticity=slow)
    net.connect(exc, inh, Bernoulli(0.1), 0.5, 0.5, plasticity=fast)
    net.connect(host, exc, Bernoulli(0.5), 1.0, 1.0, plasticity=slow)
    net.connect(exc, inh, Bernoulli(0.2), Uniform(0.5, 2.0), 1.0)
    net.connect(exc, exc, Bernoulli(0.4), 0.5, 1.0, store="bitmap")
    net.connect(inh, exc, Stratified(0.2), 4.0, 1.0)
    if draws:
        net.connect(exc, exc, Bernoulli(0.1), 1.0, 0.5, Bitstream(3, 0.4), "stored")
    net.poisson(exc, 3000.0, 1.5)
    net.constant(inh, 21.0)
    plan: EventPlan = lower(net).plan
    return plan
