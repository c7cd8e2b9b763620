"""The spike hash: a running hash of all spikes, equal on every engine and on the board."""

from dataclasses import dataclass

from bitcortex.models.model import Model
from bitcortex.network.spike_hash import INITIAL as INITIAL
from bitcortex.network.spike_hash import MASK as MASK
from bitcortex.network.spike_hash import hash_events as hash_events
from bitcortex.network.spike_hash import update as update


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
