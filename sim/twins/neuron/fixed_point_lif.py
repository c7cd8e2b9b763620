"""Twin of the tutorials' LIF neuron."""

import numpy as np

from bitcortex.gateware.neuron.fixed_point_lif import FixedPointLif as Gateware
from bitcortex.models.model import Trace
from bitcortex.models.neuron.field import signed_range
from bitcortex.models.neuron.fixed_point_lif import FixedPointLif, FixedPointLifParams
from bitcortex.sim.twin import Stimulus, Twin
from bitcortex.sim.twins.neuron.words import around, signed_words


def stimulus(params: FixedPointLifParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Phases of 64 cycles: small leak and steady drive, any leak and input, any gain as well."""
    one = 1 << params.fraction
    phase = np.repeat(rng.integers(0, 3, cycles // 64 + 1), 64)[:cycles]
    low, high = signed_range(params.data_width)
    span = abs(params.v_threshold)
    drive = np.repeat(rng.integers(-span, span + 1, cycles // 64 + 1), 64)
    steady = np.clip(drive[:cycles] // 4 + around(rng, (0,), cycles), low, high)
    near = rng.choice([0, 1, 2, one - 1, one, one + 1, 2 * one - 1], cycles)
    leak = np.where(rng.random(cycles) < 0.1, near, rng.integers(0, 2 * one, cycles)) % (2 * one)
    slow = np.minimum(rng.integers(0, 4, cycles), one)
    gain = rng.integers(0, 1 << params.data_width, cycles)
    gain >>= rng.integers(0, params.data_width, cycles)
    return {
        "valid": (rng.random(cycles) < 0.8).astype(np.int64),
        "leak_k": np.where(phase == 0, slow, leak),
        "gain_k": np.where(phase == 2, gain, np.minimum(one, (1 << params.data_width) - 1)),
        "I_t": np.where(phase == 0, steady, signed_words(rng, params.data_width, cycles)),
        "rst": (rng.random(cycles) < 0.0005).astype(np.int64),
    }


def reached(params: FixedPointLifParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    low, _ = signed_range(params.data_width)
    v, spike = trace["v"], trace["spike"] == 1
    return {
        "spike": bool(spike.any()),
        "saturates at the bottom": bool((v == low).any()),
        "just below threshold": bool(
            (v >= params.v_threshold - abs(params.v_threshold) // 16).any()
        ),
        "below and above rest": bool((v < params.v_rest).any() and (v > params.v_rest).any()),
        "asked while busy": bool((stimulus["valid"] & (1 - trace["ready"])).any()),
        "whole leak": bool((stimulus["leak_k"] >= 1 << params.fraction).any()),
    }


TWIN = Twin(
    name="neuron.fixed_point_lif",
    golden=FixedPointLif,
    gateware=Gateware,
    cases={
        "Q8.8": FixedPointLifParams(v_reset=-300, refractory=3),
        "Q16.12": FixedPointLifParams(32, 12, v_threshold=20 << 12, v_reset=10 << 12),
        "rest below 0": FixedPointLifParams(12, 4, -1040, -800, -1200, 5),
        "no fraction": FixedPointLifParams(8, 0, v_threshold=127, v_reset=-128),
    },
    stimulus=stimulus,
    reached=reached,
    survivors={
        "const0 A[10] of `fixedpointlif_total[26] ? 16'sd32768 : $signed({1'd0, 15'd32767})`"
        " for an inner wire": (
            "the sum is above the format, so that the neuron fires, and v is v_reset"
        ),
        "cnot1 A[8] by [2] of `if (fixedpointlif_v_fits) begin` for fixedpointlif_v_clipped[0]": (
            "the sum is above the format, so that the neuron fires, and v is v_reset"
        ),
        "const0 S[0] of `if (sys_rst) begin` for fixedpointlif_total[26]": (
            "what a pipeline register holds after reset is not valid"
        ),
    },
)
