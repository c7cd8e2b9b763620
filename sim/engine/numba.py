"""The Numba engine: the fast one, bit for bit the golden one."""

from copy import deepcopy

import numpy as np
from numpy.typing import NDArray

from bitcortex.models.neuron.kinds import kind
from bitcortex.models.neuron.noise import noise_params
from bitcortex.network.plan import Plan, PopulationPlan
from bitcortex.sim.engine import neurons, sc_kernels, sc_sources


class _Population:
    """Arrays of a population, and one step of it."""

    def __init__(self, plan: Plan, population: PopulationPlan) -> None:
        self.plan = population
        self.mode = sc_sources.SOBOL if population.mode == "sobol" else sc_sources.LFSR
        self.state = sc_sources.initial_state(population.seed, self.mode)
        self.points = sc_sources.sobol_points(population.length, population.bits)
        self.rx, self.rw = sc_sources.new_sources(population.length)
        self.weights = population.weights.copy()  # writable: the type that was compiled for
        self.codes = np.zeros(population.weights.shape[1], np.uint16)
        self.counts = np.zeros((2, population.size), np.int32)
        self.scratch = np.zeros(sc_kernels.SCRATCH, np.uint16)
        params = kind(population.kind).params(**population.neuron)
        self.update, self.numbers = neurons.kernel(params)
        self.fields = [field.name for field in params.state_fields]
        resets = [[field.reset] * population.size for field in params.state_fields]
        self.neurons = np.array(resets, np.int64)
        self.noise = np.array([noise_params(population.seed).seed], np.int64)
        self.spikes = np.zeros(population.size, np.uint8)
        deepcopy(self).step()  # compile now, not in the first step

    def step(self) -> None:
        """Take one step from `codes` to `spikes`."""
        length = self.plan.length
        sc_sources.sources(
            self.mode, self.plan.bits, self.state, self.points, length, self.rx, self.rw
        )
        sc_kernels.layer_counts(
            self.weights, self.codes, self.rx, self.rw, length, self.counts, self.scratch
        )
        current = self.plan.gain * (self.counts[0].astype(np.int64) - self.counts[1])
        self.update(self.numbers, self.neurons, current, self.noise, self.spikes)


class NumbaEngine:
    """Runs a Plan with compiled loops, one thread."""

    name = "numba"

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.populations = {p.name: _Population(plan, p) for p in plan.populations}
        self.at = 0  # steps done

    def run(self, steps: int) -> NDArray[np.uint8]:
        """Take `steps` steps and return the raster, shape (steps, neurons)."""
        raster = np.zeros((steps, self.plan.neurons), np.uint8)
        for row in raster:
            # All inputs first: every population sees the spikes of the step before.
            for population in self.populations.values():
                first = 0
                for name in population.plan.sources:
                    codes = self.plan.source(name).codes[self.at]
                    population.codes[first : first + codes.size] = codes
                    first += codes.size
                one = 1 << population.plan.bits
                for name in population.plan.populations:
                    spikes = self.populations[name].spikes
                    np.multiply(
                        spikes,
                        one,
                        out=population.codes[first : first + spikes.size],
                        dtype=np.uint16,
                    )
                    first += spikes.size
            first = 0
            for population in self.populations.values():
                population.step()
                row[first : first + population.plan.size] = population.spikes
                first += population.plan.size
            self.at += 1
        return raster

    def signals(self) -> dict[str, NDArray[np.int64]]:
        """Return counts, state fields and spikes of the last step."""
        found: dict[str, NDArray[np.int64]] = {}
        for name, population in self.populations.items():
            found[f"{name}.excitatory"] = population.counts[0].astype(np.int64)
            found[f"{name}.inhibitory"] = population.counts[1].astype(np.int64)
        for name, population in self.populations.items():
            for field, values in zip(population.fields, population.neurons, strict=True):
                found[f"{name}.{field}"] = values.copy()
            found[f"{name}.spikes"] = population.spikes.astype(np.int64)
        return found

    def close(self) -> None:
        """Nothing to free."""
