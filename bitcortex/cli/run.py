"""simulate a network and print rates, CV of the inter-spike intervals and the spike hash

examples:
  bitcortex run column                              500 steps of the cortical column
  bitcortex run column --engine rtl                 the same spikes from compiled Verilog
  bitcortex run hierarchy --seed 7 --plot h.png     another draw, with a picture
  bitcortex run column --save-plan c.json           what the engines run, as integers
  bitcortex run c.json --steps 100 --json           a Plan from a file, output for machines
  bitcortex run brunel-ai --steps 100000 --checkpoint long.ckpt    goes on where it was stopped
  bitcortex run brunel-2000 --threads 2             12,500 neurons, a second of biological time
  bitcortex run brunel-ai --engine rtl --lanes 16   the column engine's Verilog
  bitcortex run brunel-ai --engine virtual:ulx3s    a whole board's, behind its link
  bitcortex run brunel-ai --save spikes.h5          spikes as a SONATA file
"""

import argparse
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bitcortex.cli.progress import steps_bar
from bitcortex.cli.result import Result
from bitcortex.network.presets import PRESETS

EVENT_STEPS = 10_000  # of an event-driven network, if nothing else is said
PLOTTED = 500_000_000  # bytes of the raster that a picture is made from, at most


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    parser.add_argument("network", help=f"{', '.join(PRESETS)}, or a Plan file (.json)")
    parser.add_argument(
        "--steps",
        type=int,
        help=f"number of steps (default: the whole stimulus; {EVENT_STEPS:,} if event-driven)",
    )
    parser.add_argument(
        "--engine",
        default="auto",
        help="golden, numba, rtl, a board (virtual:ulx3s, /dev/ttyUSB0, tcp://HOST:PORT), or auto",
    )
    parser.add_argument("--seed", type=int, help="replaces the seed of the network")
    parser.add_argument("--threads", type=int, default=1, help="of numba, event-driven networks")
    parser.add_argument("--lanes", type=int, help="of rtl and virtual boards")
    parser.add_argument(
        "--checkpoint", type=Path, help="file to save to every 30 s and to go on from"
    )
    parser.add_argument(
        "--save", type=Path, help="write the spikes to this .npz file, or SONATA .h5 file"
    )
    parser.add_argument("--save-plan", type=Path, help="write the Plan to this .json file")
    parser.add_argument("--plot", type=Path, help="write a raster to this .png file")


def run(arguments: argparse.Namespace, console: Console) -> Result:
    """Lower, simulate and summarise."""
    from bitcortex.analysis.intervals import cv_isi_events
    from bitcortex.cli.networks import resolve
    from bitcortex.network.event_plan import EventPlan
    from bitcortex.sim.simulate import simulate

    lowered = resolve(arguments.network, arguments.seed)
    plan = lowered.plan
    events = isinstance(plan, EventPlan)
    if arguments.save_plan:
        plan.save(arguments.save_plan)
    if lowered.losses and not arguments.json:
        console.print(lowered.table(), markup=False, highlight=False)
    steps = plan.steps if arguments.steps is None else arguments.steps
    if steps is None and events:
        steps = EVENT_STEPS
    if steps is None:
        raise ValueError("--steps must be given for a network without a source")
    if arguments.plot and plan.neurons * steps > PLOTTED:
        raise ValueError(
            f"--plot must have at most {PLOTTED:,} neurons times steps, not "
            f"{plan.neurons * steps:,}. Ask for fewer steps, or use --save and plot a part"
        )
    with steps_bar(console, f"{plan.name} on {arguments.engine}", steps) as progress:
        done = simulate(
            plan,
            steps,
            arguments.engine,
            progress=progress,
            threads=arguments.threads,
            lanes=arguments.lanes,
            checkpoint=arguments.checkpoint,
        )
    if arguments.save:
        done.save(arguments.save)
    if arguments.plot:
        from bitcortex.analysis.plots import raster

        raster(done, title=plan.name).savefig(arguments.plot, dpi=150)
    items = []
    for population in plan.populations:
        values = cv_isi_events(done.events, *done.populations[population.name])
        known = values[values == values]
        items.append(
            {
                "population": population.name,
                "neurons": population.size,
                "steps": done.steps,
                "rate_hz": done.rate_hz(population.name),
                "cv_isi": float(known.mean()) if len(known) else None,
                "hash": done.hash,
                "engine": done.engine,
                "seconds": done.seconds,
            }
        )
    return Result(True, items)


def show(result: Result, console: Console) -> None:
    """Print a row per population."""
    table = Table("population", "neurons", "steps", "rate (Hz)", "CV(ISI)")
    for item in result.items:
        cv = "-" if item["cv_isi"] is None else f"{item['cv_isi']:.3f}"
        row = (item["population"], item["neurons"], item["steps"], f"{item['rate_hz']:.2f}", cv)
        table.add_row(*map(str, row))
    console.print(table)
    first = result.items[0]
    console.print(f"engine {first['engine']}, {first['seconds']:.3f} s, spike hash {first['hash']}")
