"""CRC-32 of a frame, a byte per cycle."""

from functools import reduce
from operator import xor

from migen import If, Module, Signal

from bitcortex.models.link.crc32 import INITIAL, RESIDUE, TABLE, Crc32Params


class Crc32(Module):
    """The CRC-32 of a stream of bytes. See `bitcortex.models.link.crc32`.

    The table of 256 words is linear: a bit of the next register is the parity of some bits of the
    byte that leaves it, XOR the bit eight places higher. A byte that is 0 only shifts.

    **Timing**: a byte per cycle, latency 1.
    """

    def __init__(self, params: Crc32Params):
        self.clear = Signal()  # start anew
        self.valid = Signal()  # a byte
        self.shift = Signal()  # rather move the register down by a byte
        self.data = Signal(8)  # the byte
        self.low = Signal(8)  # the next byte of the CRC
        self.intact = Signal()  # the bytes ended with their CRC

        # # #

        crc = Signal(32, reset=INITIAL)
        leaving, following = Signal(8), Signal(32)
        self.comb += [
            self.low.eq(~crc[:8]),
            self.intact.eq(crc == RESIDUE),
            If(~self.shift, leaving.eq(crc[:8] ^ self.data)),
        ]
        for bit in range(32):
            terms = [leaving[k] for k in range(8) if TABLE[1 << k] >> bit & 1]
            if bit < 24:
                terms.append(crc[bit + 8])
            self.comb += following[bit].eq(reduce(xor, terms))
        self.sync += If(self.clear, crc.eq(INITIAL)).Elif(self.valid, crc.eq(following))
