"""The LIF neuron of the tutorials: leak and gain are inputs, coefficients of the format."""

from migen import If, Module, Signal

from bitcortex.gateware.neuron.arithmetic import delayed, saturated
from bitcortex.models.neuron.fixed_point_lif import FixedPointLifParams


class FixedPointLif(Module):
    """One neuron, one step per update. See `bitcortex.models.neuron.fixed_point_lif`.

    **Timing**: three cycles: multiply; add; saturate, compare and reset.
    """

    def __init__(self, params: FixedPointLifParams):
        width, fraction = params.data_width, params.fraction
        self.valid = Signal()  # a step, please
        self.leak_k = Signal(fraction + 1)  # leak, 2**fraction is all
        self.gain_k = Signal(width)  # weight of the input, 2**fraction is 1
        self.I_t = Signal((width, True))  # its input
        self.ready = Signal()  # it is taken
        self.out_valid = Signal()  # a step ends
        self.spike = Signal()  # the neuron fired
        self.v = Signal((width, True), reset=params.v_rest)  # membrane

        # # #

        refractory = Signal(params.refractory_width)
        begins = Signal()
        valid_1, valid_2 = delayed(self, begins, 1), delayed(self, begins, 2)
        self.comb += [self.ready.eq(~(valid_1 | valid_2)), begins.eq(self.valid & self.ready)]

        # Cycle 1: exact products. The state does not change while a step is on its way.
        below = Signal((width + 1, True))
        leak_k, gain_k = Signal((fraction + 2, True)), Signal((width + 1, True))
        leak, gain = Signal((width + fraction + 3, True)), Signal((2 * width + 1, True))
        self.comb += [
            below.eq(params.v_rest - self.v),
            leak_k.eq(self.leak_k),
            gain_k.eq(self.gain_k),
        ]
        self.sync += [leak.eq(below * leak_k), gain.eq(self.I_t * gain_k)]

        # Cycle 2: the exact sum of products rounded down.
        leak_whole = Signal((len(leak) - fraction, True))
        gain_whole = Signal((len(gain) - fraction, True))
        kicks = Signal((max(len(leak_whole), len(gain_whole)) + 1, True))
        total = Signal((len(kicks) + 1, True))
        self.comb += [
            leak_whole.eq(leak[fraction:]),
            gain_whole.eq(gain[fraction:]),
            kicks.eq(leak_whole + gain_whole),
        ]
        self.sync += total.eq(kicks + self.v)

        # Cycle 3: saturate once, compare, reset.
        v = saturated(self, total, width)
        held, fires = Signal(), Signal()
        self.comb += [
            held.eq(refractory != 0),
            fires.eq(~held & (v >= params.v_threshold)),
        ]
        self.sync += [
            self.out_valid.eq(valid_2),
            If(
                valid_2,
                self.spike.eq(fires),
                self.v.eq(v),
                If(held | fires, self.v.eq(params.v_reset)),
                If(held, refractory.eq(refractory - 1)),
                If(fires, refractory.eq(params.refractory)),
            ),
        ]
