"""Twin of the homeostatic LIF neuron's pipeline."""

import numpy as np

from bitcortex.gateware.neuron.homeostatic import Homeostatic as Gateware
from bitcortex.models.model import Trace
from bitcortex.models.neuron.homeostatic import THETA_FRACTION, Homeostatic, HomeostaticParams
from bitcortex.models.neuron.lif import FRACTION
from bitcortex.sim.twin import Stimulus, Twin
from bitcortex.sim.twins.neuron import lif
from bitcortex.sim.twins.neuron.words import around


def stimulus(params: HomeostaticParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Like the LIF's, with thresholds anywhere, at their bounds, and just at the membrane."""
    made = lif.stimulus(params.lif, rng, cycles)
    low = params.threshold_min << THETA_FRACTION
    high = params.threshold_max << THETA_FRACTION
    inside = rng.integers(low, high + 1, cycles)
    # Without a spike the threshold comes to a bound, or a power of two beyond it.
    edges = [low, high, high - params.step_up]
    edges += [low + params.step_down - (1 << k) for k in range(17)]
    edges += [high + params.step_down + (1 << k) for k in range(17)]
    bounds = around(rng, edges, cycles)
    decayed = (made["v"] * params.alpha) >> FRACTION
    reached = np.clip(decayed + made["current"], params.threshold_min, params.threshold_max)
    near = (reached << THETA_FRACTION) + around(rng, (0, 1 << THETA_FRACTION), cycles)
    kind = rng.random(cycles)
    theta = np.where(kind < 0.4, inside, np.where(kind < 0.7, bounds, near))
    top = (1 << params.state_fields[2].width) - 1
    theta = np.where(rng.random(cycles) < 0.05, rng.choice([0, top], cycles), theta)
    return made | {"theta": np.clip(theta, 0, top)}


def reached(params: HomeostaticParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    theta, spike = trace["theta_next"], trace["spike"] == 1
    low = params.threshold_min << THETA_FRACTION
    high = params.threshold_max << THETA_FRACTION
    return {
        "spike": bool(spike.any()),
        "no spike": bool((~spike).any()),
        "refractory": bool((stimulus["refractory"] > 0).any()),
        "lower bound": bool((~spike & (theta == low)).any()),
        "upper bound": bool((spike & (theta == high)).any()),
        "between the bounds after a spike": bool((spike & (theta > low) & (theta < high)).any()),
    }


TWIN = Twin(
    name="neuron.homeostatic",
    golden=Homeostatic,
    gateware=Gateware,
    cases={
        "Q8.8": HomeostaticParams(),
        "small, floor": HomeostaticParams(
            10,
            9,
            leak="floor",
            v_threshold=100,
            threshold_min=50,
            threshold_max=511,
            step_up=70_000,
            step_down=300,
            multiplier="shift_add",
            v_reset=-5,
        ),
        "stochastic": HomeostaticParams(leak="stochastic", refractory=200),
    },
    stimulus=stimulus,
    reached=reached,
)
