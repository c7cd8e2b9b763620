"""All variants of Brunel's network against Brian2, NEST and what must come out.

Every variant runs in a process of its own, on the same synapses and the same external spikes as
Brian2. An expected rate stands beside every rate, with where it comes from; Brian2's spikes are
compared one by one where a variant is the same program. NEST draws its own external spikes.
`benchmarks/README.md` says what each figure means.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import export
import numpy as np
from simulators import flat, run

from bitcortex.brunel import compare, report
from bitcortex.brunel.params import PRESETS, BrunelParams
from bitcortex.brunel.work import WARM_UP_S, Work
from bitcortex.cli import bench
from bitcortex.network.run import Events
from bitcortex.sim.engine.hash import hash_spikes

EXAMPLES = """examples:
  python benchmarks/snn_comparison.py --all --json build/variants.json --markdown
  python benchmarks/snn_comparison.py V3 V3t V9 --preset brunel_seed --seeds 2
  python benchmarks/snn_comparison.py --all --no-nest --rtl --plot build/variants.png
  python benchmarks/snn_comparison.py V21 --load my_variant.py"""
SIMULATORS = {"network": "brian2_cython", "brian2": "brian2_cython", "tutorial": "brian2_tutorial"}
LABELS = {"brian2_cython": "Brian2", "brian2_tutorial": "Brian2, the tutorial's order",
          "nest": "NEST"}  # fmt: skip


class Simulators:
    """Brian2 and NEST on the networks of the variants, each network once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.found: dict[tuple[Any, ...], dict[str, Any]] = {}

    def measure(
        self, worker: str, params: BrunelParams, seed: int, seconds: float
    ) -> dict[str, Any]:
        """Run a simulator on a draw of the network; statistics are as `Work.statistics`."""
        key = (worker, params, seed, seconds)
        if key not in self.found:
            work = Work(params, seed, seconds)
            network = export.flat_network(work.lowered, work.steps)
            if worker != "nest":
                network = replace(network, events_n=work.external)
            path = self.folder / f"{worker}-{len(self.found)}-{seed}.npz"
            flat.save(network, path)
            made = run.measure(worker, path, spikes=True)
            path.unlink()
            step, neuron = made.pop("step").astype(np.int64), made.pop("neuron").astype(np.int64)
            events = Events(work.steps, params.n_total, step, neuron)
            rate, cv = work.statistics(events)
            made |= {"rate": rate, "cv": cv, "hash": f"{hash_spikes(step, neuron):016x}",
                     "synapses": len(network.targets)}  # fmt: skip
            self.found[key] = made
        return self.found[key]

    def oracle(
        self, kind: str, params: BrunelParams, seed: int, seconds: float
    ) -> compare.Answer | None:
        """Return Brian2's rate on the same synapses and external spikes."""
        worker = SIMULATORS[kind]
        made = self.measure(worker, params, seed, seconds)
        return compare.Answer(made["rate"], made["hash"], LABELS[worker])

    def item(self, worker: str, task: compare.Task) -> compare.Item:
        """Return a simulator as an item beside the variants; NEST must agree with Brian2."""
        params = PRESETS[task.preset](task.n)
        seeds = range(1, task.seeds + 1)
        runs = [self.measure(worker, params, seed, task.seconds) for seed in seeds]
        walls = [made["seconds"]["simulate"] for made in runs]
        versions = runs[0]["versions"]
        expected = error = None
        if worker == "nest":
            answers = [self.oracle("network", params, seed, task.seconds) for seed in seeds]
            expected = float(np.mean([a.rate_hz for a in answers if a]))
            error = float(np.mean([made["rate"] for made in runs])) / expected - 1
        return {
            "variant": LABELS[worker], "title": "the same network in this simulator",
            "domain": "simulator", "workload": "network", "preset": task.preset,
            "neurons": task.n, "biological_s": task.seconds, "seeds": task.seeds, "within": None,
            "rate_hz": float(np.mean([made["rate"] for made in runs])),
            "expected_hz": expected,
            "expectation": "Brian2, other external spikes" if error else "",
            "error": error, "cv_isi": float(np.mean([made["cv"] for made in runs])),
            "seconds_mean": float(np.mean(walls)), "seconds_std": float(np.std(walls)),
            "peak_mb": max(made["peak_rss_bytes"] for made in runs) / 1e6,
            "engine": " ".join(f"{k} {v}" for k, v in versions.items() if k in ("brian2", "nest")),
            "hashes": [made["hash"] for made in runs], "missing": None, "metrics": {}, "ok": None,
            "spike_for_spike": None, "rtl": None, "synapses": [made["synapses"] for made in runs],
        }  # fmt: skip


def warm(simulators: Simulators, tasks: list[compare.Task], jobs: int) -> None:
    """Run every simulation that will be asked for, `jobs` at a time, after one that compiles."""
    wanted = []
    for task in tasks:
        chosen = compare.find(task.variant)
        if chosen.oracle == "own":
            continue
        params = chosen(PRESETS[task.preset](task.n)).network
        wanted += [(SIMULATORS[chosen.oracle], params, seed, task.seconds)
                   for seed in range(1, task.seeds + 1)]  # fmt: skip
    wanted = list(dict.fromkeys(wanted))
    first = {worker: asked for asked in reversed(wanted) for worker in asked[:1]}
    for asked in first.values():
        simulators.measure(*asked)
    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(lambda asked: simulators.measure(*asked), wanted))
    say(f"Brian2: {len(wanted)} runs")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("variant", nargs="*", metavar="VARIANT", help="V1, V3t ...")
    parser.add_argument("--all", action="store_true", help="every variant")
    parser.add_argument("--preset", choices=list(PRESETS), help="default: both")
    parser.add_argument("--n", type=int, default=1000, help="neurons (%(default)s)")
    parser.add_argument("--seeds", type=int, default=5, help="draws (%(default)s)")
    usual = ", ".join(f"{v:g} for {k}" for k, v in compare.SECONDS.items())
    parser.add_argument("--seconds", type=float,
                        help=f"biological, after 0.2 s; default: {usual}")  # fmt: skip
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1),
                        help="processes at once, which slow each other (%(default)s)")  # fmt: skip
    parser.add_argument("--rtl", action="store_true", help="compare with gateware, too")
    parser.add_argument("--load", default="", metavar="FILE", help="Python file with variants")
    parser.add_argument("--no-brian2", action="store_true", help="float64 says the rates")
    parser.add_argument("--no-nest", action="store_true", help="leave NEST out")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write one JSON object")
    parser.add_argument("--markdown", nargs="?", const="-", metavar="FILE",
                        help="write tables; without a name, print them")  # fmt: skip
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw rates and times")
    options = parser.parse_args()
    if bool(options.variant) == options.all:
        parser.error("give --all, or names of variants")
    try:
        tasks = bench.tasks(options)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    start = time.perf_counter()
    run.WORK.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=run.WORK) as name:
        simulators = Simulators(Path(name))
        outside = [] if options.no_brian2 else ["brian2_cython"]
        if not options.no_nest and outside:
            outside.append("nest")
        if outside:
            warm(simulators, tasks, options.jobs)
        items = compare.compare(
            tasks, simulators.oracle if outside else compare.float64, options.jobs,
            lambda item: say(f"{item['preset']} {item['variant']}: {item['rate_hz']} Hz, "
                             f"expected {item['expected_hz']}"),
        )  # fmt: skip
        for preset in dict.fromkeys(task.preset for task in tasks):
            task = next(task for task in tasks if task.preset == preset)
            items += [simulators.item(worker, task) for worker in outside]
    seconds = time.perf_counter() - start
    ok = compare.all_ok(items)
    if options.json:
        options.json.write_text(
            json.dumps({"ok": ok, "seconds": seconds, "items": items}, indent=2)
        )
    text = report.tables(items)
    if options.markdown and options.markdown != "-":
        Path(options.markdown).write_text(text)
    if options.plot:
        report.plot(items, options.plot)
    print(text)
    print(f"{seconds:.0f} s, {WARM_UP_S:g} s of warm-up in every run; {'ok' if ok else 'NOT ok'}")
    return 0 if ok else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RuntimeError as error:  # a simulator or a variant that fails
        sys.exit(f"error: {error}")
