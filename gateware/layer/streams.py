"""The two sources of a layer: one word for all inputs and one for all weights, each step."""

from functools import reduce
from operator import xor

from migen import Cat, If, Module, Mux, Signal

from bitcortex.gateware.encode.lfsr import Lfsr
from bitcortex.models.layer.streams import StreamParams, points


class Streams(Module):
    """The source words of a layer, pass after pass. See `bitcortex.models.layer.streams`.

    **Timing**: ``rx`` and ``rw`` are one cycle behind ``last`` and ``enable``.
    """

    def __init__(self, params: StreamParams):
        self.enable = Signal()  # go on to the next word
        self.advance = Signal()  # the last word ends the pass; else the pass starts again
        self.reseed = Signal()  # to the first word of the first pass
        self.rx = Signal(params.bits)  # word of the inputs
        self.rw = Signal(params.bits)  # word of the weights
        self.last = Signal()  # the present word, shown in the next cycle, is the last one

        # # #

        self.at = Signal(max(1, (params.length - 1).bit_length()))  # index of the present word
        self.comb += self.last.eq(self.at == params.length - 1)
        step = [self.at.eq(self.at + 1)] if params.length > 1 else []
        if params.length & (params.length - 1):  # a power of two wraps by itself
            step.append(If(self.last, self.at.eq(0)))
        self.sync += If(self.reseed, self.at.eq(0)).Elif(self.enable, *step)

        made = self._sobol(params) if params.mode == "sobol" else self._lfsr(params)
        self.sync += [source.eq(word) for source, word in made.items()]

    def _sobol(self, params):
        # Word l is the exclusive or of one constant per set bit of l, words 1, 2, 4, ...: the
        # sequence is linear in the bits of l (Gray code, then direction numbers). So the words
        # need no state of their own, and starting again costs nothing.
        self.submodules.mask = mask = Lfsr(params.mask)
        self.comb += [
            mask.enable.eq(self.enable & self.last & self.advance),
            mask.reseed.eq(self.reseed),
            mask.seed.eq(params.mask.seed),
        ]
        made = {}
        for k, source in enumerate((self.rx, self.rw)):
            constants = [int(points(params)[k][1 << i]) for i in range(self._address_bits(params))]
            shifted = mask.value[k * params.bits : (k + 1) * params.bits]
            made[source] = Cat(
                reduce(xor, (self.at[i] for i, c in enumerate(constants) if c >> b & 1), shifted[b])
                for b in range(params.bits)
            )
        return made

    def _lfsr(self, params):
        made = {}
        for source, lfsr_params in ((self.rx, params.rx), (self.rw, params.rw)):
            lfsr = Lfsr(lfsr_params)
            self.submodules += lfsr
            again = Signal()
            seed = lfsr_params.seed
            if params.length == 1:  # starting again is standing still
                self.comb += [
                    lfsr.enable.eq(self.enable & self.advance),
                    lfsr.reseed.eq(self.reseed),
                    lfsr.seed.eq(seed),
                ]
            else:
                first = Signal(lfsr_params.width)  # the state that the pass began with
                self.sync += If(self.enable & (self.at == 0), first.eq(lfsr.value))
                self.comb += [
                    again.eq(self.enable & self.last & ~self.advance),
                    lfsr.enable.eq(self.enable),
                    lfsr.reseed.eq(self.reseed | again),
                    lfsr.seed.eq(Mux(self.reseed, seed, first)),
                ]
            made[source] = lfsr.value[lfsr_params.width - params.bits :]
        return made

    @staticmethod
    def _address_bits(params):
        return (params.length - 1).bit_length()
