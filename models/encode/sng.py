"""Stochastic number generator (SNG): a source and a comparator."""

from dataclasses import dataclass, field

from bitcortex.models.encode.source import Source, SourceParams
from bitcortex.models.model import Model


@dataclass(frozen=True)
class SngParams:
    """Parameters of a stochastic number generator.

    Parameters
    ----------
    source
        Where the words come from; its width n is the resolution of the probability.
    """

    source: SourceParams = field(default_factory=SourceParams)  # width = bits of the comparator


class Sng(Model):
    """A stream of bits that are one with probability threshold / 2**n, n = width of the source.

    Ports: ``enable`` (in, 1) makes a bit and goes on to the next word; ``restart`` (in, 1)
    returns to the first word and wins over going on. ``threshold`` (in, n + 1) is the code k, 0 to
    2**n; codes above count as 2**n. ``bitstream`` (out, 1) is the comparison of the cycle before,
    ``valid`` (out, 1) the enable of the cycle before.

    **Timing**: registered output, latency 1, a bit per cycle; the threshold may change at any time.

    **Arithmetic**: ``bitstream = word < threshold``, unsigned.

    **Error**: P = k / 2**n exactly: over 2**n enabled cycles, exactly k ones, whatever the source,
    since its zero word is not missing. Shorter streams: see `Source`. Two streams of one source
    are as correlated as can be; a product needs two sources that differ.
    """

    INPUTS = ("enable", "restart", "threshold")
    OUTPUTS = ("bitstream", "valid")

    def __init__(self, params: SngParams) -> None:
        super().__init__(params)
        self.source = Source(params.source)
        self.reset()

    def reset(self) -> None:
        self.source.reset()
        self.bitstream = self.valid = 0

    def tick(self, enable: int, restart: int, threshold: int) -> tuple[int, int]:
        shown = (self.bitstream, self.valid)
        (word,) = self.source.tick(enable, restart)
        self.bitstream, self.valid = int(word < threshold), enable
        return shown
