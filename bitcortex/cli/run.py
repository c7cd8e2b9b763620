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
  bitcortex run brunel-ai --live                    a raster in the terminal while it runs
  bitcortex run brunel-ai --record spikes.h5        writes spikes as they come, as a SONATA file
  bitcortex run --from-brian2 script.py             a Brian2 script's network, as long as it says

With --live or --record, Ctrl-C ends the run at its next piece, and what has been is kept.
"""

import argparse
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bitcortex.cli.interrupt import asked_to_stop
from bitcortex.cli.live import LiveRaster
from bitcortex.cli.networks import add_network, choose
from bitcortex.cli.progress import steps_bar
from bitcortex.cli.result import Result
from bitcortex.network.run import Run
from bitcortex.network.spike_files import SONATA, SpikeFile

EVENT_STEPS = 10_000  # of an event-driven network, if nothing else is said
PLOTTED = 500_000_000  # bytes of the raster that a picture is made from, at most


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    add_network(parser, "network")
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
        "--record",
        type=Path,
        help="write spikes to this .npz file, or SONATA .h5 file, while it runs",
    )
    parser.add_argument("--live", action="store_true", help="show raster and rates meanwhile")
    parser.add_argument("--save-plan", type=Path, help="write the Plan to this .json file")
    parser.add_argument("--plot", type=Path, help="write a raster to this .png file")


def run(arguments: argparse.Namespace, console: Console) -> Result:
    """Lower, simulate and summarise."""
    from bitcortex.network.event_plan import EventPlan

    chosen = choose(arguments, console)
    lowered = chosen.lowered
    plan = lowered.plan
    events = isinstance(plan, EventPlan)
    if arguments.save_plan:
        plan.save(arguments.save_plan)
    if lowered.losses and not arguments.json:
        console.print(lowered.table(), markup=False, highlight=False)
    steps = plan.steps if arguments.steps is None else arguments.steps
    if steps is None:
        steps = chosen.steps
    if steps is None and events:
        steps = EVENT_STEPS
    if steps is None:
        raise ValueError("--steps must be given for a network without a source")
    if arguments.plot and plan.neurons * steps > PLOTTED:
        raise ValueError(
            f"--plot must have at most {PLOTTED:,} neurons times steps, not "
            f"{plan.neurons * steps:,}. Ask for fewer steps, or use --record and plot a part"
        )
    if arguments.record and arguments.record.suffix not in (".npz", *SONATA):
        raise ValueError(
            f"--record must be a name ending in .npz, {' or '.join(SONATA)}, not {arguments.record}"
        )
    if arguments.plot and (arguments.record or arguments.live):
        raise ValueError("--plot must not be given with --record or --live, which keep no spikes")
    done = _simulate(arguments, console, plan, steps)
    if done.steps < steps:
        console.print(f"ended at step {done.steps:,} of {steps:,}", highlight=False)
    if arguments.plot:
        from bitcortex.analysis.plots import raster

        raster(done, title=plan.name).savefig(arguments.plot, dpi=150)
    items = []
    for population in plan.populations:
        items.append(
            {
                "population": population.name,
                "neurons": population.size,
                "steps": done.steps,
                "rate_hz": done.rate_hz(population.name),
                "cv_isi": _cv_isi(done, population.name),
                "hash": done.hash,
                "engine": done.engine,
                "seconds": done.seconds,
            }
            | ({} if chosen.imported is None else {"imported": chosen.imported})
        )
    return Result(done.steps == steps, items)


def _simulate(arguments: argparse.Namespace, console: Console, plan: Any, steps: int) -> Run:
    """Run, and let the spikes go where they are to go."""
    from bitcortex.sim.simulate import simulate

    options = {
        "threads": arguments.threads, "lanes": arguments.lanes, "checkpoint": arguments.checkpoint
    }  # fmt: skip
    title = f"{plan.name} on {arguments.engine}"
    if not (arguments.record or arguments.live):
        with steps_bar(console, title, steps) as progress:
            return simulate(plan, steps, arguments.engine, progress=progress, **options)
    with ExitStack() as stack:
        asked = stack.enter_context(asked_to_stop())
        takers: list[Callable[[Run], object]] = []
        if arguments.record:
            file = stack.enter_context(SpikeFile(arguments.record))
            takers.append(file.add)
        if arguments.live:
            takers.append(stack.enter_context(LiveRaster(console, plan.name, steps)).add)
        else:
            bar = stack.enter_context(steps_bar(console, title, steps))
            takers.append(lambda run: bar(run.steps))

        def take(run: Run) -> bool:
            for taker in takers:
                taker(run)
            return not asked.is_set()

        done = simulate(plan, steps, arguments.engine, stream=take, **options)
        if arguments.record:
            file.weights = done.weights
    return done


def _cv_isi(done: Run, population: str) -> float | None:
    """Return the mean CV of the inter-spike intervals; None if it is not known."""
    from bitcortex.analysis.intervals import cv_isi_events

    values = cv_isi_events(done.events, *done.populations[population])
    known = values[values == values]
    return float(known.mean()) if len(known) else None


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
