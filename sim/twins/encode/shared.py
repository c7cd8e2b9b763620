"""Twin of the shared source."""

import numpy as np

from bitcortex.gateware.encode.shared import Shared as Gateware
from bitcortex.models.encode.shared import Shared, SharedParams, channel_words
from bitcortex.models.encode.source import Source, SourceParams
from bitcortex.models.model import Trace
from bitcortex.sim.twin import Stimulus, Twin
from bitcortex.sim.twins.encode.counter import running


def stimulus(params: SharedParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Thresholds near the present word of each channel, ends, anything."""
    width = params.source.width
    end = 2**width
    run = running(width, rng, cycles)
    words = channel_words(params, Source(params.source).trace(run)["value"])
    thresholds = np.zeros(cycles, np.int64 if params.channels * (width + 1) < 64 else object)
    for i, word in enumerate(words):
        near = np.clip(word + rng.integers(-1, 3, cycles), 0, end)
        flipped = word ^ 1 << rng.integers(0, width, cycles)
        anything = rng.integers(0, 2 * end, cycles)
        limits = rng.choice([0, 1, end - 1, end, 2 * end - 1], cycles)
        pick = rng.choice(4, cycles, p=[0.4, 0.2, 0.3, 0.1])
        chosen = np.choose(pick, [near, flipped, anything, limits])
        thresholds += chosen.astype(thresholds.dtype) << i * (width + 1)
    return run | {"thresholds": thresholds}


def reached(params: SharedParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    every = 2**params.channels - 1
    bits, valid = trace["bits"], trace["valid"] == 1
    return {
        "no channel one": bool((bits[valid] == 0).any()),
        "every channel one": bool((bits[valid] == every).any()),
        "restart wins over enable": bool((stimulus["restart"] & stimulus["enable"]).any()),
        "pause": bool((stimulus["enable"] == 0).any()),
    }


TWIN = Twin(
    name="encode.shared",
    golden=Shared,
    gateware=Gateware,
    cases={
        "sobol, 3 channels of 8 bits": SharedParams(SourceParams("sobol", 8, seed=0x6B), 3),
        "lfsr, 4 rotated of 8 bits": SharedParams(
            SourceParams("lfsr", 8, seed=0x60), 4, rotate=True
        ),
        "lfsr, 8 of 16 bits": SharedParams(SourceParams(seed=0x8330), 8),
        "counter, 2 without shift": SharedParams(
            SourceParams("counter", 6, seed=5, ramp=6), 2, shift=False
        ),
    },
    stimulus=stimulus,
    reached=reached,
)
