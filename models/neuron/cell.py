"""One neuron of any kind, complete: state, pipeline and noise."""

from dataclasses import dataclass
from typing import Any

from bitcortex import check
from bitcortex.models.encode.lfsr import Lfsr
from bitcortex.models.model import Model
from bitcortex.models.neuron.kinds import KINDS, kind_of
from bitcortex.models.neuron.noise import noise_params


@dataclass(frozen=True)
class CellParams:
    """Parameters of a single neuron.

    Parameters
    ----------
    neuron
        Parameters of any kind.
    seed
        Of the noise, 0 to 2**63 - 1.
    """

    neuron: Any
    seed: int = 1  # of the user

    def __post_init__(self) -> None:
        kind_of(self.neuron)
        check.integer("seed", self.seed, 0, 2**63 - 1)


class Cell(Model):
    """One neuron, one step per update.

    Ports: ``valid`` (in, 1) and ``current`` (in, signed) ask for a step, which is taken if
    ``ready`` (out, 1); ``out_valid`` (out, 1) marks its end. ``spike`` and ``v`` (out) hold the
    result until the next one.

    **Timing**: a step takes the pipeline's latency; the next may begin in the cycle of
    ``out_valid``, so one step per latency cycles (3 for LIF).

    **Arithmetic**: that of the kind. The pipeline's output registers are the state.
    """

    INPUTS = ("valid", "current")
    OUTPUTS = ("ready", "out_valid", "spike", "v")

    def __init__(self, params: CellParams) -> None:
        super().__init__(params)
        self.unit = KINDS[kind_of(params.neuron)].pipeline(params.neuron)
        self.noise = Lfsr(noise_params(params.seed))
        self.mask = (1 << params.neuron.noise_bits) - 1
        self.reset()

    def reset(self) -> None:
        self.unit.reset()
        self.noise.reset()
        self.running = 0  # an update is in the pipeline

    def tick(self, valid: int, current: int) -> tuple[int, int, int, int]:
        ended, (spike, *state) = self.unit.out_valid, self.unit.out
        ready = int(not self.running or ended)
        begins = valid & ready
        self.running = int(begins or not ready)
        (word,) = self.noise.tick(begins, 0, 0)
        self.unit.tick(begins, current, word & self.mask, *state)
        return ready, ended, spike, state[0]
