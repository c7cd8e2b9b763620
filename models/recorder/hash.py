"""The spike hash: a running hash of all spikes, equal on every engine and on the board."""

from collections.abc import Iterable
from dataclasses import dataclass

from bitcortex.models.model import Model

INITIAL = 0x9E3779B97F4A7C15  # any value but 0
MASK = (1 << 64) - 1


def update(h: int, step: int, neuron: int) -> int:
    """Return the hash after one more spike (xorshift64, Marsaglia 2003, over an XORed-in event).

    Parameters
    ----------
    h
        Hash so far, 64 bits.
    step, neuron
        Of the spike, 0 to 2**32 - 1 each.
    """
    h ^= step | neuron << 32
    h ^= h << 13 & MASK
    h ^= h >> 7
    return h ^ (h << 17 & MASK)


def hash_events(steps: Iterable[int], neurons: Iterable[int]) -> int:
    """Return the hash of spikes in the order given: by step, then by neuron."""
    h = INITIAL
    for step, neuron in zip(map(int, steps), map(int, neurons), strict=True):
        h = update(h, step, neuron)
    return h


@dataclass(frozen=True)
class HashParams:
    """The hash has no parameters."""


class Hash(Model):
    """The running hash of a stream of spikes.

    Ports: ``clear`` (in, 1) starts anew and wins; ``valid`` (in, 1), ``step`` and ``neuron`` (in,
    32 each) are a spike; ``hash`` (out, 64) covers all spikes of the cycles before.

    **Timing**: one spike per cycle, latency 1.

    **Error**: the hash is linear over GF(2) and the step function a bijection, so two sequences of
    as many spikes that differ in one of them never agree, and any two others do with probability
    2**-64. It guards against mistakes, not against forgery. No spikes, no change: silent runs of
    different lengths agree.
    """

    INPUTS = ("clear", "valid", "step", "neuron")
    OUTPUTS = ("hash",)

    def __init__(self, params: HashParams) -> None:
        super().__init__(params)
        self.reset()

    def reset(self) -> None:
        self.hash = INITIAL

    def tick(self, clear: int, valid: int, step: int, neuron: int) -> tuple[int]:
        shown = self.hash
        if clear:
            self.hash = INITIAL
        elif valid:
            self.hash = update(self.hash, step, neuron)
        return (shown,)
