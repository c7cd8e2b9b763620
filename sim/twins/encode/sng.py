"""Twin of the stochastic number generator."""

import numpy as np

from bitcortex.gateware.encode.sng import Sng as Gateware
from bitcortex.models.encode.sng import Sng, SngParams
from bitcortex.models.encode.source import Source, SourceParams
from bitcortex.models.model import Trace
from bitcortex.sim.twin import Stimulus, Twin
from bitcortex.sim.twins.encode.counter import running


def stimulus(params: SngParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Thresholds near the present word (they meet every bit of the comparator), ends, anything."""
    run = running(params.source.width, rng, cycles)
    word = Source(params.source).trace(run)["value"]
    end = 2**params.source.width
    near = np.clip(word + rng.integers(-1, 3, cycles), 0, end)
    flipped = word ^ 1 << rng.integers(0, params.source.width, cycles)
    anything = rng.integers(0, 2 * end, cycles)  # above 2**n, too
    limits = rng.choice([0, 1, end - 1, end, 2 * end - 1], cycles)
    pick = rng.choice(4, cycles, p=[0.4, 0.2, 0.3, 0.1])
    return run | {"threshold": np.choose(pick, [near, flipped, anything, limits])}


def reached(params: SngParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    end = 2**params.source.width
    threshold, restart = stimulus["threshold"], stimulus["restart"]
    return {
        "threshold 0": bool((threshold == 0).any()),
        "threshold 2**n": bool((threshold == end).any()),
        "threshold above": bool((threshold > end).any()),
        "zero": bool((trace["valid"] & ~trace["bitstream"] & 1).any()),
        "one": bool((trace["valid"] & trace["bitstream"]).any()),
        "restart wins over enable": bool((restart & stimulus["enable"]).any()),
        "pause": bool((stimulus["enable"] == 0).any()),
    }


TWIN = Twin(
    name="encode.sng",
    golden=Sng,
    gateware=Gateware,
    cases={
        "lfsr, 16 bits": SngParams(SourceParams(seed=0x8330)),  # 60 words before the zero word
        "sobol, 16 bits": SngParams(SourceParams("sobol", 16, dimension=2)),
        "counter, 16 bits": SngParams(SourceParams("counter", 16, ramp=8)),
        "lfsr, 8 bits": SngParams(SourceParams("lfsr", 8, seed=0x60)),
        "sobol, 8 bits": SngParams(SourceParams("sobol", 8, seed=0xC3)),
        "counter, 8 bits": SngParams(SourceParams("counter", 8, seed=0x11, ramp=8)),
        "lfsr, 32 bits": SngParams(SourceParams("lfsr", 32, seed=0xDEADBEEF)),
    },
    stimulus=stimulus,
    reached=reached,
)
