"""Networks by name or file, for every verb that takes one."""

from pathlib import Path
from typing import Any

from bitcortex.errors import UserError
from bitcortex.network import plan as plans
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
    if name in PRESETS:
        network = PRESETS[name]() if seed is None else PRESETS[name](seed=seed)
        return lower(network)
    if not name.endswith(".json"):
        known = ", ".join(PRESETS)
        raise ValueError(f"network must be one of {known}, or a Plan file (.json), not {name!r}")
    if seed is not None:
        raise ValueError("--seed must not be given with a Plan file, which has its seeds inside")
    if not Path(name).exists():
        raise UserError(f"{name} was not found. Write it with: bitcortex run column --save-plan")
    return Lowered(plans.load(name), ())
