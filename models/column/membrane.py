"""LIF pipeline of a lane whose neurons are of several kinds."""

from collections import deque
from dataclasses import dataclass

from bitcortex import check
from bitcortex.models.model import Model
from bitcortex.models.neuron.lif import LifParams, update

STAGES = 4  # cycles: choose the factor; multiply; add; compare and saturate


@dataclass(frozen=True)
class MembraneParams:
    """Parameters of a membrane pipeline.

    Parameters
    ----------
    kinds
        Parameters of every kind of neuron; equal data_width and current_width, leak floor or
        nearest. The first one's multiplier counts, if all have one alpha; a factor that changes
        takes a multiplier block.
    reach
        Further registers on both sides of the multiplier block: on a large device it may be far
        from the memories.
    """

    kinds: tuple[LifParams, ...] = (LifParams(),)
    reach: int = 0

    def __post_init__(self) -> None:
        check.integer("reach", self.reach, 0, 8)
        check.integer("number of kinds", len(self.kinds), 1, 64)
        if len({(k.data_width, k.current_width) for k in self.kinds}) > 1:
            raise ValueError("kinds must have one data_width and one current_width")
        for kind in self.kinds:
            check.one_of("leak", kind.leak, ("floor", "nearest"))

    @property
    def kind_bits(self) -> int:
        """Bits of a kind's number."""
        return max(1, (len(self.kinds) - 1).bit_length())

    @property
    def refractory_bits(self) -> int:
        """Bits of the steps left."""
        return max(1, max(k.refractory for k in self.kinds).bit_length())

    @property
    def latency(self) -> int:
        """Cycles from ``valid`` to ``out_valid``."""
        return STAGES + 2 * self.reach


class Membrane(Model):
    """The update of `bitcortex.models.neuron.lif` as a pipeline without feedback.

    Ports: ``valid`` (in, 1), ``kind`` (in), ``current`` (in, signed), ``v`` (in, signed) and
    ``refractory`` (in) of one neuron and step; ``out_valid``, ``spike``, ``v_next``,
    ``refractory_next`` (out) `latency` cycles later.

    **Timing**: latency 4, and 2 per `reach`; one update per cycle. Outputs hold the last result.

    **Arithmetic**: as in the model of one neuron: exact product, rounded, plus the exact current,
    saturated once. A number beyond the last kind is the last kind.
    """

    INPUTS = ("valid", "kind", "current", "v", "refractory")
    OUTPUTS = ("out_valid", "spike", "v_next", "refractory_next")

    def __init__(self, params: MembraneParams) -> None:
        super().__init__(params)
        self.reset()

    def reset(self) -> None:
        self.stages: deque[tuple[int, int, int] | None] = deque([None] * (self.params.latency - 1))
        self.out_valid = 0
        self.out = (0, 0, 0)

    def outputs(self) -> tuple[int, int, int, int]:
        """Return what the ports show in this cycle."""
        return (self.out_valid, *self.out)

    def tick(
        self, valid: int, kind: int, current: int, v: int, refractory: int
    ) -> tuple[int, int, int, int]:
        shown = self.outputs()
        result = None
        if valid:
            params = self.params.kinds[min(kind, len(self.params.kinds) - 1)]
            (v_next, left), spike = update(params, (v, refractory), current, 0)
            result = (spike, v_next, left)
        self.stages.append(result)
        ended = self.stages.popleft()
        self.out_valid = int(ended is not None)
        self.out = ended or self.out
        return shown
