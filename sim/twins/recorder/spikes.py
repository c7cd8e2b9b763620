"""Twin of the spike recorder."""

import numpy as np

from bitcortex.gateware.recorder.spikes import Spikes as Gateware
from bitcortex.models.model import Trace
from bitcortex.models.recorder.spikes import Spikes, SpikesParams
from bitcortex.sim.twin import Stimulus, Twin


def stimulus(params: SpikesParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Bursts, repeats of one neuron, slow and fast readers, reads of the same neuron, clears."""
    spell = 4 * params.depth + 64
    mood = np.repeat(rng.random(cycles // spell + 1), spell)[:cycles]
    neuron = rng.integers(0, params.n, cycles)
    again = rng.random(cycles) < 0.5  # the neuron of the cycle before
    neuron = np.where(again, np.roll(neuron, 1), neuron)
    follow = rng.random(cycles)
    read = np.where(follow < 0.4, np.roll(neuron, 1), rng.integers(0, params.n, cycles))
    rare = min(0.005, 0.1 / params.n)
    clear = rng.random(cycles) < rare
    clear |= np.roll(clear, max(1, params.n // 2)) & (rng.random(cycles) < 0.5)
    return {
        "clear": clear.astype(np.int64),
        "valid": (rng.random(cycles) < np.where(mood < 0.5, 0.9, 0.2)).astype(np.int64),
        "step": rng.integers(0, 1 << 32, cycles),
        "neuron": neuron,
        "out_ready": (rng.random(cycles) < mood).astype(np.int64),
        "read": (rng.random(cycles) < 0.6).astype(np.int64),
        "read_neuron": read,
        "rst": (rng.random(cycles) < rare / 4).astype(np.int64),
    }


def reached(params: SpikesParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    taken = stimulus["valid"] & trace["ready"] & (1 - stimulus["clear"])
    full = (1 - trace["ready"]) & (1 - trace["busy"])
    neuron = stimulus["neuron"]
    top = (1 << params.count_width) - 1
    conditions = {
        "FIFO full while a spike waits": bool((full & stimulus["valid"]).any()),
        "FIFO empty while the reader waits": bool(
            ((1 - trace["out_valid"]) & stimulus["out_ready"]).any()
        ),
        "one neuron twice in a row": bool(
            (taken[1:] & taken[:-1] & (neuron[1:] == neuron[:-1])).any()
        ),
        "read right after the spike": bool(
            (
                taken[:-1] & trace["read_valid"][1:] & (stimulus["read_neuron"][:-1] == neuron[:-1])
            ).any()
            or (taken[:-2] & trace["read_valid"][2:]).any()
        ),
        "clear during a sweep": bool((stimulus["clear"] & trace["busy"]).any()),
    }
    if params.count_width < 6:
        conditions["a full count"] = bool((trace["read_count"] == top).any())
    return conditions


TWIN = Twin(
    name="recorder.spikes",
    golden=Spikes,
    gateware=Gateware,
    cases={
        "5 neurons": SpikesParams(5, 4, 4),
        "80 neurons": SpikesParams(),
        "1 neuron": SpikesParams(1, 2, 2),
        "1,000 neurons": SpikesParams(1000, 64, 32),
    },
    stimulus=stimulus,
    reached=reached,
    survivors={
        "cnot1 Q[0] by [19] of `always @(posedge sys_clk) begin` for total[0]": (
            "2**19 spikes do not come between two clears"
        ),
    },
)
