"""Pipelined population count: how many of n bits are one."""

from functools import reduce
from operator import add

from migen import Module, Signal

from bitcortex.models.synapse.popcount import RADIX, PopcountParams


class Popcount(Module):
    """A tree of adders with registers. See `bitcortex.models.synapse.popcount`.

    **Timing**: latency ``params.latency``, a new count every cycle.
    """

    def __init__(self, params: PopcountParams):
        self.bits = Signal(params.n)  # what is counted
        self.count = Signal(params.width)  # how many were one

        # # #

        operands = [(self.bits[i], 1) for i in range(params.n)]  # (value, its largest)
        for _ in range(params.latency):
            groups = [operands[i : i + RADIX] for i in range(0, len(operands), RADIX)]
            operands = []
            for group in groups:
                total, most = self._add(group)
                register = Signal(most.bit_length())
                self.sync += register.eq(total)
                operands.append((register, most))
        self.comb += self.count.eq(operands[0][0])

    def _add(self, operands):
        """Return the sum of up to eight operands and its largest value; pairs first."""
        while len(operands) > 1:
            pairs = [operands[i : i + 2] for i in range(0, len(operands), 2)]
            operands = []
            for pair in pairs:
                most = sum(m for _, m in pair)
                total = Signal(most.bit_length())
                self.comb += total.eq(reduce(add, (value for value, _ in pair)))
                operands.append((total, most))
        return operands[0]
