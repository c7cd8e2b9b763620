"""Bitstream synapse: multiplies a presynaptic stream by a weight, with one gate."""

from dataclasses import dataclass, field

from bitcortex import check
from bitcortex.models.encode.sng import Sng, SngParams
from bitcortex.models.encode.source import SourceParams
from bitcortex.models.model import Model

MODES = ("and", "xnor")


@dataclass(frozen=True)
class BitstreamParams:
    """Parameters of a bitstream synapse.

    Parameters
    ----------
    source
        Of the weight's words; its width n is the resolution of the weight. The presynaptic stream
        must come from another source.
    mode
        ``and``: unipolar, P(post) = P(pre) P(weight). ``xnor``: bipolar, values 2 P - 1 multiply.
    weight
        Code after reset, 0 to 2**n: P(weight) = weight / 2**n.
    """

    source: SourceParams = field(default_factory=lambda: SourceParams(width=8))
    mode: str = "and"  # unipolar or bipolar
    weight: int = 128  # code after reset

    def __post_init__(self) -> None:
        check.one_of("mode", self.mode, MODES)
        check.integer("weight", self.weight, 0, 2**self.source.width)


class Bitstream(Model):
    """A synapse with a weight register and a weight stream of its own.

    Ports: ``enable`` (in, 1) takes a bit ``pre`` (in, 1); ``restart`` (in, 1) returns the weight's
    source to its first word; ``weight_we`` (in, 1) loads ``weight`` (in, n + 1), which holds from
    the next cycle on. ``valid`` (out, 1) marks the bit ``post`` (out, 1).

    **Timing**: latency 2, a bit per cycle.

    **Arithmetic**: post = pre AND weight bit, or pre XNOR weight bit.

    **Error**: none over a joint period of independent sources; see `encode` for shorter streams.
    """

    INPUTS = ("enable", "restart", "weight_we", "weight", "pre")
    OUTPUTS = ("valid", "post")

    def __init__(self, params: BitstreamParams) -> None:
        super().__init__(params)
        self.sng = Sng(SngParams(params.source))
        self.reset()

    def reset(self) -> None:
        self.sng.reset()
        self.weight = self.params.weight
        self.pre = self.valid = self.post = 0

    def tick(
        self, enable: int, restart: int, weight_we: int, weight: int, pre: int
    ) -> tuple[int, int]:
        shown = (self.valid, self.post)
        bit, self.valid = self.sng.tick(enable, restart, self.weight)
        both = self.pre & bit if self.params.mode == "and" else 1 - (self.pre ^ bit)
        self.post = both & self.valid
        self.pre = pre
        if weight_we:
            self.weight = weight
        return shown
