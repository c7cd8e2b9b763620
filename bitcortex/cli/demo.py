"""run the cortical column and the digit classifier on three engines and write a report

examples:
  bitcortex demo                  everything, into build/demo
  bitcortex demo --out /data/d    into another folder
  bitcortex demo --json           one object per engine and workload
"""

import argparse
import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bitcortex.cli.progress import steps_bar
from bitcortex.cli.result import Result


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    parser.add_argument("--out", type=Path, default=Path("build/demo"), help="folder to write")
    parser.add_argument("--seed", type=int, default=42, help="of the column (default 42)")


def run(arguments: argparse.Namespace, console: Console) -> Result:
    """Run both workloads, draw the pictures and write report.html and summary.json."""
    from bitcortex.sim.demo import run_demo

    arguments.out.mkdir(parents=True, exist_ok=True)
    with steps_bar(console, "demo", 100) as progress:
        summary = run_demo(
            arguments.out, arguments.seed, progress, lambda text: console.log(text, markup=False)
        )
    (arguments.out / "summary.json").write_text(json.dumps(summary, indent=1) + "\n")
    items = [
        {"workload": workload, "engine": engine, "hash": value, "report": summary["report"]}
        for workload, hashes in summary["hashes"].items()
        for engine, value in hashes.items()
    ]
    return Result(bool(summary["equal"]), items)


def show(result: Result, console: Console) -> None:
    """Print a row per workload and engine."""
    table = Table("workload", "engine", "spike hash")
    for item in result.items:
        table.add_row(item["workload"], item["engine"], item["hash"])
    console.print(table)
    verdict = "all equal" if result.ok else "DIFFERENT: run bitcortex verify"
    console.print(f"hashes: {verdict}; report: {result.items[0]['report']}")
