"""Dot product of bitstreams: gates, a pipelined popcount (APC) and an exact accumulator."""

from migen import Cat, If, Module, Mux, Signal

from bitcortex.gateware.neuron.arithmetic import delayed
from bitcortex.gateware.synapse.popcount import Popcount
from bitcortex.models.synapse.dot_product import DotProductParams
from bitcortex.models.synapse.popcount import PopcountParams


class DotProduct(Module):
    """Sums n products over a window. See `bitcortex.models.synapse.dot_product`.

    **Timing**: gates and registers; the tree; the accumulator: `DotProductParams.latency`.
    """

    def __init__(self, params: DotProductParams):
        self.enable = Signal()  # take a bit of every stream
        self.restart = Signal()  # begin a new window
        self.a = Signal(params.n)  # one operand
        self.b = Signal(params.n)  # the other
        self.valid = Signal()  # a window has ended
        self.excitatory = Signal(params.width)  # its sum over excitatory inputs
        self.inhibitory = Signal(params.width)  # its sum over inhibitory inputs

        # # #

        # The window: which bits are its first and its last.
        at = Signal(max(1, (params.length - 1).bit_length()))
        here, first, last = Signal(len(at)), Signal(), Signal()
        self.comb += [
            here.eq(Mux(self.restart, 0, at)),
            first.eq(here == 0),
            last.eq(self.enable & (here == params.length - 1)),
        ]
        self.sync += at.eq(here)
        if params.length > 1:
            self.sync += If(self.enable, at.eq(Mux(last, 0, here + 1)))

        # Cycle 1: the gates. A bit that is not taken counts nothing. (No reset is needed here and
        # in the accumulators: what is left there from before it is in no window.)
        products = Signal(params.n, reset_less=True)
        made = self.a & self.b if params.mode == "and" else ~(self.a ^ self.b)
        self.sync += products.eq(Mux(self.enable, made, 0))

        # The trees, and what the accumulators must know, beside them.
        latency = params.popcount_latency
        begins, ends = delayed(self, first & self.enable, latency + 1), Signal()
        self.comb += ends.eq(delayed(self, last, latency + 1))
        self.sync += self.valid.eq(ends)
        for group, result in zip(params.groups, (self.excitatory, self.inhibitory), strict=True):
            if not group:
                continue
            tree = Popcount(PopcountParams(group.bit_count()))
            self.submodules += tree
            self.comb += tree.bits.eq(
                Cat(*[products[i] for i in range(params.n) if group >> i & 1])
            )
            count = delayed(self, tree.count, latency - PopcountParams(len(tree.bits)).latency)
            width = (len(tree.bits) * params.length).bit_length()
            so_far, total = Signal(width, reset_less=True), Signal(width)
            self.comb += total.eq(Mux(begins, 0, so_far) + count)
            self.sync += [so_far.eq(total), If(ends, result.eq(total))]
