"""Linear-feedback shift register with full or de Bruijn period."""

from functools import reduce
from operator import xor

from migen import Cat, If, Module, Signal

from bitcortex.models.encode.lfsr import LfsrParams


class Lfsr(Module):
    """A pseudo-random word per enabled cycle. See `bitcortex.models.encode.lfsr`.

    **Timing**: ``value`` is the register; it changes in the cycle after ``enable`` or ``reseed``.
    """

    def __init__(self, params: LfsrParams):
        self.enable = Signal()  # advance by `leap` shifts
        self.reseed = Signal()  # load `seed` instead
        self.seed = Signal(params.width)  # new state
        self.value = Signal(params.width, reset=params.seed)  # state

        # # #

        # `leap` shifts in one cycle: each new bit depends on bits that are still in the register
        # or were just made.
        state = [self.value[i] for i in range(params.width)]
        for _ in range(params.leap):
            feedback = reduce(xor, (b for i, b in enumerate(state) if params.mask >> i & 1))
            if params.full_period:
                feedback = feedback ^ (Cat(*state[:-1]) == 0)
            made = Signal()
            self.comb += made.eq(feedback)
            state = [made, *state[:-1]]

        loadable = 1 if params.full_period else self.seed != 0
        self.sync += If(
            self.reseed,
            If(loadable, self.value.eq(self.seed)),
        ).Elif(
            self.enable,
            self.value.eq(Cat(*state)),
        )
