"""Drive of four lanes: generators, and Poisson or Bernoulli counts by table inversion."""

from migen import READ_FIRST, Case, Cat, If, Memory, Module, Signal

from bitcortex.gateware.neuron.arithmetic import delayed
from bitcortex.models.column.drive import DriveParams


class Drive(Module):
    """Random event counts of four neurons per cycle. See `bitcortex.models.column.drive`.

    **Timing**: a generator is read in cycle 0, in a register in 2, advanced into another one in 3
    and written back; its four draws are searched in their tables from cycle 3 on, one comparison
    per cycle. A word of the host goes through the register of cycle 3: its choice fits the lookup
    tables of the advance, and none is spent in front of the memory.

    Registers that only count while their valid bit is set have no reset.
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
        memory.collides = "undefined"
        read = memory.get_port(mode=READ_FIRST)
        write = memory.get_port(write_capable=True, mode=READ_FIRST)
        self.specials += memory, read, write

        # Cycle 0: read. Block RAM is slow: cycle 1 only registers what it gives.
        loaded = Signal(64, reset_less=True)
        self.comb += read.adr.eq(self.in_slot)
        self.sync += [
            loaded.eq(read.dat_r),
            If(delayed(self, self.look, 1), self.word.eq(read.dat_r)),
        ]

        # Cycle 2: advance, or take the host's word.
        left, right, word = Signal(64), Signal(64), Signal(64, reset_less=True)
        slot_2, slot_3 = self._pipe(self.in_slot, 2), Signal(params.slot_bits, reset_less=True)
        valid_2, stores = delayed(self, self.in_valid, 2), Signal()
        self.comb += [
            left.eq(loaded ^ (loaded << 13)),
            right.eq(left ^ (left >> 7)),
        ]
        self.sync += [
            stores.eq(valid_2 | self.we),
            word.eq(right ^ (right << 17)),
            slot_3.eq(slot_2),
            If(self.we, word.eq(self.write_data), slot_3.eq(self.address)),
        ]

        # Cycle 3: write, and begin the search.
        self.comb += [write.we.eq(stores), write.adr.eq(slot_3), write.dat_w.eq(word)]
        kinds = self._pipe(self.in_kind, 3)
        counts = []
        for k in range(4):
            kind = kinds[k * params.kind_bits : (k + 1) * params.kind_bits]
            counts.append(self._search(params, word[16 * k : 16 * k + 16], kind))
        valid = delayed(self, valid_2, params.search)
        self.sync += [
            self.out_valid.eq(valid),
            If(valid, self.out_counts.eq(Cat(*counts))),
        ]

    def _search(self, params: DriveParams, draw, kind):
        """Return the number of table entries up to the draw, its last bit not yet registered."""
        path = None  # bits found, the last one lowest
        for level in range(params.levels):
            nodes = params.nodes(level)
            parts = [*([path] if level else []), *([kind] if len(params.tables) > 1 else [])]
            if params.looked_up(level):
                # Cycle of its own: look the entry up.
                entry = self._pipe(self._select(Cat(*parts), self._entries(nodes)), 1)
                draw, kind = self._pipe(draw, 1), self._pipe(kind, 1)
                path = self._pipe(path, 1) if level else None
                hit = Signal()
                self.comb += hit.eq(Cat(1, draw) > entry)
            else:
                hit = self._select(Cat(*parts), [self._passes(draw, node) for node in nodes])
            path = Cat(hit, path) if level else hit
            if level < params.levels - 1:
                path, draw, kind = (self._pipe(signal, 1) for signal in (path, draw, kind))
        return path

    def _entries(self, nodes):
        """Return 2 entry - 1, to be compared with 2 draw + 1; 0 for an entry of 0."""
        entries = [Signal(17) for _ in nodes]
        self.comb += [e.eq(max(0, 2 * node - 1)) for e, node in zip(entries, nodes, strict=True)]
        return entries

    def _passes(self, draw, entry: int):
        """Return draw >= entry, lowest bit first: lookup tables, which no carry chain may split."""
        passes = Signal()
        hit = int(entry == 0)
        for bit in range(16):
            hit = draw[bit] & hit if max(0, entry - 1) >> bit & 1 else draw[bit] | hit
        self.comb += passes.eq(hit)
        return passes

    def _select(self, key, values):
        """Return values[key]; there is one for every key."""
        if len(values) == 1:
            return values[0]
        chosen = Signal.like(values[0])
        self.comb += Case(key, {number: chosen.eq(value) for number, value in enumerate(values)})
        return chosen

    def _pipe(self, signal, cycles: int):
        """Return the signal as it was `cycles` ago; no reset."""
        return delayed(self, signal, cycles, reset_less=True)
