"""Stored connections of a lane: a list of targets and weights per source."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bitcortex import check
from bitcortex.models.model import Model


@dataclass(frozen=True)
class StoredParams:
    """Parameters of a store.

    Parameters
    ----------
    slots
        Neurons of the lane, 1 to 65,536.
    rows
        Number of lists.
    entries
        Synapses of all lists.
    weight_width
        Bits of a signed weight, 2 to 24.
    longest
        Entries of the longest list.
    depth
        Jobs that can wait.
    plastic
        Whether events have the addresses of their entries, and entries can be looked at.
    """

    slots: int = 32
    rows: int = 1000
    entries: int = 4096
    weight_width: int = 16
    longest: int = 32
    depth: int = 4
    plastic: bool = False

    def __post_init__(self) -> None:
        check.integer("slots", self.slots, 1, 65_536)
        check.integer("rows", self.rows, 1, 1 << 20)
        check.integer("entries", self.entries, 1, 1 << 24)
        check.integer("weight_width", self.weight_width, 2, 24)
        check.integer("longest", self.longest, 1, self.entries)
        check.integer("depth", self.depth, 2, 64)

    @cached_property
    def row_bits(self) -> int:
        """Bits of a list's number."""
        return max(1, (self.rows - 1).bit_length())

    @cached_property
    def entry_bits(self) -> int:
        """Bits of an entry's address."""
        return max(1, (self.entries - 1).bit_length())

    @cached_property
    def count_bits(self) -> int:
        """Bits of the length of a list."""
        return self.longest.bit_length()

    @cached_property
    def slot_bits(self) -> int:
        """Bits of a slot's number."""
        return max(1, (self.slots - 1).bit_length())


def pack(
    rows: Iterable[tuple[NDArray[np.int64], NDArray[np.int64]]],
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Return pointers (start, count) and entries (slot, weight) of lists of slots and weights."""
    pointers: list[tuple[int, int]] = []
    entries: list[tuple[int, int]] = []
    for slots, weights in rows:
        pointers.append((len(entries) if len(slots) else 0, len(slots)))
        entries += zip(slots.tolist(), weights.tolist(), strict=True)
    return pointers, entries


class Stored(Model):
    """Lists of synapses, turned into events.

    Ports: ``pointer_we`` (in, 1) writes ``pointer_start`` and ``pointer_count`` (in) of list
    ``pointer_address`` (in); ``entry_we`` (in, 1) writes ``entry_slot`` (in) and ``entry_weight``
    (in, signed) at ``entry_address`` (in). ``job_valid`` (in, 1) asks for the events of list
    ``job_row`` (in); it is taken if ``job_ready`` (out, 1). ``event_valid`` (out, 1) shows an event
    ``event_slot``, ``event_weight`` (out), which ``event_ready`` (in, 1) takes; they come in the
    order of the lists. ``idle`` (out, 1): no job waits and nothing is on its way. If `plastic`,
    ``event_address`` (out) is where the event's entry is, and with ``look`` (in, 1) while the store
    is idle, `event_slot` and `event_weight` are, three cycles later, those at `entry_address`.

    **Timing**: an event per cycle, also from list to list; an empty list costs a cycle unless it is
    skipped while events of an earlier one are read. The first event comes 6 cycles after its job.
    No pointer is fetched in a cycle with ``pointer_we``, no entry in one with ``entry_we``.
    """

    INPUTS = (
        "pointer_we", "pointer_address", "pointer_start", "pointer_count",
        "entry_we", "entry_address", "entry_slot", "entry_weight",
        "job_valid", "job_row", "event_ready", "look",
    )  # fmt: skip
    OUTPUTS = (
        "job_ready", "event_valid", "event_slot", "event_weight", "idle", "event_address",
    )  # fmt: skip

    def __init__(self, params: StoredParams) -> None:
        super().__init__(params)
        self.pointers = [(0, 0)] * params.rows
        self.entries = [(0, 0)] * params.entries
        self.reset()

    def reset(self) -> None:
        self.jobs: deque[int] = deque()
        self.pointer_1: tuple[int, int] | None = None  # in the memory's output
        self.pointer_2: tuple[int, int] | None = None  # in the register after it
        self.left = self.address = 0  # of the list that is read
        self.entry: tuple[int, int] | None = None  # in the memory's output
        self.event: tuple[int, int] = (0, 0)
        self.event_valid = 0
        self.entry_from = self.event_from = 0  # addresses
        self.looks = 0  # `address` is the host's
        self.seen: tuple[int, int] | None = None  # what is there, in the memory's output

    def outputs(self) -> tuple[int, int, int, int, int, int]:
        """Return what the ports show in this cycle."""
        idle = not (
            self.jobs or self.pointer_1 or self.pointer_2 or self.left or self.entry
            or self.event_valid
        )  # fmt: skip
        ready = int(len(self.jobs) < self.params.depth)
        return (ready, self.event_valid, *self.event, int(idle), self.event_from)

    def tick(
        self,
        pointer_we: int,
        pointer_address: int,
        pointer_start: int,
        pointer_count: int,
        entry_we: int,
        entry_address: int,
        entry_slot: int,
        entry_weight: int,
        job_valid: int,
        job_row: int,
        event_ready: int,
        look: int,
    ) -> tuple[int, int, int, int, int, int]:
        shown = self.outputs()
        ready, _, _, _, idle, _ = shown
        looks = look and self.params.plastic
        quiet = not (looks or self.looks or self.seen)
        if idle and quiet and not (job_valid or pointer_we or entry_we):
            return shown
        # Whether each stage takes what is in the one before it.
        room = event_ready or not self.event_valid
        to_entry = room or self.entry is None
        reads = to_entry and self.left and not entry_we
        to_list = not self.left or (self.left == 1 and reads)
        to_2 = to_list or self.pointer_2 is None or self.pointer_2[1] == 0
        to_1 = to_2 or self.pointer_1 is None
        # From the back of the pipeline to its front: every stage sees the one before it as it was.
        if room:
            self.event_valid = int(self.entry is not None)
            if self.entry is not None:
                self.event = self.entry
                self.event_from = self.entry_from if self.params.plastic else 0
            elif self.seen is not None:
                self.event = self.seen
        if to_entry:
            self.entry = self.seen = None
            if reads:
                self.entry, self.entry_from = self.entries[self.address], self.address
                self.address += 1
                self.left -= 1
            elif self.looks and not entry_we:
                self.seen = self.entries[self.address]
        self.looks = 0
        if to_list and self.pointer_2 is not None:
            self.address, self.left = self.pointer_2
        elif to_list and looks:
            self.address, self.looks = entry_address, 1
        if to_2:
            self.pointer_2 = self.pointer_1
        if to_1:
            self.pointer_1 = None
            if self.jobs and not pointer_we:
                self.pointer_1 = self.pointers[self.jobs.popleft()]
        if job_valid and ready:
            self.jobs.append(job_row)
        if pointer_we and pointer_address < self.params.rows:
            self.pointers[pointer_address] = (pointer_start, pointer_count)
        if entry_we and entry_address < self.params.entries:
            self.entries[entry_address] = (entry_slot, entry_weight)
        return shown
