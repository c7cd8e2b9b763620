"""One draw of Brunel's network with its input spikes: what every variant of it runs."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bitcortex.analysis.intervals import cv_isi_events
from bitcortex.brunel.params import BrunelParams
from bitcortex.network.event_plan import EventPlan
from bitcortex.network.loss import Lowered
from bitcortex.network.lower import lower
from bitcortex.network.run import Events
from bitcortex.sim.engine.drive_counts import drive_counts
from bitcortex.sim.engine.hash import hash_spikes

WARM_UP_S = 0.2  # not in the statistics
MIN_INTERVALS = 3  # of a neuron whose CV(ISI) counts
Ids = NDArray[np.int64]
Advance = Callable[[Ids, Ids, Ids], Ids]


@dataclass(frozen=True)
class Work:
    """A network, its synapses, its external spikes, and a duration.

    Synapses and external spikes are those of the Plan, so that integers, floating point and other
    simulators get the same.

    Parameters
    ----------
    params
        Of the network.
    seed
        Of connectivity and external spikes.
    seconds
        Biological, counted after the warm-up.
    warm_up_s
        Biological, before.
    """

    params: BrunelParams
    seed: int = 1
    seconds: float = 1.0
    warm_up_s: float = WARM_UP_S

    @cached_property
    def lowered(self) -> Lowered[EventPlan]:
        """Plan and loss table of the network."""
        lowered: Lowered[EventPlan] = lower(self.params.network(self.seed))
        return lowered

    @property
    def plan(self) -> EventPlan:
        """The network in integers."""
        return self.lowered.plan

    @property
    def warm_up(self) -> int:
        """Steps before those that count."""
        return round(self.warm_up_s * 1e3 / self.params.dt)

    @property
    def steps(self) -> int:
        """All steps."""
        return self.warm_up + round(self.seconds * 1e3 / self.params.dt)

    @cached_property
    def synapses(self) -> tuple[Ids, Ids]:
        """In CSR by source: indptr and targets; the first `n_exc` sources are excitatory."""
        plan, rows = self.plan, []
        for part in plan.populations:
            mine = [p for p in plan.projections if p.source == part.name]
            for i in range(part.size):
                pieces = []
                for p in mine:
                    first = plan.first_neuron(p.target)
                    pieces.append(p.connectivity.row(i, first, p.seed)[0] + first)
                rows.append(np.concatenate(pieces))
        indptr = np.cumsum([0, *map(len, rows)])
        return indptr, np.concatenate(rows).astype(np.int64)

    @cached_property
    def external(self) -> NDArray[np.uint8]:
        """External events of every step and neuron, shape (steps, neurons)."""
        return drive_counts(self.plan, self.steps)

    def prepare(self) -> "Work":
        """Draw everything now, so that it is not in a measured time."""
        _ = self.synapses, self.external
        return self

    def simulate(self, advance: Advance, steps: int | None = None) -> Events:
        """Run neurons in the network and return their spikes.

        Parameters
        ----------
        advance
            ``advance(excitatory, inhibitory, external) -> spikes``: the number of arrivals of each
            kind in a step, int64 of shape (neurons,), and the neurons that fire, ascending.
        steps
            `Work.steps` if None.
        """
        count = self.steps if steps is None else steps
        n, delay, n_exc = self.params.n_total, self.params.delay_steps, self.params.n_exc
        indptr, targets = self.synapses
        ring = np.zeros((delay, 2, n), np.int64)  # arrivals, by step modulo the delay
        found: list[Ids] = []
        for t in range(count):
            slot = ring[t % delay]
            spikes = advance(slot[0], slot[1], self.external[t].astype(np.int64))
            for kind, who in enumerate((spikes[spikes < n_exc], spikes[spikes >= n_exc])):
                pieces = [targets[indptr[i] : indptr[i + 1]] for i in who]
                slot[kind] = np.bincount(np.concatenate(pieces), minlength=n) if pieces else 0
            found.append(spikes)
        step = np.repeat(np.arange(count), [len(f) for f in found])
        return Events(count, n, step, np.concatenate(found))

    def statistics(self, events: Events) -> tuple[float, float]:
        """Return mean rate in Hz and mean CV(ISI) after the warm-up; NaN if nobody fires."""
        kept = events.step >= self.warm_up
        counted = replace(events, step=events.step[kept], neuron=events.neuron[kept])
        rate = int(kept.sum()) / self.params.n_total / self.seconds
        spikes = np.bincount(counted.neuron, minlength=events.neurons)
        cv = cv_isi_events(counted, 0, events.neurons)[spikes > MIN_INTERVALS]
        return rate, float(cv.mean()) if len(cv) else float("nan")


def spike_hash(events: Events) -> str:
    """Return the running hash of spikes, 16 hexadecimal digits."""
    return f"{hash_spikes(events.step, events.neuron):016x}"
