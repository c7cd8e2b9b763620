"""LIF neuron with zero-mean membrane noise from a random word."""

from migen import Module, Signal

from bitcortex.gateware.neuron.arithmetic import delayed, times_constant
from bitcortex.gateware.neuron.lif import Lif
from bitcortex.models.neuron.stochastic_lif import NOISE_BITS, SHIFT, StochasticLifParams


class StochasticLif(Module):
    """`Lif` behind a noise generator. See `bitcortex.models.neuron.stochastic_lif`.

    **Timing**: latency 6: sum bytes; scale; round and add; then `Lif`.
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

        # Cycle 1: the sum of four bytes less 510. A byte with its top bit inverted is the byte less
        # 128, as a signed number; a - ~b is a + b + 1 in one adder.
        low, high = Signal((9, True)), Signal((9, True))
        centred = Signal((11, True))
        parts = [Signal((8, True)) for _ in range(4)]
        self.comb += [part.eq(self.noise[8 * i : 8 * i + 8] ^ 0x80) for i, part in enumerate(parts)]
        self.comb += [low.eq(parts[0] - ~parts[1]), high.eq(parts[2] - ~parts[3])]
        self.sync += centred.eq(low + high)

        # Cycle 2: scale.
        scaled = times_constant(self, centred, params.noise_scale, params.multiplier)
        scaled_2 = Signal((len(scaled), True))
        self.sync += scaled_2.eq(scaled)

        # Cycle 3: round, add to the current. Half up: the fraction only matters by its top bit.
        noise = Signal((params.noise_width, True))
        current = delayed(self, self.current, 2)
        self.comb += noise.eq(scaled_2[SHIFT:] + scaled_2[SHIFT - 1])
        self.sync += lif.current.eq(current + noise)
        self.comb += [
            lif.valid.eq(delayed(self, self.valid, 3)),
            lif.v.eq(delayed(self, self.v, 3)),
            lif.refractory.eq(delayed(self, self.refractory, 3)),
        ]
