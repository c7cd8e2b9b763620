"""From bytes of the line to datagrams, one for each frame."""

from migen import READ_FIRST, If, Memory, Module, Mux, Signal

from bitcortex.models.link.datagrams import DatagramsParams
from bitcortex.network.frames import FLAG


class Datagrams(Module):
    """Collects the bytes of a frame and sends them. See `bitcortex.models.link.datagrams`.

    **Timing**: a datagram begins in the cycle after its last byte came; a byte per cycle.
    """

    def __init__(self, params: DatagramsParams):
        self.tx_valid = Signal()  # a byte of the line
        self.tx_data = Signal(8)
        self.ready = Signal()  # the network takes its byte
        self.tx_ready = Signal()  # the byte of the line is taken
        self.valid = Signal()  # a byte for the network
        self.data = Signal(8)
        self.last = Signal()  # of the datagram
        self.length = Signal(params.bits + 1)  # bytes of it

        # # #

        bytes_most = 1 << params.bits
        memory = Memory(8, bytes_most)
        memory.collides = "undefined"
        read = memory.get_port(mode=READ_FIRST)
        write = memory.get_port(write_capable=True, mode=READ_FIRST)
        self.specials += memory, read, write
        takes, gives = Signal(), Signal()
        count, place = Signal(params.bits + 1), Signal(params.bits)
        self.comb += [
            self.tx_ready.eq(~self.valid),
            takes.eq(self.tx_valid & ~self.valid),
            gives.eq(self.valid & self.ready),
            write.adr.eq(count),
            write.dat_w.eq(self.tx_data),
            write.we.eq(takes),
            read.adr.eq(Mux(gives, place + 1, place)),
            If(self.valid, self.data.eq(Mux(place < count, read.dat_r, FLAG))),
            self.length.eq(Mux(count < params.least, params.least, count)),
            self.last.eq(self.valid & (place == self.length - 1)),
        ]
        self.sync += [
            If(
                takes,
                count.eq(count + 1),
                self.valid.eq((count == bytes_most - 1) | ((self.tx_data == FLAG) & (count != 0))),
            ),
            If(gives, place.eq(place + 1)),
            If(gives & self.last, self.valid.eq(0), count.eq(0), place.eq(0)),
        ]
