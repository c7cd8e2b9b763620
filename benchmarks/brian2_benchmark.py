"""Brian2 head to head with V1, V3, V18 and V20 at several sizes: wall time and memory.

All run the seed network, a draw of it, with the same synapses: a variant that would run another
network is refused. Every run has a process of its own. Brian2 draws its own external spikes, as a
user of it would; a factor is printed only where rates agree. `benchmarks/brunel.py` is the
comparison in full, with threads, phases and NEST; `benchmarks/README.md` explains both.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import export
import numpy as np
from brunel_report import RATE_WITHIN
from simulators import flat, run

from bitcortex.brunel import BrunelParams, Work, compare, find

EXAMPLES = """examples:
  python benchmarks/brian2_benchmark.py --scales 1000 10000 --repeats 3
  python benchmarks/brian2_benchmark.py --scales 1000 --variants V18 --json build/brian2.json"""
DEFAULT = ("V1", "V3", "V18", "V20")
SIMULATORS = {"brian2_cpp": "Brian2 cpp_standalone", "brian2_cython": "Brian2 cython"}


def check_same(variant: str, params: BrunelParams) -> None:
    """Refuse a variant that is not the network that Brian2 runs.

    Raises
    ------
    ValueError
        If it runs another one, or none.
    """
    chosen = find(variant)
    if chosen.workload != "network" or chosen.oracle == "own":
        raise ValueError(
            f"variant must run the network that Brian2 runs, not {variant}: {chosen.title}, "
            f"{chosen.workload}. Use snn_comparison.py, which says what it must give instead"
        )
    network = chosen(params).network
    if network != params:
        different = [k for k in vars(params) if getattr(network, k) != getattr(params, k)]
        raise ValueError(
            f"variant must run the network that Brian2 runs, and {variant} has another "
            f"{', '.join(different)}. Leave it out"
        )


def summary(name: str, n: int, synapses: int, runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the item of a row from its runs."""
    walls = [made["seconds"] for made in runs]
    return {
        "variant": name, "neurons": n, "synapses": synapses, "repeats": len(runs),
        "rate_hz": float(np.mean([made["rate_hz"] for made in runs])), "expected_hz": None,
        "cv_isi": float(np.mean([made["cv_isi"] for made in runs])),
        "seconds_mean": float(np.mean(walls)), "seconds_std": float(np.std(walls)),
        "peak_mb": max(made["peak_mb"] for made in runs), "engine": runs[0]["engine"],
        "speed_up": None, "note": "",
    }  # fmt: skip


def scale(n: int, options: argparse.Namespace, folder: Path) -> list[dict[str, Any]]:
    """Return the items of a size, Brian2's first."""
    params = BrunelParams.seed(n)
    work = Work(params, 1, options.seconds)
    network = export.flat_network(work.lowered, work.steps)
    path, synapses = folder / f"{n}.npz", len(network.targets)
    flat.save(network, path)
    rows: dict[str, list[dict[str, Any]]] = {}
    for _ in range(options.repeats):  # rows take turns
        for worker, label in SIMULATORS.items():
            made = run.measure(worker, path, limit_s=options.limit)
            rows.setdefault(label, []).append({
                "seconds": made["seconds"]["simulate"], "rate_hz": made["rate_hz"],
                "cv_isi": made["cv_isi"], "peak_mb": made["peak_rss_bytes"] / 1e6,
                "engine": f"brian2 {made['versions']['brian2']}",
            })  # fmt: skip
        for variant in options.variants:
            task = compare.Task(variant, "brunel_seed", n, 1, options.seconds)
            made = compare.process(task, options.limit)
            if made["missing"]:
                raise RuntimeError(made["missing"])
            if made["synapses"] != [synapses]:
                raise RuntimeError(f"{variant} has {made['synapses']} synapses, not {synapses}")
            rows.setdefault(variant, []).append(made | {"seconds": made["seconds_mean"]})
            print(f"{n:,} {variant}: {made['seconds_mean']:.3g} s", file=sys.stderr, flush=True)
    items = [summary(name, n, synapses, runs) for name, runs in rows.items()]
    judge(items)
    return items


def judge(items: list[dict[str, Any]]) -> None:
    """Add how much faster than Brian2 C++ every row is, if it fires as fast."""
    brian2 = items[0]
    for item in items[1:]:
        item["expected_hz"] = brian2["rate_hz"]
        if abs(item["rate_hz"] / brian2["rate_hz"] - 1) <= RATE_WITHIN:
            item["speed_up"] = brian2["seconds_mean"] / item["seconds_mean"]
        else:
            item["note"] = "rates differ"


def table(items: list[dict[str, Any]], seconds: float) -> str:
    """Return the items as Markdown."""
    lines = [f"{seconds:g} s of biological time, after 0.2 s that count in the wall time, too", "",
             "| neurons | synapses | | wall s | peak MB | Hz | CV | Brian2 C++ takes | |",
             "|---:|---:|---|---:|---:|---:|---:|---:|---|"]  # fmt: skip
    for x in items:
        factor = f"{x['speed_up']:.3g} x" if x["speed_up"] else ""
        lines.append(
            f"| {x['neurons']:,} | {x['synapses']:,} | {x['variant']} | {x['seconds_mean']:.4g} ± "
            f"{x['seconds_std']:.1g} | {x['peak_mb']:.0f} | {x['rate_hz']:.2f} | {x['cv_isi']:.3f} "
            f"| {factor} | {x['note'] or x['engine']} |"
        )
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--scales", nargs="+", type=int, default=[1000, 10_000],
                        help="neurons (default: 1000 10000)")  # fmt: skip
    parser.add_argument("--variants", nargs="+", default=list(DEFAULT),
                        help=f"default: {' '.join(DEFAULT)}")  # fmt: skip
    parser.add_argument("--repeats", type=int, default=3, help="runs of each (%(default)s)")
    parser.add_argument("--seconds", type=float, default=1.0, help="biological (%(default)s)")
    parser.add_argument("--limit", type=float, default=1800.0, help="seconds a run (%(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write one JSON object")
    options = parser.parse_args()
    if options.repeats < 1 or options.seconds <= 0:
        parser.error("--repeats must be at least 1, and --seconds above 0")
    try:
        for n in options.scales:
            for variant in options.variants:
                check_same(variant, BrunelParams.seed(n))
    except ValueError as error:
        parser.error(str(error))
    run.WORK.mkdir(parents=True, exist_ok=True)
    items: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(dir=run.WORK) as name:
        for n in options.scales:
            items += scale(n, options, Path(name))
    ok = not any(item["note"] for item in items)
    if options.json:
        options.json.write_text(json.dumps({"ok": ok, "items": items}, indent=2))
    print(table(items, options.seconds))
    return 0 if ok else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RuntimeError as error:  # a simulator or a variant that fails
        sys.exit(f"error: {error}")
