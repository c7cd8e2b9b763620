"""Pipelined population count: how many of n bits are one."""

from collections import deque
from dataclasses import dataclass

from bitcortex import check
from bitcortex.models.model import Model

RADIX = 8  # operands summed between two registers: three adders deep


@dataclass(frozen=True)
class PopcountParams:
    """Parameters of a population count.

    Parameters
    ----------
    n
        Number of bits, 1 to 65,535.
    """

    n: int  # bits counted

    def __post_init__(self) -> None:
        check.integer("n", self.n, 1, 65_535)

    @property
    def width(self) -> int:
        """Bits of the count."""
        return self.n.bit_length()

    @property
    def latency(self) -> int:
        """Cycles from bits to count: one per level of the tree, at least one."""
        levels, operands = 1, -(-self.n // RADIX)
        while operands > 1:
            operands = -(-operands // RADIX)
            levels += 1
        return levels


class Popcount(Model):
    """A tree of adders with a register after every eight operands.

    Ports: ``bits`` (in, n) every cycle; ``count`` (out, width) of the bits of `latency` cycles ago.

    **Timing**: latency ``params.latency`` = ceil(log8 n), at least 1; a new count every cycle.

    **Arithmetic**: exact.
    """

    INPUTS = ("bits",)
    OUTPUTS = ("count",)

    def __init__(self, params: PopcountParams) -> None:
        super().__init__(params)
        self.reset()

    def reset(self) -> None:
        self.pipeline = deque([0] * self.params.latency)

    def tick(self, bits: int) -> tuple[int]:
        self.pipeline.append(bits.bit_count())
        return (self.pipeline.popleft(),)
