"""Accuracy on the digits against the rate of faults: bitstreams and fixed point, all engines.

Two sets of lines: operands and products of the multipliers, and operands only. Every engine
classifies all held-out images at every rate with every seed; their counts must have equal hashes.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from bitcortex.analysis import plots
from bitcortex.cli.progress import steps_bar
from bitcortex.models.faults import PLACES
from bitcortex.sim.engine.digits import ARITHMETICS, CLASSES, HELD_OUT
from bitcortex.sim.engine.fault_curves import (
    FAULT_RATES,
    KINDS,
    FaultCurve,
    accuracy_by_fault_rate,
    make_faults,
)
from bitcortex.sim.engine.sc_backends import ENGINES

EXAMPLES = """examples:
  python benchmarks/faults.py --plot build/faults.png
  python benchmarks/faults.py --engines numba --repeats 20 --markdown
  python benchmarks/faults.py --kind stuck_at_1 --engines numba,rtl --json"""
WHERE = {"all lines": PLACES, "operands only": PLACES[:2]}


def measure(options: argparse.Namespace, done: Callable[[int], object]) -> list[dict[str, Any]]:
    """Return an item per arithmetic and set of lines."""
    items = []
    sets = {"weights": PLACES} if options.kind == "variability" else WHERE
    for where, places in sets.items():
        curves: dict[str, FaultCurve] = {}
        seconds = {}
        for engine in options.engines:
            start = time.perf_counter()
            curves[engine] = accuracy_by_fault_rate(
                options.rates, options.repeats, engine, options.kind, places, options.length,
                progress=done,
            )  # fmt: skip
            seconds[engine] = time.perf_counter() - start
        first = next(iter(curves.values()))
        for arithmetic in ARITHMETICS:
            accuracy = first.accuracy[arithmetic]
            items.append({
                "arithmetic": arithmetic,
                "where": where,
                "kind": options.kind,
                "length": options.length if arithmetic == "sc" else None,
                "rates": list(first.rates),
                "accuracy": accuracy.tolist(),
                "mean": accuracy.mean(axis=1).tolist(),
                "std": accuracy.std(axis=1).tolist(),
                "lines": first.lines[arithmetic],
                "exposed_bits": first.exposed[arithmetic],
                "float_accuracy": first.float_accuracy,
                "images": first.images,
                "hashes": first.hashes[arithmetic],
                "engines": list(curves),
                "equal": all(c.hashes[arithmetic] == first.hashes[arithmetic]
                             for c in curves.values()),
                "seconds": seconds,
            })  # fmt: skip
    return items


def name(item: dict[str, Any]) -> str:
    what = f"bitstreams, {item['length']} bits" if item["arithmetic"] == "sc" else "fixed point"
    return f"{what}, {item['where']}"


def table(items: list[dict[str, Any]]) -> str:
    """Return a Markdown table: mean and standard deviation in percent."""
    rates = [f"{100 * rate:g} %" for rate in items[0]["rates"]]
    rows = [["", *rates, "bits exposed per image"], ["---"] * (len(rates) + 2)]
    for item in items:
        cells = [
            f"{100 * mean:.1f} ± {100 * std:.1f}"
            for mean, std in zip(item["mean"], item["std"], strict=True)
        ]
        rows.append([name(item), *cells, f"{item['exposed_bits']:,}"])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def plot(items: list[dict[str, Any]], path: Path) -> None:
    """Draw every item's curve."""
    figure = plots.accuracy_vs_fault_rate(
        items[0]["rates"],
        {name(item): np.array(item["accuracy"]) for item in items},
        chance=1 / CLASSES,
        label=f"{items[0]['kind'].replace('_', ' ')} (%)",
        title=f"Digits, {items[0]['images']} images",
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)


def parsed() -> argparse.Namespace:
    """Return the command line's options; a wrong one ends the program."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    rates = ",".join(f"{rate:g}" for rate in FAULT_RATES)
    parser.add_argument("--kind", choices=KINDS, default=KINDS[0], help="(%(default)s)")
    parser.add_argument("--rates", default=rates, help="in [0, 1] (%(default)s)")
    parser.add_argument("--repeats", type=int, default=3, help="seeds per rate (%(default)s)")
    parser.add_argument("--engines", default="golden,numba,rtl", help="(%(default)s)")
    parser.add_argument("--length", type=int, default=128, help="bits per stream (%(default)s)")
    parser.add_argument("--json", action="store_true", help='one object {"ok": ..., "items": ...}')
    parser.add_argument("--markdown", action="store_true", help="a table (what is printed anyway)")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the curves")
    options = parser.parse_args()
    options.engines = options.engines.split(",")
    if wrong := set(options.engines) - set(ENGINES):
        parser.error(f"--engines must be some of {', '.join(ENGINES)}, not {', '.join(wrong)}")
    if options.repeats < 1:
        parser.error(f"--repeats must be at least 1, not {options.repeats}")
    try:
        options.rates = [float(rate) for rate in options.rates.split(",")]
        for rate in options.rates:
            make_faults(options.kind, rate, 1, PLACES)
    except ValueError as error:
        parser.error(f"--rates: {error}")
    return options


def main() -> int:
    options = parsed()
    console = Console(stderr=True)
    sets = 1 if options.kind == "variability" else len(WHERE)
    runs = sets * len(ARITHMETICS) * len(options.engines) * len(options.rates) * options.repeats
    with steps_bar(console, "images", runs * HELD_OUT) as done:
        items = measure(options, done)
    ok = all(item["equal"] for item in items)
    if not ok:
        console.print("engines differ: see hashes in --json")
    if options.plot:
        plot(items, options.plot)
    print(json.dumps({"ok": ok, "items": items}) if options.json else table(items))
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
