"""Spike recorder: counts, running hash, and a FIFO that never drops a spike."""

from collections import deque
from dataclasses import dataclass

from bitcortex import check
from bitcortex.models.model import Model
from bitcortex.models.recorder.hash import Hash, HashParams


@dataclass(frozen=True)
class SpikesParams:
    """Parameters of a spike recorder.

    Parameters
    ----------
    n
        Number of neurons, 1 to 65,536.
    depth
        Spikes in the FIFO's memory, a power of two, 2 to 4,096; its output holds one more.
    count_width
        Bits of a neuron's count, 2 to 32; a full count stays.
    """

    n: int = 80  # neurons
    depth: int = 16  # spikes in the FIFO
    count_width: int = 16  # bits per neuron

    def __post_init__(self) -> None:
        check.integer("n", self.n, 1, 65_536)
        check.integer("depth", self.depth, 2, 4096)
        check.integer("count_width", self.count_width, 2, 32)
        if self.depth & (self.depth - 1):
            raise ValueError(
                f"depth must be a power of two, not {self.depth}. "
                f"Try {1 << self.depth.bit_length()}"
            )

    @property
    def neuron_width(self) -> int:
        """Bits of a neuron's number."""
        return max(1, (self.n - 1).bit_length())


class Spikes(Model):
    """Counts spikes per neuron, hashes them, and hands them on in order.

    Ports: a spike is ``valid`` (in, 1), ``step`` (in, 32) and ``neuron`` (in); it is taken if
    ``ready`` (out, 1), which falls while the FIFO is full or a clear runs, so the source must wait.
    The FIFO shows its oldest spike with ``out_valid`` (out, 1), ``out_step``, ``out_neuron`` (out;
    0 if there is none) and drops it with ``out_ready`` (in, 1). ``read`` (in, 1) asks for the count
    of ``read_neuron`` (in); ``read_valid`` (out, 1) answers in the next cycle with ``read_count``
    (out), unless a spike was taken, which goes first. ``clear`` (in, 1) empties everything in n
    cycles of ``busy`` (out, 1), as does reset. ``total`` (out, 32) and ``hash`` (out, 64) cover
    all spikes taken.

    **Timing**: a spike per cycle; out of the FIFO two cycles later; its count can be read in the
    next cycle.

    **Arithmetic**: counts saturate, the total wraps at 2**32.
    """

    INPUTS = (
        "clear", "valid", "step", "neuron", "out_ready", "read", "read_neuron",
    )  # fmt: skip
    OUTPUTS = (
        "busy", "ready", "out_valid", "out_step", "out_neuron", "read_valid", "read_count",
        "total", "hash",
    )  # fmt: skip

    def __init__(self, params: SpikesParams) -> None:
        super().__init__(params)
        self.hash = Hash(HashParams())
        self.counts = [0] * params.n
        self.reset()

    def reset(self) -> None:
        self.hash.reset()
        self.fifo: deque[tuple[int, int]] = deque()  # the memory
        self.out_valid, self.out = 0, (0, 0)  # and its output register
        self.clearing, self.sweep = 1, 0
        self.total = 0
        self.read_valid = self.read_count = 0

    def tick(
        self,
        clear: int,
        valid: int,
        step: int,
        neuron: int,
        out_ready: int,
        read: int,
        read_neuron: int,
    ) -> tuple[int, ...]:
        busy = self.clearing
        ready = int(not busy and len(self.fifo) < self.params.depth)
        taken = valid & ready & (1 - clear)
        (digest,) = self.hash.tick(clear, taken, step, neuron)
        shown = (
            busy, ready, self.out_valid, *self.out, self.read_valid, self.read_count,
            self.total, digest,
        )  # fmt: skip
        if out_ready or not self.out_valid:
            self.out_valid = int(bool(self.fifo))
            self.out = self.fifo.popleft() if self.fifo else (0, 0)
        if taken:
            self.fifo.append((step, neuron))
            self.total = (self.total + 1) & 0xFFFF_FFFF
            top = (1 << self.params.count_width) - 1
            self.counts[neuron] = min(self.counts[neuron] + 1, top)
        self.read_valid = int(read and not taken and not busy and not clear)
        self.read_count = self.counts[read_neuron] if self.read_valid else 0
        if clear:
            self.fifo.clear()
            self.out_valid, self.out = 0, (0, 0)
            self.total, self.clearing, self.sweep = 0, 1, 0
        elif busy:
            self.counts[self.sweep] = 0
            last = self.sweep == self.params.n - 1
            self.clearing, self.sweep = int(not last), 0 if last else self.sweep + 1
        return shown
