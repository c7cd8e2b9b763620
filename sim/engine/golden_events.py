"""The golden engine of event-driven networks: the definition, in NumPy integers."""

from copy import deepcopy

import numpy as np

from bitcortex.models.network.event_step import GoldenEvents, Snapshot
from bitcortex.network.event_plan import EventPlan
from bitcortex.network.run import Events


class GoldenEventEngine:
    """Steps a Plan with `GoldenEvents`."""

    name = "golden"

    def __init__(self, plan: EventPlan) -> None:
        self.plan = plan
        self.network = GoldenEvents(plan)

    def run(self, steps: int) -> Events:
        """Take `steps` steps and return their spikes; steps are counted from this call."""
        found = [self.network.step() for _ in range(steps)]
        step = np.repeat(np.arange(steps), [len(f) for f in found])
        neuron = np.concatenate(found) if found else np.zeros(0, np.int64)
        return Events(steps, self.plan.neurons, step, neuron)

    def snapshot(self) -> Snapshot:
        """Return everything that the next steps depend on."""
        return deepcopy(self.network.snapshot)

    def restore(self, snapshot: Snapshot) -> None:
        """Go on from a snapshot of any engine of the same Plan."""
        self.network.snapshot = deepcopy(snapshot)

    def close(self) -> None:
        """Nothing to free."""
