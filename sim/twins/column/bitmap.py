"""Twin of the bitmap store."""

import numpy as np

from bitcortex.gateware.column.bitmap import Bitmap as Gateware
from bitcortex.models.column.bitmap import Bitmap, BitmapParams
from bitcortex.models.model import Trace
from bitcortex.sim.twin import Stimulus, Twin


def stimulus(params: BitmapParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Fill the memory with rows of every density, then jobs and readers in bursts."""
    at = np.arange(cycles)
    fill = (at > 0) & (at <= params.size)
    density = rng.choice([0.0, 0.05, 0.1, 0.5, 1.0], cycles, p=[0.1, 0.3, 0.3, 0.2, 0.1])
    bits = rng.random((cycles, params.word_bits)) < density[:, None]
    data = bits.astype(np.int64) @ (1 << np.arange(params.word_bits, dtype=np.int64))
    spell = 100
    mood = np.repeat(rng.random(cycles // spell + 1), spell)[:cycles]
    eager = np.repeat(rng.random(cycles // spell + 1), spell)[:cycles]
    top = 1 << (params.weight_width - 1)
    rewrite = (rng.random(cycles) < 0.02) & ~fill & (at > 0)
    return {
        "we": (fill | rewrite).astype(np.int64),
        "write_address": np.where(fill, at - 1, rng.integers(0, params.size, cycles)),
        "write_data": data,
        "job_valid": ((rng.random(cycles) < mood) & (at > params.size)).astype(np.int64),
        "job_address": rng.integers(0, params.rows, cycles) * params.words,
        "job_weight": rng.integers(-top, top, cycles),
        "event_ready": (rng.random(cycles) < np.where(eager < 0.6, 1.0, eager)).astype(np.int64),
        "rst": ((rng.random(cycles) < 0.0005) & (at > params.size)).astype(np.int64),
    }


def reached(params: BitmapParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    shown = trace["event_valid"]
    return {
        "job FIFO full": bool((stimulus["job_valid"] & (1 - trace["job_ready"])).any()),
        "reader waits": bool((shown & (1 - stimulus["event_ready"])).any()),
        "idle": bool(trace["idle"][params.size :].any()),
        "first slot": bool((shown & (trace["event_slot"] == 0)).any()),
        "last slot": bool((shown & (trace["event_slot"] == params.slots - 1)).any()),
        "an event in every cycle": bool(
            (np.convolve(shown, np.ones(8, np.int64), "valid") == 8).any()
        ),
    }


TWIN = Twin(
    name="column.bitmap",
    golden=Bitmap,
    gateware=Gateware,
    cases={
        "12 slots": BitmapParams(12, 6, 8),
        "32 slots": BitmapParams(rows=100),
        "70 slots, 3 words": BitmapParams(70, 9, 5),
        "1 slot": BitmapParams(1, 4, 2, 2),
    },
    stimulus=stimulus,
    reached=reached,
)
