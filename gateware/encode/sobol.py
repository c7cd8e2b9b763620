"""Sobol sequence in Gray-code order."""

from functools import reduce
from operator import or_

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
        word = Signal(params.width)
        lowest = Signal(params.width)  # one-hot: the lowest 0 of the index
        change = Signal(params.width)  # the direction number that it selects
        numbers = direction_numbers(params.dimension, params.width)
        self.comb += [
            following.eq(index + 1),
            lowest.eq(following & ~index),
            change.eq(
                Cat(
                    reduce(or_, (lowest[i] for i, v in enumerate(numbers) if v >> bit & 1))
                    for bit in range(params.width)
                )
            ),
            self.value.eq(word ^ self.mask),
        ]
        self.sync += If(
            self.restart,
            index.eq(0),
            word.eq(0),
        ).Elif(
            self.enable,
            index.eq(following),
            word.eq(word ^ change),
        )
