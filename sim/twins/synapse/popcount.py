"""Twin of the population count."""

import numpy as np

from bitcortex.gateware.synapse.popcount import Popcount as Gateware
from bitcortex.models.model import Trace
from bitcortex.models.synapse.popcount import Popcount, PopcountParams
from bitcortex.sim.twin import Stimulus, Twin


def stimulus(params: PopcountParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Random bits of a random density per cycle, single bits, none and all; rare resets."""
    full = (1 << params.n) - 1
    size = (params.n + 7) // 8
    bits = []
    for kind, one in zip(
        rng.integers(0, 8, cycles), rng.integers(0, params.n, cycles), strict=True
    ):
        word = int.from_bytes(rng.bytes(size), "little") & full
        if kind == 0:
            word = 1 << int(one)
        elif kind == 1:
            word = full ^ (1 << int(one))
        elif kind == 2:
            word = full * (int(one) & 1)
        elif kind == 3:
            word |= int.from_bytes(rng.bytes(size), "little") & full
        bits.append(word)
    dtype = np.int64 if params.n < 64 else object
    return {"bits": np.array(bits, dtype), "rst": (rng.random(cycles) < 0.001).astype(np.int64)}


def reached(params: PopcountParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    return {
        "no bit": bool((trace["count"] == 0).any()),
        "all bits": bool((trace["count"] == params.n).any()),
    }


TWIN = Twin(
    name="synapse.popcount",
    golden=Popcount,
    gateware=Gateware,
    cases={f"n{n}": PopcountParams(n) for n in (20, 1, 7, 8, 9, 65, 80, 513)},
    stimulus=stimulus,
    reached=reached,
)
