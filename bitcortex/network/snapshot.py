"""Everything that the next steps of an event-driven network depend on."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bitcortex.network.connectivity_plan import Stored
from bitcortex.network.event_plan import EventPlan
from bitcortex.network.plasticity import FORGOTTEN

Ids = NDArray[np.int64]


@dataclass
class Learned:
    """What a plastic projection has learned.

    Parameters
    ----------
    weights
        Of every synapse in units, in the order of the Plan.
    previous
        Step of the last arrival of every source's spike; 0 if there was none.
    """

    weights: Ids
    previous: Ids


@dataclass
class Snapshot:
    """Everything that the next steps depend on.

    Parameters
    ----------
    step
        The next one.
    v, refractory
        Shape (neurons,).
    generators
        Of the drive, shape (64,).
    spikes
        (steps, neurons) of the spikes that have not yet arrived everywhere, in order.
    ages
        Steps since the last spike, shape (neurons,), at most `FORGOTTEN`: none is known. Without
        plastic projections, nothing.
    learned
        Of every plastic projection.
    """

    step: int
    v: NDArray[np.int64]
    refractory: NDArray[np.int64]
    generators: NDArray[np.uint64]
    spikes: tuple[Ids, Ids]
    ages: Ids = field(default_factory=lambda: np.zeros(0, np.int64))
    learned: tuple[Learned, ...] = ()


def beginning(plan: EventPlan) -> Snapshot:
    """Return what a Plan begins with."""
    n = plan.neurons
    return Snapshot(
        0,
        np.zeros(n, np.int64),
        np.zeros(n, np.int64),
        plan.generators(),
        (np.zeros(0, np.int64), np.zeros(0, np.int64)),
        *naive(plan),
    )


def naive(plan: EventPlan) -> tuple[Ids, tuple[Learned, ...]]:
    """Return the ages of all neurons, and what projections have learned, before the first step."""
    if not plan.plastic:
        return np.zeros(0, np.int64), ()
    learned = []
    for p in plan.plastic:
        assert isinstance(p.connectivity, Stored)
        sources = np.zeros(p.connectivity.shape[0], np.int64)
        learned.append(Learned(p.connectivity.weights.astype(np.int64), sources))
    return np.full(plan.neurons, FORGOTTEN, np.int64), tuple(learned)
