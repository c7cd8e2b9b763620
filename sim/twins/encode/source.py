"""Twin of the source."""

import numpy as np

from bitcortex.gateware.encode.source import Source as Gateware
from bitcortex.models.encode.source import Source, SourceParams
from bitcortex.models.model import Trace
from bitcortex.sim.twin import Stimulus, Twin
from bitcortex.sim.twins.encode.counter import running


def stimulus(params: SourceParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Mostly running."""
    return running(params.width, rng, cycles)


def reached(params: SourceParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    enable, restart = stimulus["enable"], stimulus["restart"]
    conditions = {
        "restart wins over enable": bool((restart & enable).any()),
        "pause": bool((enable == 0).any()),
    }
    if params.width <= 12:
        conditions["every word"] = len(np.unique(trace["value"])) == 2**params.width
    return conditions


TWIN = Twin(
    name="encode.source",
    golden=Source,
    gateware=Gateware,
    cases={
        "sobol, dimension 2, 8 bits": SourceParams("sobol", 8, seed=0xA5, dimension=2),
        "lfsr, 8 bits": SourceParams("lfsr", 8, seed=0x60),
        "counter, 8 bits": SourceParams("counter", 8, seed=0x5A, ramp=5),
        "lfsr, 16 bits": SourceParams(seed=0x8330),
        "sobol, 32 bits": SourceParams("sobol", 32, seed=0, dimension=7),
        "lfsr, 3 bits": SourceParams("lfsr", 3, seed=7),
    },
    stimulus=stimulus,
    reached=reached,
)
