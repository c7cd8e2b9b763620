"""Averager: counts the ones of a bitstream, window after window."""

from migen import If, Module, Signal

from bitcortex.models.decode.averager import AveragerParams


class Averager(Module):
    """The number of ones in each window. See `bitcortex.models.decode.averager`.

    **Timing**: ``count`` and ``done`` come a cycle after a window's last bit; a bit per cycle.
    """

    def __init__(self, params: AveragerParams):
        self.valid = Signal()  # there is a bit
        self.bitstream = Signal()  # the bit
        self.clear = Signal()  # start the window anew
        self.count = Signal(params.width)  # ones of the last whole window
        self.done = Signal()  # the count is new

        # # #

        ones = Signal(params.width)  # of this window, before the present bit
        total = Signal(params.width)  # with it
        last = Signal()  # the present bit ends the window
        self.comb += total.eq(ones + self.bitstream)
        if params.length == 1:
            self.comb += last.eq(1)
        else:
            seen = Signal((params.length - 1).bit_length())
            self.comb += last.eq(seen == params.length - 1)
            step = [seen.eq(seen + 1)]
            if params.length & (params.length - 1):  # a power of two wraps by itself
                step.append(If(last, seen.eq(0)))
            self.sync += If(self.clear, seen.eq(0)).Elif(self.valid, *step)
        self.sync += [
            self.done.eq(self.valid & last & ~self.clear),
            If(
                self.clear,
                ones.eq(0),
            ).Elif(
                self.valid,
                ones.eq(total),
                If(last, ones.eq(0), self.count.eq(total)),
            ),
        ]
