"""One network, every engine, every spike."""

from pathlib import Path

import numpy as np
import pytest

from bitcortex.models.network.core import CoreParams
from bitcortex.network import LIF, Network, Plan, Streams, Uniform, lower, presets
from bitcortex.network.neurons import HomeostaticLIF, Izhikevich, Neuron, StochasticLIF
from bitcortex.sim.engine.golden import GoldenEngine
from bitcortex.sim.engine.rtl import RtlEngine
from bitcortex.sim.simulate import ENGINES, make_engine, simulate, spike_hash
from bitcortex.sim.verify.networks import compare_engines, locate

NEURONS: dict[str, Neuron] = {
    "lif": LIF(tau_ms=10.0),
    "lif floor": LIF(leak="floor", v_reset_mv=-5.0),
    "lif stochastic leak": LIF(leak="stochastic", refractory_ms=0.0),
    "stochastic lif": StochasticLIF(noise_mv=3.0),
    "homeostatic": HomeostaticLIF(target_hz=50.0),
    "izhikevich": Izhikevich(a=0.1, d=2.0),
}


def small(neuron: Neuron, mode: str = "sobol", length: int = 16) -> Plan:
    net = Network("small", seed=3)
    streams = Streams(length=length, mode=mode)
    rng = np.random.default_rng(1)
    net.source("s", rng.random((300, 4)))
    net.source("t", rng.random((300, 2)))
    net.population("e", 6, neuron, streams=streams)
    net.population("i", 3, LIF(), "inhibitory", streams=streams)
    net.project("s", "e", Uniform(1.0, 4.0))
    net.project("e", "e", Uniform(0.0, 3.0), probability=0.5)
    net.project("i", "e", Uniform(1.0, 4.0))
    net.project("t", "i", Uniform(1.0, 4.0))
    net.project("e", "i", Uniform(1.0, 4.0))
    return lower(net).plan


@pytest.mark.parametrize("name", NEURONS)
@pytest.mark.parametrize("mode", ["sobol", "lfsr"])
def test_three_engines_agree(name: str, mode: str) -> None:
    plan = small(NEURONS[name], mode)
    agreement = compare_engines(plan, 300)
    assert agreement.equal
    assert {run.hash for run in agreement.runs.values()} == {agreement.runs["rtl"].hash}
    for population in ("e", "i"):
        assert 0.0 < agreement.runs["golden"].spikes(population).mean() < 1.0


def test_column_on_three_engines() -> None:
    plan = lower(presets.column()).plan
    agreement = compare_engines(plan, 250)
    assert agreement.equal
    assert agreement.runs["rtl"].spikes("exc")[150:].mean() > 0.01


@pytest.mark.parametrize("preset", ["hierarchy", "mixed"])
def test_presets_on_golden_and_numba(preset: str) -> None:
    plan = lower(presets.PRESETS[preset]()).plan
    assert compare_engines(plan, 250, ("golden", "numba")).equal


@pytest.mark.full
def test_hierarchy_on_rtl() -> None:
    assert compare_engines(lower(presets.hierarchy()).plan, 100, ("numba", "rtl")).equal


@pytest.mark.parametrize("engine", ENGINES)
def test_chunks_do_not_matter(engine: str) -> None:
    plan = small(NEURONS["stochastic lif"])
    whole = simulate(plan, 60, engine)
    parts = make_engine(engine, plan)
    pieces = [parts.run(n) for n in (1, 0, 7, 52)]
    parts.close()
    assert (np.concatenate(pieces) == whole.raster).all()


def test_hardware_hash_and_cycles() -> None:
    plan = small(NEURONS["lif"])
    with RtlEngine(plan) as engine:
        raster = engine.run(100)
        assert engine.hash == spike_hash(raster)
        assert engine.cycles_per_step == 6 + CoreParams(plan).cycles_per_step + 1
        engine._expected ^= 1
        with pytest.raises(RuntimeError, match="hardware's spike hash must be that of its spikes"):
            engine.run(1)


def test_signals_agree() -> None:
    plan = small(NEURONS["homeostatic"])
    golden, numba, rtl = (make_engine(name, plan) for name in ENGINES)
    for _ in range(20):
        for engine in (golden, numba, rtl):
            engine.run(1)
        expected = golden.signals()
        for other in (numba, rtl):
            for signal, values in other.signals().items():
                assert (values == expected[signal]).all(), signal
        assert set(numba.signals()) == set(expected)
        assert {"e.excitatory", "e.inhibitory", "e.v", "e.spikes"} <= set(rtl.signals())
    rtl.close()


class Wrong(GoldenEngine):
    """A golden engine that loses one inhibitory count in step 5."""

    name = "wrong"

    def run(self, steps: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
        out = super().run(steps)
        if self.at == 6:
            self.network.counts["e"].inhibitory[2] += 1
        return out


def test_a_difference_is_located() -> None:
    plan = small(NEURONS["lif"])
    made = {"golden": GoldenEngine, "wrong": Wrong}
    found = locate(plan, 20, ("golden", "wrong"), make=lambda name, plan: made[name](plan))
    assert (found.step, found.signal, found.neuron) == (5, "e.inhibitory", 2)
    assert found.values[1] == found.values[0] + 1
    assert "step 5: e.inhibitory[2] is" in str(found)
    with pytest.raises(RuntimeError, match="agree on every signal of 3 steps"):
        locate(plan, 3, ("golden", "numba"))


def test_mistakes() -> None:
    plan = small(NEURONS["lif"])
    with pytest.raises(ValueError, match="engine must be one of auto, golden, numba, rtl"):
        simulate(plan, 1, "brian2")
    with pytest.raises(ValueError, match="steps must be at most the 300 of the stimulus, not 301"):
        simulate(plan, 301)
    with pytest.raises(ValueError, match="steps must be in 0"):
        simulate(plan, -1)
    with pytest.raises(ValueError, match="seconds must be a multiple of the step of 1 ms"):
        simulate(plan, 0.0015)
    with pytest.raises(ValueError, match="seed must be None with a Plan"):
        simulate(plan, 1, seed=3)
    assert simulate(plan, 0).raster.shape == (0, 9)
    assert simulate(plan, 0.1).hash == simulate(plan, 100).hash


def test_a_step_too_long_for_rtl_is_refused() -> None:
    net = Network("long")
    net.source("s", np.full((2, 1), 0.5))
    net.population("p", 100, LIF(data_width=32), streams=Streams(length=65_536))
    net.project("s", "p", 5.0)
    with pytest.raises(ValueError, match=r"a step of long must take at most 4194304 clock cycles"):
        simulate(net, 1, "rtl")


def test_auto_is_numba() -> None:
    assert simulate(small(NEURONS["lif"]), 5).engine == "numba"


def test_a_difference_comes_with_a_waveform(tmp_path: Path) -> None:
    plan = small(NEURONS["lif"])
    found = locate(
        plan,
        20,
        ("wrong", "rtl"),
        make=lambda name, plan: Wrong(plan) if name == "wrong" else RtlEngine(plan),
        waveform=tmp_path / "window.vcd",
    )
    assert (found.step, found.signal, found.neuron) == (5, "e.inhibitory", 2)
    assert found.waveform is not None
    text = found.waveform.read_text()
    assert "$var" in text
    assert text.count("\n#") > 100  # time stamps of two steps
    assert str(found.waveform) in str(found)
