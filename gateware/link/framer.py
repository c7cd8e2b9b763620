"""From bytes of a frame's body to bytes of the line."""

from migen import If, Module, Signal

from bitcortex.models.link.framer import FramerParams
from bitcortex.network.frames import ESCAPE, FLAG, FLIP


class Framer(Module):
    """Puts flags and escapes into a stream of bytes. See `bitcortex.models.link.framer`.

    An escaped byte stays at the input while its escape leaves: it needs no register of its own.

    **Timing**: latency 1, a byte every second cycle.
    """

    def __init__(self, params: FramerParams):
        self.valid = Signal()  # a byte
        self.data = Signal(8)
        self.flag = Signal()  # rather a flag
        self.tx_ready = Signal()  # the line takes its byte
        self.ready = Signal()  # the byte is taken
        self.tx_valid = Signal()  # a byte for the line
        self.tx_data = Signal(8)

        # # #

        plain, second = Signal(), Signal()  # goes in one byte; in its second one
        self.comb += [
            plain.eq(self.flag | second | ((self.data != FLAG) & (self.data != ESCAPE))),
            self.ready.eq(~self.tx_valid & plain),
        ]
        self.sync += If(self.tx_valid, self.tx_valid.eq(~self.tx_ready)).Elif(
            self.valid,
            self.tx_valid.eq(1),
            If(self.flag, self.tx_data.eq(FLAG))
            .Elif(second, self.tx_data.eq(self.data ^ FLIP))
            .Elif(plain, self.tx_data.eq(self.data))
            .Else(self.tx_data.eq(ESCAPE)),
            second.eq(~plain),
        )
