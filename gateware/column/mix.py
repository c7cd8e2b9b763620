"""Mixing hash of 32-bit words, pipelined: makes the keys of connection rows from their numbers."""

from migen import Cat, Module, Signal

from bitcortex.gateware.neuron.arithmetic import delayed
from bitcortex.models.column.mix import MixParams

FACTORS = (0x7FEB352D, 0x846CA68B)


class Mix(Module):
    """The 32-bit finaliser "lowbias32". See `bitcortex.models.column.mix`.

    **Timing**: x ^ x >> 16 in cycle 0; the multiplications in cycles 1 to 3 and 4 to 6, with the
    xor that follows in their last cycle.

    A multiplication modulo 2**32 is three products of halves of 16 bits, each a block of 18 bits:
    the fourth, of both high halves, lies above bit 31.
    """

    def __init__(self, params: MixParams):
        self.in_valid = Signal()  # a word
        self.x = Signal(32)  # to be hashed
        self.out_valid = Signal()  # a hash
        self.y = Signal(32)  # of the word

        # # #

        mixed = Signal(32)
        self.sync += mixed.eq(self.x ^ (self.x >> 16))
        for factor, shift in zip(FACTORS, (15, 16), strict=True):
            product = self._times(mixed, factor)
            mixed = Signal(32)
            self.sync += mixed.eq(product ^ (product >> shift))
        self.comb += [
            self.y.eq(mixed),
            self.out_valid.eq(delayed(self, self.in_valid, params.latency)),
        ]

    def _times(self, word, factor: int):
        """Return word * factor modulo 2**32, two registers later and not registered itself."""
        low, high = word[:16], word[16:]
        bottom, left, right = Signal(32), Signal(16), Signal(16)
        self.sync += [
            bottom.eq(low * (factor & 0xFFFF)),
            left.eq(low * (factor >> 16)),
            right.eq(high * (factor & 0xFFFF)),
        ]
        cross = Signal(16)
        self.sync += cross.eq(left + right)
        below = delayed(self, bottom, 1)
        top = Signal(16)
        self.comb += top.eq(below[16:] + cross)
        product = Signal(32)
        self.comb += product.eq(Cat(below[:16], top))
        return product
