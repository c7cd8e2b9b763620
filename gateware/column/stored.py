"""Stored connections of a lane: a list of targets and weights per source."""

from migen import READ_FIRST, Cat, If, Memory, Module, Signal
from migen.genlib.fifo import SyncFIFO

from bitcortex.models.column.stored import AHEAD, StoredParams


class Stored(Module):
    """Lists of synapses, turned into events. See `bitcortex.models.column.stored`.

    **Timing**: an event per cycle. Pointer and entry take three cycles each from address to FIFO.
    """

    def __init__(self, params: StoredParams):
        self.pointer_we = Signal()  # write a pointer
        self.pointer_address = Signal(params.row_bits)  # of this list
        self.pointer_start = Signal(params.entry_bits)  # address of its first entry
        self.pointer_count = Signal(params.count_bits)  # and its length
        self.entry_we = Signal()  # write an entry
        self.entry_address = Signal(params.entry_bits)  # here
        self.entry_slot = Signal(params.slot_bits)  # target
        self.entry_weight = Signal((params.weight_width, True))  # and weight
        self.job_valid = Signal()  # a list, please
        self.job_row = Signal(params.row_bits)  # this one
        self.event_ready = Signal()  # the event is taken
        self.job_ready = Signal()  # the job is taken
        self.event_valid = Signal()  # an event
        self.event_slot = Signal(params.slot_bits)  # for this neuron
        self.event_weight = Signal((params.weight_width, True))  # of this weight
        self.idle = Signal()  # nothing is on its way

        # # #

        pointer_bits = params.entry_bits + params.count_bits
        entry_bits = params.slot_bits + params.weight_width
        self.submodules.jobs = jobs = SyncFIFO(params.row_bits, params.depth)
        self.submodules.lists = lists = SyncFIFO(pointer_bits, AHEAD)
        self.submodules.events = events = SyncFIFO(entry_bits, AHEAD)

        # Pointers: read ahead while there is room.
        pointer, fetched, on_way = self._memory(pointer_bits, params.rows)
        self.comb += [
            self.job_ready.eq(jobs.writable),
            jobs.we.eq(self.job_valid),
            jobs.din.eq(self.job_row),
            pointer.we.eq(self.pointer_we),
            pointer.adr.eq(self.pointer_address),
            pointer.dat_w.eq(Cat(self.pointer_start, self.pointer_count)),
            fetched.adr.eq(jobs.dout),
        ]
        count = Signal(max=AHEAD + 3)
        self.comb += [count.eq(lists.level + on_way[0] + on_way[1]), jobs.re.eq(count < AHEAD)]
        pointer_2 = Signal(pointer_bits)
        self.sync += [
            on_way[0].eq(jobs.readable & jobs.re),
            on_way[1].eq(on_way[0]),
            pointer_2.eq(fetched.dat_r),
        ]
        self.comb += [
            lists.din.eq(pointer_2),
            lists.we.eq(on_way[1] & (pointer_2[params.entry_bits :] != 0)),
        ]
        pointers_busy = jobs.readable | on_way[0] | on_way[1] | lists.readable

        # Entries: an address per cycle while there is room.
        entry, fetched, on_way = self._memory(entry_bits, params.entries)
        address, left = Signal(params.entry_bits), Signal(params.count_bits)
        issues, takes = Signal(), Signal()
        waiting = Signal(max=AHEAD + 3)
        self.comb += [
            entry.we.eq(self.entry_we),
            entry.adr.eq(self.entry_address),
            entry.dat_w.eq(Cat(self.entry_slot, self.entry_weight)),
            fetched.adr.eq(address),
            waiting.eq(events.level + on_way[0] + on_way[1]),
            issues.eq((left != 0) & (waiting < AHEAD)),
            takes.eq((left == 0) | ((left == 1) & issues)),
            lists.re.eq(takes),
        ]
        entry_2 = Signal(entry_bits)
        self.sync += [
            on_way[0].eq(issues),
            on_way[1].eq(on_way[0]),
            entry_2.eq(fetched.dat_r),
            If(issues, address.eq(address + 1), left.eq(left - 1)),
            If(takes & lists.readable, Cat(address, left).eq(lists.dout)),
        ]
        self.comb += [
            events.din.eq(entry_2),
            events.we.eq(on_way[1]),
            events.re.eq(self.event_ready),
            self.event_valid.eq(events.readable),
            If(events.readable, Cat(self.event_slot, self.event_weight).eq(events.dout)),
            self.idle.eq(~(pointers_busy | (left != 0) | on_way[0] | on_way[1] | events.readable)),
        ]

    def _memory(self, width: int, depth: int):
        """Return write port, read port, and two flags for words on their way."""
        memory = Memory(width, max(2, depth))  # Migen wants an address bit
        read = memory.get_port(mode=READ_FIRST)
        write = memory.get_port(write_capable=True, mode=READ_FIRST)
        self.specials += memory, read, write
        return write, read, [Signal(), Signal()]
