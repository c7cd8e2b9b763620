"""Twin of the single neuron."""

import numpy as np

from bitcortex.gateware.neuron.cell import Cell as Gateware
from bitcortex.models.model import Trace
from bitcortex.models.neuron.cell import Cell, CellParams
from bitcortex.models.neuron.homeostatic import HomeostaticParams
from bitcortex.models.neuron.izhikevich import IzhikevichParams
from bitcortex.models.neuron.lif import LifParams
from bitcortex.models.neuron.stochastic_lif import StochasticLifParams
from bitcortex.sim.twin import Stimulus, Twin
from bitcortex.sim.twins.neuron.words import drives


def stimulus(params: CellParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Drives that last for a while, some of them extreme; steps asked for in most cycles."""
    return {
        "valid": (rng.random(cycles) < 0.8).astype(np.int64),
        "current": drives(rng, params.neuron, cycles),
        "rst": (rng.random(cycles) < 0.0005).astype(np.int64),
    }


def reached(params: CellParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    return {
        "spike": bool(trace["spike"].any()),
        "asked while busy": bool((stimulus["valid"] & (1 - trace["ready"])).any()),
        "idle": bool((trace["ready"] & (1 - stimulus["valid"])).any()),
        "negative membrane": bool((trace["v"] < 0).any()),
    }


TWIN = Twin(
    name="neuron.cell",
    golden=Cell,
    gateware=Gateware,
    cases={
        "lif": CellParams(LifParams()),
        "lif shift-add": CellParams(LifParams(multiplier="shift_add")),
        "lif stochastic leak": CellParams(LifParams(leak="stochastic"), seed=3),
        "stochastic lif": CellParams(StochasticLifParams(), seed=4),
        "homeostatic": CellParams(HomeostaticParams(step_down=5_000)),
        "izhikevich": CellParams(IzhikevichParams()),
    },
    stimulus=stimulus,
    reached=reached,
    survivors={
        "cnot1 Y[9] by [2] of `lif_total[17] ? 16'sd32768 : $signed({1'd0, 15'd32767})`"
        " for an inner wire": (
            "the sum is above the format, so that the neuron fires, and v is v_reset"
        ),
        "const0 A[1] of `lif_register3 - 1'd1` for an inner wire": (
            "counts 2, 3, 0 instead of 2, 1, 0: as many steps"
        ),
        "inv A[1] of `lif_register3 - 1'd1` for an inner wire": (
            "counts 2, 3, 0 instead of 2, 1, 0: as many steps"
        ),
    },
)
