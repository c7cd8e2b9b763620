"""Bitmap store of a lane: a row of bits per source, one event per set bit."""

from collections import deque
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bitcortex import check
from bitcortex.models.model import Model

WORDS = (32, 16)  # bits of a word, at most: of block RAM, of SPRAM
STAGES = 4  # from the job FIFO to the mask
QUEUE = 8  # words, a power of two, behind a memory that is far away


@dataclass(frozen=True)
class BitmapParams:
    """Parameters of a bitmap store.

    Parameters
    ----------
    slots
        Neurons of the lane, 1 to 65,536.
    rows
        Number of rows.
    weight_width
        Bits of a signed weight, 2 to 24.
    depth
        Jobs that can wait.
    spram
        Whether rows lie in single-ported RAM with words of 16 bits, which the iCE40UP5K has.
    reach
        Whether the RAM may be far from the rest, as on a large device, 0 or 1: a register and a
        queue of words lie behind it then, and no back-pressure reaches it.
    """

    slots: int = 32
    rows: int = 1000
    weight_width: int = 16
    depth: int = 4
    spram: bool = False
    reach: int = 0

    def __post_init__(self) -> None:
        check.integer("slots", self.slots, 1, 65_536)
        check.integer("rows", self.rows, 1, 1 << 20)
        check.integer("weight_width", self.weight_width, 2, 24)
        check.integer("depth", self.depth, 2, 64)
        check.integer("reach", self.reach, 0, 1)

    @property
    def word(self) -> int:
        """Bits of a word of a long row."""
        return WORDS[self.spram]

    @cached_property
    def word_bits(self) -> int:
        """Bits of a word."""
        return min(self.word, self.slots)

    @cached_property
    def words(self) -> int:
        """Words per row."""
        return -(-self.slots // self.word)

    @property
    def held(self) -> int:
        """Rows that can be between the job FIFO and the mask."""
        return STAGES - 1 + QUEUE if self.reach else STAGES

    @cached_property
    def size(self) -> int:
        """Words of all rows."""
        return self.rows * self.words

    @cached_property
    def address_bits(self) -> int:
        """Bits of a word's address."""
        return max(1, (self.size - 1).bit_length())

    @cached_property
    def slot_bits(self) -> int:
        """Bits of a slot's number."""
        return max(1, (self.slots - 1).bit_length())


def words(bits: NDArray[np.bool_], word: int = WORDS[0]) -> list[int]:
    """Return the words of a row of bits, one bit per slot."""
    padded = np.zeros(-(-len(bits) // word) * word, np.uint8)
    padded[: len(bits)] = bits
    packed = np.packbits(padded, bitorder="little").view(f"<u{word // 8}")
    return [int(word) for word in packed]


class Bitmap(Model):
    """Rows of bits, turned into events.

    Ports: ``we`` (in, 1) writes ``write_data`` (in) at ``write_address`` (in). ``job_valid`` (in,
    1) asks for the events of the row whose first word is at ``job_address`` (in); all of them have
    ``job_weight`` (in, signed); it is taken if ``job_ready`` (out, 1). ``event_valid`` (out, 1)
    shows an event ``event_slot``, ``event_weight`` (out), which ``event_ready`` (in, 1) takes;
    they come by row, lowest slot first. ``idle`` (out, 1): no job waits and nothing is on its way.

    **Timing**: an event per cycle, also from row to row; a word without bits costs a cycle unless
    there is room for it while events of an earlier one are shown. The first event comes 7 cycles
    after its job, and 2 more with `reach`. Nothing is fetched in a cycle with ``we``.
    """

    INPUTS = (
        "we", "write_address", "write_data", "job_valid", "job_address", "job_weight",
        "event_ready",
    )  # fmt: skip
    OUTPUTS = ("job_ready", "event_valid", "event_slot", "event_weight", "idle")

    def __init__(self, params: BitmapParams) -> None:
        super().__init__(params)
        self.memory = [0] * params.size
        self.reset()

    def reset(self) -> None:
        self.jobs: deque[tuple[int, int]] = deque()
        self.left = self.address = self.weight = 0  # of the row that is fetched
        self.in_1: tuple[int, int, int] | None = None  # in the memory's output: word, its number,
        self.near: tuple[int, int, int] | None = None  # weight; behind it, if there is `reach`,
        self.queue: deque[tuple[int, int, int]] = deque()  # then here
        self.owed = self.given = 0  # words fetched and not given back; one was taken
        self.in_2: tuple[int, int, int] | None = None  # in the register after it
        self.in_3: tuple[int, int, int] | None = None  # and, if it has bits, in one more
        self.mask = self.number = self.mask_weight = 0
        self.event: tuple[int, int] = (0, 0)
        self.event_valid = 0

    def outputs(self) -> tuple[int, int, int, int, int]:
        """Return what the ports show in this cycle."""
        idle = not (
            self.jobs or self.left or self.in_1 or self.near or self.queue or self.in_2
            or self.in_3 or self.mask or self.event_valid
        )  # fmt: skip
        ready = int(len(self.jobs) < self.params.depth)
        return (ready, self.event_valid, *self.event, int(idle))

    def tick(
        self,
        we: int,
        write_address: int,
        write_data: int,
        job_valid: int,
        job_address: int,
        job_weight: int,
        event_ready: int,
    ) -> tuple[int, int, int, int, int]:
        shown = self.outputs()
        ready, _, _, _, idle = shown
        if idle and not job_valid and not we:
            return shown
        # Whether each stage takes what is in the one before it.
        room = event_ready or not self.event_valid
        rest = self.mask & (self.mask - 1)
        to_mask = self.mask == 0 or (room and rest == 0)
        to_3 = to_mask or self.in_3 is None
        to_2 = to_3 or self.in_2 is None
        to_1 = self.params.reach or to_2 or self.in_1 is None
        fetches = to_1 and self.left > 0 and not we and self.owed < QUEUE
        to_row = not self.left or (self.left == 1 and fetches)
        # From the back of the pipeline to its front: every stage sees the one before it as it was.
        if room:
            self.event_valid = int(self.mask != 0)
            if self.mask:
                lowest = (self.mask ^ rest).bit_length() - 1
                self.event = (self.number * self.params.word + lowest, self.mask_weight)
                self.mask = rest
        if to_mask:
            self.mask = 0
            if self.in_3 is not None:
                self.mask, self.number, self.mask_weight = self.in_3
        if to_3:
            self.in_3 = self.in_2 if self.in_2 and self.in_2[0] else None
        if self.params.reach:
            taken = bool(to_2 and self.queue)
            if to_2:
                self.in_2 = self.queue.popleft() if self.queue else None
            if self.near is not None:
                self.queue.append(self.near)
            self.near = self.in_1
            self.owed += fetches - self.given
            self.given = taken
        elif to_2:
            self.in_2 = self.in_1
        if to_1:
            self.in_1 = None
            if fetches:
                number = self.params.words - self.left
                self.in_1 = (self.memory[self.address], number, self.weight)
                self.address += 1
                self.left -= 1
        if to_row and self.jobs:
            self.address, self.weight = self.jobs.popleft()
            self.left = self.params.words
        if job_valid and ready:
            self.jobs.append((job_address, job_weight))
        if we and write_address < self.params.size:
            self.memory[write_address] = write_data
        return shown
