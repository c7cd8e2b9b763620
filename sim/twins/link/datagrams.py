"""Twin of the datagrams."""

import numpy as np

from bitcortex.gateware.link.datagrams import Datagrams as Gateware
from bitcortex.models.link.datagrams import Datagrams, DatagramsParams
from bitcortex.models.model import Trace
from bitcortex.network.frames import FLAG
from bitcortex.sim.twin import Stimulus, Twin


def stimulus(params: DatagramsParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Frames of all lengths, and some that are too long; fast and slow networks."""
    # Spells of many flags, and of so few that the memory is full before one comes.
    often = np.resize(np.repeat([150.0, 4.0, 0.5, 0.1], 4096), cycles)
    flag = rng.random(cycles) < often / (1 << params.bits)
    data = np.where(flag, FLAG, rng.choice([*(FLAG ^ 1 << k for k in range(8)), 0, 255], cycles))
    eager = np.repeat(rng.choice([1.0, 0.6], cycles // 64 + 1), 64)[:cycles]
    return {
        "tx_valid": (rng.random(cycles) < 0.9).astype(np.int64),
        "tx_data": data,
        "ready": (rng.random(cycles) < eager).astype(np.int64),
        "rst": (rng.random(cycles) < 0.1 / (1 << params.bits)).astype(np.int64),
    }


def reached(params: DatagramsParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    taken = (stimulus["tx_valid"] & trace["tx_ready"]).astype(bool)
    ends = (trace["last"] & stimulus["ready"]).astype(bool)
    flag = stimulus["tx_data"] == FLAG
    before = np.cumsum(taken) - taken
    begins = np.concatenate([[True], ends[:-1] | (stimulus["rst"][:-1] == 1)])
    given = before - np.maximum.accumulate(np.where(begins, before, 0))  # bytes of the datagram
    first = given == 0
    most = 1 << params.bits
    return {
        "a flag begins": bool((taken & flag & first).any()),
        "a flag ends": bool((taken & flag & ~first).any()),
        "filled": bool((ends & (given == params.least - 1)).any()),
        "just not filled": bool((ends & (given == params.least)).any()),
        "no more room": bool((ends & (given == most)).any()),
        "a byte waits for the network": bool((trace["valid"] & (1 - stimulus["ready"])).any()),
        "a byte waits for a datagram": bool((stimulus["tx_valid"] & trace["valid"]).any()),
        "a byte right after a datagram": bool((ends[:-1] & taken[1:]).any()),
    }


TWIN = Twin(
    name="link.datagrams",
    golden=Datagrams,
    gateware=Gateware,
    cases={"18 to 1,024 bytes": DatagramsParams(), "5 to 16 bytes": DatagramsParams(4, 5)},
    stimulus=stimulus,
    reached=reached,
)
