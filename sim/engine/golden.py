"""The golden engine: the definition, in NumPy integers."""

import numpy as np
from numpy.typing import NDArray

from bitcortex.models.network.step import GoldenNetwork
from bitcortex.network.plan import Plan


class GoldenEngine:
    """Steps a Plan with `GoldenNetwork`."""

    name = "golden"

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.network = GoldenNetwork(plan)
        self.at = 0  # steps done

    def run(self, steps: int) -> NDArray[np.uint8]:
        """Take `steps` steps and return the raster, shape (steps, neurons)."""
        raster = np.zeros((steps, self.plan.neurons), np.uint8)
        for row in raster:
            codes = {s.name: s.codes[self.at] for s in self.plan.sources}
            row[:] = np.concatenate(list(self.network.step(codes).values()))
            self.at += 1
        return raster

    def signals(self) -> dict[str, NDArray[np.int64]]:
        """Return counts, state fields and spikes of the last step."""
        found: dict[str, NDArray[np.int64]] = {}
        for name, counts in self.network.counts.items():
            found[f"{name}.excitatory"] = counts.excitatory
            found[f"{name}.inhibitory"] = counts.inhibitory
        for name, population in self.network.populations.items():
            states = np.array(population.states, np.int64)
            for i, field in enumerate(population.params.state_fields):
                found[f"{name}.{field.name}"] = states[:, i]
            found[f"{name}.spikes"] = self.network.spikes[name].astype(np.int64)
        return found

    def close(self) -> None:
        """Nothing to free."""
