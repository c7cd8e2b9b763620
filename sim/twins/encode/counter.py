"""Twin of the counter source."""

import numpy as np

from bitcortex.gateware.encode.counter import Counter as Gateware
from bitcortex.models.encode.counter import Counter, CounterParams
from bitcortex.models.model import Trace
from bitcortex.sim.twin import Stimulus, Twin


def running(width: int, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Enable, restart and rst of any source: most short periods end, some of 16 bits do, too.

    Restarts come in a burst at the beginning, and are rare for a few long periods after it.
    """
    seldom = min(0.01, 0.2 / 2 ** min(width, 16))
    burst = np.arange(cycles) % 400_000 < 4_000
    return {
        "enable": (rng.random(cycles) < 0.95).astype(np.int64),
        "restart": (rng.random(cycles) < np.where(burst, 0.01, seldom)).astype(np.int64),
        "rst": (rng.random(cycles) < np.where(burst, 0.002, seldom / 6)).astype(np.int64),
    }


def stimulus(params: CounterParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Mostly running."""
    return running(params.width, rng, cycles)


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
