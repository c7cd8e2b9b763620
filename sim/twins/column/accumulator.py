"""Twin of the accumulator."""

import numpy as np

from bitcortex.gateware.column.accumulator import Accumulator as Gateware
from bitcortex.models.column.accumulator import DRAIN, Accumulator, AccumulatorParams
from bitcortex.models.model import Trace
from bitcortex.sim.twin import Stimulus, Twin


def stimulus(params: AccumulatorParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Spells in which one bank receives events and the other is read; few slots, so hazards."""
    spell = 64
    top = 1 << (params.weight_width - 1)
    at = np.arange(cycles)
    bank = at // spell & 1
    # The pipeline runs empty before the banks change; power-on begins with a sweep.
    sweep = (at >= 2) & (at < 2 + params.slots)
    quiet = (at % spell >= spell - DRAIN) | (at < 2 * params.slots + DRAIN)
    few = np.repeat(rng.random(cycles // spell + 1) < 0.6, spell)[:cycles]
    slot = np.where(few, rng.integers(0, min(3, params.slots), cycles),
                    rng.integers(0, params.slots, cycles))  # fmt: skip
    weight = rng.integers(-top, top, cycles)
    extreme = rng.random(cycles)
    weight = np.where(extreme < 0.1, -top, np.where(extreme > 0.9, top - 1, weight))
    sign = np.repeat(rng.integers(0, 3, cycles // spell + 1), spell)[:cycles]
    weight = np.where(sign == 1, np.abs(weight + 1) % top, weight)  # sums pile up
    weight = np.where(sign == 2, -(np.abs(weight + 1) % top) - 1, weight)
    # A slot is read again after two cycles at the earliest.
    read = (rng.random(cycles) < 0.7) & ~quiet
    read_slot = np.cumsum(read) % params.slots
    if params.slots < 3:
        read &= at % 3 == 0
    return {
        "event_valid": ((rng.random(cycles) < 0.8) & ~quiet).astype(np.int64),
        "event_bank": bank,
        "event_slot": slot,
        "event_weight": weight,
        "read_valid": read.astype(np.int64),
        "read_bank": 1 - bank,
        "read_slot": np.where(sweep, at - 2, read_slot),
        "sweep": sweep.astype(np.int64),
    }


def reached(params: AccumulatorParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    valid, slot = stimulus["event_valid"], stimulus["event_slot"]
    same = {d: bool((valid[d:] & valid[:-d] & (slot[d:] == slot[:-d])).any()) for d in (1, 2, 3, 4)}
    found = trace["read_sum"]
    top = 1 << (params.width - 1)
    return {f"one slot again after {d} cycles": hit for d, hit in same.items()} | {
        "a sum that wraps" if params.width < 16 else "a large sum": bool(
            (np.abs(found) > (top * 3 // 4 if params.width < 16 else 1000)).any()
        ),
        "negative": bool((found < 0).any()),
        "both banks": len(np.unique(stimulus["read_bank"])) == 2,
        "last slot": bool((stimulus["read_slot"] == params.slots - 1).any()),
    }


TWIN = Twin(
    name="column.accumulator",
    golden=Accumulator,
    gateware=Gateware,
    cases={
        "5 slots": AccumulatorParams(5, 12, 8),
        "32 slots": AccumulatorParams(),
        "313 slots": AccumulatorParams(313, 22, 12),
        "1 slot": AccumulatorParams(1, 18, 18),
    },
    stimulus=stimulus,
    reached=reached,
)
