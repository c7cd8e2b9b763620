"""compare golden models and gateware, or the engines of a network, bit for bit; count mutants

examples:
  bitcortex verify neuron.lif                        a million cycles and 200 mutants
  bitcortex verify encode.lfsr encode.sng --cycles 20000 --mutants 0
  bitcortex verify --all --cycles 1000000 --json     everything, output for machines
  bitcortex verify --network column --steps 500      one network on golden, numba and rtl
  bitcortex verify --network brunel-ai --steps 10000 every thread and lane count, every store
  bitcortex verify --network brunel-ai --lanes 8 --stores stored --steps 1000
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table

from bitcortex.cli.progress import steps_bar
from bitcortex.cli.result import Item, Result
from bitcortex.cli.run import EVENT_STEPS
from bitcortex.network.presets import PRESETS

if TYPE_CHECKING:
    from bitcortex.network.event_plan import EventPlan
    from bitcortex.sim.verify.twins import Verdict


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    parser.add_argument("module", nargs="*", metavar="MODULE", help="neuron.lif for example")
    parser.add_argument("--network", help=f"{', '.join(PRESETS)}, or a Plan file (.json)")
    parser.add_argument(
        "--steps",
        type=int,
        help=f"of the network (default: the whole stimulus; {EVENT_STEPS:,} if event-driven)",
    )
    parser.add_argument(
        "--engines", default="golden,numba,rtl", help="of the network (default: %(default)s)"
    )
    parser.add_argument(
        "--lanes", default="8,16,32", help="of rtl, event-driven (default: %(default)s)"
    )
    parser.add_argument("--stores", help="of rtl, event-driven (default: all that are possible)")
    parser.add_argument("--all", action="store_true", help="every module")
    parser.add_argument(
        "--cycles", type=int, default=1_000_000, help="of every case (default: %(default)s)"
    )
    parser.add_argument(
        "--mutants", type=int, default=200, help="of the first case, 0..250 (default: %(default)s)"
    )
    parser.add_argument(
        "--waves",
        type=Path,
        default=Path("build/verify"),
        help="folder for the waveform of a difference (default: %(default)s)",
    )


def run(arguments: argparse.Namespace, console: Console) -> Result:
    """Verify the modules, or the network, asked for."""
    if arguments.network:
        if arguments.module or arguments.all:
            raise ValueError("give --network alone, without modules and --all")
        return _network(arguments, console)
    from bitcortex.sim.twin import names
    from bitcortex.sim.verify import twins

    if bool(arguments.module) == arguments.all:
        raise ValueError(f"give --all or modules of {', '.join(names())}")
    modules = names() if arguments.all else list(dict.fromkeys(arguments.module))
    total = twins.work(modules, arguments.cycles, arguments.mutants)
    with steps_bar(console, f"{len(modules)} modules, clock cycles", total) as progress:
        verdicts = twins.verify(
            modules, arguments.cycles, arguments.mutants, arguments.waves, progress
        )
    return Result(all(verdict.ok for verdict in verdicts), [item(v) for v in verdicts])


def _network(arguments: argparse.Namespace, console: Console) -> Result:
    """Run a network on every engine and compare the spike hashes."""
    from bitcortex.cli.networks import resolve
    from bitcortex.network.event_plan import EventPlan
    from bitcortex.sim.verify.networks import compare_engines

    plan = resolve(arguments.network).plan
    if isinstance(plan, EventPlan):
        return _events(plan, arguments, console)
    steps = plan.steps if arguments.steps is None else arguments.steps
    if steps is None:
        raise ValueError("--steps must be given for a network without a source")
    engines = arguments.engines.split(",")
    if len(set(engines)) < max(2, len(engines)) or steps < 1:
        raise ValueError(
            "a comparison must have at least two different engines and a step, not "
            f"{arguments.engines} and {steps}"
        )
    arguments.waves.mkdir(parents=True, exist_ok=True)
    with steps_bar(console, f"{plan.name}, steps", steps * len(engines)) as progress:
        waveform = arguments.waves / f"{plan.name}.vcd"
        found = compare_engines(plan, steps, engines, progress, waveform)
    entry: Item = {
        "name": plan.name,
        "engines": engines,
        "cycles": steps,
        "hash": found.runs[engines[0]].hash,
        "equal": found.equal,
        "mutants": None,
        "killed": None,
        "survivors": [],
        "cases": [
            {
                "case": engine,
                "cycles": steps,
                "hash": run.hash,
                "spikes": int(run.raster.sum()),
                "missed": [],
            }
            for engine, run in found.runs.items()
        ],
    }
    if found.divergence:
        entry["error"] = str(found.divergence)
    return Result(found.equal, [entry])


def _events(plan: "EventPlan", arguments: argparse.Namespace, console: Console) -> Result:
    """Run an event-driven network in every variant; with procedural rows too, if it can have them.

    A network with Bernoulli synapses cannot be procedural: its preset's stratified form is.
    """
    from bitcortex.cli.networks import stratified
    from bitcortex.sim.verify.events import compare_events, procedural, variants

    steps = EVENT_STEPS if arguments.steps is None else arguments.steps
    engines = arguments.engines.split(",")
    try:
        lanes = [int(text) for text in arguments.lanes.split(",")]
    except ValueError:
        raise ValueError(f"--lanes must be numbers like 8,16,32, not {arguments.lanes}") from None
    stores = arguments.stores.split(",") if arguments.stores else None
    work = []
    other = None if procedural(plan) else stratified(arguments.network)
    if stores is None or other is None or set(stores) - {"procedural"}:
        mine = (
            stores if other is None or stores is None else [s for s in stores if s != "procedural"]
        )
        work.append((plan.name, plan, variants(plan, engines, lanes, mine)))
    if other is not None and (stores is None or "procedural" in stores):
        label = f"{plan.name}, stratified"
        work.append((label, other, variants(other, engines, lanes, ["procedural"])))
    entries: list[Item] = []
    total = steps * sum(len(which) for *_, which in work)
    with steps_bar(console, f"{plan.name}, steps", total) as progress:
        for name, network, which in work:
            if len(which) < 2 or steps < 1:
                raise ValueError("a comparison must have at least two variants and a step")
            found = compare_events(network, steps, which, progress)
            first = found.runs[str(which[0])]
            entry: Item = {
                "name": name,
                "engines": engines,
                "cycles": steps,
                "hash": first.hash,
                "equal": found.equal,
                "mutants": None,
                "killed": None,
                "survivors": [],
                "cases": [
                    {
                        "case": variant,
                        "cycles": steps,
                        "hash": run.hash,
                        "spikes": len(run.events.step),
                        "missed": [],
                    }
                    for variant, run in found.runs.items()
                ],
            }
            if found.difference:
                entry["error"] = found.difference
            entries.append(entry)
    return Result(all(entry["equal"] for entry in entries), entries)


def item(verdict: "Verdict") -> Item:
    """Return the item of a twin; ``hash`` is of the first case's golden trace."""
    from bitcortex.sim.verify.twins import ENGINES, missed

    cases = []
    for name, found in verdict.cases.items():
        case: Item = {
            "case": name,
            "cycles": found.cycles,
            "hash": found.hash,
            "equal": found.difference is None,
            "missed": missed(found),
        }
        if found.difference:
            case["difference"] = {
                "cycle": found.difference.cycle,
                "port": found.difference.port,
                "golden": found.difference.golden,
                "gateware": found.difference.gateware,
            }
        cases.append(case)
    score = verdict.score
    made: Item = {
        "name": verdict.name,
        "engines": list(ENGINES),
        "cycles": min((case["cycles"] for case in cases), default=0),
        "hash": cases[0]["hash"] if cases else None,
        "equal": verdict.equal,
        "mutants": score.mutants if score else None,
        "killed": score.killed if score else None,
        "survivors": [
            {"mutant": s.mutant, "reason": s.reason} for s in (score.survivors if score else ())
        ],
        "cases": cases,
    }
    if verdict.error:
        made["error"] = verdict.error
    if verdict.waveform:
        made["waveform"] = str(verdict.waveform)
    return made


def show(result: Result, console: Console) -> None:
    """Print a table, then what is wrong, then the mutants that survived."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("module")
    for heading in ("cases", "cycles", "hash", "equal", "killed", "mutants"):
        table.add_column(heading, justify="right")
    for entry in result.items:
        table.add_row(
            entry["name"],
            str(len(entry["cases"])),
            f"{entry['cycles']:,}",
            entry["hash"] or "-",
            "yes" if entry["equal"] else "[red]NO[/]",
            "-" if entry["killed"] is None else str(entry["killed"]),
            "-" if entry["mutants"] is None else str(entry["mutants"]),
        )
    console.print(table)
    for entry in result.items:
        for line in _problems(entry):
            console.print(line, style="red", markup=False, highlight=False)
    for entry in result.items:
        for survivor in entry["survivors"]:
            console.print(
                f"{entry['name']}: survived: {survivor['mutant']}: {survivor['reason']}",
                markup=False,
                highlight=False,
            )


def _problems(entry: Item) -> list[str]:
    lines = [f"{entry['name']}: {entry['error']}"] if "error" in entry else []
    for case in entry["cases"]:
        where = f"{entry['name']}, {case['case']}"
        if "difference" in case:
            found = case["difference"]
            lines.append(
                f"{where}: cycle {found['cycle']}: {found['port']} is {found['gateware']} in the "
                f"gateware and {found['golden']} in the golden model"
            )
        if case["missed"]:
            lines.append(f"{where}: never reached: {', '.join(case['missed'])}")
    if "waveform" in entry:
        lines.append(f"{entry['name']}: waveform around the difference in {entry['waveform']}")
    if entry["mutants"] and entry["killed"] < 0.95 * entry["mutants"]:
        lines.append(f"{entry['name']}: fewer than 95 % of the mutants were killed")
    return lines
