"""Twin of the framer."""

import numpy as np

from bitcortex.gateware.link.framer import Framer as Gateware
from bitcortex.models.link.framer import Framer, FramerParams
from bitcortex.models.model import Trace
from bitcortex.network.frames import ESCAPE, FLAG
from bitcortex.sim.twin import Stimulus, Twin


def stimulus(params: FramerParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Bytes that stay for some cycles, of which many are special; fast and slow lines."""
    special = [
        FLAG,
        ESCAPE,
        *(FLAG ^ 1 << k for k in range(8)),
        *(ESCAPE ^ 1 << k for k in range(8)),
    ]
    weights = np.array([4.0, 4.0] + [0.5] * 16)
    data = rng.choice(special, cycles, p=weights / weights.sum())
    data = np.where(rng.random(cycles) < 0.5, data, rng.integers(0, 256, cycles))
    spell = rng.integers(1, 12, cycles)  # most bytes stay until they are taken, some do not
    eager = np.repeat(rng.choice([1.0, 0.3], cycles // 64 + 1), 64)[:cycles]
    return {
        "valid": (rng.random(cycles) < 0.9).astype(np.int64),
        "data": np.repeat(data, spell)[:cycles],
        "flag": np.repeat((rng.random(cycles) < 0.1).astype(np.int64), spell)[:cycles],
        "tx_ready": (rng.random(cycles) < eager).astype(np.int64),
        "rst": (rng.random(cycles) < 0.005).astype(np.int64),
    }


def reached(params: FramerParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    taken = stimulus["valid"] & trace["ready"]
    special = np.isin(stimulus["data"], (FLAG, ESCAPE))
    return {
        "an escaped byte": bool((taken & special & (1 - stimulus["flag"])).any()),
        "a flag": bool((taken & stimulus["flag"]).any()),
        "a byte waits for the line": bool((trace["tx_valid"] & (1 - stimulus["tx_ready"])).any()),
        "a byte every second cycle": bool((taken[2:] & taken[:-2] & (1 - taken[1:-1])).any()),
    }


TWIN = Twin(
    name="link.framer",
    golden=Framer,
    gateware=Gateware,
    cases={"RFC 1662": FramerParams()},
    stimulus=stimulus,
    reached=reached,
)
