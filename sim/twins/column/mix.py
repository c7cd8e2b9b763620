"""Twin of the mixing hash."""

import numpy as np

from bitcortex.gateware.column.mix import Mix as Gateware
from bitcortex.models.column.mix import Mix, MixParams
from bitcortex.models.model import Trace
from bitcortex.sim.twin import Stimulus, Twin


def stimulus(params: MixParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Random words, single bits, words one apart, and the extremes; gaps of all lengths."""
    words = rng.integers(0, 1 << 32, cycles)
    kind = rng.integers(0, 8, cycles)
    words = np.where(kind == 0, np.int64(1) << rng.integers(0, 32, cycles), words)
    words = np.where(kind == 1, (np.roll(words, 1) + 1) & 0xFFFF_FFFF, words)
    words = np.where(kind == 2, rng.choice([0, 0xFFFF_FFFF], cycles), words)
    busy = np.repeat(rng.random(cycles // 16 + 1), 16)[:cycles]
    return {
        "in_valid": (rng.random(cycles) < busy).astype(np.int64),
        "x": words,
        "rst": (rng.random(cycles) < 0.001).astype(np.int64),
    }


def reached(params: MixParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    x, valid = stimulus["x"], stimulus["in_valid"]
    return {
        "lowest word": bool((valid & (x == 0)).any()),
        "highest word": bool((valid & (x == 0xFFFF_FFFF)).any()),
        "a full pipeline": bool(
            (np.convolve(trace["out_valid"], np.ones(params.latency)) == params.latency).any()
        ),
        "an empty pipeline": bool((trace["out_valid"] == 0).any()),
    }


TWIN = Twin(
    name="column.mix",
    golden=Mix,
    gateware=Gateware,
    cases={"32 bits": MixParams()},
    stimulus=stimulus,
    reached=reached,
)
