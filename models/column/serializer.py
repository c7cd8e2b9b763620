"""From words of spikes, a bit per lane, to single spikes in the order of neurons."""

from collections import deque
from dataclasses import dataclass

from bitcortex import check
from bitcortex.models.model import Model


@dataclass(frozen=True)
class SerializerParams:
    """Parameters of a serializer.

    Parameters
    ----------
    lanes
        Bits of a word, a power of two, 1 to 64.
    slot_bits
        Bits of a slot's number.
    depth
        Words that can wait, a power of two.
    margin
        Words that may come after ``room`` has fallen.
    """

    lanes: int = 8
    slot_bits: int = 4
    depth: int = 32
    margin: int = 16

    def __post_init__(self) -> None:
        if self.lanes not in (1, 2, 4, 8, 16, 32, 64):
            raise ValueError(f"lanes must be 1, 2, 4, 8, 16, 32 or 64, not {self.lanes}")
        check.integer("slot_bits", self.slot_bits, 1, 20)
        check.integer("depth", self.depth, 2, 1024)
        check.integer("margin", self.margin, 1, self.depth - 1)

    @property
    def id_bits(self) -> int:
        """Bits of a neuron's number: ``slot * lanes + lane``."""
        return self.slot_bits + self.lanes.bit_length() - 1


class Serializer(Model):
    """Puts spikes in order.

    Ports: ``in_valid`` (in, 1) appends the spikes ``in_mask`` (in, a bit per lane) of slot
    ``in_slot`` (in), and with ``in_end`` (in, 1) the end of a step; ``room`` (out, 1): `margin`
    more words fit. ``event_valid`` (out, 1) shows neuron ``event_id`` (out), which ``event_ready``
    (in, 1) takes: words in order, lowest lane first. ``ends`` (out, 1), never with a spike: all
    spikes of a step have been taken.

    **Timing**: a spike or an end per cycle; the first one four cycles after its word.
    """

    INPUTS = ("in_valid", "in_mask", "in_slot", "in_end", "event_ready")
    OUTPUTS = ("room", "event_valid", "event_id", "ends")

    def __init__(self, params: SerializerParams) -> None:
        super().__init__(params)
        self.reset()

    def reset(self) -> None:
        self.words: deque[tuple[int, int, int]] = deque()
        self.head: tuple[int, int, int] | None = None  # the word that left them
        self.mask = self.slot = self.end = 0
        self.event_valid = self.event_id = self.ends = 0

    def outputs(self) -> tuple[int, int, int, int]:
        """Return what the ports show in this cycle."""
        room = int(len(self.words) < self.params.depth - self.params.margin)
        return (room, self.event_valid, self.event_id, self.ends)

    def tick(
        self, in_valid: int, in_mask: int, in_slot: int, in_end: int, event_ready: int
    ) -> tuple[int, int, int, int]:
        shown = self.outputs()
        free = event_ready or not self.event_valid
        rest = self.mask & (self.mask - 1)
        full = len(self.words) == self.params.depth
        # After the last spike, the end of a step takes a turn of its own.
        loads = (free or not self.mask | self.end) and not (self.mask and (rest or self.end))
        if free:
            self.event_valid = int(self.mask != 0)
            self.ends = int(not self.mask and self.end)
            if self.mask:
                lane = (self.mask & -self.mask).bit_length() - 1
                self.event_id = self.slot * self.params.lanes + lane
        if loads:
            self.mask = self.end = 0
            if self.head:
                self.mask, self.slot, self.end = self.head
                self.head = None
        elif free:
            self.mask = rest
        if self.head is None and self.words:
            self.head = self.words.popleft()
        if in_valid and not full:
            self.words.append((in_mask, in_slot, in_end))
        return shown
