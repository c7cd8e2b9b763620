"""Twin of the Sobol source."""

import numpy as np

from bitcortex.gateware.encode.sobol import Sobol as Gateware
from bitcortex.models.encode.sobol import Sobol, SobolParams
from bitcortex.models.model import Trace
from bitcortex.sim.twin import Stimulus, Twin


def stimulus(params: SobolParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Mostly running, rarely restarted, so that short periods end; masks come and go."""
    seldom = min(0.01, 0.2 / 2 ** min(params.width, 16))
    restart = rng.random(cycles) < seldom
    restart |= np.arange(cycles) % 65_536 < 2_000 * (rng.random(cycles) < 0.02)
    mask = rng.integers(0, 2**params.width, cycles) * (rng.random(cycles) < 0.5)
    return {
        "enable": (rng.random(cycles) < 0.95).astype(np.int64),
        "restart": restart.astype(np.int64),
        "mask": mask,
        "rst": (rng.random(cycles) < seldom / 6).astype(np.int64),
    }


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
