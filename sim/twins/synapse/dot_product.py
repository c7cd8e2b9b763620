"""Twin of the dot product."""

import numpy as np

from bitcortex.gateware.synapse.dot_product import DotProduct as Gateware
from bitcortex.models.model import Trace
from bitcortex.models.synapse.dot_product import DotProduct, DotProductParams
from bitcortex.sim.twin import Stimulus, Twin


def vectors(rng: np.random.Generator, params: DotProductParams, cycles: int) -> Stimulus:
    """Return both operands: random bits, and runs of zeros and of ones longer than a window."""
    full = (1 << params.n) - 1
    size = (params.n + 7) // 8
    run = max(300, 3 * params.length)
    kinds = np.repeat(rng.integers(0, 6, cycles // run + 1), run)[:cycles].tolist()
    constant = {0: 0, 1: full, 2: full}
    operands = {}
    for name in ("a", "b"):
        words = [
            constant[kind] if kind in constant else int.from_bytes(rng.bytes(size), "little") & full
            for kind in kinds
        ]
        operands[name] = np.array(words, np.int64 if params.n < 64 else object)
    return operands


def stimulus(params: DotProductParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Windows with and without pauses, some cut short; runs of zeros and of ones."""
    calm = np.repeat(rng.random(cycles // 500 + 1) < 0.5, 500)[:cycles]
    rare = min(0.05, 0.2 / params.length)
    return {
        "enable": (rng.random(cycles) < np.where(calm, 1.0, 0.7)).astype(np.int64),
        "restart": (rng.random(cycles) < rare).astype(np.int64),
        **vectors(rng, params, cycles),
        "rst": (rng.random(cycles) < rare / 10).astype(np.int64),
    }


def reached(params: DotProductParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    valid = trace["valid"] == 1
    plus, minus = (group.bit_count() * params.length for group in params.groups)
    return {
        "window": bool(valid.any()),
        "largest excitatory sum": bool((trace["excitatory"][valid] == plus).any()),
        "largest inhibitory sum": bool((trace["inhibitory"][valid] == minus).any()),
        "restart while enabled": bool((stimulus["restart"] & stimulus["enable"]).any()),
        "restart without a bit": bool((stimulus["restart"] & (1 - stimulus["enable"])).any()),
    }


TWIN = Twin(
    name="synapse.dot_product",
    golden=DotProduct,
    gateware=Gateware,
    cases={
        "20, 16 bit": DotProductParams(20, 16, inhibitory=0b1011),
        "80, 256 bit": DotProductParams(80, 256),
        "9, xnor, 7 bit": DotProductParams(9, 7, "xnor", inhibitory=0x100),
        "1, 1 bit": DotProductParams(1, 1),
        "3 inhibitory": DotProductParams(3, 5, inhibitory=7),
    },
    stimulus=stimulus,
    reached=reached,
)
