"""Twin of the dispatcher."""

import numpy as np

from bitcortex.gateware.column.dispatcher import Dispatcher as Gateware
from bitcortex.gateware.column.mix import Mix
from bitcortex.models.column.dispatcher import Dispatcher
from bitcortex.models.column.params import CoreParams
from bitcortex.models.column.plasticity import LONG
from bitcortex.models.model import Trace
from bitcortex.sim.twin import Stimulus, Twin
from bitcortex.sim.twins.column.plans import every_store, one_store, plastic


def stimulus(params: CoreParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """A queue, a host and lanes that answer at random, fast and slow."""
    spell = 200
    pace = np.repeat(rng.choice([0.2, 0.7, 1.0], cycles // spell + 1), spell)[:cycles]

    def often(odds: float) -> np.ndarray:
        return (rng.random(cycles) < odds * pace).astype(np.int64)

    ids = np.where(
        rng.random(cycles) < 0.5,
        rng.choice([e for part in params.parts for e in (part[0], part[1] - 1)], cycles),
        rng.integers(0, 1 << params.id_bits, cycles),  # some belong to no part
    )
    rare = rng.random(cycles) < 0.002
    step = rng.integers(0, 1 << 32, cycles)
    step = np.where(rng.random(cycles) < 0.3, (1 << 32) - 1, step)
    return {
        "go": often(0.5),
        "set": rare.astype(np.int64),
        "set_step": step,
        "reading": often(0.8),
        "out_valid": often(0.4),
        "out_id": ids,
        "in_valid": often(0.6),
        "in_mark": (rng.random(cycles) < 0.3).astype(np.int64),
        "in_delay": rng.integers(0, len(params.delays), cycles),
        "in_id": np.roll(ids, 7),
        "bitmap_ready": often(0.8),
        "stored_ready": often(0.8),
        "procedural_ready": often(0.8),
        "idle": (rng.random(cycles) < 0.9).astype(np.int64),
        "rst": (rng.random(cycles) < 0.0005).astype(np.int64),
        **_previous(params, rng, np.where(rare, step, 0)),
    }


def _previous(params: CoreParams, rng: np.random.Generator, step: np.ndarray) -> Stimulus:
    """Let the host write last arrivals, some as long ago as a gap can tell, and look at them."""
    cycles = len(step)
    at = np.maximum.accumulate(np.where(step > 0, np.arange(cycles), 0))
    ago = rng.choice([0, LONG - 1, LONG, LONG + 1, 2 * LONG, 1 << 20], cycles)
    data = np.where(rng.random(cycles) < 0.2, 0, step[at] + rng.integers(-2, 30, cycles) - ago)
    return {
        "previous_we": (rng.random(cycles) < 0.01).astype(np.int64),
        "previous_look": (rng.random(cycles) < 0.05).astype(np.int64),
        "previous_address": rng.integers(0, 1 << params.previous_bits, cycles),
        "previous_data": data % (1 << 32),
    }


def reached(params: CoreParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    found = {
        "a step is delivered": len(np.unique(trace["delivered"])) == 4,
        "the last delay": bool((trace["free"] == 0).any()) or params.replays == 1,
        "the counter wraps": bool((np.diff(trace["current"]) < -(1 << 30)).any()),
    }
    for store, number in (("bitmap", 0), ("stored", 1), ("procedural", 2)):
        if any(job.store == number for job in params.job_list):
            waits = trace[f"{store}_valid"] & (1 - stimulus[f"{store}_ready"])
            found[f"{store} job waits"] = bool(waits.any())
    if params.layout.longest:
        draws = np.diff(trace["gate_length"]) != 0
        found["most draws"] = bool((trace["gate_length"] == params.layout.longest).any())
        found["draws end"] = bool((draws & (trace["gate_length"][1:] == 1)).any())
    if params.plastic:
        gap = trace["gap"][trace["plastic"] == 1]
        found["a gap, long and of no spike"] = {0, LONG} < set(gap.tolist())
        found["all rules"] = len(np.unique(trace["rule"])) == len(params.layout.rules)
        found["a last arrival looked at"] = bool(trace["previous"].any())
        found["a sweep"] = bool(trace["sweeping"].any())
    if params.plan.recorded:
        found["a recorded spike"] = bool((trace["in_ready"] & stimulus["in_valid"]).any())
    return found


TWIN = Twin(
    name="column.dispatcher",
    golden=Dispatcher,
    gateware=Gateware,
    cases={
        "every store, draws": CoreParams(every_store(draws=True), 8),
        "every store": CoreParams(every_store(), 8),
        "one bitmap": CoreParams(one_store("bitmap"), 4),
        "procedural": CoreParams(one_store("procedural"), 16),
        "plastic": CoreParams(plastic(), 8),
        "plastic, draws": CoreParams(plastic(draws=True), 16),
    },
    stimulus=stimulus,
    reached=reached,
    parts=(Mix,),
)
