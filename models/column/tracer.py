"""The tracer: spikes become words that wait for the host, and are counted."""

from collections import deque
from dataclasses import dataclass

from bitcortex import check
from bitcortex.models.column.params import CoreParams
from bitcortex.models.model import Model
from bitcortex.network.words import EMPTY, STEP


@dataclass(frozen=True)
class TracerParams:
    """Parameters of a tracer.

    Parameters
    ----------
    sizes
        Neurons of every population, in the order of their numbers.
    depth
        Words in the FIFO's memory, a power of two, 2 to 16,384; its output holds one more.
    id_bits
        Of a neuron's number, 1 to 20; None for as many as needed.
    total_bits, count_bits
        Of the number of all spikes, and of a population's: 2 to 64.
    """

    sizes: tuple[int, ...] = (800, 200)
    depth: int = 512
    id_bits: int | None = None
    total_bits: int = 64
    count_bits: int = 32

    def __post_init__(self) -> None:
        if not self.sizes:
            raise ValueError("sizes must name one population at least, not ()")
        for size in self.sizes:
            check.integer("size of a population", size, 1, 1 << 20)
        check.integer("neurons", sum(self.sizes), 1, 1 << 20)
        check.integer("depth", self.depth, 2, 16_384)
        if self.depth & (self.depth - 1):
            raise ValueError(
                f"depth must be a power of two, not {self.depth}. "
                f"Try {1 << self.depth.bit_length()}"
            )
        if self.id_bits is not None:
            check.integer("id_bits", self.id_bits, (sum(self.sizes) - 1).bit_length(), 20)
        check.integer("total_bits", self.total_bits, 2, 64)
        check.integer("count_bits", self.count_bits, 2, 64)

    @classmethod
    def of(cls, params: CoreParams, depth: int = 512) -> "TracerParams":
        """Return those of the tracer of an engine."""
        sizes = tuple(p.size for p in params.plan.populations)
        return cls(sizes, depth, params.id_bits)

    @property
    def neuron_bits(self) -> int:
        """Bits of a neuron's number."""
        return self.id_bits or max(1, (sum(self.sizes) - 1).bit_length())

    @property
    def ends(self) -> tuple[int, ...]:
        """Last neuron + 1 of every population but the last."""
        return tuple(sum(self.sizes[:n]) for n in range(1, len(self.sizes)))


class Tracer(Model):
    """Turns spikes into words.

    Ports: a spike is ``valid`` (in, 1), ``step`` (in, 32) and ``neuron`` (in); it is taken if
    ``ready`` (out, 1). With ``record`` (in, 1) it becomes a word that says its neuron, and before
    it, if its step is not that of the last such word, one that says the step; see
    `bitcortex.network.words`. A step without spikes has no word: how many steps were done the
    engine says. ``fresh`` (in, 1): the next spike gets a word for its step in any case, as a run
    begins. ``out_data`` (out, 32) is the oldest word if ``out_valid`` (out, 1), else `EMPTY`;
    ``out_ready`` (in, 1) drops it. ``pending`` (out, 1): words wait, here or at the output. Where
    there is no room the spike waits. ``total`` (out) and ``counts`` (out, of every population, the
    first one lowest) are the numbers of spikes taken. ``clear`` (in, 1) makes it all as after a
    reset.

    **Timing**: a spike per cycle without `record`; with it, one per two cycles, and one more for a
    step. A word is at the output four cycles after its spike, five if it comes with a step.

    **Arithmetic**: numbers of spikes wrap.
    """

    INPUTS = ("clear", "record", "fresh", "valid", "step", "neuron", "out_ready")
    OUTPUTS = ("ready", "out_valid", "out_data", "pending", "total", "counts")

    def __init__(self, params: TracerParams) -> None:
        super().__init__(params)
        self.reset()

    def reset(self) -> None:
        self.came = self.held = self.step = self.neuron = 0
        self.known = self.last = 0
        self.fifo: deque[int] = deque()  # the memory
        self.out_valid, self.out = 0, EMPTY  # and its output register
        self.total, self.counts = 0, [0] * len(self.params.sizes)

    def tick(
        self,
        clear: int,
        record: int,
        fresh: int,
        valid: int,
        step: int,
        neuron: int,
        out_ready: int,
    ) -> tuple[int, ...]:
        params = self.params
        counts = sum(n << params.count_bits * k for k, n in enumerate(self.counts))
        ready = 1 - self.held
        pending = int(bool(self.held or self.fifo or self.out_valid))
        shown = (ready, self.out_valid, self.out, pending, self.total, counts)
        if self.came:
            self.total = (self.total + 1) & ((1 << params.total_bits) - 1)
            which = sum(self.neuron >= end for end in params.ends)
            self.counts[which] = (self.counts[which] + 1) & ((1 << params.count_bits) - 1)
        room = len(self.fifo) < params.depth
        if out_ready or not self.out_valid:
            self.out_valid = int(bool(self.fifo))
            self.out = self.fifo.popleft() if self.fifo else EMPTY
        if self.held and room:
            if self.known and self.last == self.step:
                self.fifo.append(self.neuron)
                self.held = 0
            else:
                self.fifo.append(STEP | self.step)
                self.known, self.last = 1, self.step
        if fresh:
            self.known = 0
        self.came = int(valid and ready)
        if self.came:
            self.held, self.step, self.neuron = record, step & (STEP - 1), neuron
        if clear:
            self.reset()
        return shown
