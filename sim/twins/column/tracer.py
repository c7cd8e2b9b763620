"""Twin of the tracer."""

import numpy as np

from bitcortex.gateware.column.tracer import Tracer as Gateware
from bitcortex.models.column.tracer import Tracer, TracerParams
from bitcortex.models.model import Trace
from bitcortex.network.words import EMPTY, STEP
from bitcortex.sim.twin import Stimulus, Twin


def stimulus(params: TracerParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Bursts and lulls of spikes of rising steps, recorded or not; fast and slow readers."""
    spell = 4 * params.depth + 40

    def spells(*moods: float) -> np.ndarray:
        """Return for every cycle whether a draw is below the mood of its spell."""
        mood = np.repeat(rng.choice(moods, cycles // spell + 1), spell)[:cycles]
        return (rng.random(cycles) < mood).astype(np.int64)

    # Steps go on slowly, jump to any number now and then, and meet the last one of 31 bits.
    step = np.cumsum(rng.random(cycles) < rng.choice([0.02, 0.3], cycles))
    jumps = rng.random(cycles) < 0.002
    near = STEP - 4 + rng.integers(0, 8, cycles)
    bases = np.where(rng.random(cycles) < 0.3, near, rng.integers(0, 1 << 32, cycles))
    base = np.maximum.accumulate(np.where(jumps, np.arange(cycles), 0))
    step = (step - step[base] + np.where(base > 0, bases[base], 0)) % (1 << 32)
    # One bit of the step alone, so that none is left out of the comparison.
    flips = rng.random(cycles) < 0.1
    step = np.where(flips, step ^ (1 << rng.integers(0, 32, cycles)), step)
    edges = np.array([0, *params.ends, sum(params.sizes)])
    edge = np.clip(rng.choice(edges, cycles) - rng.integers(0, 2, cycles), 0, edges[-1] - 1)
    return {
        "clear": (rng.random(cycles) < 0.0003).astype(np.int64),
        "record": spells(1.0, 1.0, 1.0, 0.0, 0.5),
        "fresh": (rng.random(cycles) < 0.01).astype(np.int64),
        "valid": spells(1.0, 0.3, 0.02),
        "step": step,
        "neuron": np.where(rng.random(cycles) < 0.3, edge, rng.integers(0, edges[-1], cycles)),
        "out_ready": spells(1.0, 0.5, 0.1, 0.0),
        "rst": (rng.random(cycles) < 0.0001).astype(np.int64),
    }


def reached(params: TracerParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    waits = (stimulus["valid"] == 1) & (trace["ready"] == 0)
    shown = trace["out_data"][trace["out_valid"] == 1]
    # Longer than a spike and its step take where there is room.
    longest = np.diff(np.flatnonzero(~np.append(False, waits)), append=0).max()
    return {
        "a full FIFO": bool(longest > 6),
        "a step": bool((shown >= STEP).any()),
        "the step that would look like no word": bool((shown == STEP | EMPTY).any()),
        "the last neuron": bool((shown == sum(params.sizes) - 1).any()),
        "nothing to read": bool((stimulus["out_ready"] & (1 - trace["out_valid"])).any()),
        "not recorded": bool((stimulus["valid"] & (1 - stimulus["record"])).any()),
    }


TWIN = Twin(
    name="column.tracer",
    golden=Tracer,
    gateware=Gateware,
    cases={
        "3 populations, 4 words": TracerParams((5, 1, 7), 4, None, 11, 9),
        "1 neuron": TracerParams((1,), 2),
        "1,000 neurons": TracerParams((800, 200), 512, 12),
    },
    stimulus=stimulus,
    reached=reached,
)
