"""The Numba engine of event-driven networks: the fast one, bit for bit the golden one."""

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from bitcortex import check
from bitcortex.models.network.event_step import Snapshot
from bitcortex.network.event_plan import EventPlan
from bitcortex.network.run import Events
from bitcortex.sim.engine.event_kernels import run_steps, run_steps_parallel
from bitcortex.sim.engine.event_plastic import learned, relearn
from bitcortex.sim.engine.event_tables import Builder, misfit

MAX_BATCH = 64  # steps between two looks at the other threads' spikes
WORTHWHILE = 40_000  # neurons times steps of a batch from which a thread pays
RECORD = 1 << 20  # spikes recorded before they are handed over


class NumbaEventEngine:
    """Runs a Plan with compiled loops on any number of threads.

    Threads share the neurons and meet once per shortest delay; a network that is too small for
    that to pay runs on fewer.
    """

    name = "numba"

    def __init__(self, plan: EventPlan, threads: int = 1) -> None:
        config: Any = numba.config
        most = int(config.NUMBA_NUM_THREADS)
        check.integer("threads", threads, 1, most, "Set NUMBA_NUM_THREADS before Python starts")
        if reason := misfit(plan):
            raise ValueError(
                f"{plan.name} must have {reason} for the numba engine. Change it, or use the "
                "golden engine"
            )
        self.plan = plan
        self.batch = min([MAX_BATCH, *(p.delay for p in plan.projections)])
        worth = max(1, plan.neurons * self.batch // WORTHWHILE)
        self.threads = min(threads, worth, max(1, plan.neurons // 1024))
        builder = Builder(plan, self.threads, self.batch)
        self.tables = builder.tables()
        self.state = builder.state(self.tables)
        self.plastic = builder.plastic()
        self.step = 0
        self.recorded = self._recorded()
        self.at = 0  # recorded spikes done
        room = max(RECORD, 2 * len(self.state.out))
        self.event_step = np.zeros(room, np.int32)
        self.event_neuron = np.zeros(room, np.int32)
        self._loop(0)  # compile now, not in the first step

    def _recorded(self) -> NDArray[np.int64]:
        rows = [np.zeros((2, 0), np.int64)]
        for r in self.plan.recorded:
            ids = self.plan.first_neuron(r.name) + r.channels.astype(np.int64)
            rows.append(np.stack([r.steps, ids]))
        both = np.hstack(rows)
        return both[:, np.lexsort((both[1], both[0]))].copy()

    def _loop(self, steps: int) -> tuple[int, int]:
        """Take up to `steps` steps; return how many, and the number of spikes."""
        loop = run_steps if self.threads == 1 else run_steps_parallel
        if self.threads > 1:
            numba.set_num_threads(self.threads)
        done, count, self.at = loop(
            self.tables, self.state, self.plastic, self.batch, self.step, steps,
            self.recorded, self.at, self.event_step, self.event_neuron,
        )  # fmt: skip
        self.step += done
        return done, count

    def run(self, steps: int) -> Events:
        """Take `steps` steps and return their spikes; steps are counted from this call."""
        done = 0
        step, neuron = [], []
        while done < steps:
            taken, count = self._loop(steps - done)
            step.append(self.event_step[:count].astype(np.int64) + done)
            neuron.append(self.event_neuron[:count].astype(np.int64))
            done += taken
        nothing = np.zeros(0, np.int64)
        return Events(
            steps,
            self.plan.neurons,
            np.concatenate([nothing, *step]),
            np.concatenate([nothing, *neuron]),
        )

    def snapshot(self) -> Snapshot:
        """Return everything that the next steps depend on."""
        n, bounds = self.plan.neurons, len(self.tables.bounds)
        starts = self.state.ring_part.reshape(-1, bounds)
        steps, neurons = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for step in range(max(0, self.step - self.plan.longest_delay), self.step):
            begin, end = starts[step % len(starts), [0, -1]]
            ids = self.state.ring[begin:end].astype(np.int64)
            neurons.append(ids[ids < n])
            steps.append(np.full(len(neurons[-1]), step))
        return Snapshot(
            self.step,
            self.state.v[:n].astype(np.int64),
            self.state.refractory[:n].astype(np.int64),
            self.state.generators[:64].copy(),
            (np.concatenate(steps), np.concatenate(neurons)),
            *learned(self.plastic, self.plan, self.step),
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Go on from a snapshot of any engine of the same Plan."""
        n, bounds = self.plan.neurons, self.tables.bounds
        self.step = snapshot.step
        self.state.v[:n] = snapshot.v
        self.state.refractory[:n] = snapshot.refractory
        self.state.generators[:] = np.tile(snapshot.generators, self.threads)
        relearn(self.plastic, snapshot)
        starts = self.state.ring_part.reshape(-1, len(bounds))
        steps, neurons = snapshot.spikes
        for step in range(max(0, self.step - self.plan.longest_delay), self.step):
            mine = self.recorded[1, self.recorded[0] == step]
            ids = np.concatenate([neurons[steps == step], mine])
            slot = step % len(starts)
            begin = slot * self.tables.sources
            self.state.ring[begin : begin + len(ids)] = ids
            starts[slot] = begin + np.searchsorted(ids, bounds)
        self.at = int(np.searchsorted(self.recorded[0], self.step))

    def close(self) -> None:
        """Nothing to free."""
