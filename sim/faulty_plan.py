"""Faults of a network: its Plan with other weights, so that every engine and board has them."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bitcortex.models.faults import Faults
from bitcortex.network.connectivity_plan import MAX_WEIGHT, Stored
from bitcortex.network.event_plan import EventPlan, EventProjection
from bitcortex.network.plan import Plan, PopulationPlan
from bitcortex.sim.engine.devices import draw_devices


def with_faults(plan: Plan | EventPlan, faults: Faults) -> Plan | EventPlan:
    """Return a Plan whose weights vary.

    Parameters
    ----------
    plan
        Any. Synapses of an event-driven Plan become stored ones: each has its own weight.
    faults
        With variability only.

    Raises
    ------
    ValueError
        If `faults` has lines that flip or stick.

    **Arithmetic**: a weight's magnitude times its factor is rounded to the nearest integer and held
    at the largest of its format; the signs stay.
    """
    if faults.in_lines:
        raise ValueError(
            f"faults of {plan.name} must be of its weights, not of lines: networks have no ports "
            "for bit_flips, stuck_at_0 and stuck_at_1. Use variability=, or a layer: "
            "SCDenseLayer(..., faults=)"
        )
    if not faults.variability:
        return plan
    if isinstance(plan, Plan):
        return replace(plan, populations=tuple(_population(p, faults) for p in plan.populations))
    stored = plan.stored_as("stored")
    return replace(stored, projections=tuple(_projection(p, faults) for p in stored.projections))


def _population(population: PopulationPlan, faults: Faults) -> PopulationPlan:
    top = (1 << population.bits) - 1
    weights = _vary(population.weights, top, faults, population.name).astype(np.int16)
    return replace(population, weights=weights)


def _projection(projection: EventProjection, faults: Faults) -> EventProjection:
    synapses = projection.connectivity
    if not isinstance(synapses, Stored):
        raise TypeError(f"synapses of {projection.label} must be stored")
    plastic = projection.plasticity
    top = MAX_WEIGHT if plastic is None else plastic.maximum
    weights = _vary(synapses.weights[None], top, faults, projection.label)[0].astype(np.int32)
    return replace(projection, connectivity=replace(synapses, weights=weights))


def _vary(weights: NDArray[np.integer], top: int, faults: Faults, name: str) -> NDArray[np.int64]:
    shape = weights.shape[0], weights.shape[1]
    factor = draw_devices(shape, 0.0, 0.0, faults.variability, faults.seed, name).factor
    magnitude = np.floor(np.abs(weights.astype(np.int64)) * factor + 0.5)
    return np.asarray(np.sign(weights) * np.minimum(magnitude, top), np.int64)
