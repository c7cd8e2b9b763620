"""Twin of a layer's sources."""

import numpy as np

from bitcortex.gateware.layer.streams import Streams as Gateware
from bitcortex.models.layer.streams import StreamParams, Streams
from bitcortex.models.model import Trace
from bitcortex.sim.twin import Stimulus, Twin


def stimulus(params: StreamParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Mostly running; a third of the ends advance; rare pauses, reseeds and resets."""
    seldom = min(0.003, 0.2 / params.length)  # so that most passes end
    return {
        "enable": (rng.random(cycles) < 0.95).astype(np.int64),
        "advance": (rng.random(cycles) < 0.3).astype(np.int64),
        "reseed": (rng.random(cycles) < seldom).astype(np.int64),
        "rst": (rng.random(cycles) < seldom / 6).astype(np.int64),
    }


def reached(params: StreamParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    enable, advance, reseed = stimulus["enable"], stimulus["advance"], stimulus["reseed"]
    end = enable & trace["last"] & ~reseed & 1
    return {
        "the pass starts again": bool((end & ~advance).any()),
        "the next pass": bool((end & advance).any()),
        "reseed wins over enable": bool((enable & reseed).any()),
        "pause at the last word": bool((trace["last"] & ~enable & 1).any()),
        "advance within a pass": bool((advance & enable & ~trace["last"] & 1).any())
        or params.length == 1,
    }


TWIN = Twin(
    name="layer.streams",
    golden=Streams,
    gateware=Gateware,
    cases={
        "sobol 16": StreamParams(length=16, seed=3),
        "sobol 256": StreamParams(length=256, seed=4),
        "sobol 1024": StreamParams(length=1024, seed=5),
        "sobol 100, 4 bits": StreamParams(length=100, bits=4, seed=6),
        "sobol 1": StreamParams(length=1, seed=7),
        "lfsr 16": StreamParams(length=16, mode="lfsr", seed=8),
        "lfsr 100, 5 bits": StreamParams(length=100, mode="lfsr", bits=5, seed=9),
        "lfsr 1": StreamParams(length=1, mode="lfsr", seed=10),
    },
    stimulus=stimulus,
    reached=reached,
)
