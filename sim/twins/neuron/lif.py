"""Twin of the LIF neuron's pipeline."""

import numpy as np

from bitcortex.gateware.neuron.lif import Lif as Gateware
from bitcortex.models.model import Trace
from bitcortex.models.neuron.field import signed_range
from bitcortex.models.neuron.lif import FRACTION, Lif, LifParams
from bitcortex.sim.twin import Stimulus, Twin
from bitcortex.sim.twins.neuron.words import around, signed_words


def stimulus(params: LifParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Membranes and currents anywhere, at their extremes, and just at the threshold."""
    low, high = signed_range(params.data_width)
    v = signed_words(rng, params.data_width, cycles)
    current = signed_words(rng, params.current_width, cycles)
    # Half of the time choose the current so that the sum lies next to the threshold or a bound.
    decayed = (v * params.alpha) >> FRACTION
    aim = around(rng, (params.v_threshold, low, high), cycles) - decayed
    fits = (aim >= -(1 << (params.current_width - 1))) & (aim < 1 << (params.current_width - 1))
    current = np.where((rng.random(cycles) < 0.5) & fits, aim, current)
    refractory = np.where(rng.random(cycles) < 0.7, 0, rng.integers(0, 256, cycles))
    return {
        "valid": rng.integers(0, 2, cycles),
        "current": current,
        "noise": rng.integers(0, 1 << FRACTION, cycles),
        "v": v,
        "refractory": np.minimum(refractory, (1 << params.state_fields[1].width) - 1),
        "rst": (rng.random(cycles) < 0.001).astype(np.int64),
    }


def reached(params: LifParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    low, high = signed_range(params.data_width)
    v_next, spike = trace["v_next"], trace["spike"]
    free = (trace["refractory_next"] == 0) & (spike == 0)
    conditions = {
        "spike": bool(spike.any()),
        "just below threshold": bool((v_next == params.v_threshold - 1).any()),
        "saturates at the bottom": bool((free & (v_next == low)).any()),
        "refractory": bool((stimulus["refractory"] > 0).any()),
        "smallest v": bool((stimulus["v"] == low).any()),
        "largest v": bool((stimulus["v"] == high).any()),
    }
    if params.v_threshold == high:
        conditions["saturates at the top"] = bool(spike.any())
    return conditions


TWIN = Twin(
    name="neuron.lif",
    golden=Lif,
    gateware=Gateware,
    cases={
        "Q8.8": LifParams(),
        "Q8.8 shift-add": LifParams(multiplier="shift_add", v_reset=-300),
        "Q16.12": LifParams(28, 28, v_threshold=20 << 12, v_reset=10 << 12, leak="floor"),
        "stochastic": LifParams(12, 10, leak="stochastic", v_threshold=1000, refractory=255),
        "saturates at the top": LifParams(8, 14, v_threshold=127, v_reset=-128, refractory=0),
        "no leak": LifParams(alpha=1 << FRACTION, refractory=1),
        "no memory": LifParams(alpha=0, leak="floor"),
    },
    stimulus=stimulus,
    reached=reached,
)
