"""Twin of the membrane pipeline."""

import numpy as np

from bitcortex.gateware.column.membrane import Membrane as Gateware
from bitcortex.models.column.membrane import Membrane, MembraneParams
from bitcortex.models.model import Trace
from bitcortex.models.neuron.field import signed_range
from bitcortex.models.neuron.lif import LifParams
from bitcortex.sim.twin import Stimulus, Twin


def stimulus(params: MembraneParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Membranes near every threshold, at the extremes and anywhere; all kinds."""
    first, last = params.kinds[0], len(params.kinds) - 1
    low, high = signed_range(first.data_width)
    bottom, top = signed_range(first.current_width)
    kind = rng.integers(0, last + 1, cycles)
    kind = np.where(rng.random(cycles) < 0.01, (1 << params.kind_bits) - 1, kind)
    threshold = np.array([k.v_threshold for k in params.kinds])[np.minimum(kind, last)]
    alpha = np.array([k.alpha for k in params.kinds])[np.minimum(kind, last)]
    near = np.clip(threshold + rng.integers(-3, 4, cycles), low, high)
    v = np.choose(
        rng.integers(0, 4, cycles),
        [near, rng.integers(low, high + 1, cycles), np.full(cycles, low), np.full(cycles, high)],
    )
    # Inputs that bring the leaked membrane to the threshold or a bound, give or take two.
    aim = np.choose(rng.integers(0, 3, cycles), [threshold, np.full(cycles, low), high + 1])
    exact = aim - (v * alpha >> 16) + rng.integers(-2, 3, cycles)
    current = np.choose(
        rng.integers(0, 5, cycles),
        [
            np.clip(exact, bottom, top), rng.integers(bottom, top + 1, cycles),
            np.full(cycles, bottom), np.full(cycles, top), np.zeros(cycles, np.int64),
        ],
    )  # fmt: skip
    left = np.where(
        rng.random(cycles) < 0.5, 0, rng.integers(0, 1 << params.refractory_bits, cycles)
    )
    return {
        "valid": (rng.random(cycles) < 0.8).astype(np.int64),
        "kind": kind,
        "current": current,
        "v": v,
        "refractory": left,
        "rst": (rng.random(cycles) < 0.001).astype(np.int64),
    }


def reached(params: MembraneParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    low, high = signed_range(params.kinds[0].data_width)
    done, v = trace["out_valid"] == 1, trace["v_next"]
    quiet = done & (trace["spike"] == 0)
    conditions = {
        "spike": bool(trace["spike"][done].any()),
        "saturated below": bool((v[quiet] == low).any()),
        "refractory": bool((stimulus["refractory"] > 0).any()),
        "all kinds": set(range(1 << params.kind_bits)) == set(stimulus["kind"].tolist()),
        "smallest v": bool((stimulus["v"] == low).any()),
        "largest v": bool((stimulus["v"] == high).any()),
    }
    for k in {k.v_threshold for k in params.kinds}:
        conditions[f"one below threshold {k}"] = bool((v[quiet] == k - 1).any())
    return conditions


TWIN = Twin(
    name="column.membrane",
    golden=Membrane,
    gateware=Gateware,
    cases={
        "1 kind": MembraneParams((LifParams(12, 14, v_threshold=1200, v_reset=300, refractory=5),)),
        "3 kinds": MembraneParams(
            (
                LifParams(16, 21, alpha=65_209, v_threshold=25_600, v_reset=12_800, refractory=20),
                LifParams(16, 21, alpha=64_884, v_threshold=20_000, v_reset=-500, refractory=0),
                LifParams(16, 21, alpha=40_000, leak="floor", v_threshold=9, refractory=255),
            ),
            reach=1,
        ),
        "2 kinds, shift-add": MembraneParams(
            (
                LifParams(10, 6, multiplier="shift_add", v_threshold=511, refractory=0),
                LifParams(10, 6, leak="floor", v_threshold=100, v_reset=-512, refractory=1),
            )
        ),
        "short product": MembraneParams((LifParams(4, 9, alpha=3, v_threshold=5, v_reset=-8),)),
        "no leak, no memory": MembraneParams(
            (
                LifParams(8, 20, alpha=1 << 16, v_threshold=127, refractory=3),
                LifParams(8, 20, alpha=0, v_threshold=1),
            )
        ),
    },
    stimulus=stimulus,
    reached=reached,
)
