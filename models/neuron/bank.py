"""A population of neurons of one kind, time-multiplexed over block RAM."""

from collections import deque
from dataclasses import dataclass
from typing import Any

from bitcortex import check
from bitcortex.models.encode.lfsr import Lfsr
from bitcortex.models.model import Model
from bitcortex.models.neuron.kinds import KINDS, kind_of
from bitcortex.models.neuron.noise import noise_params

# What a read gives to the pipeline: valid, index, current, state.
Read = tuple[int, int, int, tuple[int, ...]]


@dataclass(frozen=True)
class BankParams:
    """Parameters of a bank.

    Parameters
    ----------
    neuron
        Parameters of any kind, the same for all neurons.
    n
        Number of neurons, 1 to 65,536.
    seed
        Of the noise, 0 to 2**63 - 1.
    """

    neuron: Any
    n: int  # neurons
    seed: int = 1  # of the user

    def __post_init__(self) -> None:
        kind_of(self.neuron)
        check.integer("n", self.n, 1, 65_536)
        check.integer("seed", self.seed, 0, 2**63 - 1)

    @property
    def index_width(self) -> int:
        """Bits of a neuron's index."""
        return max(1, (self.n - 1).bit_length())

    @property
    def latency(self) -> int:
        """Cycles from ``in_valid`` to ``out_valid``: a read in two cycles, then the pipeline."""
        return 2 + KINDS[kind_of(self.neuron)].pipeline.LATENCY


class Bank(Model):
    """States in a 1R1W memory, one update per cycle.

    Ports: ``clear`` (in, 1) returns all neurons and the noise to power-on, as does reset; it takes
    n cycles of ``busy`` (out, 1), in which updates are neither begun nor stored. ``in_valid`` (in,
    1), ``in_index`` (in), ``in_current`` (in, signed) begin an update. ``out_valid`` (out, 1) marks
    its end, with ``out_index``; ``out_spike`` and ``out_v`` (out) hold its result.

    **Timing**: latency 2 + that of the kind's pipeline. An update of a neuron whose last update
    has not ended the cycle before reads the older state: give a neuron latency + 1 cycles. An
    update that begins less than that before ``clear`` may end after a short sweep, and be stored:
    clear an idle bank.

    **Arithmetic**: that of the kind. The k-th update since power-on gets the k-th noise word.
    """

    INPUTS = ("clear", "in_valid", "in_index", "in_current")
    OUTPUTS = ("busy", "out_valid", "out_index", "out_spike", "out_v")

    def __init__(self, params: BankParams) -> None:
        super().__init__(params)
        self.unit = KINDS[kind_of(params.neuron)].pipeline(params.neuron)
        self.noise = Lfsr(noise_params(params.seed))
        self.mask = (1 << params.neuron.noise_bits) - 1
        self.initial = tuple(field.reset for field in params.neuron.state_fields)
        self.states = [self.initial] * params.n
        self.reset()

    def reset(self) -> None:
        self.unit.reset()
        self.noise.reset()
        self.clearing, self.sweep = 1, 0
        nothing: Read = (0, 0, 0, self.initial)
        self.reads = deque([nothing, nothing])
        self.indices = deque([0] * (self.params.latency - 2))  # beside the pipeline

    def tick(
        self, clear: int, in_valid: int, in_index: int, in_current: int
    ) -> tuple[int, int, int, int, int]:
        busy, ended, (spike, *after) = self.clearing, self.unit.out_valid, self.unit.out
        shown = (busy, ended, self.indices[0], spike, after[0])
        # The pipeline takes what was read two cycles before.
        valid, index, current, state = self.reads.popleft()
        (word,) = self.noise.tick(valid, clear, self.noise.params.seed)
        # Read before write, as the memory does.
        stored = self.states[in_index] if in_index < self.params.n else self.initial
        self.reads.append((int(in_valid and not busy), in_index, in_current, stored))
        if busy:
            self.states[self.sweep] = self.initial
        elif ended and self.indices[0] < self.params.n:
            self.states[self.indices[0]] = tuple(after)
        self.unit.tick(valid, current, word & self.mask, *state)
        self.indices.append(index)
        self.indices.popleft()
        # The sweep.
        last = self.sweep == self.params.n - 1
        if clear:
            self.clearing, self.sweep = 1, 0
        elif busy:
            self.clearing, self.sweep = int(not last), self.sweep + 1
        return shown
