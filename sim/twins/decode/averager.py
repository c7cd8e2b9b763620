"""Twin of the averager."""

import numpy as np

from bitcortex.gateware.decode.averager import Averager as Gateware
from bitcortex.models.decode.averager import Averager, AveragerParams
from bitcortex.models.model import Trace
from bitcortex.sim.twin import Stimulus, Twin


def stimulus(params: AveragerParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Windows of zeros, of ones and of anything; pauses; clears so rare that most windows end."""
    span = params.length + params.length // 8 + 1  # a little longer than a window
    kinds = rng.choice([0.0, 0.5, 1.0, 1.0], -(-cycles // (2 * span)))
    density = np.repeat(kinds, 2 * span)[:cycles]
    seldom = 0.15 / span
    return {
        "valid": (rng.random(cycles) < 0.95).astype(np.int64),
        "bitstream": (rng.random(cycles) < density).astype(np.int64),
        "clear": (rng.random(cycles) < seldom).astype(np.int64),
        "rst": (rng.random(cycles) < seldom / 6).astype(np.int64),
    }


def reached(params: AveragerParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    count, done = trace["count"], trace["done"] == 1
    return {
        "a window without ones": bool((count[done] == 0).any()),
        "a window of ones": bool((count[done] == params.length).any()),
        "a window of both": params.length == 1
        or bool(((count[done] > 0) & (count[done] < params.length)).any()),
        "clear wins over valid": bool((stimulus["clear"] & stimulus["valid"]).any()),
        "pause": bool((stimulus["valid"] == 0).any()),
    }


TWIN = Twin(
    name="decode.averager",
    golden=Averager,
    gateware=Gateware,
    cases={
        "window of 31": AveragerParams(31),
        "window of 256": AveragerParams(),
        "window of 1": AveragerParams(1),
        "window of 2": AveragerParams(2),
        "window of 1000": AveragerParams(1000),
    },
    stimulus=stimulus,
    reached=reached,
    survivors=dict.fromkeys(
        (
            "inv A[1] of `seen + 1'd1` for an inner wire",
            "cnot0 A[4] by [2] of `seen + 1'd1` for an inner wire",
        ),
        "the hidden index takes the same 31 steps in another order",
    ),
)
