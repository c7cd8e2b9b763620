"""Bitstream synapse: multiplies a presynaptic stream by a weight, with one gate."""

from migen import If, Module, Signal

from bitcortex.gateware.encode.sng import Sng
from bitcortex.models.encode.sng import SngParams
from bitcortex.models.synapse.bitstream import BitstreamParams


class Bitstream(Module):
    """A synapse with its own weight stream. See `bitcortex.models.synapse.bitstream`.

    **Timing**: latency 2, a bit per cycle.
    """

    def __init__(self, params: BitstreamParams):
        self.submodules.sng = sng = Sng(SngParams(params.source))
        self.enable = Signal()  # take a bit
        self.restart = Signal()  # the weight's source, to its first word
        self.weight_we = Signal()  # load the weight
        self.weight = Signal(len(sng.threshold))  # code 0 to 2**n
        self.pre = Signal()  # presynaptic bit
        self.valid = Signal()  # a bit comes out
        self.post = Signal()  # postsynaptic bit, 0 unless valid

        # # #

        weight = Signal(len(sng.threshold), reset=params.weight)
        pre = Signal()
        self.comb += [
            sng.enable.eq(self.enable),
            sng.restart.eq(self.restart),
            sng.threshold.eq(weight),
        ]
        product = pre & sng.bitstream if params.mode == "and" else ~(pre ^ sng.bitstream)
        self.sync += [
            If(self.weight_we, weight.eq(self.weight)),
            pre.eq(self.pre),
            self.valid.eq(sng.valid),
            self.post.eq(product & sng.valid),
        ]
