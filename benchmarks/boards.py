"""Every board with a network that suits it: area, speed, build time, real-time factor.

    python benchmarks/boards.py --all --json boards.json --markdown    hours on two cores
    python benchmarks/boards.py --case icebreaker colorlight_i5 --seeds 3
    python benchmarks/boards.py --case ulx3s-85f-32 --seeds 5

These are whole SoCs, built as `bitcortex build --build` does, bitstream included; what was placed
before is taken from the cache. RTF is biological time over wall time at the clock that the board is
built for, from the busy cycles per step of the compiled Verilog. A clock that no placement reaches
is an error, and the row says which.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from hardware import cycles_per_step
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from bitcortex.boards.board import Board
from bitcortex.boards.build import build, design
from bitcortex.boards.fit import check_fits
from bitcortex.boards.registry import find_board
from bitcortex.errors import ToolError
from bitcortex.network.brunel import brunel_ai
from bitcortex.network.lower import lower

COLUMNS = ("case", "neurons", "lanes", "clock_mhz", "lut", "lut_error", "ff", "bram", "bram_error",
           "spram", "dsp", "fmax_median_mhz", "fmax_best_mhz", "seconds", "cycles_per_step",
           "rtf")  # fmt: skip


@dataclass(frozen=True)
class Build:
    """Brunel's network of so many neurons, at the AI point, on a board."""

    board: str
    neurons: int
    lanes: int | None = None  # the board's
    clock_hz: int | None = None  # the board's


CASES = {
    "ulx3s-85f-16": Build("ulx3s-85f", 1000, 16, 60_000_000),
    "ulx3s-85f-32": Build("ulx3s-85f", 1000, 32, 80_000_000),
    "ulx3s-45f": Build("ulx3s-45f", 1000),
    "ulx3s-25f": Build("ulx3s-25f", 512),
    "ulx3s-12f": Build("ulx3s-12f", 150),
    "orangecrab": Build("orangecrab", 512),
    "colorlight_i5": Build("colorlight_i5", 512),
    "colorlight_5a_75b": Build("colorlight_5a_75b", 512),
    "icebreaker": Build("icebreaker", 1000),
    "tang_nano_9k": Build("tang_nano_9k", 100),
    "tang_nano_20k": Build("tang_nano_20k", 256),
}


def run(name: str, seeds: int, bar: Progress) -> dict[str, Any]:
    """Build one case and return its row."""
    case = CASES[name]
    board: Board = find_board(case.board)
    made = design(board, lower(brunel_ai(case.neurons)).plan, case.lanes, case.clock_hz)
    expected = check_fits(board, made.plan, made.lanes, made.soc.verilog)
    cycles, events = cycles_per_step(made.plan, made.lanes, made.params.spram)
    task = bar.add_task(name, total=seeds + 2)

    def say(text: str) -> None:
        bar.update(task, description=f"{name}: {text}")

    row: dict[str, Any] = {
        "case": name, "board": board.name, "network": made.plan.name, "neurons": case.neurons,
        "lanes": made.lanes, "clock_mhz": made.clock_hz / 1e6, "cycles_per_step": cycles,
        "events_per_step": events, "rtf": made.clock_hz / cycles * made.plan.dt_ns * 1e-9,
        "lut_estimate": expected.lut.needed, "bram_estimate": expected.bram.needed, "error": None,
    }  # fmt: skip
    try:
        built = build(made, seeds, say=say, step=lambda: bar.advance(task))
    except ToolError as error:
        return row | {"error": str(error)}
    report = built.report
    speeds = list(report["fmax_mhz"].values())
    seconds = report["seconds_synthesis"] + sum(report["seconds_placement"].values())
    return row | {
        **{key: report[key] for key in ("lut", "ff", "bram", "spram", "dsp", "longest_path")},
        "fmax_mhz": speeds,
        "fmax_median_mhz": median(speeds),
        "fmax_best_mhz": max(speeds),
        "seconds": seconds,
        "lut_error": expected.lut.needed / report["lut"] - 1,
        "bram_error": expected.bram.needed - report["bram"],
        "tools": report["tools"],
    }


def markdown(rows: list[dict[str, Any]]) -> str:
    """Return the rows as a table."""
    lines = ["| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
    for row in rows:
        lines.append("| " + " | ".join(_text(column, row.get(column)) for column in COLUMNS) + " |")
    wrong = [f"- {row['case']}: {row['error']}" for row in rows if row["error"]]
    return "\n".join([*lines, "", *wrong])


def _text(column: str, cell: Any) -> str:
    if cell is None:
        return "-"
    if column == "lut_error":
        return f"{cell:+.1%}"
    return f"{cell:.4g}" if isinstance(cell, float) else str(cell)


def main() -> int:
    """Build the cases asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--case", nargs="*", default=[], choices=list(CASES), metavar="CASE")
    parser.add_argument("--all", action="store_true", help=f"all of {', '.join(CASES)}")
    parser.add_argument("--seeds", type=int, default=5, help="placements (default: %(default)s)")
    parser.add_argument("--json", type=Path, help="write the rows to this file, one by one")
    parser.add_argument("--markdown", action="store_true", help="print them as a table")
    arguments = parser.parse_args()
    names = list(CASES) if arguments.all else arguments.case
    if not names:
        parser.error(f"give --all, or --case with some of {', '.join(CASES)}")
    rows: list[dict[str, Any]] = []
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        for name in names:
            rows.append(run(name, arguments.seeds, bar))
            if arguments.json:  # what is done is kept
                ok = not any(row["error"] for row in rows)
                text = json.dumps({"ok": ok, "items": rows}, indent=1)
                arguments.json.write_text(text + "\n")
    print(markdown(rows) if arguments.markdown else json.dumps(rows, indent=1))
    return int(any(row["error"] for row in rows))


if __name__ == "__main__":
    raise SystemExit(main())
