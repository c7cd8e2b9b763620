"""What a neuron's update, a draw of its drive and a synaptic event cost on Numba, and the limits.

    python benchmarks/phases.py
    python benchmarks/phases.py --case seed-10000 --repeats 20 --json build/phases.json

One thread. A network is run as it is, without synapses, and without drive too (a constant of the
same mean instead): the differences are the phases. Each limit is a loop of our own that does only
what the phase cannot do without, on as much memory, in the same run; `benchmarks/README.md` says
what. CPU time, the least of some repeats, which take turns.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import export
import numpy as np

from bitcortex.network import lower
from bitcortex.network.event_plan import EventPlan
from bitcortex.sim.engine import lanes as simd
from bitcortex.sim.engine.numba_events import NumbaEventEngine
from bitcortex.sim.engine.simd import aligned, kernel

CASES = ("seed-1000", "seed-10000", "hetero-10000", "seed-100000")
STEPS = {"seed-100000": 100}
LIMITS = {
    "update": "reads and writes two 16-bit words per neuron",
    "draw": "advances the generators: 16 bits per draw",
    "event, rows": "reads the rows of bits that are due",
    "event, lists": "adds to a sum per event, of lists in the nearest cache",
}


@kernel()
def touch(words: Any, vectors: int, turns: int) -> None:
    """Read and write memory."""
    for _ in range(turns):
        for k in range(vectors):
            more = simd.add16(simd.load16(words, k * 32), simd.splat16(1))
            simd.store16(words, k * 32, more)


@kernel()
def advance(words: Any, vectors: int) -> None:
    """Advance eight generators after the other."""
    for k in range(vectors):
        at = k % 8 * 8
        simd.store512(words, at, simd.advance(simd.load512(words, at)))


@kernel()
def read_rows(matrix: Any, rows: Any, words: int) -> Any:
    """Read rows of bits."""
    some = simd.zero512()
    for i in range(len(rows)):
        for w in range(0, words, 8):
            some = simd.or512(some, simd.load512(matrix, rows[i] * words + w))
    return simd.any512(some)


@kernel()
def add_events(target: Any, starts: Any, length: int, sums: Any) -> None:
    """Read lists of targets and count each of them."""
    for i in range(len(starts)):
        for k in range(np.uint64(starts[i]), np.uint64(starts[i] + length)):
            sums[target[k] & np.uint32(0xFFFF)] += 1


def least(runs: dict[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Return the least CPU seconds of every run."""
    found = {name: [] for name in runs}
    for turn in range(repeats + 1):
        for name, run in runs.items():
            start = time.process_time()
            run()
            if turn:  # the first one warms up
                found[name].append(time.process_time() - start)
    return {name: min(seconds) for name, seconds in found.items()}


@dataclass(frozen=True)
class Work:
    """What a step of a network does, on average."""

    spikes: float
    events: float
    lists: float  # that these spikes have
    in_rows: bool


def without_drive(plan: EventPlan) -> EventPlan:
    """Return a Plan with neither synapses nor drive, and a constant of the same mean."""
    populations = tuple(
        replace(p, cdf=(), drive=0,
                constant=p.constant + round(p.drive * sum(1 - c / 65_536 for c in p.cdf)))
        for p in plan.populations
    )  # fmt: skip
    return replace(plan, populations=populations, projections=())


def limits(engine: NumbaEventEngine, work: Work, steps: int) -> dict[str, Callable[[], object]]:
    """Return a loop per limit, for as many steps."""
    tables, rng = engine.tables, np.random.default_rng(1)
    blocks = len(engine.state.v) // 32
    state, generators = aligned((blocks * 64,), np.int16), aligned((64,), np.uint64)
    generators[:] = 1
    runs: dict[str, Callable[[], object]] = {
        "update": lambda: touch(state, 2 * blocks, steps),
        "draw": lambda: advance(generators, blocks * steps),
    }
    if work.in_rows:
        count = max(1, len(tables.matrix) // tables.words - 1)
        rows = rng.integers(0, count, round(work.spikes * steps))
        runs["event, rows"] = lambda: read_rows(tables.matrix, rows, tables.words)
    else:
        length = round(work.events / work.lists)
        starts = rng.integers(0, 4096, round(work.lists * steps))
        sums = np.zeros(1 << 16, np.int32)
        runs["event, lists"] = lambda: add_events(tables.target, starts, length, sums)
    return runs


def measure(case: str, repeats: int) -> list[dict[str, Any]]:
    """Return the phases of a network."""
    plan = lower(export.NETWORKS[case]()).plan
    steps = STEPS.get(case, 2_000_000 // plan.neurons)
    full = NumbaEventEngine(plan)
    in_rows = len(full.tables.weights) > 0
    full.run(1000)
    events = full.run(1000)
    degree = export.out_degrees(plan)
    spikes = len(events.step) / 1000
    work = Work(spikes, float(degree[events.neuron].sum()) / 1000,
                spikes * max(1, len(full.tables.delays)), in_rows)  # fmt: skip
    engines = {
        "all": full,
        "no synapses": NumbaEventEngine(replace(plan, projections=())),
        "no drive": NumbaEventEngine(without_drive(plan)),
    }
    for engine in engines.values():
        engine.run(1000)
    runs: dict[str, Callable[[], object]] = {
        name: (lambda engine=engine: engine.run(steps)) for name, engine in engines.items()
    }
    found = least(runs | limits(full, work, steps), repeats)
    updates = plan.neurons * steps
    kind = "event, rows" if in_rows else "event, lists"
    phases = {
        "update": (found["no drive"], updates),
        "draw": (found["no synapses"] - found["no drive"], updates),
        kind: (found["all"] - found["no synapses"], work.events * steps),
    }
    return [
        {
            "case": case,
            "neurons": plan.neurons,
            "phase": phase,
            "per_step": count / steps,
            "ns": seconds / count * 1e9,
            "limit_ns": found[phase] / count * 1e9,
            "limit": LIMITS[phase],
            "step_us": found["all"] / steps * 1e6,
        }
        for phase, (seconds, count) in phases.items()
    ]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--case", nargs="+", choices=CASES, default=list(CASES[:3]), metavar="CASE",
                        help=f"of {', '.join(CASES)} (default: all but the last)")  # fmt: skip
    parser.add_argument("--repeats", type=int, default=10, help="of each (%(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write one JSON object")
    options = parser.parse_args()
    if options.repeats < 1:
        parser.error("--repeats must be at least 1")
    items = []
    for case in options.case:
        print(f"{case} ...", file=sys.stderr, flush=True)
        items += measure(case, options.repeats)
    print("case          phase         per step      ns  limit ns  what the limit does")
    for i in items:
        print(f"{i['case']:13} {i['phase']:13} {i['per_step']:8,.0f} {i['ns']:7.3f} "
              f"{i['limit_ns']:9.3f}  {i['limit']}")  # fmt: skip
    if options.json:
        options.json.write_text(json.dumps({"ok": True, "items": items}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
