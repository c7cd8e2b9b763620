"""Twin of the counter source."""

import numpy as np

from bitcortex.gateware.encode.counter import Counter as Gateware
from bitcortex.models.encode.counter import Counter, CounterParams
from bitcortex.models.model import Trace
from bitcortex.sim.twin import Stimulus, Twin


def stimulus(params: CounterParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Mostly running, restarted so rarely that most periods end."""
    seldom = min(0.01, 0.2 / 2 ** min(params.width, 16))
    restart = rng.random(cycles) < seldom
    restart |= np.arange(cycles) % 65_536 < 2_000 * (rng.random(cycles) < 0.02)
    return {
        "enable": (rng.random(cycles) < 0.95).astype(np.int64),
        "restart": restart.astype(np.int64),
        "rst": (rng.random(cycles) < seldom / 6).astype(np.int64),
    }


def reached(params: CounterParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    enable, restart = stimulus["enable"], stimulus["restart"]
    last = trace["value"] == 2**params.width - 1
    conditions = {
        "restart wins over enable": bool((restart & enable).any()),
        "pause": bool((enable == 0).any()),
    }
    if params.width <= 12:
        conditions["end of the period"] = bool((last & (enable & ~restart & 1 == 1)).any())
    return conditions


TWIN = Twin(
    name="encode.counter",
    golden=Counter,
    gateware=Gateware,
    cases={
        "ramp of 8 bits": CounterParams(width=8, ramp=8),
        "van der Corput, 8 bits": CounterParams(width=8, ramp=0),
        "ramps of 4 in 10 bits": CounterParams(width=10, ramp=4),
        "ramps of 8 in 16 bits": CounterParams(ramp=8),
        "32 bits": CounterParams(width=32, ramp=32),
        "2 bits": CounterParams(width=2, ramp=2),
    },
    stimulus=stimulus,
    reached=reached,
)
