"""Compare the engines of a network by spike hash, and find where two of them part."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bitcortex import check
from bitcortex.network.plan import Plan
from bitcortex.network.run import Run
from bitcortex.sim.pieces import Progress
from bitcortex.sim.simulate import ENGINES, Engine, make_engine, simulate


@dataclass(frozen=True)
class Divergence:
    """The first step, neuron and signal in which two engines differ."""

    engines: tuple[str, str]
    step: int
    signal: str  # population.signal
    neuron: int  # within the population
    values: tuple[int, int]
    waveform: Path | None = None  # a VCD window, if one of the engines is rtl

    def __str__(self) -> str:
        first, second = self.engines
        text = (
            f"step {self.step}: {self.signal}[{self.neuron}] is {self.values[0]} on {first} "
            f"and {self.values[1]} on {second}"
        )
        return f"{text}; waveform in {self.waveform}" if self.waveform else text


@dataclass(frozen=True)
class Agreement:
    """Runs of one Plan on several engines."""

    runs: dict[str, Run]
    divergence: Divergence | None

    @property
    def equal(self) -> bool:
        """Whether all spike hashes and rasters are equal."""
        return self.divergence is None


def compare_engines(
    plan: Plan,
    steps: int,
    engines: Sequence[str] = ENGINES,
    progress: Progress = lambda steps: None,
    waveform: Path | None = None,
) -> Agreement:
    """Run a Plan on every engine and compare the spikes with the first engine's.

    Parameters
    ----------
    plan, steps
        What to run.
    engines
        Names; the first is the reference.
    progress
        Called with steps done, over all engines together.
    waveform
        Where a VCD window is written if the rtl engine differs.
    """
    for engine in engines:
        check.one_of("engine", engine, ENGINES)
    runs = {engine: simulate(plan, steps, engine, progress=progress) for engine in engines}
    reference = runs[engines[0]]
    for engine in engines[1:]:
        other = runs[engine]
        if other.hash != reference.hash or (other.raster != reference.raster).any():
            return Agreement(runs, locate(plan, steps, (engines[0], engine), waveform=waveform))
    return Agreement(runs, None)


def locate(
    plan: Plan,
    steps: int,
    engines: tuple[str, str],
    make: Callable[[str, Plan], Engine] = make_engine,
    waveform: Path | None = None,
) -> Divergence:
    """Step two engines side by side and return the first difference of any signal.

    Raises
    ------
    RuntimeError
        If every signal of every step is equal.
    """
    pair = [make(name, plan) for name in engines]
    try:
        for step in range(steps):
            for engine in pair:
                engine.run(1)
            first, second = (engine.signals() for engine in pair)
            for signal, values in first.items():
                if signal not in second:
                    continue  # an engine shows what it has
                wrong = np.flatnonzero(values != second[signal])
                if len(wrong):
                    neuron = int(wrong[0])
                    found = (int(values[neuron]), int(second[signal][neuron]))
                    path = _window(plan, engines, step, waveform)
                    return Divergence(engines, step, signal, neuron, found, path)
    finally:
        for engine in pair:
            engine.close()
    raise RuntimeError(f"{engines[0]} and {engines[1]} agree on every signal of {steps} steps")


def _window(plan: Plan, engines: tuple[str, str], step: int, path: Path | None) -> Path | None:
    """Write the waveform of the diverging step and the one before it."""
    if path is None or "rtl" not in engines:
        return None
    from bitcortex.sim.engine.rtl import RtlEngine

    with RtlEngine(plan, waves=True) as engine:
        engine.run(max(0, step - 1))
        engine.dump(path, min(step, 1) + 1)
    return path
