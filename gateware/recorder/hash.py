"""The spike hash: a running hash of all spikes, equal on every engine and on the board."""

from migen import Cat, If, Module, Signal

from bitcortex.models.recorder.hash import INITIAL, HashParams


class Hash(Module):
    """The running hash of a stream of spikes. See `bitcortex.models.recorder.hash`.

    **Timing**: one spike per cycle, latency 1.
    """

    def __init__(self, params: HashParams):
        self.clear = Signal()  # start anew
        self.valid = Signal()  # a spike
        self.step = Signal(32)  # in this step
        self.neuron = Signal(32)  # of this neuron
        self.hash = Signal(64, reset=INITIAL)  # of all spikes before this cycle

        # # #

        mixed, left, right, again = Signal(64), Signal(64), Signal(64), Signal(64)
        self.comb += [
            mixed.eq(self.hash ^ Cat(self.step, self.neuron)),
            left.eq(mixed ^ (mixed << 13)),
            right.eq(left ^ (left >> 7)),
            again.eq(right ^ (right << 17)),
        ]
        self.sync += If(self.clear, self.hash.eq(INITIAL)).Elif(self.valid, self.hash.eq(again))
