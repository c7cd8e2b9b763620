"""Twin of the spike hash."""

import numpy as np

from bitcortex.gateware.recorder.hash import Hash as Gateware
from bitcortex.models.model import Trace
from bitcortex.models.recorder.hash import INITIAL, Hash, HashParams
from bitcortex.sim.twin import Stimulus, Twin


def stimulus(params: HashParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Spikes of any step and neuron in half of the cycles, rare clears and resets."""
    return {
        "clear": (rng.random(cycles) < 0.01).astype(np.int64),
        "valid": rng.integers(0, 2, cycles),
        "step": rng.integers(0, 1 << 32, cycles),
        "neuron": rng.integers(0, 1 << 32, cycles),
        "rst": (rng.random(cycles) < 0.001).astype(np.int64),
    }


def reached(params: HashParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    return {
        "clear wins over valid": bool((stimulus["clear"] & stimulus["valid"]).any()),
        "initial value": bool((trace["hash"] == INITIAL).any()),
    }


TWIN = Twin(
    name="recorder.hash",
    golden=Hash,
    gateware=Gateware,
    cases={"64 bit": HashParams()},
    stimulus=stimulus,
    reached=reached,
)
