"""Sobol sequence in Gray-code order."""

from functools import reduce
from operator import xor

from migen import Cat, If, Module, Signal

from bitcortex.models.encode.sobol import SobolParams, direction_numbers


class Sobol(Module):
    """A word of a low-discrepancy sequence per enabled cycle. See `bitcortex.models.encode.sobol`.

    **Timing**: ``value`` follows ``mask`` in the same cycle and ``enable`` in the next.
    """

    def __init__(self, params: SobolParams):
        self.enable = Signal()  # go on to the next word
        self.restart = Signal()  # to the first word
        self.mask = Signal(params.width)  # digital shift
        self.value = Signal(params.width)  # present word XOR mask

        # # #

        # The index needs no most significant bit: whether it is 0 or 1, the lowest 0 behind
        # width - 1 ones selects the last direction number, which at the end leads back to word 0.
        index = Signal(params.width - 1)
        following = Signal(params.width)
        toggled = Signal(params.width)  # bits 0..c of the index, c the lowest 0
        word = Signal(params.width)
        self.comb += [
            following.eq(index + 1),
            toggled.eq(index ^ following),
            self.value.eq(word ^ self.mask),
        ]
        # V[c] = V[0] ^ (V[0] ^ V[1]) ^ ... ^ (V[c-1] ^ V[c]): a sum over toggled bits, of which the
        # first is always there.
        numbers = direction_numbers(params.dimension, params.width)
        steps = [a ^ b for a, b in zip(numbers, (0, *numbers[:-1]), strict=True)]
        advanced = Cat(
            reduce(
                xor,
                (toggled[i] for i in range(1, params.width) if steps[i] >> bit & 1),
                ~word[bit] if steps[0] >> bit & 1 else word[bit],
            )
            for bit in range(params.width)
        )
        self.sync += If(
            self.restart,
            index.eq(0),
            word.eq(0),
        ).Elif(
            self.enable,
            index.eq(following),
            word.eq(advanced),
        )
