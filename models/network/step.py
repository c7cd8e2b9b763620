"""The golden time step of a network: docs/decisions/0004-networks.md in NumPy."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bitcortex.models.encode.lfsr import Lfsr
from bitcortex.models.layer.dense import forward
from bitcortex.models.layer.streams import Streams
from bitcortex.models.network.core import dense_params
from bitcortex.models.neuron.kinds import kind
from bitcortex.models.neuron.noise import noise_params
from bitcortex.network.plan import Plan, PopulationPlan


@dataclass(frozen=True)
class Counts:
    """What the layer of a population counted in one step; each of shape (size,)."""

    excitatory: NDArray[np.int64]
    inhibitory: NDArray[np.int64]


class GoldenPopulation:
    """A layer and its neurons."""

    def __init__(self, plan: Plan, population: PopulationPlan) -> None:
        self.plan = population
        self.dense = dense_params(plan, population)
        self.streams = Streams(self.dense.streams)
        self.noise = Lfsr(noise_params(population.seed))
        self.kind = kind(population.kind)
        self.params = self.kind.params(**population.neuron)
        initial = tuple(field.reset for field in self.params.state_fields)
        self.states: list[tuple[int, ...]] = [initial] * population.size

    def step(self, inputs: NDArray[np.int64]) -> tuple[NDArray[np.uint8], Counts]:
        """Return the spikes and counts of one step; `inputs` are codes, then spikes."""
        rx, rw = self.streams.next()
        counts = Counts(*forward(self.dense, self.plan.weights, inputs, rx, rw))
        spikes = np.zeros(self.plan.size, np.uint8)
        for j, state in enumerate(self.states):
            (word,) = self.noise.tick(enable=1, reseed=0, seed=0)
            noise = word & ((1 << self.params.noise_bits) - 1)
            current = self.plan.gain * int(counts.excitatory[j] - counts.inhibitory[j])
            self.states[j], spikes[j] = self.kind.update(self.params, state, current, noise)
        return spikes, counts


class GoldenNetwork:
    """All populations of a Plan, updated synchronously."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.populations = {p.name: GoldenPopulation(plan, p) for p in plan.populations}
        self.spikes = {p.name: np.zeros(p.size, np.uint8) for p in plan.populations}
        self.counts: dict[str, Counts] = {}

    def step(self, codes: Mapping[str, NDArray[np.uint16]]) -> dict[str, NDArray[np.uint8]]:
        """Take one step and return the spikes by population.

        Parameters
        ----------
        codes
            One array of shape (size,) per source.
        """
        new = {}
        for name, population in self.populations.items():
            rates = [codes[s].astype(np.int64) for s in population.plan.sources]
            spikes = [self.spikes[p].astype(np.int64) for p in population.plan.populations]
            inputs = np.concatenate(rates + spikes)
            new[name], self.counts[name] = population.step(inputs)
        self.spikes = new
        return new
