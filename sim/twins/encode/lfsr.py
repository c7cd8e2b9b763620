"""Twin of the LFSR."""

import numpy as np

from bitcortex.gateware.encode.lfsr import Lfsr as Gateware
from bitcortex.models.encode.lfsr import Lfsr, LfsrParams
from bitcortex.models.model import Trace
from bitcortex.sim.twin import Stimulus, Twin


def stimulus(params: LfsrParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Mostly running, with pauses, rare reseeds (with 0, with one bit set) and rare resets."""
    reseed = rng.random(cycles) < 0.01
    seed = rng.choice([0, 0, 0, 1, 1, 2, 2, 2, 2, 2], cycles)  # 0, a bit, anything
    bit = 1 << rng.integers(0, params.width, cycles)
    anything = rng.integers(0, 2**params.width, cycles)
    return {
        "enable": (rng.random(cycles) < 0.9).astype(np.int64),
        "reseed": reseed.astype(np.int64),
        "seed": np.choose(seed, [0, bit, anything]),
        "rst": (rng.random(cycles) < 0.001).astype(np.int64),
    }


def reached(params: LfsrParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    reseed, seed, value = stimulus["reseed"], stimulus["seed"], trace["value"]
    conditions = {
        "reseed wins over enable": bool((reseed & stimulus["enable"]).any()),
        "seed 0": bool((reseed & (seed == 0)).any()),
        "pause": bool((stimulus["enable"] == 0).any()),
    }
    if params.full_period:
        conditions["zero state"] = bool((value == 0).any())
    return conditions


TWIN = Twin(
    name="encode.lfsr",
    golden=Lfsr,
    gateware=Gateware,
    cases={
        "w16": LfsrParams(),
        "w8 full period": LfsrParams(width=8, seed=0x5A, full_period=True),
        "w32 leap 17": LfsrParams(width=32, seed=0xDEADBEEF, leap=17),
        "w3": LfsrParams(width=3),
    },
    stimulus=stimulus,
    reached=reached,
)
