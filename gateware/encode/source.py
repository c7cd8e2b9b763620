"""Source of uniform words for comparators: LFSR, Sobol or counter behind the same ports."""

from migen import Module, Signal

from bitcortex.gateware.encode.counter import Counter
from bitcortex.gateware.encode.lfsr import Lfsr
from bitcortex.gateware.encode.sobol import Sobol
from bitcortex.models.encode.source import SourceParams


class Source(Module):
    """A word per enabled cycle, every word once per period. See `bitcortex.models.encode.source`.

    **Timing**: ``value`` changes in the cycle after ``enable`` or ``restart``.
    """

    def __init__(self, params: SourceParams):
        self.enable = Signal()  # go on to the next word
        self.restart = Signal()  # to the first word
        self.value = Signal(params.width)  # present word

        # # #

        if params.kind == "lfsr":
            core = Lfsr(params.lfsr)
            self.comb += [
                core.reseed.eq(self.restart),
                core.seed.eq(params.seed),
                self.value.eq(core.value),
            ]
        elif params.kind == "sobol":
            core = Sobol(params.sobol)
            self.comb += [
                core.restart.eq(self.restart),
                core.mask.eq(params.seed),
                self.value.eq(core.value),
            ]
        else:
            core = Counter(params.counter)
            self.comb += [
                core.restart.eq(self.restart),
                self.value.eq(core.value ^ params.seed),
            ]
        self.submodules.core = core
        self.comb += core.enable.eq(self.enable)
