"""Event-driven networks: chunks, checkpoints and engines may be mixed without a trace."""

from pathlib import Path

import numpy as np
import pytest

from bitcortex.network import LIF, Network, Uniform, lower
from bitcortex.network.connectivity import Bernoulli, Release, Stratified
from bitcortex.network.event_plan import EventPlan
from bitcortex.sim import checkpoints
from bitcortex.sim.engine import numba_events
from bitcortex.sim.simulate import ENGINES, make_event_engine, simulate

CUTS = (1, 0, 7, 52, 3, 37)


def plan(synapses: str = "fixed", size: int = 60) -> EventPlan:
    rng = np.random.default_rng(3)
    net = Network("chunks", dt_ms=0.1, seed=8)
    net.population("e", size, LIF(refractory_ms=0.7))
    net.population("i", 14, LIF(tau_ms=10.0), "inhibitory")
    net.recorded("s", 4, rng.integers(0, 100, 120), rng.integers(0, 4, 120))
    kind = Release(0.5) if synapses == "release" else None
    net.connect("s", "i", Bernoulli(0.5), 4.0, 2.1, synapse=kind)
    net.connect("s", "e", Bernoulli(0.5), Uniform(1.0, 6.0), 0.3)
    net.connect("e", "i", Stratified(0.25), 1.0, 1.5)
    net.connect("i", "e", Bernoulli(0.3), 1.0, 0.4)
    net.poisson("e", 20_000.0, 1.0)
    net.constant("i", 25.0)
    return lower(net).plan


@pytest.mark.parametrize("engine", ENGINES)
def test_chunks_do_not_matter(engine: str) -> None:
    made = plan()
    whole = simulate(made, sum(CUTS), "golden").events
    running = make_event_engine(engine, made, lanes=4)
    steps, neurons, done = [], [], 0
    for cut in CUTS:
        part = running.run(cut)
        assert part.steps == cut
        steps += (part.step + done).tolist()
        neurons += part.neuron.tolist()
        done += cut
    running.close()
    assert len(steps) > 50
    assert steps == whole.step.tolist()
    assert neurons == whole.neuron.tolist()


@pytest.mark.parametrize("first", ENGINES)
@pytest.mark.parametrize("second", ENGINES)
def test_a_snapshot_goes_on_with_any_engine(first: str, second: str) -> None:
    made = plan()
    whole = simulate(made, 100, "golden").events
    one = make_event_engine(first, made, lanes=4)
    one.run(41)
    snapshot = one.snapshot()
    one.close()
    assert len(snapshot.spikes[0]) > 0  # spikes are on their way
    two = make_event_engine(second, made, lanes=4)
    two.run(13)  # a state to be replaced
    two.restore(snapshot)
    rest = two.run(59)
    late = whole.step >= 41
    assert rest.step.tolist() == (whole.step[late] - 41).tolist()
    assert rest.neuron.tolist() == whole.neuron[late].tolist()
    golden = make_event_engine("golden", made)
    golden.run(100)
    expected, found = golden.snapshot(), two.snapshot()
    two.close()
    assert found.step == expected.step
    for field in ("v", "refractory", "generators"):
        assert (getattr(found, field) == getattr(expected, field)).all(), field
    assert found.spikes[0].tolist() == expected.spikes[0].tolist()
    assert found.spikes[1].tolist() == expected.spikes[1].tolist()


@pytest.mark.parametrize("synapses", ["fixed", "release"])
def test_a_checkpoint_goes_on_with_other_engines(tmp_path: Path, synapses: str) -> None:
    made, path = plan(synapses), tmp_path / "run.checkpoint"
    engines = ["golden", "rtl", "numba"] if synapses == "fixed" else ["golden", "numba", "golden"]
    for steps, engine in zip((30, 75, 130), engines, strict=True):
        run = simulate(made, steps, engine, lanes=4, checkpoint=path)
        expected = simulate(made, steps, "golden")
        assert run.hash == expected.hash
        assert run.steps == steps
        assert (run.raster == expected.raster).all()
        assert path.exists()
    assert len(run.events.step) > 50


def test_a_run_that_was_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "INTERVAL", 0.0)
    made, path, done = plan(), tmp_path / "run.checkpoint", []

    def interrupt(steps: int) -> None:
        done.append(steps)
        if sum(done) > 120:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(made, 300, "numba", progress=interrupt, checkpoint=path)
    saved = checkpoints.load(path, made)[0].step
    assert 0 < saved < 300
    again: list[int] = []
    run = simulate(made, 300, "golden", progress=again.append, checkpoint=path)
    assert again[0] == saved
    assert sum(again) == 300
    assert run.hash == simulate(made, 300, "golden").hash
    assert list(tmp_path.iterdir()) == [path]  # nothing else is left behind


def test_a_complete_checkpoint_is_the_run(tmp_path: Path) -> None:
    made, path = plan(), tmp_path / "run.checkpoint"
    first = simulate(made, 90, "numba", checkpoint=path)
    raw = path.read_bytes()
    again = simulate(made, 90, "golden", checkpoint=path)
    assert again.hash == first.hash
    assert (again.raster == first.raster).all()
    assert path.read_bytes() == raw


def test_threads_may_change_at_a_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numba_events, "WORTHWHILE", 1)
    made, path = plan(size=2_222), tmp_path / "run.checkpoint"
    assert make_event_engine("numba", made, 2).threads == 2
    for steps, threads in ((20, 2), (45, 1), (70, 2)):
        run = simulate(made, steps, "numba", threads=threads, checkpoint=path)
    assert run.hash == simulate(made, 70, "golden").hash


def test_long_numba_runs_hand_over_their_spikes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The record of a call is full long before the run ends."""
    monkeypatch.setattr(numba_events, "RECORD", 10)
    made = plan()
    engine = numba_events.NumbaEventEngine(made)
    found, expected = engine.run(900), simulate(made, 900, "golden").events
    assert len(found.step) > len(engine.event_step)
    assert found.step.tolist() == expected.step.tolist()
    assert found.neuron.tolist() == expected.neuron.tolist()
