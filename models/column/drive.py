"""Drive of four lanes: generators, and Poisson or Bernoulli counts by table inversion."""

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass
from functools import cached_property

from bitcortex import check
from bitcortex.models.model import Model

ROUND = 256  # neurons after which a generator serves again
UNIT = 4  # neurons that a generator draws for at once
WORD = (1 << 64) - 1
COMPARED = 16  # entries of a level that are compared at once: beyond it, a lookup is smaller


@dataclass(frozen=True)
class DriveParams:
    """Parameters of the drive of lanes 4 unit .. 4 unit + 3.

    Parameters
    ----------
    tables
        Ascending 16-bit cumulative distribution of every kind of neuron, 0 to 63 entries.
    lanes
        Of the engine, a power of two, 4 to 64.
    unit
        Which four lanes, 0 to lanes / 4 - 1.
    """

    tables: tuple[tuple[int, ...], ...] = ((8869, 26_607, 44_346, 56_171, 62_084, 64_449),)
    lanes: int = 32
    unit: int = 0

    def __post_init__(self) -> None:
        if self.lanes not in (4, 8, 16, 32, 64):
            raise ValueError(f"lanes must be 4, 8, 16, 32 or 64, not {self.lanes}")
        check.integer("unit", self.unit, 0, self.lanes // 4 - 1)
        check.integer("number of tables", len(self.tables), 1, 64)
        for table in self.tables:
            check.integer("entries of a table", len(table), 0, 63)
            for entry in table:
                check.integer("entry of a table", entry, 0, 65_535)
            if list(table) != sorted(table):
                raise ValueError(f"tables must ascend, and {table} does not")

    @cached_property
    def words(self) -> int:
        """Generators of this unit: it serves as many slots in turn."""
        return ROUND // self.lanes

    @cached_property
    def slot_bits(self) -> int:
        """Bits of a slot modulo `words`."""
        return self.words.bit_length() - 1

    @cached_property
    def kind_bits(self) -> int:
        """Bits of a kind's number."""
        return max(1, (len(self.tables) - 1).bit_length())

    @cached_property
    def levels(self) -> int:
        """Comparisons of a draw: the table is searched by halves."""
        return max(1, max(len(table) for table in self.tables).bit_length())

    @cached_property
    def latency(self) -> int:
        """Cycles from ``in_valid`` to ``out_valid``: memory, advance, then the comparisons."""
        return 3 + self.search

    @cached_property
    def search(self) -> int:
        """Cycles from a draw to its count: one per level, and one per entry looked up."""
        return self.levels + sum(self.looked_up(level) for level in range(self.levels))

    def nodes(self, level: int) -> tuple[int, ...]:
        """Return the entries that a level compares, by kind and by the bits found before.

        65,536, beyond all draws, stands for the entries that a table does not have.
        """
        size = 1 << self.levels
        step = size >> level + 1
        kinds = 1 << self.kind_bits if len(self.tables) > 1 else 1
        tables = self.tables + self.tables[-1:] * (kinds - len(self.tables))
        return tuple(
            table[place] if place < len(table) else 1 << 16
            for table in tables
            for place in range(step - 1, size - 1, 2 * step)
        )

    def looked_up(self, level: int) -> bool:
        """Return whether a level looks its entry up, rather than comparing with all of them."""
        return len(self.nodes(level)) > COMPARED

    def generator(self, slot: int) -> int:
        """Return which of the 64 generators serves a slot."""
        return (slot * self.lanes + 4 * self.unit) % ROUND // 4


def advance(x: int) -> int:
    """Return the next state of an xorshift64 generator (Marsaglia 2003; 13, 7, 17)."""
    x ^= x << 13 & WORD
    x ^= x >> 7
    return x ^ (x << 17 & WORD)


class Drive(Model):
    """Random event counts of four neurons per cycle.

    Ports: ``in_valid`` (in, 1) draws for slot ``in_slot`` (in, modulo `words`) of the four lanes,
    whose neurons are of the kinds ``in_kind`` (in, four fields; a number beyond the last kind is
    the last kind). ``out_valid`` (out, 1) shows ``out_counts`` (out, four fields of `levels` bits;
    held until the next ones): the number of table entries up to the draw. ``we`` (in, 1) writes
    generator ``address`` (in) with ``write_data`` (in, 64; not 0, which never changes). ``look``
    (in, 1) shows generator ``in_slot`` as ``word`` (out, 64) two cycles later, until the next look.

    **Timing**: one slot per cycle, latency `latency`. A generator is read in cycle 0 and stored in
    cycle 3: it may be drawn from again, or looked at, from cycle 4 on. A word of the host is
    stored a cycle late, so that ``in_valid`` and ``look`` see it after two cycles; it takes the
    place of the slot of two cycles before, so that the host writes while no slot is on its way.
    Reset forgets the slots on their way, and leaves the generators.

    **Error**: counts are those of the table, whose entries are multiples of 2**-16; draws are 16
    of the 64 bits of an xorshift64 generator, whose period is 2**64 - 1.
    """

    INPUTS = ("in_valid", "in_slot", "in_kind", "look", "we", "address", "write_data")
    OUTPUTS = ("out_valid", "out_counts", "word")

    def __init__(self, params: DriveParams) -> None:
        super().__init__(params)
        self.memory = [0] * params.words
        self.reset()

    def reset(self) -> None:
        nothing = (0, 0, 0, 0)
        self.reads = deque([nothing, nothing])  # of cycles 2, 1: valid, slot, kinds, generator
        self.looks = 0  # that of cycle 1 is looked at
        self.store: tuple[int, int, int] | None = None  # of cycle 3: address, word, kinds
        self.draws = 0  # that word belongs to a slot
        self.stages: deque[int | None] = deque([None] * self.params.search)
        self.out = (0, 0)
        self.word = 0

    def outputs(self) -> tuple[int, int, int]:
        """Return what the ports show in this cycle."""
        return (*self.out, self.word)

    def tick(
        self,
        in_valid: int,
        in_slot: int,
        in_kind: int,
        look: int,
        we: int,
        address: int,
        write_data: int,
    ) -> tuple[int, int, int]:
        shown = self.outputs()
        # Cycle 3 and on: the counts of a word, and the word into the memory, read before write.
        self.stages[-1] = self.counts(*self.store[1:]) if self.store and self.draws else None
        ended = self.stages.popleft()
        self.stages.append(None)
        self.out = (0, self.out[1]) if ended is None else (1, ended)
        found = self.memory[in_slot]
        if self.store:
            self.memory[self.store[0]] = self.store[1]
        # Cycle 2: advance, or take the host's word.
        valid, slot, kinds, generator = self.reads.popleft()
        self.draws = valid
        if we:
            self.store = (address, write_data, kinds)
        else:
            self.store = (slot, advance(generator), kinds) if valid else None
        if self.looks:
            self.word = self.reads[0][3]
        self.reads.append((in_valid, in_slot, in_kind, found))
        self.looks = look
        return shown

    def counts(self, word: int, kinds: int) -> int:
        """Return the counts of a generator's four draws, side by side."""
        p, counts = self.params, 0
        for k in range(4):
            kind = kinds >> k * p.kind_bits & ((1 << p.kind_bits) - 1)
            table = p.tables[min(kind, len(p.tables) - 1)]
            counts |= bisect_right(table, word >> 16 * k & 0xFFFF) << k * p.levels
        return counts
