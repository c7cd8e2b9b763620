"""Networks by name or file, for every verb that takes one."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bitcortex.errors import UserError
from bitcortex.network import event_files
from bitcortex.network import plan as plans
from bitcortex.network.event_plan import EventPlan
from bitcortex.network.loss import Lowered
from bitcortex.network.lower import lower
from bitcortex.network.presets import PRESETS


def resolve(name: str, seed: int | None = None) -> Lowered[Any]:
    """Return the lowered network of a preset name or a Plan file.

    Raises
    ------
    ValueError
        If there is no such preset, or a seed is given with a Plan.
    UserError
        If the file is not a Plan of this version, or is damaged or missing.
    """
    preset = PRESETS.get(name.replace("-", "_"))
    if preset is not None:
        return lower(preset() if seed is None else preset(seed=seed))
    if not name.endswith(".json"):
        known = ", ".join(PRESETS)
        raise ValueError(f"network must be one of {known}, or a Plan file (.json), not {name!r}")
    if seed is not None:
        raise ValueError("--seed must not be given with a Plan file, which has its seeds inside")
    if not Path(name).exists():
        raise UserError(f"{name} was not found. Write it with: bitcortex run column --save-plan")
    if event_files.is_event_plan(name):
        return Lowered(event_files.load(name), ())
    return Lowered(plans.load(name), ())


def stratified(name: str) -> EventPlan | None:
    """Return the Plan of a preset with procedural synapses; None if it has no such form."""
    preset = PRESETS.get(name.replace("-", "_"))
    if preset is None or "rule" not in inspect.signature(preset).parameters:
        return None
    plan: EventPlan = lower(preset(rule="stratified")).plan
    return plan


def scale_of(name: str, seed: int | None = None) -> Callable[[int], EventPlan] | None:
    """Return a function from a number of neurons to such a network; None if it has one size."""
    preset = PRESETS.get(name.replace("-", "_"))
    if preset is None or "n" not in inspect.signature(preset).parameters:
        return None
    kept = {} if seed is None else {"seed": seed}

    def scaled(n: int) -> EventPlan:
        plan: EventPlan = lower(preset(n=n, **kept)).plan
        return plan

    return scaled
