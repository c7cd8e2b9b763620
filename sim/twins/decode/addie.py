"""Twin of the ADDIE."""

import numpy as np

from bitcortex.gateware.decode.addie import Addie as Gateware
from bitcortex.models.decode.addie import Addie, AddieParams
from bitcortex.models.model import Trace
from bitcortex.sim.twin import Stimulus, Twin


def stimulus(params: AddieParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Streams that are constant for long enough to reach both ends.

    Half of the words are extreme then, as uniform ones let the count near an end ever more slowly.
    """
    end = 2**params.bits
    stretch = 3 * end
    kinds = rng.choice([0.0, 0.3, 0.5, 0.8, 1.0], -(-cycles // stretch))
    density = np.repeat(kinds, stretch)[:cycles]
    uniform = rng.integers(0, end, cycles)
    low, high = rng.integers(0, 2, cycles), end - 1 - rng.integers(0, 2, cycles)
    extreme = np.where(density == 1.0, high, np.where(density == 0.0, low, uniform))
    seldom = min(0.002, 0.1 / end)
    return {
        "valid": (rng.random(cycles) < 0.95).astype(np.int64),
        "bitstream": (rng.random(cycles) < density).astype(np.int64),
        "word": np.where(rng.random(cycles) < 0.5, extreme, uniform),
        "clear": (rng.random(cycles) < seldom).astype(np.int64),
        "rst": (rng.random(cycles) < seldom / 6).astype(np.int64),
    }


def reached(params: AddieParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    end = 2**params.bits
    count, word = trace["count"], stimulus["word"]
    taken = word < count
    bit, valid = stimulus["bitstream"] == 1, stimulus["valid"] == 1
    return {
        "empty": bool((count == 0).any()),
        "full": bool((count == end).any()),
        "a one at the full count": bool((valid & bit & (count == end)).any()),
        "up": bool((valid & bit & ~taken).any()),
        "down": bool((valid & ~bit & taken).any()),
        "word just below": bool((word + 1 == count).any()),
        "word equal": bool((word == count).any()),
        "clear wins over valid": bool((valid & (stimulus["clear"] == 1)).any()),
        "pause": bool((~valid).any()),
    }


TWIN = Twin(
    name="decode.addie",
    golden=Addie,
    gateware=Gateware,
    cases={
        "6 bits": AddieParams(6),
        "8 bits": AddieParams(),
        "2 bits": AddieParams(2),
        "10 bits": AddieParams(10),
    },
    stimulus=stimulus,
    reached=reached,
)
