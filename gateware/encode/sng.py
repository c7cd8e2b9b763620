"""Stochastic number generator (SNG): a source and a comparator."""

from migen import Module, Signal

from bitcortex.gateware.encode.source import Source
from bitcortex.models.encode.sng import SngParams


class Sng(Module):
    """A stream of bits, one with probability threshold / 2**n. See `bitcortex.models.encode.sng`.

    **Timing**: registered output, latency 1, a bit per cycle.
    """

    def __init__(self, params: SngParams):
        self.enable = Signal()  # make a bit
        self.restart = Signal()  # to the first word of the source
        self.threshold = Signal(params.source.width + 1)  # code k, 0 to 2**n
        self.bitstream = Signal()  # word < threshold, of the cycle before
        self.valid = Signal()  # enable, of the cycle before

        # # #

        self.submodules.source = source = Source(params.source)
        self.comb += [source.enable.eq(self.enable), source.restart.eq(self.restart)]
        self.sync += [self.bitstream.eq(source.value < self.threshold), self.valid.eq(self.enable)]
