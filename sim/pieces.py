"""Pieces of a run, handed on as they come, or kept until it ends."""

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from bitcortex.network.event_plan import EventPlan
from bitcortex.network.plan import Plan
from bitcortex.network.run import Events, Run
from bitcortex.sim.engine.hash import hash_spikes

Progress = Callable[[int], object]
Stream = Callable[[Run], object]
_NONE = np.zeros(0, np.int64)


class Pieces:
    """What a run has been so far, piece by piece.

    Parameters
    ----------
    engine, plan
        What runs on what.
    progress, stream
        Of `bitcortex.simulate`: told of every piece.
    """

    def __init__(
        self, engine: str, plan: Plan | EventPlan, progress: Progress, stream: Stream | None
    ) -> None:
        self.engine = engine
        self.plan = plan
        self.steps = 0
        self.go_on = True  # `stream` has not ended the run
        self.kept: list[Events] | None = [] if stream is None else None
        self._progress, self._stream = progress, stream
        self._hash = hash_spikes(_NONE, _NONE)
        self._counts = {p.name: 0 for p in plan.populations}
        self.restart()

    def restart(self) -> float:
        """Measure time from now on; return what time it is."""
        self._begin = self._now = time.perf_counter()
        return self._begin

    def add(self, part: Events) -> None:
        """Take the next piece, steps counted from its beginning."""
        step = part.step + self.steps
        self._hash = hash_spikes(step, part.neuron, self._hash)
        if self.kept is not None:
            self.kept.append(Events(part.steps, part.neurons, step, part.neuron))
        self.steps += part.steps
        now = time.perf_counter()
        if self._stream is not None:
            for population in self.plan.populations:
                first = self.plan.first_neuron(population.name)
                mine = (part.neuron >= first) & (part.neuron < first + population.size)
                self._counts[population.name] += int(np.count_nonzero(mine))
            self.go_on &= self._stream(self._run(part, now - self._now)) is not False
        self._progress(part.steps)
        self._now = now

    def events(self) -> Events:
        """Return all spikes that are kept, as one piece from now on."""
        kept = self.kept or []
        step = np.concatenate([_NONE, *(p.step for p in kept)])
        neuron = np.concatenate([_NONE, *(p.neuron for p in kept)])
        self.kept = [Events(self.steps, self.plan.neurons, step, neuron)]
        return self.kept[0]

    def run(self) -> Run:
        """Return the result."""
        seconds = time.perf_counter() - self._begin
        if self._stream is None:
            return self._run(self.events(), seconds)
        nothing = Events(self.steps, self.plan.neurons, _NONE, _NONE)
        return replace(self._run(nothing, seconds), counts=self._counts)

    def _run(self, events: Events, seconds: float) -> Run:
        plan = self.plan
        return Run(
            engine=self.engine,
            digest=plan.digest,
            dt_s=plan.dt_ns * 1e-9,
            populations={p.name: (plan.first_neuron(p.name), p.size) for p in plan.populations},
            events=events,
            hash=f"{self._hash:016x}",
            seconds=seconds,
        )
