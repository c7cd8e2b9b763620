"""What the variants give, on small networks; the comparison with Brian2 is in full."""

import importlib.util
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from bitcortex.brunel import (
    VARIANTS,
    BrunelParams,
    Outcome,
    Work,
    find,
    reference,
    reservoir,
    run_voltage,
    variant,
    voltage,
)
from bitcortex.brunel.fixed import plan_of
from bitcortex.brunel.hybrid import SobolWeights
from bitcortex.brunel.lif import package, run_objects
from bitcortex.brunel.stdp import stdp_float64
from bitcortex.brunel.work import spike_hash
from bitcortex.errors import ToolError
from bitcortex.models.network.event_step import GoldenEvents
from bitcortex.models.neuron.fixed_point_lif import FixedPointLIFNeuron
from bitcortex.models.reference.lif import LifReference
from bitcortex.sim.engine.drive_counts import drive_counts
from bitcortex.sim.simulate import simulate

SMALL = replace(BrunelParams.seed(150), conn_prob=0.2)


@cache
def work(bp: BrunelParams = SMALL, seconds: float = 0.15, seed: int = 1) -> Work:
    return Work(bp, seed, seconds, 0.05).prepare()


def run(name: str, bp: BrunelParams = SMALL, seconds: float = 0.15) -> Outcome:
    chosen = find(name)
    params = chosen(bp)
    assert chosen.run is not None
    found = chosen.run(params, work(params.network, seconds))
    assert isinstance(found, Outcome)
    return found


def test_all_twenty_are_there_in_order() -> None:
    names = [name for name in VARIANTS if not name.endswith("t")]
    assert names == [f"V{k}" for k in range(1, 21)]
    assert all(v.run is not None for v in VARIANTS.values())
    gateware = {name for name, v in VARIANTS.items() if v.rtl is not None}
    assert gateware == {f"V{k}" for k in (3, 4, 6, 11, 12, 13, 14, 16, 17)} | {"V3t", "V11t"}


# The common workload.


def test_external_events_are_the_plans() -> None:
    plan = work().plan
    golden = GoldenEvents(plan)
    counts = drive_counts(plan, 30)
    for row in counts:
        assert (row == golden._counts(golden._draws())).all()
    assert counts.mean() == pytest.approx(SMALL.external_per_step, rel=0.05)
    assert not drive_counts(replace(plan, populations=tuple(
        replace(p, cdf=()) for p in plan.populations)), 5).any()  # fmt: skip


def test_the_loop_is_the_golden_network() -> None:
    """Synapses, delays and order: the Plan's integers in `Work.simulate` fire like golden."""
    w, plan = work(), work().plan
    lif = plan.populations[0].neuron
    j, inhibition = (abs(plan.projections[k].connectivity.weight) for k in (0, 2))  # type: ignore[union-attr]
    v, held = np.zeros(plan.neurons, np.int64), np.zeros(plan.neurons, np.int64)

    def advance(e: np.ndarray, i: np.ndarray, x: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
        free = held == 0
        added = ((v * lif["alpha"] + 32768) >> 16) + j * (e + x) - inhibition * i
        v[free] = added[free]
        held[~free] -= 1
        spikes = np.flatnonzero(free & (v >= lif["v_threshold"]))
        v[spikes], held[spikes] = lif["v_reset"], lif["refractory"]
        return spikes

    events = w.simulate(advance, 1000)
    assert len(events.step) > 100
    assert spike_hash(events) == simulate(plan, 1000, "golden").hash


def test_float64_is_the_reference_neuron() -> None:
    """Without synapses, a neuron of the network is `LifReference` under its own events."""
    bp = replace(SMALL, g_inh=0.0)
    w = replace(work(bp))
    alone = lambda e, i, x: bp.weight_exc * x + 0.0 * e  # noqa: E731
    events = reference.lif(w, alone)
    neuron = LifReference(20.0, 0.1, 20.0, 10.0, 20)
    for k in (0, 77):
        spikes, _ = neuron.run(bp.weight_exc * w.external[:, k].astype(float))
        assert np.flatnonzero(spikes).tolist() == events.step[events.neuron == k].tolist()


# The variants.


@pytest.mark.parametrize("name", ["V3", "V8", "V11", "V14", "V18", "V20"])
def test_rate_is_that_of_float64(name: str) -> None:
    params = find(name)(SMALL)
    expected = work(params.network).statistics(reference.lif(work(params.network)))[0]
    assert run(name).rate_hz == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize("name", ["V2", "V3t", "V5", "V7", "V11t", "V13", "V17"])
def test_rate_is_what_is_expected(name: str) -> None:
    found = run(name)
    assert found.expected_hz
    assert found.expectation
    assert found.rate_hz == pytest.approx(found.expected_hz, rel=0.03)


def test_tutorials_leak_fires_too_often() -> None:
    assert run("V3t").rate_hz > 1.04 * run("V3").rate_hz


def test_v1_v20_and_the_bank_are_one_arithmetic() -> None:
    params = find("V1")(SMALL)
    objects = run_objects(params, work())
    assert objects.hash == run("V20").hash == run_voltage(params, work()).hash
    assert objects.seconds is not None


def test_v3_is_the_tutorials_neuron() -> None:
    """An object per neuron, `step(leak_k, gain_k, I_t)`, in the network: the same spikes."""
    params = find("V3t")(SMALL)
    p = params.object
    neurons = [
        FixedPointLIFNeuron(p.data_width, p.fraction, p.v_threshold, p.v_reset, p.refractory)
        for _ in range(SMALL.n_total)
    ]

    def advance(e: np.ndarray, i: np.ndarray, x: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
        kicks = (params.j_exc_q * (e + x) - params.j_inh_q * i).tolist()
        fired = [
            n.step(params.leak_k, params.gain_k, k)[0] for n, k in zip(neurons, kicks, strict=True)
        ]
        return np.flatnonzero(fired)

    objects = work().simulate(advance, 400)
    soft = simulate(plan_of(params, work()), 400, "golden")
    assert len(objects.step) > 50
    assert spike_hash(objects) == soft.hash


def test_v9_loses_what_comes_with_a_spike_and_comes_late() -> None:
    """One neuron, kicks by hand: the order of Brian2's step."""
    bp = BrunelParams(n_exc=10, n_inh=10, refractory=0.0)
    w = replace(work(bp))
    kick = {0: 25.0, 1: 30.0, 3: 0.0}  # mV, by step

    def kicks(e: np.ndarray, i: np.ndarray, x: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
        nonlocal now
        made = np.zeros(20)
        made[0] = kick.get(now, 0.0)
        now += 1
        return made

    spikes = []
    for order in (reference.lif, reference.brian2_order):
        now = 0
        if order is reference.lif:
            events = order(w, kicks)
        else:
            original, reference.fixed_kicks = reference.fixed_kicks, lambda _: kicks
            try:
                events = order(w)
            finally:
                reference.fixed_kicks = original
        spikes.append(events.step.tolist())
    assert spikes[0] == [0, 1]  # both kicks fire at once
    assert spikes[1] == [1]  # the first fires a step later; the second is lost in that step


def test_v4_is_noisier_than_v14() -> None:
    assert run("V4").cv_isi > 1.5 * run("V14").cv_isi
    counts = SobolWeights(find("V14")(SMALL), 1).counts
    j = SMALL.threshold / 256
    for ones, kick in zip(counts, (SMALL.weight_exc, SMALL.weight_inh), strict=True):
        assert ones.mean() * j == pytest.approx(kick, rel=0.002)
        assert ones.max() - ones.min() <= 2


def test_v6_holds_its_rate() -> None:
    found = run("V6", seconds=0.3)
    assert found.rate_hz == pytest.approx(30.0, rel=0.05)
    assert found.expected_hz == 30.0


def test_v12_learns_what_float64_learns() -> None:
    found = run("V12", replace(SMALL, weight_exc=0.4), 0.4)
    moved = found.metrics["expected_mean_weight"] - 1.0
    assert abs(moved) > 0.02
    assert found.metrics["mean_weight"] - 1.0 == pytest.approx(moved, rel=0.2)
    assert found.rate_hz == pytest.approx(found.expected_hz, rel=0.03)
    params = find("V12")(SMALL)
    frozen = replace(params, rule=replace(params.rule, p_plus=0.0, p_minus=0.0))
    events, mean = stdp_float64(frozen, work())
    assert mean == pytest.approx(1.0)
    assert spike_hash(events) == spike_hash(reference.lif(work()))


def test_v16_remembers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reservoir, "STEPS", 600)
    found = run("V16", BrunelParams.seed(150))
    wanted = found.metrics["expected_memory_capacity"]
    assert wanted > 3.0
    assert found.rate_hz == pytest.approx(found.expected_hz, rel=0.03)
    assert found.metrics["memory_capacity"] == pytest.approx(wanted, rel=0.1)


def test_v17_differs_from_a_healthy_layer() -> None:
    found = run("V17")
    assert abs(found.rate_hz / found.metrics["without_faults_hz"] - 1) > 0.02


@pytest.mark.parametrize(("name", "needs", "same"), [("V15", "jax", "V2"), ("V19", "torch", "V20")])
def test_extras_give_the_same_or_say_that_they_are_missing(
    name: str, needs: str, same: str
) -> None:
    if importlib.util.find_spec(needs) is None:
        with pytest.raises(ToolError, match=rf"{needs} is not installed. Try: pip install"):
            run(name)
    else:
        assert run(name).hash == run(same).hash


def test_a_missing_package_is_named() -> None:
    with pytest.raises(ToolError, match=r"no_such_package is not installed. Try: pip install"):
        package("no_such_package")


# The registry.


def test_a_variant_of_ones_own() -> None:
    @variant("V21", "quiet", "voltage")
    def translate_v21(bp: BrunelParams):  # type: ignore[no-untyped-def]
        return voltage(bp)

    try:
        translate_v21.runs(run_voltage)
        assert run("V21").hash == run("V20").hash
        with pytest.raises(
            ValueError, match=r"variant must be new, not 'V21'\. The next free one is V22"
        ):
            variant("V21", "again", "voltage")
    finally:
        del VARIANTS["V21"]
    cases = [
        ({"domain": "x"}, "domain must be one of voltage"),
        ({"domain": "voltage", "oracle": "x"}, "oracle must be one of network"),
    ]
    for wrong, message in cases:
        with pytest.raises(ValueError, match=message):
            variant("V22", "wrong", **wrong)
    with pytest.raises(ValueError, match=r"variant must be one of V1, V2, .*, not 'V99'"):
        find("V99")
