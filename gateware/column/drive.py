"""Drive of four lanes: generators, and Poisson or Bernoulli counts by table inversion."""

from migen import READ_FIRST, Case, Cat, If, Memory, Module, Signal

from bitcortex.gateware.neuron.arithmetic import delayed
from bitcortex.models.column.drive import DriveParams


class Drive(Module):
    """Random event counts of four neurons per cycle. See `bitcortex.models.column.drive`.

    **Timing**: the generator is read in cycle 0, advanced into a register in 1, written back in 2;
    its four draws are searched in their tables from cycle 2 on, one comparison per cycle.
    """

    def __init__(self, params: DriveParams):
        self.in_valid = Signal()  # draw
        self.in_slot = Signal(params.slot_bits)  # for this slot
        self.in_kind = Signal(4 * params.kind_bits)  # of these kinds of neurons
        self.look = Signal()  # show the generator of `in_slot`
        self.we = Signal()  # write
        self.address = Signal(params.slot_bits)  # this generator
        self.write_data = Signal(64)  # with this state
        self.out_valid = Signal()  # counts
        self.out_counts = Signal(4 * params.levels)  # of the four neurons
        self.word = Signal(64)  # the generator looked at

        # # #

        memory = Memory(64, params.words)
        read = memory.get_port(mode=READ_FIRST)
        write = memory.get_port(write_capable=True, mode=READ_FIRST)
        self.specials += memory, read, write
        left, right, again, word = Signal(64), Signal(64), Signal(64), Signal(64)
        valid_2, slot_2 = delayed(self, self.in_valid, 2), delayed(self, self.in_slot, 2)
        self.comb += [
            read.adr.eq(self.in_slot),
            left.eq(read.dat_r ^ (read.dat_r << 13)),
            right.eq(left ^ (left >> 7)),
            again.eq(right ^ (right << 17)),
            write.we.eq(valid_2 | self.we),
            write.adr.eq(slot_2),
            write.dat_w.eq(word),
            If(self.we, write.adr.eq(self.address), write.dat_w.eq(self.write_data)),
        ]
        self.sync += [word.eq(again), If(delayed(self, self.look, 1), self.word.eq(read.dat_r))]

        kinds = delayed(self, self.in_kind, 2)
        counts = []
        for k in range(4):
            kind = kinds[k * params.kind_bits : (k + 1) * params.kind_bits]
            counts.append(self._search(params, word[16 * k : 16 * k + 16], kind))
        valid = delayed(self, valid_2, params.levels - 1)
        self.sync += [
            self.out_valid.eq(valid),
            If(valid, self.out_counts.eq(Cat(*counts))),
        ]

    def _search(self, params: DriveParams, draw, kind):
        """Return the number of table entries up to the draw; all but the last bit registered."""
        top = 1 << params.levels
        tables = [[*table, *[1 << 16] * (top - 1 - len(table))] for table in params.tables]
        place = Signal(params.levels)  # the bits found, at their places
        for level in reversed(range(params.levels)):
            step = 1 << level
            entry, hit, found = Signal(17), Signal(), Signal(params.levels)
            cases = {}
            for number, table in enumerate(tables):
                for start in range(0, top, 2 * step):
                    cases[start // (2 * step) | number << (params.levels - 1 - level)] = entry.eq(
                        table[start + step - 1]
                    )
            path = Cat(place[level + 1 :], kind) if level + 1 < params.levels else Cat(kind)
            key = Signal(len(path))
            self.comb += [
                key.eq(path),
                Case(key, cases | {"default": entry.eq(tables[0][step - 1])}),
                hit.eq(draw >= entry),
                found.eq(place | hit << level),
            ]
            if level:
                place = delayed(self, found, 1)
                draw, kind = delayed(self, draw, 1), delayed(self, kind, 1)
        return found
