"""A FIFO between two clock domains."""

from migen import ClockDomainsRenamer, If, Memory, Module, Mux, Signal
from migen.genlib.cdc import GrayCounter

from bitcortex.models.link.crossing import CrossingParams


class Crossing(Module):
    """A FIFO from a clock domain to another. See `bitcortex.models.link.crossing`.

    What is read begins and ends at registers: in Migen's, pointers are compared, the next one is
    counted and the RAM read in one cycle, 105 MHz on an ECP5.

    Parameters
    ----------
    params
        Of the model.
    write, read
        Clock domains of the two sides.
    """

    def __init__(self, params: CrossingParams, write: str = "sys", read: str = "sys"):
        self.tx_valid = Signal()  # a word
        self.tx_data = Signal(params.width)
        self.ready = Signal()  # the reader takes its word
        self.tx_ready = Signal()  # the word is taken
        self.valid = Signal()  # a word for the reader
        self.data = Signal(params.width)

        # # #

        bits = params.bits
        put = ClockDomainsRenamer(write)(GrayCounter(bits + 1))
        self.submodules += put
        # Words that were taken, and one more; each in Gray code, too.
        taken, taken_gray = Signal(bits + 1), Signal(bits + 1)
        ahead, ahead_gray = Signal(bits + 1, reset=1), Signal(bits + 1, reset=1)
        put_seen = self._seen(put.q, read)
        taken_seen = self._seen(taken_gray, write)

        memory = Memory(params.width, 1 << bits)
        into = memory.get_port(write_capable=True, clock_domain=write)
        out = memory.get_port(clock_domain=read, async_read=True)
        self.specials += memory, into, out

        full = Signal(bits + 1)
        self.comb += [
            full.eq(taken_seen ^ (3 << (bits - 1))),  # in Gray code: all the words further
            self.tx_ready.eq(put.q != full),
            put.ce.eq(self.tx_valid & self.tx_ready),
            into.adr.eq(put.q_binary[:-1]),
            into.dat_w.eq(self.tx_data),
            into.we.eq(put.ce),
        ]
        takes, next_ahead, word = Signal(), Signal(bits + 1), Signal(params.width)
        self.comb += [
            If(self.valid, self.data.eq(word)),
            takes.eq(self.valid & self.ready),
            out.adr.eq(Mux(takes, ahead[:-1], taken[:-1])),
            next_ahead.eq(ahead + 1),
        ]
        reading = getattr(self.sync, read)
        reading += [
            word.eq(out.dat_r),
            self.valid.eq(Mux(takes, ahead_gray != put_seen, taken_gray != put_seen)),
            If(
                takes,
                taken.eq(ahead),
                taken_gray.eq(ahead_gray),
                ahead.eq(next_ahead),
                ahead_gray.eq(next_ahead ^ next_ahead[1:]),
            ),
        ]

    def _seen(self, pointer: Signal, domain: str) -> Signal:
        """Return a pointer as the other side sees it.

        Migen's `MultiReg` would keep it through a reset of a cycle, and words would appear.
        """
        near, seen = Signal(len(pointer)), Signal(len(pointer))
        into = getattr(self.sync, domain)
        into += near.eq(pointer), seen.eq(near)
        return seen
