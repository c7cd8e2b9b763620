"""run simulations, verifications or syntheses at all combinations of parameters; goes on if killed

examples:
  bitcortex sweep brunel --axis g=3:8:11 --axis eta=0.5:4:10 --set seconds=1 --out phase.jsonl
  bitcortex sweep brunel-ai --axis seed=1:10:10 --axis engine=golden,numba --out seeds.jsonl
  bitcortex sweep verify --axis module=all --axis seed=1:3:3 --out verify.jsonl
  bitcortex sweep area --axis module=neuron.lif --axis device=all --axis seed=1:5:5 --out area.jsonl
  bitcortex sweep mine:job --axis x=1e-3:1:7:log --out mine.jsonl     job(x) of mine.py
  bitcortex sweep brunel --axis g=3:8:101 --out g.jsonl --dask tcp://head:8786

An axis is NAME=START:STOP:COUNT, NAME=START:STOP:COUNT:log, or NAME=VALUE,VALUE,...
Every outcome is added to --out as it comes. Ctrl-C lets the points that run end, a second one drops
them. The same command goes on where it was, after a kill, too.
"""

import argparse
import importlib
import inspect
import os
import shlex
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bitcortex.cli.interrupt import asked_to_stop
from bitcortex.cli.progress import steps_bar
from bitcortex.cli.result import Item, Result

if TYPE_CHECKING:
    from bitcortex.sweep import Results, Sweep
    from bitcortex.sweep.worker import Job

SHOWN = 40  # rows, at most


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    parser.add_argument(
        "job", metavar="JOB", help="brunel, a preset, verify, area, or MODULE:FUNCTION of one's own"
    )
    parser.add_argument(
        "--axis", action="append", default=[], metavar="NAME=VALUES", help="repeat it for more axes"
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="the same at every point"
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="to add results to, a line each"
    )
    parser.add_argument("--workers", type=int, help="processes (default: one per core)")
    parser.add_argument(
        "--dask", metavar="ADDRESS", help="of a dask scheduler, whose workers run the points"
    )
    parser.add_argument("--retry-failed", action="store_true", help="run failed points again")


def run(arguments: argparse.Namespace, console: Console) -> Result:
    """Run what is not in the file yet."""
    sweep = _sweep(arguments)
    title = f"{arguments.job}, {len(sweep):,} points"
    with ExitStack() as stack:
        executor = None
        if arguments.dask:
            if arguments.workers is not None:
                raise ValueError("--workers must not be given with --dask, which has its own")
            from bitcortex.sweep import dask_executor

            executor = stack.enter_context(dask_executor(arguments.dask))
        asked = stack.enter_context(asked_to_stop())
        results = sweep.run(
            arguments.out,
            executor,
            workers=arguments.workers,
            retry_failed=arguments.retry_failed,
            progress=stack.enter_context(steps_bar(console, title, len(sweep))),
            stop=_stops(asked, console),
        )
    if results.missing:
        again = shlex.join(["bitcortex", *sys.argv[1:]])
        console.print(
            f"{len(results.outcomes):,} of {results.total:,} points are done. To go on: {again}",
            markup=False, highlight=False, soft_wrap=True,
        )  # fmt: skip
    elif results.failed and not arguments.retry_failed:
        console.print("to run failed points again: --retry-failed", highlight=False)
    return Result(results.complete and all(_fine(i) for i in _items(results)), _items(results))


def show(result: Result, console: Console) -> None:
    """Print a row per point, and what failed below."""
    done = [item for item in result.items if item["result"] is not None]
    failed = [item for item in result.items if item["result"] is None]
    if done:
        simple = [
            key
            for key, value in done[0]["result"].items()
            if not isinstance(value, list | dict) and "." not in key
        ]
        table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
        for name in (*done[0]["point"], *simple):
            table.add_column(name, overflow="fold")
        for item in done[:SHOWN]:
            values = [*item["point"].values(), *(item["result"].get(key) for key in simple)]
            table.add_row(*map(_text, values))
        console.print(table)
        if len(done) > SHOWN:
            console.print(f"and {len(done) - SHOWN:,} more")
    for item in failed[:SHOWN]:
        at = ", ".join(f"{name}={value}" for name, value in item["point"].items())
        console.print(f"{at}: {item['error']}", style="red", markup=False, highlight=False)
    resumed = sum(item["resumed"] for item in result.items)
    console.print(
        f"{len(done):,} points, {len(failed):,} failed; {resumed:,} were in the file before",
        highlight=False,
    )


def _stops(asked: threading.Event, console: Console) -> Callable[[], bool]:
    """Return a function that says whether to begin no more points, and tells the user once."""
    told: list[bool] = []

    def stops() -> bool:
        if asked.is_set() and not told:
            told.append(True)
            console.print("points that run are finished; Ctrl-C again drops them")
        return asked.is_set()

    return stops


def _sweep(arguments: argparse.Namespace) -> "Sweep":
    from bitcortex.sweep import Sweep
    from bitcortex.sweep.axes import parse, scalar
    from bitcortex.sweep.jobs import NETWORKS, preset_of, simulate

    axes: dict[str, Any] = {}
    for text in arguments.axis:
        name, values = parse(text)
        if name in axes:
            raise ValueError(f"--axis {name} must be given once")
        axes[name] = _all(name) if values == ["all"] and name in ("module", "device") else values
    fixed: dict[str, Any] = {}
    for text in arguments.set:
        name, _, value = text.partition("=")
        if not name or not value:
            raise ValueError(f"--set must be NAME=VALUE, not {text!r}")
        fixed[name] = scalar(value)
    job = _job(arguments.job)
    if arguments.job.replace("-", "_") in NETWORKS:
        own = inspect.signature(simulate).parameters
        preset_of(arguments.job, [name for name in (*axes, *fixed) if name not in own])
        fixed["network"] = arguments.job
    return Sweep(job, axes, fixed)


def _job(name: str) -> "Job":
    """Return the function of a name."""
    from bitcortex.sweep import jobs

    if name in ("verify", "area"):
        chosen: Job = getattr(jobs, name)
        return chosen
    if name.replace("-", "_") in jobs.NETWORKS:
        return jobs.simulate
    module, _, function = name.partition(":")
    if not function:
        known = ", ".join(["verify", "area", *jobs.NETWORKS])
        raise ValueError(f"a job must be one of {known}, or MODULE:FUNCTION, not {name!r}")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())  # workers get the same path
    found = getattr(importlib.import_module(module), function, None)
    if not callable(found):
        raise ValueError(f"{name} must be a function, and {module} has none of that name")
    own: Job = found
    return own


def _all(axis: str) -> list[str]:
    """Return every module, or every device."""
    if axis == "device":
        from bitcortex.boards.devices import DEVICES

        return list(DEVICES)
    from bitcortex.sim.twin import names

    return names()


def _items(results: "Results") -> list[Item]:
    return [
        {
            "point": dict(outcome.point),
            "result": None if outcome.result is None else dict(outcome.result),
            "error": outcome.error or None,
            "seconds": outcome.seconds,
            "resumed": outcome.resumed,
        }
        for outcome in results.outcomes
    ]


def _fine(item: Item) -> bool:
    """Return whether a result does not itself say that something is wrong."""
    return item["result"] is not None and item["result"].get("ok", True) is not False


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return "-" if value is None else escape(str(value))
