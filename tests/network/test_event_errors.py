"""Bad event-driven networks and runs: errors name the thing, the rule and the way out."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from bitcortex.network import (
    LIF,
    HomeostaticLIF,
    Izhikevich,
    Network,
    StochasticLIF,
    Uniform,
    lower,
)
from bitcortex.network.connectivity import (
    AllToAll,
    Bernoulli,
    Bitstream,
    Explicit,
    FixedInDegree,
    OneToOne,
    Release,
    Stratified,
)
from bitcortex.network.connectivity_plan import Bitmap, Procedural, Stored
from bitcortex.network.event_plan import EventPlan
from bitcortex.sim.engine.rtl_events import RtlEventEngine
from bitcortex.sim.simulate import make_event_engine, simulate

HALF = Bernoulli(0.5)
Mistake = Callable[[Network], object]


def base(**neuron: float | str) -> Network:
    net = Network("net", dt_ms=0.1, seed=1)
    net.population("e", 20, LIF(**neuron))  # type: ignore[arg-type]
    net.population("i", 5, LIF(**neuron), "inhibitory")  # type: ignore[arg-type]
    net.recorded("s", 4, [1, 2], [0, 1])
    return net


def plan(weight: float = 1.0) -> EventPlan:
    net = base()
    net.connect("e", "e", HALF, weight)
    return lower(net).plan


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        # Delays.
        (
            lambda n: n.connect("e", "i", HALF, 1.0, 0.05),
            r"delay_ms of e to i must be at least a step of 0\.1 ms, not 0\.05\. "
            "Use a longer delay or a smaller dt_ms",
        ),
        (lambda n: n.connect("e", "i", HALF, 1.0, Uniform(0.05, 1.0)), "at least a step of 0.1 ms"),
        (lambda n: n.connect("e", "i", Explicit([0], [0]), 1.0, [0.0]), "at least a step of 0.1"),
        (lambda n: n.connect("e", "i", HALF, 1.0, float("inf")), r"delay_ms of e .* negative\.$"),
        # Names.
        (lambda n: n.connect("x", "e", HALF, 1.0), "source must be one of s, e, i, not 'x'"),
        (lambda n: n.connect("e", "x", HALF, 1.0), "target must be one of e, i, not 'x'"),
        (lambda n: n.connect("e", "s", HALF, 1.0), "target must be one of e, i, not 's'"),
        (lambda n: n.poisson("x", 1.0, 1.0), "target must be one of e, i, not 'x'"),
        (lambda n: n.bernoulli("s", 0.5, 1.0), "target must be one of e, i, not 's'"),
        (lambda n: n.constant("x", 1.0), "target must be one of e, i, not 'x'"),
        (lambda n: n.population("s", 1, LIF()), "name must be new, not 's'. Sources and popul"),
        (lambda n: n.recorded("e", 1, [], []), "name must be new, not 'e'. Sources and popul"),
        (lambda n: n.recorded("s", 1, [], []), "name must be new, not 's'"),
        (lambda n: n.source("s", [[0.5]]), "name must be new, not 's'"),
        (lambda n: n.recorded("two words", 1, [], []), "name must be a word"),
        # One drive each.
        (
            lambda n: (n.poisson("e", 1.0, 1.0), n.bernoulli("e", 0.1, 1.0)),
            "e must have one Poisson or Bernoulli drive. Rates of equal weights add up",
        ),
        (
            lambda n: (n.constant("e", 1.0), n.constant("e", 2.0)),
            "e must have one constant current. Add the values",
        ),
        # Shapes and ranges.
        (
            lambda n: n.connect("e", "i", Explicit([0, 1], [0, 1]), [1.0, 2.0, 3.0]),
            r"weight_mv of e to i must be a number or Uniform; .* not shape \(3,\)",
        ),
        (
            lambda n: n.connect("e", "i", HALF, 1.0, [1.0, 2.0]),
            "delay_ms of e to i must be a number or Uniform; an array needs the rule Explicit",
        ),
        (
            lambda n: n.connect("e", "i", HALF, -1.0),
            "weight_mv of e to i must be finite and not negative. .* make the source inhibitory",
        ),
        (lambda n: n.connect("e", "i", HALF, float("nan")), "weight_mv of e to i must be finite"),
        (lambda n: n.connect("e", "i", HALF, Uniform(-1.0, 1.0)), "the source has the sign"),
        (lambda n: n.recorded("q", 2, [0, 1, 2], [0, 1]), "steps and channels of q must be lists"),
        (lambda n: n.recorded("q", 2, [0, 1], [0, 2]), r"spikes of q .* channels in 0\.\.1"),
        (lambda n: n.recorded("q", 2, [0, -1], [0, 1]), "spikes of q must have steps >= 0"),
        (lambda n: n.recorded("q", 0, [], []), r"size of q must be in 1\.\.1048576, not 0"),
        (lambda n: n.recorded("q", 1, [], [], "neutral"), "sign of q must be one of excit"),
        (lambda n: n.poisson("e", -1.0, 1.0), "rate_hz must be in"),
        (lambda n: n.poisson("e", 1.0, 1.0, 0), "inputs must be in"),
        (lambda n: n.poisson("e", 1.0, float("nan")), "weight_mv must be in"),
        (lambda n: n.bernoulli("e", 1.5, 1.0), r"probability must be in \[0, 1\], not 1\.5"),
        # Rules, synapses and stores.
        (lambda n: n.connect("e", "i", HALF, 1.0, store="csr"), "store must be one of auto, bit"),
        (
            lambda n: n.connect("e", "i", HALF, 1.0, store="procedural"),
            "e to i: the rule must be Stratified for procedural rows, not Bernoulli. "
            "Use Stratified, or another store",
        ),
        (lambda n: n.connect("e", "i", Bernoulli(1.1), 1.0), "probability must be in"),
        (lambda n: n.connect("e", "i", FixedInDegree(-1), 1.0), "count must be in"),
        (lambda n: n.connect("e", "i", Stratified(1e-5), 1.0), "probability must be in"),
        (lambda n: n.connect("e", "i", HALF, 1.0, synapse=Release(2.0)), "probability must be in"),
        (lambda n: n.connect("e", "i", HALF, 1.0, synapse=Bitstream(1, 0.5)), "length must be in"),
        (lambda n: n.connect("e", "i", HALF, 1.0, synapse=Bitstream(17, 0.5)), "length must be in"),
    ],
)
def test_descriptions(mistake: Mistake, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        mistake(base())


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        (lambda n: n.connect("e", "i", 0.1, 1.0), "rule"),
        (lambda n: n.connect("e", "i", HALF, 1.0, synapse="release"), "synapse"),
        (lambda n: n.recorded("q", 2, [0.5, 1.7], [0, 1]), "steps"),
    ],
)
def test_wrong_types(mistake: Mistake, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        mistake(base())


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        # Weights.
        (
            lambda n: n.connect("e", "e", HALF, 1e-6),
            r"net: the smallest weight of 1e-06 mV must be at least one unit of a 16-bit membrane "
            r"that holds 25 mV, which is 0\.000763 mV\. Raise data_width, or the weight",
        ),
        (
            lambda n: n.connect("e", "i", HALF, Uniform(1e-9, 2e-9)),
            r"weights of e to i must not all round to 0: the unit is .* raise data_width",
        ),
        (lambda n: n.connect("e", "i", HALF, 1e6), "e to i.weight must be at most .* Lower it"),
        (lambda n: n.connect("e", "i", HALF, Uniform(1.0, 1e6)), "weights? of e to i must"),
        # Drives.
        (lambda n: n.poisson("e", 1e3, 1e6), r"e.drive weight must be at most .* Lower it"),
        (
            lambda n: n.constant("e", 1e-4),
            r"e\.constant, per step must be at least half a unit of .* mV, not .* mV\. Raise it",
        ),
        (
            lambda n: n.poisson("e", 1e-3, 1.0),
            "e: a Poisson drive must have at least 7.6e-06 events per step .* not 1e-07. Raise",
        ),
        (
            lambda n: n.poisson("e", 1e3, 1.0, 1_000),
            "e: a Poisson drive must have at most about 33 events per step, not 100. Use fewer",
        ),
        (lambda n: n.bernoulli("e", 1e-6, 1.0), "e.* at least"),
        (lambda n: n.connect("e", "i", HALF, 1.0, synapse=Release(1e-6)), "e to i.* at least"),
        # Delays.
        (
            lambda n: n.connect("e", "e", HALF, 1.0, 1e4),
            r"delay_ms of e to e must be at most 4096 steps \(409\.6 ms\), not 10000",
        ),
        # Neurons.
        (
            lambda n: n.population("z", 1, Izhikevich()),
            "z: the neuron of an event-driven population must be LIF, not Izhikevich. Use LIF, or",
        ),
        (lambda n: n.population("z", 1, HomeostaticLIF()), "z: .* must be LIF, not HomeostaticLIF"),
        (lambda n: n.population("z", 1, StochasticLIF()), "z: .* must be LIF, not StochasticLIF"),
        (
            lambda n: n.population("z", 1, LIF(leak="stochastic")),
            "z: leak must be floor, nearest or tutorial in an event-driven network, not stochastic",
        ),
        (
            lambda n: n.population("z", 1, LIF(data_width=24)),
            r"populations of net must have one data_width, not \[16, 24\]",
        ),
        (
            lambda n: n.population("z", 1, LIF(tau_ms=0.005)),
            r"z: tau_ms must give a leak that 16 bits hold, and 0\.005 ms .* Choose a tau between",
        ),
        (lambda n: n.population("z", 1, LIF(tau_ms=1e5)), "z: tau_ms must give a leak that 16"),
        (
            lambda n: n.population("z", 1, LIF(refractory_ms=30.0)),
            r"z: refractory_ms must be at most 255 steps \(25\.5 ms\), not 30",
        ),
        # Rules.
        (
            lambda n: n.connect("e", "i", FixedInDegree(21), 1.0),
            "e to i: an in-degree must be at most the 20 sources, not 21",
        ),
        (
            lambda n: n.connect("e", "i", OneToOne(), 1.0),
            "e to i: OneToOne needs equal sizes, not 20 and 5",
        ),
        (
            lambda n: n.connect("e", "i", Stratified(0.7), 1.0),
            "probability of e to i must be 1 or at most 0.5 with Stratified, not 0.7. Use Bern",
        ),
        (
            lambda n: n.connect("e", "i", Stratified(0.5), Uniform(1.0, 2.0)),
            "e to i: Stratified synapses must have one weight and one delay. Use Bernoulli",
        ),
        (
            lambda n: n.connect("e", "i", HALF, Uniform(1.0, 2.0), store="bitmap"),
            "e to i: synapses with different weights or delays must be stored, not bitmap. Use st",
        ),
        (
            lambda n: n.connect("e", "i", HALF, 1.0, Uniform(1.0, 2.0), store="bitmap"),
            "e to i: synapses with different weights or delays must be stored, not bitmap",
        ),
        (
            lambda n: n.connect("e", "i", Explicit([0, 0], [1, 1]), 1.0, store="bitmap"),
            "synapses of e to i must join a pair at most once to be a bitmap. Use the store 'stor",
        ),
        (
            lambda n: n.connect("e", "i", Explicit([0, 20], [0, 1]), 1.0),
            r"sources of e to i must be in 0\.\.19, not 0\.\.20",
        ),
        (
            lambda n: n.connect("e", "i", Explicit([0, 1], [-1, 1]), 1.0),
            r"targets of e to i must be in 0\.\.4, not -1\.\.1",
        ),
        (
            lambda n: n.connect("e", "i", Explicit([0, 1], [0]), 1.0),
            "sources and targets of e to i must have equal lengths, not 2 and 1",
        ),
        (
            lambda n: n.connect("e", "i", Explicit([0, 0.5], [0, 1]), 1.0),
            "sources of e to i must be a list of integers, not float64",
        ),
        # Neurons.
        (
            lambda n: n.population("c", 3, LIF(v_reset_mv=19.9999)),
            "c: v_threshold_mv and v_reset_mv must differ by a unit of .* and 20 and 19.9999 do",
        ),
        # Two ways of building.
        (
            lambda n: n.project("e", "i", 1.0),
            "network net must not mix event-driven .* Use connect",
        ),
        (lambda n: n.source("q", [[0.5]]), "network net must not mix event-driven connections"),
    ],
)
def test_lowering(mistake: Mistake, message: str) -> None:
    net = base()
    net.connect("e", "e", HALF, 0.01)
    mistake(net)
    with pytest.raises(ValueError, match=message):
        lower(net)


def test_layers_have_no_event_driven_sources() -> None:
    net = base()
    with pytest.raises(ValueError, match="source must be one of e, i, not 's'"):
        net.project("s", "e", 1.0)
    net.source("stimulus", [[0.5]])
    with pytest.raises(ValueError, match="source must be one of s, e, i, not 'stimulus'"):
        net.connect("stimulus", "e", AllToAll(), 1.0)


def test_stores_check_their_synapses() -> None:
    with pytest.raises(ValueError, match=r"rows must have 2 bytes, not \(3, 1\)"):
        Bitmap(np.zeros((3, 1), np.uint8), 9, 1)
    with pytest.raises(ValueError, match="bits of rows above target 8 must be 0"):
        Bitmap(np.full((3, 2), 2, np.uint8), 9, 1)
    with pytest.raises(ValueError, match="weight must be in"):
        Bitmap(np.zeros((3, 1), np.uint8), 8, 1 << 23)
    with pytest.raises(ValueError, match="indptr must ascend from 0 to the number of targets"):
        Stored(np.array([0, 2, 1]), np.array([0]), np.array([1]), 4)
    with pytest.raises(ValueError, match="targets must be below 4, not 4"):
        Stored(np.array([0, 1]), np.array([4]), np.array([1]), 4)
    with pytest.raises(ValueError, match="weights must have a magnitude of at most 8388607 units"):
        Stored(np.array([0, 1]), np.array([3]), np.array([-(1 << 23)]), 4)
    with pytest.raises(ValueError, match="a stratum must have at least one neuron"):
        Procedural(3, 4, 3, 2, 1)


def test_plans_check_their_parts() -> None:
    made = plan()
    (p,) = made.projections
    e = made.populations[0]
    for changes, message in (
        ({"populations": (e, e)}, "net must have populations, and different names"),
        ({"populations": ()}, "net must have populations"),
        ({"projections": (replace(p, source="x"),)}, "source of x to e must be one of e, i, s"),
        ({"projections": (replace(p, target="s"),)}, "target of e to s must be one of e, i, not"),
        ({"projections": (replace(p, target="i"),)}, r"synapses of e to i must have shape \(20, 5"),
        ({"data_width": 40}, r"data_width must be in 8\.\.32, not 40"),
    ):
        with pytest.raises(ValueError, match=message):
            replace(made, **changes)
    with pytest.raises(ValueError, match="delay of e to e must be in 1"):
        replace(p, delay=0)
    for cdf in ((5, 4), tuple(range(64))):
        with pytest.raises(ValueError, match="cdf of e must ascend and have at most 63 entries"):
            replace(e, cdf=cdf)
    with pytest.raises(ValueError, match="spikes of s must be sorted and different"):
        replace(made.recorded[0], steps=np.array([2, 1]))


def test_stores_that_do_not_fit() -> None:
    net = base()
    net.connect("e", "e", HALF, Uniform(1.0, 2.0))
    made = lower(net).plan
    with pytest.raises(ValueError, match="synapses of e to e must have one weight to be a bitmap"):
        made.stored_as("bitmap")
    with pytest.raises(ValueError, match="e to e must come from the rule Stratified to be proced"):
        made.stored_as("procedural")
    with pytest.raises(ValueError, match="store must be one of bitmap, stored, procedural"):
        made.stored_as("list")


@pytest.mark.parametrize("threads", [0, -1, 1_000])
def test_threads(threads: int) -> None:
    with pytest.raises(
        ValueError, match=rf"threads must be in 1\.\.\d+, not {threads}\. Set NUMBA"
    ):
        simulate(plan(), 1, "numba", threads=threads)


@pytest.mark.parametrize("lanes", [0, 3, 5, 128])
def test_lanes(lanes: int) -> None:
    with pytest.raises(ValueError, match=rf"lanes must be one of \(1, .*, 64\), not {lanes}"):
        simulate(plan(), 1, "rtl", lanes=lanes)


@pytest.mark.parametrize("depth", [0, 2, 3, 24])
def test_queue_depths(depth: int) -> None:
    with pytest.raises(ValueError, match=r"depth must be (in 4\.\.1048576|a power of two), not"):
        RtlEventEngine(plan(), 4, queue_depth=depth)


def test_what_an_engine_cannot_run() -> None:
    net = base(data_width=24)
    net.connect("e", "e", HALF, 1.0, synapse=Release(0.5))
    with pytest.raises(
        ValueError, match=r"net must have 16-bit membranes .*data_width=16.* golden engine"
    ):
        simulate(net, 1, "numba")
    assert simulate(net, 1, "golden").steps == 1
    with pytest.raises(ValueError, match="engine must be one of auto, golden, numba, rtl, not 'n"):
        make_event_engine("nest", plan())


def test_a_leak_that_numba_cannot_run_is_named() -> None:
    net = base(tau_ms=0.12)  # more than half of the membrane is lost in a step
    net.connect("e", "e", HALF, 1.0)
    assert simulate(net, 1, "golden").steps == 1
    with pytest.raises(ValueError, match=r"net must have .*tau"):
        simulate(net, 1, "numba")
