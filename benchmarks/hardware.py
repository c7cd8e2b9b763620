"""Cycles per step of the column engine, times routed fmax: real-time factor per device and store.

    python benchmarks/hardware.py --case brunel-ai-32              one design, 5 seeds
    python benchmarks/hardware.py --case ice40-256 --seeds 2
    python benchmarks/hardware.py --all --json hardware.json       hours: 32 lanes route for long
    python benchmarks/hardware.py --case brunel-ai-32 --seeds 0    cycles only, no synthesis
    python benchmarks/hardware.py --largest ecp5-85 --lanes 32     what fits, by store

A row is a network on a device: lanes, store, cycles per step (busy cycles of the compiled Verilog
over its steps, after the start-up), lookup tables, flip-flops, block RAMs, multipliers, fmax
(median and best over seeds, out of context: see docs/area.md), RTF (biological time over wall
time at the median fmax: above 1 is faster than real time), and synaptic events per second at
that clock. `--largest` counts block RAMs only: the largest Brunel network (p = 0.1) of each store,
which is all-to-all capable with bitmaps.
"""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import Progress

from bitcortex.boards.area import measure
from bitcortex.boards.capacity import Rams, rams
from bitcortex.boards.devices import DEVICES, Device, find_device
from bitcortex.boards.fit import largest_of
from bitcortex.models.column.params import CoreParams
from bitcortex.network.brunel import brunel, brunel_ai, brunel_seed
from bitcortex.network.description import Network
from bitcortex.network.event_plan import EventPlan
from bitcortex.network.lower import lower
from bitcortex.sim.engine.rtl_events import RtlEventEngine, emit_column


@dataclass(frozen=True)
class Case:
    """A network on a device."""

    network: Callable[[], Network]
    lanes: int
    device: str
    steps: int = 2000  # measured
    warm: int = 500  # steps before
    recipe: str | None = None  # of the synthesis

    @property
    def spram(self) -> bool:
        """Whether there is one for the bitmap of every lane."""
        return find_device(self.device).spram >= self.lanes


def small(n: int) -> Network:
    """Return a Brunel network in the AI state that fits a small device."""
    return brunel("brunel_ai", n, 0.8 * (1000 / n) ** 0.5, 6.0, 1.5, 1.5, 2.0, "bernoulli", 1)


CASES = {
    "brunel-ai-8": Case(brunel_ai, 8, "ecp5-85"),
    "brunel-ai-16": Case(brunel_ai, 16, "ecp5-85"),
    "brunel-ai-32": Case(brunel_ai, 32, "ecp5-85"),
    "brunel-ai-32-stored": Case(lambda: brunel_ai(store="stored"), 32, "ecp5-85"),
    "brunel-seed-32": Case(brunel_seed, 32, "ecp5-85"),
    "procedural-10000": Case(
        lambda: brunel_seed(10_000, rule="stratified"), 32, "ecp5-85", 200, 300
    ),
    "ice40-256": Case(lambda: small(256), 2, "ice40up5k", recipe="dsp"),
    "ice40-512": Case(lambda: small(512), 2, "ice40up5k", recipe="dsp"),
    "ice40-1024": Case(lambda: small(1024), 4, "ice40up5k", recipe="dsp"),
    "gw1nr-9": Case(lambda: small(256), 4, "gw1nr-9"),
    "gw2ar-18": Case(lambda: small(256), 8, "gw2ar-18"),
}


def cycles_per_step(
    plan: EventPlan, lanes: int, spram: bool, steps: int = 2000, warm: int = 500
) -> tuple[float, float]:
    """Return cycles and synaptic events per step of the compiled engine, after `warm` steps."""
    engine = RtlEventEngine(plan, lanes, spram=spram)
    try:
        engine.run(warm)
        before = engine.cycles
        events = engine.run(steps)
        cycles = (engine.cycles - before) / steps
    finally:
        engine.close()
    fan_out = np.zeros(plan.neurons)
    for p in plan.projections:
        first, to = plan.first_neuron(p.source), plan.first_neuron(p.target)
        for i in range(plan.size(p.source)):
            fan_out[first + i] += len(p.connectivity.row(i, to, p.seed)[0])
    return cycles, float(fan_out[events.neuron].sum() / steps)


def largest(device: Device, lanes: int, store: str, step: Callable[[], object]) -> dict[str, Any]:
    """Return the largest network of a store whose memories fit a device."""

    def fits(n: int) -> bool:
        rule = "stratified" if store == "procedural" else "bernoulli"
        plan = lower(brunel_ai(n, rule=rule, store=store)).plan
        step()
        params = CoreParams(plan, lanes, spram=device.spram >= lanes)
        found[n] = rams(emit_column(params), device), plan
        return found[n][0].fit(device)

    found: dict[int, tuple[Rams, Any]] = {}
    most = largest_of(fits)
    row: dict[str, Any] = {"device": device.name, "lanes": lanes, "store": store, "neurons": most}
    if most:
        needed, plan = found[most]
        row["synapses"] = sum(
            p.connectivity.synapses(plan.first_neuron(p.target), p.seed) for p in plan.projections
        )
        row |= {"block_rams": needed.blocks, "of": device.blocks}
        if device.spram:
            row["spram"] = needed.spram
    return row


def run(name: str, seeds: int, progress: Callable[[], object]) -> dict[str, Any]:
    """Measure one case; `seeds` 0 leaves out synthesis."""
    case = CASES[name]
    plan = lower(case.network()).plan
    cycles, events = cycles_per_step(plan, case.lanes, case.spram, case.steps, case.warm)
    progress()
    row: dict[str, Any] = {
        "case": name,
        "network": plan.name,
        "neurons": plan.neurons,
        "synapses": sum(
            p.connectivity.synapses(plan.first_neuron(p.target), p.seed) for p in plan.projections
        ),
        "device": case.device,
        "lanes": case.lanes,
        "store": "+".join(sorted({p.connectivity.store for p in plan.projections})),
        "cycles_per_step": cycles,
        "events_per_step": events,
    }
    if seeds:
        engine = emit_column(CoreParams(plan, case.lanes, spram=case.spram))
        area = measure(engine, find_device(case.device), seeds, case.recipe, progress)
        hertz = area.fmax_median_mhz * 1e6
        row |= {
            "lut": area.lut,
            "ff": area.ff,
            "bram": area.bram,
            "spram": area.spram,
            "dsp": area.dsp,
            "seeds": seeds,
            "fmax_median_mhz": area.fmax_median_mhz,
            "fmax_best_mhz": area.fmax_best_mhz,
            "rtf": hertz / cycles * plan.dt_ns * 1e-9,
            "events_per_s": events * hertz / cycles,
        }
    return row


def main() -> int:
    """Measure the cases asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--case", nargs="*", default=[], choices=list(CASES), metavar="CASE")
    parser.add_argument("--all", action="store_true", help=f"all of {', '.join(CASES)}")
    parser.add_argument("--seeds", type=int, default=5, help="placements (default: %(default)s)")
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    parser.add_argument("--largest", choices=list(DEVICES), help="what fits a device")
    parser.add_argument("--lanes", type=int, default=32, help="with --largest (default: 32)")
    arguments = parser.parse_args()
    names = list(CASES) if arguments.all else arguments.case
    if not names and not arguments.largest:
        parser.error("give --case, --all or --largest")
    rows = []
    with Progress(console=Console(stderr=True)) as bar:
        if arguments.largest:
            device = find_device(arguments.largest)
            for store in ("bitmap", "stored", "procedural"):
                task = bar.add_task(store, total=None)
                grow = partial(bar.advance, task)
                rows.append(largest(device, arguments.lanes, store, grow))
        stages = 1 + (arguments.seeds + 1 if arguments.seeds else 0)
        for name in names:
            task = bar.add_task(name, total=stages)
            rows.append(run(name, arguments.seeds, lambda task=task: bar.advance(task)))
    for row in rows:
        print(
            "  ".join(
                f"{k} {v:.4g}" if isinstance(v, float) else f"{k} {v}" for k, v in row.items()
            )
        )
    if arguments.json:
        arguments.json.write_text(json.dumps({"ok": True, "items": rows}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
