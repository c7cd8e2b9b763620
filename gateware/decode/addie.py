"""ADDIE (adaptive digital element): the running mean of a bitstream, without windows."""

from migen import If, Module, Signal

from bitcortex.models.decode.addie import AddieParams


class Addie(Module):
    """A counter that follows the mean of a bitstream. See `bitcortex.models.decode.addie`.

    **Timing**: ``count`` changes in the cycle after ``valid``; a bit per cycle.
    """

    def __init__(self, params: AddieParams):
        half = 2 ** (params.bits - 1)
        self.valid = Signal()  # there is a bit
        self.bitstream = Signal()  # the bit
        self.word = Signal(params.bits)  # uniform and independent of the bit
        self.clear = Signal()  # to 1/2
        self.count = Signal(params.bits + 1, reset=half)  # estimate, 0 to 2**bits

        # # #

        taken = Signal()  # the estimate as a stream
        self.comb += taken.eq(self.word < self.count)
        self.sync += If(
            self.clear,
            self.count.eq(half),
        ).Elif(
            self.valid,
            If(
                self.bitstream & ~taken,
                self.count.eq(self.count + 1),
            ).Elif(
                ~self.bitstream & taken,
                self.count.eq(self.count - 1),
            ),
        )
