"""From bytes of the line to bytes of a frame's body."""

from migen import If, Module, Signal

from bitcortex.models.link.deframer import DeframerParams
from bitcortex.network.frames import ESCAPE, FLAG, FLIP


class Deframer(Module):
    """Takes flags and escapes out of a stream of bytes. See `bitcortex.models.link.deframer`.

    **Timing**: a byte per cycle, latency 1.
    """

    def __init__(self, params: DeframerParams):
        self.rx_valid = Signal()  # a byte of the line
        self.rx_data = Signal(8)
        self.resume = Signal()  # the frame has been dealt with
        self.rx_ready = Signal(reset=1)  # the byte is taken
        self.valid = Signal()  # a byte of a body
        self.data = Signal(8)
        self.ends = Signal()  # a frame has ended
        self.aborted = Signal()  # in an escape

        # # #

        taken, flag, escape = Signal(), Signal(), Signal()
        some, escaped = Signal(), Signal()  # of the byte before: in a frame, an escape
        self.comb += [
            taken.eq(self.rx_valid & self.rx_ready),
            flag.eq(self.rx_data == FLAG),
            escape.eq(self.rx_data == ESCAPE),
        ]
        self.sync += [
            self.valid.eq(taken & ~flag & ~escape),
            self.ends.eq(taken & flag & some),
            If(self.resume, self.rx_ready.eq(1)),
            If(
                taken,
                self.data.eq(self.rx_data),
                If(escaped, self.data.eq(self.rx_data ^ FLIP)),
                self.aborted.eq(escaped),
                If(flag & some, self.rx_ready.eq(0)),
                some.eq(~flag),
                escaped.eq(escape),
            ),
        ]
