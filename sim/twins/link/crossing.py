"""Twin of the FIFO between two clocks, with one clock for both."""

import numpy as np
from numpy.typing import NDArray

from bitcortex.gateware.link.crossing import Crossing as Gateware
from bitcortex.models.link.crossing import Crossing, CrossingParams
from bitcortex.models.model import Trace
from bitcortex.sim.twin import Stimulus, Twin


def stimulus(params: CrossingParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Spells in which the one side, the other, both or none are fast."""
    spells = cycles // 128 + 1
    puts, takes = (np.repeat(rng.choice([1.0, 0.5, 0.05], spells), 128)[:cycles] for _ in range(2))
    return {
        "tx_valid": (rng.random(cycles) < puts).astype(np.int64),
        "tx_data": rng.integers(0, 1 << params.width, cycles, dtype=np.uint64).astype(np.int64),
        "ready": (rng.random(cycles) < takes).astype(np.int64),
        "rst": (rng.random(cycles) < 0.001).astype(np.int64),
    }


def reached(params: CrossingParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    put = (stimulus["tx_valid"] & trace["tx_ready"]).astype(bool)
    taken = (trace["valid"] & stimulus["ready"]).astype(bool)
    rst = stimulus["rst"].astype(bool)
    begins = np.concatenate([[True], rst[:-1]])
    inside = np.cumsum(put) - put - (np.cumsum(taken) - taken)
    inside -= _held(inside, begins)
    return {
        "full": bool((inside == 1 << params.bits).any()),
        "a word waits for room": bool((stimulus["tx_valid"] > trace["tx_ready"]).any()),
        "a word waits for its reader": bool((trace["valid"] > stimulus["ready"]).any()),
        "empty, and somebody reads": bool(((inside == 0) & (stimulus["ready"] == 1)).any()),
        "in and out in one cycle": bool((put & taken).any()),
        "a word per cycle": bool((taken[1:] & taken[:-1]).any()),
        "reset while there are words": bool((rst & (inside > 0)).any()),
    }


def _held(values: NDArray[np.int64], begins: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return at each place the value at the last beginning."""
    return values[np.maximum.accumulate(np.where(begins, np.arange(len(values)), 0))]


TWIN = Twin(
    name="link.crossing",
    golden=Crossing,
    gateware=Gateware,
    cases={
        "8 words of 42 bits": CrossingParams(42),
        "2 words of 8 bits": CrossingParams(8, 1),
        "4 words of 1 bit": CrossingParams(1, 2),
    },
    stimulus=stimulus,
    reached=reached,
)
