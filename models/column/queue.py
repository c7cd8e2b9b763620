"""The spike queue: a ring of neuron numbers that is replayed after every delay."""

from dataclasses import dataclass
from functools import cached_property

from bitcortex import check
from bitcortex.models.model import Model

LATENCY = 3  # cycles from `open` to the first `out_valid`


@dataclass(frozen=True)
class QueueParams:
    """Parameters of a spike queue.

    Parameters
    ----------
    ids
        Numbers that may be pushed: 0 to ids - 1, at most 2**20.
    depth
        Spikes held at once, a power of two, 4 to 2**20.
    steps
        Steps that are remembered, a power of two, at least two more than the longest delay.
    """

    ids: int = 1000
    depth: int = 1024
    steps: int = 32

    def __post_init__(self) -> None:
        check.integer("ids", self.ids, 1, 1 << 20)
        check.integer("depth", self.depth, 4, 1 << 20)
        check.integer("steps", self.steps, 4, 1 << 13)
        for name in ("depth", "steps"):
            value = getattr(self, name)
            if value & (value - 1):
                raise ValueError(
                    f"{name} must be a power of two, not {value}. Try {1 << value.bit_length()}"
                )

    @cached_property
    def id_bits(self) -> int:
        """Bits of a number."""
        return max(1, (self.ids - 1).bit_length())

    @cached_property
    def depth_bits(self) -> int:
        """Bits of a place in the ring."""
        return self.depth.bit_length() - 1

    @cached_property
    def step_bits(self) -> int:
        """Bits of a step, modulo `steps`."""
        return self.steps.bit_length() - 1


class Queue(Model):
    """A ring of spikes, and where in it each step begins.

    Ports: ``push`` (in, 1) appends ``push_id`` (in) to the step that is being recorded; ``mark``
    (in, 1) ends that step and begins step ``mark_step`` (in, modulo `steps`). A push and a mark
    come in different cycles. ``open`` (in, 1) begins to replay step ``open_step`` (in, modulo
    `steps`), which must have been ended; ``out_valid`` (out, 1) shows a spike ``out_id`` (out),
    which ``out_ready`` (in, 1) takes; ``reading`` (out, 1) falls after the last one. ``free`` (in,
    1) with ``open`` says that no step before `open_step` will be asked for again. ``overflow``
    (out, 1) rises for good when a push finds the ring full; that spike is lost, so the engine must
    stop: `depth` for the worst case never overflows.

    **Timing**: one push per cycle; the first spike three cycles after ``open``, then one per two
    cycles.
    """

    INPUTS = ("push", "push_id", "mark", "mark_step", "open", "open_step", "free", "out_ready")
    OUTPUTS = ("reading", "out_valid", "out_id", "overflow")

    def __init__(self, params: QueueParams) -> None:
        super().__init__(params)
        self.ring = [0] * params.depth
        self.starts = [0] * params.steps
        self.reset()

    def reset(self) -> None:
        self.head = self.tail = 0
        self.overflow = 0
        self.state = "idle"
        self.at = self.end = self.step = self.frees = 0
        self.out_valid = self.out_id = 0

    def outputs(self) -> tuple[int, int, int, int]:
        """Return what the ports show in this cycle."""
        return (int(self.state != "idle"), self.out_valid, self.out_id, self.overflow)

    def tick(
        self,
        push: int,
        push_id: int,
        mark: int,
        mark_step: int,
        open: int,
        open_step: int,
        free: int,
        out_ready: int,
    ) -> tuple[int, int, int, int]:
        shown = self.outputs()
        size = self.params.depth
        if self.state == "idle":
            if open:
                self.state, self.step, self.frees = "start", open_step, free
        elif self.state == "start":
            self.state, self.at = "end", self.starts[self.step]
        elif self.state == "end":
            self.end = self.starts[(self.step + 1) % self.params.steps]
            if self.frees:
                self.tail = self.at
            self.state = "fetch"
        elif self.state == "fetch":
            if self.at == self.end:
                self.state = "idle"
            else:
                self.state = "show"
                self.out_valid, self.out_id = 1, self.ring[self.at]
                self.at = (self.at + 1) % size
        elif out_ready:
            self.state, self.out_valid, self.out_id = "fetch", 0, 0
        if push:
            if (self.head + 1) % size == self.tail:
                self.overflow = 1
            else:
                self.ring[self.head] = push_id
                self.head = (self.head + 1) % size
        if mark:
            self.starts[mark_step] = self.head
        return shown
