"""Drive of four lanes: generators, and Poisson or Bernoulli counts by table inversion."""

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass
from functools import cached_property

from bitcortex import check
from bitcortex.models.model import Model

ROUND = 256  # neurons after which a generator serves again
WORD = (1 << 64) - 1


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
        return 2 + self.levels

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
    whose neurons are of the kinds ``in_kind`` (in, four fields). ``out_valid`` (out, 1) shows
    ``out_counts`` (out, four fields of `levels` bits; held until the next ones): the number of
    table entries up to the draw. ``we`` (in, 1) writes generator ``address`` (in) with ``write_data`` (in, 64). ``look`` (in,
    1) shows generator ``in_slot`` as ``word`` (out, 64) two cycles later, until the next look.

    **Timing**: one slot per cycle, latency `latency`; a slot is used again after four cycles at
    the earliest.

    **Error**: counts are those of the table; 16-bit draws of 64-bit generators of period 2**64 - 1.
    """

    INPUTS = ("in_valid", "in_slot", "in_kind", "look", "we", "address", "write_data")
    OUTPUTS = ("out_valid", "out_counts", "word")

    def __init__(self, params: DriveParams) -> None:
        super().__init__(params)
        self.memory = [0] * params.words
        self.reset()

    def reset(self) -> None:
        self.stages: deque[int | None] = deque([None] * (self.params.latency - 1))
        self.out = (0, 0)
        self.seen: int | None = None
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
        if self.seen is not None:
            self.word = self.seen
        self.seen = self.memory[in_slot] if look else None
        following = advance(self.memory[in_slot]) if in_valid else 0
        counts = 0
        for k in range(4) if in_valid else ():
            kind = in_kind >> k * self.params.kind_bits & ((1 << self.params.kind_bits) - 1)
            table = self.params.tables[kind if kind < len(self.params.tables) else 0]
            draw = following >> 16 * k & 0xFFFF
            counts |= bisect_right(table, draw) << k * self.params.levels
        self.stages.append(counts if in_valid else None)
        ended = self.stages.popleft()
        self.out = (0, self.out[1]) if ended is None else (1, ended)
        if in_valid:
            self.memory[in_slot] = following
        if we:
            self.memory[address] = write_data
        return shown
