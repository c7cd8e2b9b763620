"""Twin of the stored connections."""

import numpy as np

from bitcortex.gateware.column.stored import Stored as Gateware
from bitcortex.models.column.stored import Stored, StoredParams
from bitcortex.models.model import Trace
from bitcortex.sim.twin import Stimulus, Twin


def stimulus(params: StoredParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Fill the memories with lists of every length, then jobs and readers in bursts."""
    at = np.arange(cycles)
    size = max(params.rows, params.entries)
    later = at > size
    pointer_fill, entry_fill = (at > 0) & (at <= params.rows), (at > 0) & (at <= params.entries)
    kind = rng.integers(0, 4, cycles)
    few = rng.integers(0, min(4, params.longest) + 1, cycles)
    count = np.choose(kind, [few, few, np.minimum(1, few), np.full(cycles, params.longest)])
    start = rng.integers(0, params.entries, cycles) % np.maximum(1, params.entries - count + 1)
    top = 1 << (params.weight_width - 1)
    rare = (rng.random(cycles) < 0.02) & later
    spell = 100
    mood = np.repeat(rng.random(cycles // spell + 1), spell)[:cycles]
    eager = np.repeat(rng.random(cycles // spell + 1), spell)[:cycles]
    return {
        "pointer_we": (pointer_fill | rare).astype(np.int64),
        "pointer_address": np.where(pointer_fill, at - 1, rng.integers(0, params.rows, cycles)),
        "pointer_start": start,
        "pointer_count": count,
        "entry_we": (entry_fill | rare).astype(np.int64),
        "entry_address": np.where(entry_fill, at - 1, rng.integers(0, params.entries, cycles)),
        "entry_slot": rng.integers(0, params.slots, cycles),
        "entry_weight": rng.integers(-top, top, cycles),
        "job_valid": ((rng.random(cycles) < mood) & later).astype(np.int64),
        "job_row": rng.integers(0, params.rows, cycles),
        "event_ready": (rng.random(cycles) < np.where(eager < 0.6, 1.0, eager)).astype(np.int64),
        "rst": ((rng.random(cycles) < 0.0005) & later).astype(np.int64),
    }


def reached(params: StoredParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    shown = trace["event_valid"]
    start = max(params.rows, params.entries)
    return {
        "job FIFO full": bool((stimulus["job_valid"] & (1 - trace["job_ready"])).any()),
        "reader waits": bool((shown & (1 - stimulus["event_ready"])).any()),
        "idle": bool(trace["idle"][start:].any()),
        "last slot": bool((shown & (trace["event_slot"] == params.slots - 1)).any()),
        "an event in every cycle": bool(
            (np.convolve(shown, np.ones(8, np.int64), "valid") == 8).any()
        ),
    }


TWIN = Twin(
    name="column.stored",
    golden=Stored,
    gateware=Gateware,
    cases={
        "12 slots": StoredParams(12, 6, 24, 8, 12),
        "32 slots": StoredParams(rows=64, entries=400),
        "1 slot": StoredParams(1, 2, 3, 2, 3, 2),
    },
    stimulus=stimulus,
    reached=reached,
)
