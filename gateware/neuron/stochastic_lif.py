"""LIF neuron with zero-mean membrane noise from a random word."""

from migen import Module, Signal

from bitcortex.gateware.neuron.arithmetic import delayed, times_constant
from bitcortex.gateware.neuron.lif import Lif
from bitcortex.models.neuron.stochastic_lif import MEAN, NOISE_BITS, SHIFT, StochasticLifParams


class StochasticLif(Module):
    """`Lif` behind a noise generator. See `bitcortex.models.neuron.stochastic_lif`.

    **Timing**: latency 5: sum bytes; scale and add; then `Lif`.
    """

    def __init__(self, params: StochasticLifParams):
        self.submodules.lif = lif = Lif(params.lif)
        self.valid = Signal()  # an update begins
        self.current = Signal((params.current_width, True))  # input of this step
        self.noise = Signal(NOISE_BITS)  # random word of this update
        self.v = Signal((params.data_width, True))  # membrane
        self.refractory = Signal(len(lif.refractory))  # steps left
        self.out_valid = lif.out_valid  # an update ends
        self.spike = lif.spike  # the neuron fired
        self.v_next = lif.v_next  # membrane after the step
        self.refractory_next = lif.refractory_next  # steps left after the step

        # # #

        # Cycle 1: four bytes, centred.
        pairs = [Signal(9), Signal(9)]
        total = Signal(10)
        summed = Signal(10)
        centred = Signal((11, True))
        self.comb += [
            pairs[0].eq(self.noise[0:8] + self.noise[8:16]),
            pairs[1].eq(self.noise[16:24] + self.noise[24:32]),
            total.eq(pairs[0] + pairs[1]),
            centred.eq(summed - MEAN),
        ]
        self.sync += summed.eq(total)

        # Cycle 2: scale, round, add to the current.
        scaled = times_constant(self, centred, params.noise_scale, params.multiplier)
        rounded = Signal((len(scaled) + 1, True))
        noise = Signal((params.noise_width, True))
        self.comb += [rounded.eq(scaled + (1 << (SHIFT - 1))), noise.eq(rounded[SHIFT:])]
        current = delayed(self, self.current, 1)
        self.sync += lif.current.eq(current + noise)
        self.comb += [
            lif.valid.eq(delayed(self, self.valid, 2)),
            lif.v.eq(delayed(self, self.v, 2)),
            lif.refractory.eq(delayed(self, self.refractory, 2)),
        ]
