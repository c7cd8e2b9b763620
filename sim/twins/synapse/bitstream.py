"""Twin of the bitstream synapse."""

import numpy as np

from bitcortex.gateware.synapse.bitstream import Bitstream as Gateware
from bitcortex.models.encode.source import SourceParams
from bitcortex.models.model import Trace
from bitcortex.models.synapse.bitstream import Bitstream, BitstreamParams
from bitcortex.sim.twin import Stimulus, Twin


def stimulus(params: BitstreamParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Streams with pauses; new weights now and then, extremes among them; rare restarts."""
    one = 1 << params.source.width
    weight = rng.integers(0, one + 1, cycles)
    extreme = rng.choice([0, 1, one - 1, one], cycles)
    return {
        "enable": (rng.random(cycles) < 0.9).astype(np.int64),
        "restart": (rng.random(cycles) < 0.01).astype(np.int64),
        "weight_we": (rng.random(cycles) < 0.02).astype(np.int64),
        "weight": np.where(rng.random(cycles) < 0.3, extreme, weight),
        "pre": rng.integers(0, 2, cycles),
        "rst": (rng.random(cycles) < 0.001).astype(np.int64),
    }


def reached(params: BitstreamParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    loaded = stimulus["weight"][stimulus["weight_we"] == 1]
    return {
        "post": bool(trace["post"].any()),
        "weight 0": bool((loaded == 0).any()),
        "weight 1": bool((loaded == 1 << params.source.width).any()),
        "restart while enabled": bool((stimulus["restart"] & stimulus["enable"]).any()),
    }


TWIN = Twin(
    name="synapse.bitstream",
    golden=Bitstream,
    gateware=Gateware,
    cases={
        "and": BitstreamParams(),
        "xnor, sobol": BitstreamParams(SourceParams("sobol", 10, dimension=2), "xnor", 1024),
        "and, 16 bit": BitstreamParams(SourceParams(width=16, seed=77), weight=0),
    },
    stimulus=stimulus,
    reached=reached,
    survivors={
        "cnot1 Q[3] by [8] of `always @(posedge sys_clk) begin` for weight1[0]": (
            "a weight of 2**8 + 8 is as certain as one of 2**8"
        ),
    },
)
