"""Mixing hash of 32-bit words, pipelined: makes the keys of connection rows from their numbers."""

from collections import deque
from dataclasses import dataclass

from bitcortex.models.model import Model
from bitcortex.network.keys import mix, mix_array

__all__ = ["LATENCY", "Mix", "MixParams", "mix", "mix_array"]

LATENCY = 7  # a hash has two multiplications: product, two sums, and the xor before each


@dataclass(frozen=True)
class MixParams:
    """Parameters of a mixing hash: it has none."""

    @property
    def latency(self) -> int:
        """Cycles from ``in_valid`` to ``out_valid``."""
        return LATENCY


class Mix(Model):
    """The 32-bit finaliser "lowbias32" (Wellons 2018), a bijection without visible pattern.

    Ports: ``in_valid`` (in, 1) and ``x`` (in, 32) give a word; ``out_valid`` (out, 1) marks its
    hash ``y`` (out, 32), which is that of ``x`` whether valid or not.

    **Timing**: a word per cycle; latency 7.

    **Arithmetic**: unsigned, modulo 2**32: ``x ^= x >> 16``, ``x *= 0x7feb352d``, ``x ^= x >> 15``,
    ``x *= 0x846ca68b``, ``x ^= x >> 16``. The hash of 0 is 0.
    """

    INPUTS = ("in_valid", "x")
    OUTPUTS = ("out_valid", "y")

    def __init__(self, params: MixParams) -> None:
        super().__init__(params)
        self.reset()

    def reset(self) -> None:
        self.stages = deque([(0, 0)] * self.params.latency)

    def outputs(self) -> tuple[int, int]:
        """Return what the ports show in this cycle."""
        return self.stages[0]

    def tick(self, in_valid: int, x: int) -> tuple[int, int]:
        self.stages.append((in_valid, mix(x)))
        return self.stages.popleft()
