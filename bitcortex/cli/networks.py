"""Networks by name or file, for every verb that takes one."""

import argparse
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from bitcortex import check
from bitcortex.errors import UserError
from bitcortex.network import event_files
from bitcortex.network import plan as plans
from bitcortex.network.event_plan import EventPlan
from bitcortex.network.loss import Lowered
from bitcortex.network.lower import lower
from bitcortex.network.presets import PRESETS

SCRIPT = (
    "a Brian2 script in place of a network: it is run until its first run(), which names the "
    "network; nothing is simulated, and nothing after that is executed"
)


@dataclass(frozen=True)
class Chosen:
    """The network that a call is about.

    Parameters
    ----------
    lowered
        Its Plan.
    steps
        For how long its script would have run it; None if there is no script.
    imported
        Lines of the report of a script, as dictionaries; None if there is no script.
    """

    lowered: Lowered[Any]
    steps: int | None = None
    imported: list[dict[str, Any]] | None = None


def add_network(parser: argparse.ArgumentParser, name: str) -> None:
    """Declare the network: as `name`, which may be an option, or as a Brian2 script."""
    group = parser.add_mutually_exclusive_group(required=True)
    text = f"{', '.join(PRESETS)}, or a Plan file (.json)"
    if name.startswith("-"):
        group.add_argument(name, help=text)
    else:
        group.add_argument(name, nargs="?", help=text)
    group.add_argument("--from-brian2", type=Path, metavar="SCRIPT", help=SCRIPT)


def choose(arguments: argparse.Namespace, console: Console) -> Chosen:
    """Return the network of a call, and print what became of a script's parts.

    Raises
    ------
    RefusedError
        If a part of a Brian2 network cannot be represented; see `resolve` for others.
    """
    if arguments.from_brian2 is None:
        return Chosen(resolve(arguments.network, arguments.seed))
    from bitcortex.network.interchange.brian2_script import from_script
    from bitcortex.network.interchange.report import RefusedError

    try:
        network, report, seconds = from_script(arguments.from_brian2)
    except RefusedError as error:
        if not arguments.json:
            console.print(error.report.table(), markup=False, highlight=False)
        raise
    if arguments.seed is not None:
        network.seed = check.integer("--seed", arguments.seed, 0, 2**63 - 1)
    if not arguments.json:
        console.print(report.table(), markup=False, highlight=False)
    steps = None if seconds is None else round(seconds * 1e3 / network.dt_ms)
    return Chosen(lower(network), steps, report.items())


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


def scale_of(name: str | None, seed: int | None = None) -> Callable[[int], EventPlan] | None:
    """Return a function from a number of neurons to such a network; None if it has one size."""
    preset = None if name is None else PRESETS.get(name.replace("-", "_"))
    if preset is None or "n" not in inspect.signature(preset).parameters:
        return None
    kept = {} if seed is None else {"seed": seed}

    def scaled(n: int) -> EventPlan:
        plan: EventPlan = lower(preset(n=n, **kept)).plan
        return plan

    return scaled
