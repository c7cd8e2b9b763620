"""Twin of the bitmap store."""

import numpy as np

from bitcortex.gateware.column.bitmap import Bitmap as Gateware
from bitcortex.models.column.bitmap import Bitmap, BitmapParams
from bitcortex.models.model import Trace
from bitcortex.sim.twin import Stimulus, Twin

SPELL = 200  # cycles of the same rates


def stimulus(params: BitmapParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Fill the memory with rows of every density, then jobs and readers in bursts."""
    at = np.arange(cycles)
    fill = (at > 0) & (at <= params.size)
    density = rng.choice([0.0, 0.05, 0.1, 0.5, 1.0], cycles, p=[0.1, 0.3, 0.3, 0.2, 0.1])
    bits = rng.random((cycles, params.word_bits)) < density[:, None]
    data = bits.astype(np.int64) @ (1 << np.arange(params.word_bits, dtype=np.int64))
    # Many jobs or few, so that the store comes to rest; a reader that is ready or seldom so.
    mood, eager = np.repeat(rng.random((2, cycles // SPELL + 1)), SPELL, axis=1)[:, :cycles]
    mood, eager = 1e-3**mood, np.where(eager < 0.6, 1.0, 2.5 * eager - 1.5)
    top = 1 << (params.weight_width - 1)
    weight = rng.integers(-top, top, cycles)
    weight = np.where(rng.random(cycles) < 0.1, np.where(weight < 0, -top, top - 1), weight)
    rewrite = (rng.random(cycles) < 0.02) & ~fill & (at > 0)
    return {
        "we": (fill | rewrite).astype(np.int64),
        "write_address": np.where(fill, at - 1, rng.integers(0, params.size, cycles)),
        "write_data": data,
        "job_valid": ((rng.random(cycles) < mood) & (at > params.size)).astype(np.int64),
        "job_address": rng.integers(0, params.rows, cycles) * params.words,
        "job_weight": weight,
        "event_ready": (rng.random(cycles) < eager).astype(np.int64),
        "rst": ((rng.random(cycles) < 0.0005) & (at > params.size)).astype(np.int64),
    }


def reached(params: BitmapParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    shown = trace["event_valid"]
    top = 1 << (params.weight_width - 1)
    return {
        "job FIFO full": bool((stimulus["job_valid"] & (1 - trace["job_ready"])).any()),
        "reader waits": bool((shown & (1 - stimulus["event_ready"])).any()),
        "comes to rest": bool((np.diff(trace["idle"][params.size :]) > 0).any()),
        "a write stops the fetch": bool((stimulus["we"] & (1 - trace["idle"])).any()),
        "lowest weight": bool((shown & (trace["event_weight"] == -top)).any()),
        "highest weight": bool((shown & (trace["event_weight"] == top - 1)).any()),
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
    cases={  # in the first every address is a word, so that no wrong write gets lost
        "12 slots": BitmapParams(12, 8, 8),
        "32 slots": BitmapParams(rows=100),
        "32 slots, far": BitmapParams(rows=100, reach=1),
        "70 slots, 3 words": BitmapParams(70, 9, 5, reach=1),
        "7 slots, 5 jobs": BitmapParams(7, 20, 3, 5, reach=1),
        "6 slots": BitmapParams(6, 1, 4, 3),
        "40 slots, 3 words of SPRAM": BitmapParams(40, 9, 5, spram=True),
        "12 slots, SPRAM": BitmapParams(12, 100, 8, spram=True),
        "1 slot": BitmapParams(1, 4, 2, 2),
    },
    stimulus=stimulus,
    reached=reached,
    survivors={
        "const0 S[0] of `if (sys_rst) begin` for bitmap13[5]": (
            "the word is not valid after reset, and is loaded before it is"
        ),
    },
)
