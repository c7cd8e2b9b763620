"""Twin of the stored connections."""

import numpy as np

from bitcortex.gateware.column.stored import Stored as Gateware
from bitcortex.models.column.stored import Stored, StoredParams
from bitcortex.models.model import Trace
from bitcortex.sim.twin import Stimulus, Twin

SPELL = 200  # cycles of the same rates


def stimulus(params: StoredParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Fill the memories with lists of every length, then jobs and readers in bursts."""
    at = np.arange(cycles)
    size = max(params.rows, params.entries)
    later = at > size
    pointer_fill, entry_fill = (at > 0) & (at <= params.rows), (at > 0) & (at <= params.entries)
    kind = rng.integers(0, 4, cycles)
    few = rng.integers(0, min(4, params.longest) + 1, cycles)
    some = rng.integers(0, params.longest + 1, cycles)
    count = np.choose(kind, [few, np.minimum(1, few), some, np.full(cycles, params.longest)])
    start = rng.integers(0, params.entries, cycles) % np.maximum(1, params.entries - count + 1)
    top = 1 << (params.weight_width - 1)
    weight = rng.integers(-top, top, cycles)
    weight = np.where(rng.random(cycles) < 0.1, np.where(weight < 0, -top, top - 1), weight)
    rare, rarely = (rng.random((2, cycles)) < 0.02) & later
    # Many jobs or few, so that the store comes to rest; a reader that is ready or seldom so.
    mood, eager = np.repeat(rng.random((2, cycles // SPELL + 1)), SPELL, axis=1)[:, :cycles]
    mood, eager = 1e-3**mood, np.where(eager < 0.6, 1.0, 2.5 * eager - 1.5)
    return {
        "pointer_we": (pointer_fill | rare).astype(np.int64),
        "pointer_address": np.where(pointer_fill, at - 1, rng.integers(0, params.rows, cycles)),
        "pointer_start": start,
        "pointer_count": count,
        "entry_we": (entry_fill | rarely).astype(np.int64),
        "entry_address": np.where(entry_fill, at - 1, rng.integers(0, params.entries, cycles)),
        "entry_slot": rng.integers(0, params.slots, cycles),
        "entry_weight": weight,
        "job_valid": ((rng.random(cycles) < mood) & later).astype(np.int64),
        "job_row": rng.integers(0, params.rows, cycles),
        "event_ready": (rng.random(cycles) < eager).astype(np.int64),
        "look": ((rng.random(cycles) < 0.3) & later).astype(np.int64),
        "rst": ((rng.random(cycles) < 0.0005) & later).astype(np.int64),
    }


def reached(params: StoredParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    shown = trace["event_valid"]
    start = max(params.rows, params.entries)
    busy = 1 - trace["idle"]
    top = 1 << (params.weight_width - 1)
    moves = (np.diff(trace["event_weight"]) != 0) & (shown[1:] == 0)
    return {
        "an entry looked at": bool(moves.any()) or not params.plastic,
        "job FIFO full": bool((stimulus["job_valid"] & (1 - trace["job_ready"])).any()),
        "reader waits": bool((shown & (1 - stimulus["event_ready"])).any()),
        "comes to rest": bool((np.diff(trace["idle"][start:]) > 0).any()),
        "a write stops the pointers": bool((stimulus["pointer_we"] & busy).any()),
        "a write stops the entries": bool((stimulus["entry_we"] & busy).any()),
        "lowest weight": bool((shown & (trace["event_weight"] == -top)).any()),
        "highest weight": bool((shown & (trace["event_weight"] == top - 1)).any()),
        "first slot": bool((shown & (trace["event_slot"] == 0)).any()),
        "last slot": bool((shown & (trace["event_slot"] == params.slots - 1)).any()),
        "an event in every cycle": bool(
            (np.convolve(shown, np.ones(8, np.int64), "valid") == 8).any()
        ),
    }


TWIN = Twin(
    name="column.stored",
    golden=Stored,
    gateware=Gateware,
    cases={  # in the first every address is a word, so that no wrong write gets lost
        "12 slots": StoredParams(12, 8, 32, 8, 12),
        "32 slots": StoredParams(rows=64, entries=400),
        "1 slot": StoredParams(1, 2, 3, 2, 3, 2),
        "plastic": StoredParams(12, 8, 32, 8, 12, plastic=True),
        "plastic, 33 entries": StoredParams(12, 5, 33, 8, 12, plastic=True),
    },
    stimulus=stimulus,
    reached=reached,
    survivors=dict.fromkeys(
        (
            "inv Y[0] of `stored0 - stored1` for stored_waiting[0]",
            "const0 Y[1] of `stored0 - stored1` for stored_waiting[0]",
        ),
        "four jobs may wait: whether there are fewer is the bit above these",
    ),
)
