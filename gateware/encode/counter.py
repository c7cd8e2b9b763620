"""Counter as a source: a ramp, a van der Corput sequence, or ramps with finer and finer offsets."""

from migen import Cat, If, Module, Signal

from bitcortex.models.encode.counter import CounterParams


class Counter(Module):
    """A word per enabled cycle, each value once per period. See `bitcortex.models.encode.counter`.

    **Timing**: ``value`` changes in the cycle after ``enable`` or ``restart``.
    """

    def __init__(self, params: CounterParams):
        self.enable = Signal()  # count
        self.restart = Signal()  # to count 0
        self.value = Signal(params.width)  # the count, its bits in the order of the parameters

        # # #

        count = Signal(params.width)
        self.sync += If(self.restart, count.eq(0)).Elif(self.enable, count.eq(count + 1))
        self.comb += self.value.eq(Cat(count[bit] for bit in params.order))
