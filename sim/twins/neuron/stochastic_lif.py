"""Twin of the stochastic LIF neuron's pipeline."""

import numpy as np

from bitcortex.gateware.neuron.stochastic_lif import StochasticLif as Gateware
from bitcortex.models.model import Trace
from bitcortex.models.neuron.field import signed_range
from bitcortex.models.neuron.stochastic_lif import (
    MEAN,
    NOISE_BITS,
    SHIFT,
    StochasticLif,
    StochasticLifParams,
)
from bitcortex.sim.twin import Stimulus, Twin
from bitcortex.sim.twins.neuron import lif


def stimulus(params: StochasticLifParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Like the LIF's, with random words of noise: uniform, all zeros, all ones, the mean."""
    made = lif.stimulus(params.lif, rng, cycles)
    low, high = signed_range(params.current_width)
    noise = rng.integers(0, 1 << NOISE_BITS, cycles)
    extreme = rng.choice([0, (1 << NOISE_BITS) - 1, 0x7F7F8080], cycles)
    noise = np.where(rng.random(cycles) < 0.3, extreme, noise)
    total = sum((noise >> shift & 0xFF) for shift in (0, 8, 16, 24)) - MEAN
    kick = (total * params.noise_scale + (1 << (SHIFT - 1))) >> SHIFT
    aimed = np.clip(made["current"] - kick, low, high)  # so that noise and current meet the aim
    return made | {"noise": noise, "current": aimed}


def reached(params: StochasticLifParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    noise = stimulus["noise"]
    return lif.reached(params.lif, stimulus, trace) | {
        "most negative noise": bool((noise == 0).any()),
        "most positive noise": bool((noise == (1 << NOISE_BITS) - 1).any()),
    }


TWIN = Twin(
    name="neuron.stochastic_lif",
    golden=StochasticLif,
    gateware=Gateware,
    cases={
        "Q8.8": StochasticLifParams(),
        "shift-add, floor": StochasticLifParams(
            12, 10, v_threshold=1000, leak="floor", noise_scale=97, multiplier="shift_add"
        ),
        "no noise": StochasticLifParams(noise_scale=0),
        "loud": StochasticLifParams(data_width=12, v_threshold=2047, noise_scale=1 << 12),
    },
    stimulus=stimulus,
    reached=reached,
    survivors={
        "const0 A[9] of `if (stochasticlif_lif_v_fits) begin` for stochasticlif_lif_v_clipped[0]": (
            "the sum is above the format, so that the neuron fires, and v is v_reset"
        ),
        "const0 A[12] of `stochasticlif_lif_total[17] ? 16'sd32768 : $signed({1'd0, 15'd32767})`"
        " for an inner wire": (
            "the sum is above the format, so that the neuron fires, and v is v_reset"
        ),
    },
)
