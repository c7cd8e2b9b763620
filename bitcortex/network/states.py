"""How the states of a network lie on an engine: what a host writes to continue from a snapshot."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bitcortex.network.connectivity_plan import Stored
from bitcortex.network.event_plan import EventPlan
from bitcortex.network.image import LOW, Entries, Words, words_of
from bitcortex.network.plasticity import FORGOTTEN
from bitcortex.network.snapshot import Ids, Learned, Snapshot
from bitcortex.network.words import Space


@dataclass(frozen=True)
class StateTable:
    """Places and widths of the states of an engine; a bundle keeps it.

    Parameters
    ----------
    lanes, slots
        Neuron n is slot ``n // lanes`` of lane ``n % lanes``.
    width
        Bits of a membrane; the refractory counter comes next.
    age_at
        And the code of a neuron's age, if there are plastic synapses, from this bit on.
    shift
        Zeros at the end of all weights, which the engine leaves out.
    queue_steps
        Steps of spikes that the engine remembers.
    delays
        Delays in steps, by the number that a recorded spike has.
    generators
        Of every drive unit: which generator lies at which address.
    """

    lanes: int
    slots: int
    width: int
    age_at: int
    shift: int
    queue_steps: int
    delays: tuple[int, ...]
    generators: tuple[tuple[int, ...], ...]

    def words(self, plan: EventPlan, snapshot: Snapshot) -> Words:
        """Return the same as `runs`, as the words that are sent."""
        return words_of(self.runs(plan, snapshot))

    def runs(self, plan: EventPlan, snapshot: Snapshot) -> list[Entries]:
        """Return what sets all states, and the weights of plastic synapses."""
        runs = [_run(Space.STEP, 0, [snapshot.step])]
        states = self.pack(snapshot)
        runs += [_run(Space.STATE, lane, states[lane :: self.lanes]) for lane in range(self.lanes)]
        for unit, generators in enumerate(self.generators):
            runs.append(_run(Space.GENERATOR, unit, snapshot.generators[list(generators)]))
        if plan.plastic:
            lanes, slots = plastic_places(plan, self.lanes)
            weights = np.concatenate([x.weights for x in snapshot.learned]) >> self.shift
            entries = slots.astype(np.uint64) | weights.astype(np.uint64) << np.uint64(32)
            for lane in range(self.lanes):
                runs.append(_run(Space.ENTRY, lane, entries[lanes == lane]))
            previous = np.concatenate([x.previous for x in snapshot.learned])
            runs.append(_run(Space.PREVIOUS, 0, previous))
        # Every step that the queue remembers: old ones are empty.
        steps, neurons = snapshot.spikes
        marks = []
        for step in range(snapshot.step - self.queue_steps + 1, snapshot.step + 1):
            marks.append(step % self.queue_steps)
            mine = neurons[steps == step] if step < snapshot.step else neurons[:0]
            if len(mine) or step == snapshot.step:
                runs += [_run(Space.MARK, 0, marks), _run(Space.PUSH, 0, mine)]
                marks = []
        return [run for run in runs if len(run.data)]

    def pack(self, snapshot: Snapshot) -> NDArray[np.uint64]:
        """Return the words of all slots, in the order of their neurons; 0 beyond the last one."""
        mask = np.int64((1 << self.width) - 1)
        states = (snapshot.v & mask).astype(np.uint64)
        states |= snapshot.refractory.astype(np.uint64) << np.uint64(self.width)
        if len(snapshot.ages):
            codes = (snapshot.ages + 1) % (FORGOTTEN + 1)
            states |= codes.astype(np.uint64) << np.uint64(self.age_at)
        beyond = np.zeros(self.slots * self.lanes - len(states), np.uint64)
        return np.concatenate([states, beyond])

    def unpack(self, states: NDArray[np.uint64], plastic: bool) -> tuple[Ids, Ids, Ids]:
        """Return v, refractory counters and ages of neurons."""
        low = (states & np.uint64((1 << self.width) - 1)).astype(np.int64)
        v = low - (low >> (self.width - 1) << self.width)
        refractory = (states & np.uint64((1 << self.age_at) - 1)) >> np.uint64(self.width)
        ages = np.zeros(0, np.int64)
        if plastic:
            ages = (states >> np.uint64(self.age_at)).astype(np.int64) - 1 & FORGOTTEN
        return v, refractory.astype(np.int64), ages

    def learned(
        self, plan: EventPlan, weights: NDArray[np.uint64], previous: NDArray[np.uint64]
    ) -> tuple[Learned, ...]:
        """Return what plastic projections have learned.

        Parameters
        ----------
        plan
            Of the engine.
        weights
            As the engine has them, in the order of the Plan.
        previous
            Of all their sources.
        """
        found, first, row = [], 0, 0
        units, steps = weights.astype(np.int64) << self.shift, previous.astype(np.int64)
        for p in plan.plastic:
            end, below = first + p.connectivity.synapses(), row + plan.size(p.source)
            found.append(Learned(units[first:end], steps[row:below]))
            first, row = end, below
        return tuple(found)


def plastic_places(plan: EventPlan, lanes: int) -> tuple[Ids, Ids]:
    """Return lane and slot of every plastic synapse; those of a lane have its first addresses."""
    ids = [np.zeros(0, np.int64)]
    for p in plan.plastic:
        assert isinstance(p.connectivity, Stored)
        ids.append(plan.first_neuron(p.target) + p.connectivity.target.astype(np.int64))
    slots, found = np.divmod(np.concatenate(ids), lanes)
    return found, slots


def _run(space: Space, lane: int, data: object) -> Entries:
    values = np.asarray(data)
    if values.dtype != np.uint64:
        values = values.astype(np.int64).astype(np.uint64) & LOW
    return Entries(int(space), lane, 0, values)
