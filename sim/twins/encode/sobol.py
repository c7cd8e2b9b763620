"""Twin of the Sobol source."""

import numpy as np

from bitcortex.gateware.encode.sobol import Sobol as Gateware
from bitcortex.models.encode.sobol import Sobol, SobolParams
from bitcortex.models.model import Trace
from bitcortex.sim.twin import Stimulus, Twin
from bitcortex.sim.twins.encode.counter import running


def stimulus(params: SobolParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Mostly running; masks come and go."""
    mask = rng.integers(0, 2**params.width, cycles) * (rng.random(cycles) < 0.5)
    return running(params.width, rng, cycles) | {"mask": mask}


def reached(params: SobolParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    enable, restart, mask = stimulus["enable"], stimulus["restart"], stimulus["mask"]
    word = trace["value"] ^ mask
    ends = (word[:-1] != 0) & (word[1:] == 0) & (enable & ~restart & ~stimulus["rst"] & 1)[:-1]
    conditions = {
        "restart wins over enable": bool((restart & enable).any()),
        "pause": bool((enable == 0).any()),
        "mask": bool((mask != 0).any()),
        "no mask": bool((mask == 0).any()),
    }
    if params.width <= 12:
        conditions["end of the period"] = bool(ends.any())
    return conditions


TWIN = Twin(
    name="encode.sobol",
    golden=Sobol,
    gateware=Gateware,
    cases={
        "dimension 2, 8 bits": SobolParams(dimension=2, width=8),
        "dimension 1, 16 bits": SobolParams(),
        "dimension 2, 16 bits": SobolParams(dimension=2),
        "dimension 10, 32 bits": SobolParams(dimension=10, width=32),
        "dimension 3, 2 bits": SobolParams(dimension=3, width=2),
    },
    stimulus=stimulus,
    reached=reached,
)
