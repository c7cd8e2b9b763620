"""The golden time step of an event-driven network: decision 0005 in NumPy."""

import numpy as np
from numpy.typing import NDArray

from bitcortex.models.network.plasticity import learn
from bitcortex.models.neuron.lif import FRACTION
from bitcortex.network.connectivity_plan import Stored
from bitcortex.network.event_plan import EventPlan, EventProjection
from bitcortex.network.keys import synapse_draws, synapse_key
from bitcortex.network.plasticity import FORGOTTEN
from bitcortex.network.snapshot import Learned as Learned
from bitcortex.network.snapshot import Snapshot as Snapshot
from bitcortex.network.snapshot import beginning
from bitcortex.network.snapshot import naive as naive

Ids = NDArray[np.int64]
BLOCK = 32  # neurons served by one advance of eight generators


class GoldenEvents:
    """All neurons and synapses of an event-driven Plan."""

    def __init__(self, plan: EventPlan) -> None:
        self.plan = plan
        n = plan.neurons

        def each(values: list[int]) -> Ids:
            """Return a population's number for each of its neurons."""
            return np.repeat(np.array(values, np.int64), [p.size for p in plan.populations])

        neurons = [p.neuron for p in plan.populations]
        self.alpha = each([q["alpha"] for q in neurons])
        half = {"floor": 0, "nearest": 1 << (FRACTION - 1)}
        self.half = each([half[q["leak"]] for q in neurons])
        self.threshold = each([q["v_threshold"] for q in neurons])
        self.reset = each([q["v_reset"] for q in neurons])
        self.pause = each([q["refractory"] for q in neurons])
        self.drive = each([p.drive for p in plan.populations])
        self.constant = each([p.constant for p in plan.populations])
        self.top = (1 << (plan.data_width - 1)) - 1
        self.snapshot = beginning(plan)
        self.input = np.zeros(n, np.int64)

    def step(self) -> Ids:
        """Take one step and return the numbers of the neurons that fired, ascending."""
        now, plan = self.snapshot, self.plan
        # 1. Synapses.
        self.input = np.zeros(plan.neurons, np.int64)
        for projection in plan.projections:
            for source in self._fired(projection.source, now.step - projection.delay):
                self._deliver(projection, int(source))
        # 2. Drive.
        if plan.driven:
            self.input += self.drive * self._counts(self._draws())
        self.input += self.constant
        # 3. Neurons.
        held = now.refractory > 0
        leaked = (now.v * self.alpha + self.half) >> FRACTION
        v = np.clip(leaked + self.input, -self.top - 1, self.top)
        fires = ~held & (v >= self.threshold)
        now.v = np.where(held | fires, self.reset, v)
        now.refractory = np.where(fires, self.pause, np.maximum(now.refractory - 1, 0))
        # 4. Record.
        spikes = np.flatnonzero(fires)
        if plan.plastic:
            now.ages = np.where(fires, 0, np.minimum(now.ages + 1, FORGOTTEN))
        steps, neurons = now.spikes
        recent = steps > now.step - plan.longest_delay
        now.spikes = (
            np.concatenate([steps[recent], np.full(len(spikes), now.step)]),
            np.concatenate([neurons[recent], spikes]),
        )
        now.step += 1
        return spikes

    def _fired(self, source: str, step: int) -> Ids:
        """Return which of a population's neurons, or a source's channels, fired in a step."""
        for recorded in self.plan.recorded:
            if recorded.name == source:
                found: Ids = recorded.channels[recorded.steps == step].astype(np.int64)
                return found
        first, size = self.plan.first_neuron(source), self.plan.size(source)
        steps, neurons = self.snapshot.spikes
        mine: Ids = neurons[(steps == step) & (neurons >= first) & (neurons < first + size)]
        return mine - first

    def _deliver(self, projection: EventProjection, source: int) -> None:
        """Add the weights of a source's synapses to the inputs of their targets."""
        first = self.plan.first_neuron(projection.target)
        targets, weights = projection.connectivity.row(source, first, projection.seed)
        if projection.plasticity:
            weights = self._learn(projection, source, first + targets)
        if projection.length:
            key = synapse_key(projection.seed, source, self.snapshot.step)
            bits = np.arange(projection.length)
            x = (first + targets)[:, None] * projection.length + bits
            weights = weights * (synapse_draws(key, x) < projection.probability).sum(axis=1)
        np.add.at(self.input, first + targets, weights)

    def _learn(self, projection: EventProjection, source: int, neurons: Ids) -> Ids:
        """Change the weights of a source whose spike arrives; return those that it delivers."""
        now, c, rule = self.snapshot, projection.connectivity, projection.plasticity
        assert isinstance(c, Stored)
        assert rule is not None
        learned = now.learned[[p is projection for p in self.plan.plastic].index(True)]
        row = slice(c.indptr[source], c.indptr[source + 1])
        previous = int(learned.previous[source])
        delivered, left = learn(
            rule,
            synapse_key(projection.seed, source, now.step),
            now.step - 1 - previous if previous else None,
            now.ages[neurons],
            neurons,
            learned.weights[row].copy(),
        )
        learned.weights[row], learned.previous[source] = left, now.step
        return delivered

    def _draws(self) -> Ids:
        """Advance the generators and return a 16-bit draw for every neuron."""
        blocks = []
        self.snapshot.generators = self.snapshot.generators.copy()
        for block in range(-(-self.plan.neurons // BLOCK)):
            eight = self.snapshot.generators[block % 8 * 8 :][:8]
            g = eight ^ (eight << np.uint64(13))
            g = g ^ (g >> np.uint64(7))
            g = g ^ (g << np.uint64(17))
            eight[:] = g
            quarters = [g >> np.uint64(16 * k) & np.uint64(0xFFFF) for k in range(4)]
            blocks.append(np.stack(quarters, axis=1).ravel())
        return np.concatenate(blocks)[: self.plan.neurons].astype(np.int64)

    def _counts(self, u: Ids) -> Ids:
        """Return the number of drive events of every neuron: table entries up to its draw."""
        counts = np.zeros(len(u), np.int64)
        for p in self.plan.populations:
            part = slice(self.plan.first_neuron(p.name), self.plan.first_neuron(p.name) + p.size)
            counts[part] = np.searchsorted(np.array(p.cdf, np.int64), u[part], side="right")
        return counts
