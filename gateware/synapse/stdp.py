"""Stochastic STDP synapse: spike-timing-dependent plasticity by Bernoulli steps of the weight."""

from migen import If, Module, Mux, Signal

from bitcortex.gateware.encode.lfsr import Lfsr
from bitcortex.models.synapse.stdp import WORD, StdpParams


class Stdp(Module):
    """A synapse that learns from spike times. See `bitcortex.models.synapse.stdp`.

    **Timing**: one step per cycle, latency 1.
    """

    def __init__(self, params: StdpParams):
        width = params.bits + 1
        one = 1 << params.bits
        self.enable = Signal()  # a step
        self.pre = Signal()  # presynaptic spike
        self.post = Signal()  # postsynaptic spike
        self.weight_we = Signal()  # load the weight
        self.load = Signal(width)  # new weight, clipped to 2**bits
        self.weight = Signal(width, reset=params.weight)  # 0 to 2**bits
        self.released = Signal()  # the spike passed on in the step before

        # # #

        self.submodules.random = random = Lfsr(params.random)
        self.comb += random.enable.eq(self.enable)
        chance = random.value[WORD - params.bits : WORD]
        lottery = random.value[WORD:]

        # Steps left of the two windows.
        pre_left = self._window(self.pre, params.window_plus)
        post_left = self._window(self.post, params.window_minus)

        # Both candidates, clipped; then at most one is taken.
        up, raised = Signal(width + 1), Signal(width)
        lowered = Signal(width)
        potentiates, depresses = Signal(), Signal()
        paired = self.post & (self.pre | (pre_left != 0)) if params.window_plus else 0
        self.comb += [
            up.eq(self.weight + params.step),
            raised.eq(Mux(up > one, one, up)),
            lowered.eq(Mux(self.weight < params.step, 0, self.weight - params.step)),
            potentiates.eq(paired),
            depresses.eq(~potentiates & self.pre & (post_left != 0)),
        ]
        self.sync += [
            If(
                self.enable,
                self.released.eq(self.pre & (chance < self.weight)),
                If(potentiates & (lottery < params.p_plus), self.weight.eq(raised)),
                If(depresses & (lottery < params.p_minus), self.weight.eq(lowered)),
            ),
            If(self.weight_we, self.weight.eq(Mux(self.load > one, one, self.load))),
        ]

    def _window(self, spike, length):
        """Return a counter that a spike sets to `length` and that falls to 0 step by step."""
        left = Signal(max(1, length.bit_length()))
        self.sync += If(self.enable, If(spike, left.eq(length)).Elif(left != 0, left.eq(left - 1)))
        return left
