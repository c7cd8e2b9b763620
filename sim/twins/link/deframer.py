"""Twin of the deframer."""

import numpy as np

from bitcortex.gateware.link.deframer import Deframer as Gateware
from bitcortex.models.link.deframer import Deframer, DeframerParams
from bitcortex.models.model import Trace
from bitcortex.network.frames import ESCAPE, FLAG
from bitcortex.sim.twin import Stimulus, Twin


def stimulus(params: DeframerParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Bytes of which many are flags and escapes, or nearly; bytes go on while none is taken."""
    special = [
        FLAG,
        ESCAPE,
        *(FLAG ^ 1 << k for k in range(8)),
        *(ESCAPE ^ 1 << k for k in range(8)),
    ]
    weights = np.array([8.0, 6.0] + [0.5] * 16)
    chosen = rng.choice(special, cycles, p=weights / weights.sum())
    plain = rng.integers(0, 256, cycles)
    return {
        "rx_valid": (rng.random(cycles) < 0.8).astype(np.int64),
        "rx_data": np.where(rng.random(cycles) < 0.4, chosen, plain),
        "resume": (rng.random(cycles) < 0.2).astype(np.int64),
        "rst": (rng.random(cycles) < 0.005).astype(np.int64),
    }


def reached(params: DeframerParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    taken = stimulus["rx_valid"] & trace["rx_ready"]
    flag = taken & (stimulus["rx_data"] == FLAG)
    escape = taken & (stimulus["rx_data"] == ESCAPE)
    return {
        "an end": bool(trace["ends"].any()),
        "aborted end": bool((trace["ends"] & trace["aborted"]).any()),
        "two flags in a row": bool((flag[1:] & flag[:-1] & trace["rx_ready"][1:]).any()),
        "two escapes in a row": bool((escape[1:] & escape[:-1]).any()),
        "a byte waits": bool((stimulus["rx_valid"] & (1 - trace["rx_ready"])).any()),
        "resume while ready": bool((stimulus["resume"] & trace["rx_ready"]).any()),
    }


TWIN = Twin(
    name="link.deframer",
    golden=Deframer,
    gateware=Gateware,
    cases={"RFC 1662": DeframerParams()},
    stimulus=stimulus,
    reached=reached,
)
