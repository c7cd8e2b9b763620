"""Stored connections of a lane: a list of targets and weights per source."""

from migen import READ_FIRST, Cat, If, Memory, Module, Signal

from bitcortex.models.column.stored import StoredParams


class Stored(Module):
    """Lists of synapses, turned into events. See `bitcortex.models.column.stored`.

    **Timing**: an event per cycle. A job is written in cycle 0; its pointer is read in 1 and there
    in 2, in a register in 3, begun in 4; its first entry is there in 5, and an event in 6. A stage
    takes what is before it when it is empty or will be.

    Why a write stops the fetch: for two ports that meet at one address Yosys would register every
    write and compare; it proves instead that they never meet.
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
        self.look = Signal()  # at the entry at `entry_address`
        self.job_ready = Signal()  # the job is taken
        self.event_valid = Signal()  # an event
        self.event_slot = Signal(params.slot_bits)  # for this neuron
        self.event_weight = Signal((params.weight_width, True))  # of this weight
        self.idle = Signal()  # nothing is on its way
        self.event_address = Signal(params.entry_bits)  # of the event's entry

        # # #

        # Jobs wait in LUT RAM.
        queue_bits = params.depth.bit_length()
        queue = Memory(params.row_bits, 1 << queue_bits)
        tail, head = queue.get_port(write_capable=True), queue.get_port(async_read=True)
        self.specials += queue, tail, head
        produce, consume, waiting = Signal(queue_bits), Signal(queue_bits), Signal(queue_bits)
        waits = Signal()
        self.comb += [
            waiting.eq(produce - consume),
            self.job_ready.eq(waiting < params.depth),
            waits.eq(produce != consume),
            tail.we.eq(self.job_valid & self.job_ready),
            tail.adr.eq(produce),
            tail.dat_w.eq(self.job_row),
            head.adr.eq(consume),
        ]
        self.sync += If(tail.we, produce.eq(produce + 1))

        # Cycles 1 to 3: the pointer.
        pointer_write, pointer_read = self._memory(
            params.entry_bits + params.count_bits, params.rows
        )
        fetches, in_1, in_2, active, in_entry = (Signal() for _ in range(5))
        to_1, to_2, to_list, to_entry, reads = (Signal() for _ in range(5))
        start, count = Signal(params.entry_bits), Signal(params.count_bits)
        self.comb += [
            pointer_write.we.eq(self.pointer_we),
            pointer_write.adr.eq(self.pointer_address),
            pointer_write.dat_w.eq(Cat(self.pointer_start, self.pointer_count)),
            pointer_read.adr.eq(head.dat_r),
            pointer_read.re.eq(to_1 & ~self.pointer_we),
            fetches.eq(waits & ~self.pointer_we),
            to_2.eq(to_list | ~in_2 | (count == 0)),
            to_1.eq(to_2 | ~in_1),
        ]
        self.sync += [
            If(to_1, in_1.eq(fetches), If(fetches, consume.eq(consume + 1))),
            If(to_2, in_2.eq(in_1), Cat(start, count).eq(pointer_read.dat_r)),
        ]

        # Cycle 4: the list; an address per cycle.
        address, left = Signal(params.entry_bits), Signal(params.count_bits)
        self.comb += to_list.eq(~active | (reads & (left == 1)))
        self.sync += If(
            to_list,
            active.eq(in_2 & (count != 0)),
            address.eq(start),
            left.eq(count),
        ).Elif(reads, address.eq(address + 1), left.eq(left - 1))

        # Cycles 5 and 6: the entry, and the event.
        entry_write, entry_read = self._memory(
            params.slot_bits + params.weight_width, params.entries
        )
        room = Signal()
        self.comb += [
            entry_write.we.eq(self.entry_we),
            entry_write.adr.eq(self.entry_address),
            entry_write.dat_w.eq(Cat(self.entry_slot, self.entry_weight)),
            entry_read.adr.eq(address),
            entry_read.re.eq(reads),
            room.eq(~self.event_valid | self.event_ready),
            to_entry.eq(room | ~in_entry),
            reads.eq(to_entry & ~self.entry_we),
            self.idle.eq(~(waits | in_1 | in_2 | active | in_entry | self.event_valid)),
        ]
        shows = in_entry
        if params.plastic:
            looks, seen = Signal(), Signal()  # the address is the host's; its entry is there
            entry_address = Signal(params.entry_bits, reset_less=True)
            shows = in_entry | seen
            self.sync += [
                looks.eq(to_list & ~in_2 & self.look),
                If(to_list & ~in_2 & self.look, address.eq(self.entry_address)),
                If(to_entry, seen.eq(looks & ~self.entry_we)),
                If(reads, entry_address.eq(address)),
                If(room & in_entry, self.event_address.eq(entry_address)),
            ]
        self.sync += [
            If(to_entry, in_entry.eq(active & ~self.entry_we)),
            If(
                room,
                self.event_valid.eq(in_entry),
                If(shows, Cat(self.event_slot, self.event_weight).eq(entry_read.dat_r)),
            ),
        ]

    def _memory(self, width: int, depth: int):
        """Return write port and read port of a memory."""
        memory = Memory(width, max(2, depth))  # Migen wants an address bit
        read = memory.get_port(has_re=True, mode=READ_FIRST)
        write = memory.get_port(write_capable=True, mode=READ_FIRST)
        self.specials += memory, read, write
        return write, read
