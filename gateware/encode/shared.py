"""Shared-source decorrelation: one source feeds many comparators through masks of their own."""

from migen import Cat, Module, Signal

from bitcortex.gateware.encode.source import Source
from bitcortex.models.encode.shared import SharedParams


class Shared(Module):
    """Streams of bits from one source. See `bitcortex.models.encode.shared`.

    **Timing**: registered output, latency 1, a bit per channel and cycle.
    """

    def __init__(self, params: SharedParams):
        width = params.source.width
        self.enable = Signal()  # make a bit per channel
        self.restart = Signal()  # to the first word of the source
        self.thresholds = Signal(params.channels * (width + 1))  # codes, channel 0 lowest
        self.bits = Signal(params.channels)  # comparisons, of the cycle before
        self.valid = Signal()  # enable, of the cycle before

        # # #

        self.submodules.source = source = Source(params.source)
        self.comb += [source.enable.eq(self.enable), source.restart.eq(self.restart)]
        self.sync += self.valid.eq(self.enable)
        # A rotation is wiring, and a mask inverts inputs of the comparator: both are free.
        for i, (mask, left) in enumerate(zip(params.masks, params.rotations, strict=True)):
            word = Signal(width)
            rotated = Cat(source.value[(bit - left) % width] for bit in range(width))
            self.comb += word.eq(rotated ^ mask)
            threshold = self.thresholds[i * (width + 1) : (i + 1) * (width + 1)]
            self.sync += self.bits[i].eq(word < threshold)
