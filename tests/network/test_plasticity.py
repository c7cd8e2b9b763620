"""Stochastic STDP: against one synapse at a time, its bounds, its odds, and on all engines."""

import re
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from bitcortex.network import LIF, Network, Uniform, lower
from bitcortex.network.connectivity import AllToAll, Bernoulli, Explicit, OneToOne, Release
from bitcortex.network.event_files import load as load_plan
from bitcortex.network.event_plan import EventPlan
from bitcortex.network.keys import mix
from bitcortex.network.plasticity import StochasticSTDP
from bitcortex.network.run import Run
from bitcortex.network.run import load as load_run
from bitcortex.sim.engine.golden_events import GoldenEventEngine
from bitcortex.sim.engine.numba_events import NumbaEventEngine
from bitcortex.sim.engine.rtl_events import RtlEventEngine
from bitcortex.sim.simulate import simulate
from bitcortex.sim.verify.events import compare_events, first_difference, variants

RULE = StochasticSTDP(15.0, 25.0, 0.5, 0.4, 0.06, 1.0)


def busy(n: int = 60, steps: int = 400) -> EventPlan:
    """Return a network with plastic synapses of neurons and of a recorded source."""
    rng = np.random.default_rng(4)
    net = Network("busy", dt_ms=0.5, seed=8)
    net.population("e", n, LIF(refractory_ms=1.0, tau_ms=5.0))
    net.population("i", n // 3, LIF(), "inhibitory")
    net.recorded("s", 7, rng.integers(0, steps, 300), rng.integers(0, 7, 300))
    net.connect("e", "e", Bernoulli(0.2), Uniform(0.0, 1.0), Uniform(0.5, 2.0), plasticity=RULE)
    net.connect("e", "i", Bernoulli(0.2), 0.5, 1.0, plasticity=RULE)
    net.connect("s", "e", AllToAll(), 0.9, 0.5, plasticity=RULE)
    net.connect("e", "i", Bernoulli(0.2), 0.5, 1.0, Release(0.5))
    net.connect("i", "e", Bernoulli(0.4), 1.0, 1.0)
    for name in ("e", "i"):
        net.poisson(name, 2_000.0, 2.0)
    return lower(net).plan


def reference(plan: EventPlan, run: Run) -> dict[tuple[str, str], list[int]]:
    """Return the last weights of all plastic synapses, each on its own, from the spikes alone."""
    fired: dict[int, list[int]] = {}
    for step, neuron in zip(run.events.step.tolist(), run.events.neuron.tolist(), strict=True):
        fired.setdefault(neuron, []).append(step)
    for r in plan.recorded:
        for step, channel in zip(r.steps.tolist(), r.channels.tolist(), strict=True):
            fired.setdefault(plan.first_neuron(r.name) + channel, []).append(step)
    found: dict[tuple[str, str], list[int]] = {}
    for p in plan.plastic:
        rule, to = p.plasticity, plan.first_neuron(p.target)
        for i in range(plan.size(p.source)):
            arrivals = [t + p.delay for t in fired.get(plan.first_neuron(p.source) + i, [])]
            arrivals = [t for t in arrivals if t < run.steps]
            targets, weights = p.connectivity.row(i, 0, 0)
            for j, w in zip((to + targets).tolist(), weights.tolist(), strict=True):
                before = None
                for t in arrivals:
                    z = mix((p.seed + i) % 2**32)
                    a, b = (mix((z + 2 * t + k) % 2**32) for k in (0, 1))
                    last = max((s for s in fired.get(j, []) if s < t), default=None)
                    if last is not None and t - 1 - last < 4095:
                        draws = []
                        for number in (2 * j, 2 * j + 1):
                            y = (a * number + b) % 2**32
                            y ^= y >> 15
                            draws.append(y * 0x846CA68B % 2**32 >> 16)
                        near = before is not None and before <= last <= before + rule.window_plus
                        if near and draws[0] < rule.p_plus:
                            w = min(w + rule.step, rule.maximum)
                        if t - last <= rule.window_minus and draws[1] < rule.p_minus:
                            w = max(w - rule.step, 0)
                    before = t
                found.setdefault((p.source, p.target), []).append(w)
    return found


def test_golden_is_what_every_synapse_does_on_its_own() -> None:
    plan = busy()
    run = simulate(plan, 400, "golden")
    assert len(run.events.step) > 500
    wanted = reference(plan, run)
    assert set(run.weights) == {("e", "e"), ("e", "i"), ("s", "e")}
    for pair, weights in run.weights.items():
        assert weights.weight.tolist() == wanted[pair]
    assert min(w.weight.min() for w in run.weights.values()) == 0
    assert any((w.weight == w.maximum).any() for w in run.weights.values())


@pytest.mark.parametrize(("threads", "n"), [(1, 60), pytest.param(2, 1600, marks=pytest.mark.full)])
def test_numba_learns_the_same(threads: int, n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bitcortex.sim.engine.numba_events.WORTHWHILE", 1)
    steps = 400 if n < 1000 else 40
    plan = busy(n, steps)
    golden, numba = GoldenEventEngine(plan), NumbaEventEngine(plan, threads)
    assert numba.threads == threads
    spikes = golden.run(steps)
    found = [numba.run(part) for part in (1, steps // 2, steps - steps // 2 - 1)]
    assert np.concatenate([part.neuron for part in found]).tolist() == spikes.neuron.tolist()
    one, two = golden.snapshot(), numba.snapshot()
    assert (one.ages == two.ages).all()
    for a, b in zip(one.learned, two.learned, strict=True):
        assert a.weights.tolist() == b.weights.tolist()
        assert a.previous.tolist() == b.previous.tolist()
        assert (a.previous > 0).any()


@pytest.mark.parametrize("lanes", [4, *(pytest.param(n, marks=pytest.mark.full) for n in (8, 16))])
def test_gateware_learns_the_same(lanes: int) -> None:
    plan = busy()
    golden, rtl = GoldenEventEngine(plan), RtlEventEngine(plan, lanes)
    try:
        for steps in (1, 199, 200):
            wanted, found = golden.run(steps), rtl.run(steps)
            assert found.step.tolist() == wanted.step.tolist()
            assert found.neuron.tolist() == wanted.neuron.tolist()
            one, two = golden.snapshot(), rtl.snapshot()
            assert one.ages.tolist() == two.ages.tolist()
            assert one.v.tolist() == two.v.tolist()
            for a, b in zip(one.learned, two.learned, strict=True):
                assert a.weights.tolist() == b.weights.tolist()
                assert a.previous.tolist() == b.previous.tolist()
    finally:
        rtl.close()


ENGINES = [
    ("golden", "numba"),
    pytest.param("numba", "rtl", marks=pytest.mark.full),
    ("rtl", "golden"),
]


@pytest.mark.parametrize(("first", "second"), ENGINES)
def test_runs_go_on_with_another_engine(first: str, second: str, tmp_path: Path) -> None:
    plan, path = busy(), tmp_path / "p.checkpoint"
    simulate(plan, 150, first, checkpoint=path)
    resumed, whole = simulate(plan, 400, second, checkpoint=path), simulate(plan, 400, first)
    assert resumed.hash == whole.hash
    for pair, weights in whole.weights.items():
        assert resumed.weights[pair].weight.tolist() == weights.weight.tolist()


def pairs(delta: int, rule: StochasticSTDP, repeats: int) -> np.ndarray:
    """Return weights (units of 1/8 of the largest) after pre, post `delta` steps later, and pre.

    Two parrots per synapse: a source that learns, and one that makes the target fire.
    """
    n, wait = 4096, 200
    starts = np.arange(repeats) * wait + 10
    steps = np.concatenate([np.repeat(starts, n), np.repeat(starts + delta, n),
                            np.repeat(starts + 60, n)])  # fmt: skip
    ids = np.tile(np.arange(n), repeats)
    net = Network("pairs", dt_ms=1.0, seed=5)
    net.population("t", n, LIF(tau_ms=2.0, v_threshold_mv=20.0))
    net.recorded("pre", n, steps[: len(ids)], ids)
    net.recorded("kick", n, steps[len(ids) : 2 * len(ids)], ids)
    net.recorded("again", n, steps[2 * len(ids) :], ids)
    both = Explicit(np.arange(n), np.arange(n))
    net.connect("pre", "t", both, 4.0, 1.0, plasticity=rule)
    net.connect("kick", "t", OneToOne(), 40.0, 1.0)
    run = simulate(net, repeats * wait, "numba")
    assert len(run.events.step) == n * repeats
    found = run.weights["pre", "t"]
    return found.weight * 8 // found.maximum


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("plus", [True, False])
def test_odds_of_a_change(p: float, plus: bool) -> None:
    """Three pairs of arrivals, one spike between: as many steps up (down) as Binomial(2, p)."""
    rule = StochasticSTDP(
        window_plus_ms=30.0 if plus else 0.0, window_minus_ms=0.0 if plus else 190.0,
        p_plus=p, p_minus=p, step_mv=1.0, maximum_mv=8.0,
    )  # fmt: skip
    weights = pairs(20 if plus else 30, rule, 3)
    changes = weights - 4 if plus else 4 - weights
    counts = np.bincount(changes, minlength=3)
    assert len(counts) == 3
    expected = stats.binom.pmf(np.arange(3), 2, p) * len(changes)
    assert stats.chisquare(counts, expected).pvalue > 1e-3


@pytest.mark.parametrize(("window", "changed"), [(19, False), (20, True), (21, True)])
def test_the_end_of_the_window(window: int, changed: bool) -> None:
    """A target fires 20 steps after the arrival: in a window of 20 steps, and in no shorter one."""
    rule = StochasticSTDP(float(window), 0.0, 1.0, 0.0, 1.0, 8.0)
    assert (pairs(20, rule, 2) == 5 if changed else pairs(20, rule, 2) == 4).all()


def test_what_is_refused() -> None:
    net = Network("no", dt_ms=1.0)
    net.population("e", 5, LIF())
    net.population("i", 5, LIF(), "inhibitory")
    with pytest.raises(ValueError, match=r"i to e must be excitatory, not inhibitory"):
        net.connect("i", "e", AllToAll(), 0.5, plasticity=RULE)
    with pytest.raises(ValueError, match=r"e to e must be Fixed, not Release"):
        net.connect("e", "e", AllToAll(), 0.5, synapse=Release(0.5), plasticity=RULE)
    with pytest.raises(ValueError, match=r"e to e must be stored, not bitmap.* Use store='stored'"):
        net.connect("e", "e", AllToAll(), 0.5, store="bitmap", plasticity=RULE)
    with pytest.raises(TypeError, match=r"plasticity of e to e must be StochasticSTDP, not 3"):
        net.connect("e", "e", AllToAll(), 0.5, plasticity=3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"maximum_mv must be in \[0.5"):
        StochasticSTDP(step_mv=0.5, maximum_mv=0.4)
    net.connect("e", "e", AllToAll(), 1.5, plasticity=RULE)
    with pytest.raises(ValueError, match=r"e to e must be in 0 to \d+ units, not .* Raise maximum"):
        lower(net)
    plan = busy()
    with pytest.raises(ValueError, match=r"e to e must .* Use the store 'stored'"):
        plan.stored_as("bitmap")
    long = Network("long", dt_ms=0.1)
    long.population("e", 5, LIF())
    long.connect("e", "e", AllToAll(), 0.5, plasticity=StochasticSTDP(410.0))
    with pytest.raises(ValueError, match=r"window_plus must be in 0..4094, not 4100. Windows hold"):
        lower(long)


def test_files_keep_rule_and_weights(tmp_path: Path) -> None:
    plan = busy()
    plan.save(tmp_path / "plan.json")
    assert load_plan(tmp_path / "plan.json").digest == plan.digest
    assert load_plan(tmp_path / "plan.json").plastic[0].plasticity == plan.plastic[0].plasticity
    run = simulate(plan, 100)
    run.save(tmp_path / "run.npz")
    read = load_run(tmp_path / "run.npz")
    assert set(read.weights) == set(run.weights)
    for pair, weights in run.weights.items():
        assert read.weights[pair].weight.tolist() == weights.weight.tolist()
        assert read.weights[pair].post.tolist() == weights.post.tolist()


def test_verify_compares_the_weights() -> None:
    """The last arrival changes weights that no spike shows any more."""
    plan = busy()
    same = compare_events(plan, 50, variants(plan, ("golden", "numba")))
    assert same.equal
    runs = list(same.runs.values())
    runs[1].weights["e", "e"].weight[3] += 1
    found = first_difference(runs[0], runs[1])
    assert re.match(r"the weight of e \d+ to e \d+ ends at \d+ units in the first", found)
