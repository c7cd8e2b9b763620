"""From words of spikes, a bit per lane, to single spikes in the order of neurons."""

from migen import Cat, If, Memory, Module, Mux, Signal

from bitcortex.gateware.column.scan import Scan, flags_of
from bitcortex.models.column.serializer import SerializerParams


class Serializer(Module):
    """Puts spikes in order. See `bitcortex.models.column.serializer`.

    **Timing**: a spike per cycle: FIFO, head, word, event. The head keeps the memory, which is slow
    where it is lookup tables, apart from the search for the lowest bit.
    """

    def __init__(self, params: SerializerParams):
        self.in_valid = Signal()  # spikes
        self.in_mask = Signal(params.lanes)  # of these lanes
        self.in_slot = Signal(params.slot_bits)  # in this slot
        self.in_end = Signal()  # the last ones of a step
        self.event_ready = Signal()  # the spike is taken
        self.room = Signal()  # words may come
        self.event_valid = Signal()  # a spike
        self.event_id = Signal(params.id_bits)  # of this neuron
        self.ends = Signal()  # all spikes of a step have been taken

        # # #

        lanes = params.lanes
        mask, slot, end = Scan(self, lanes), Signal(params.slot_bits), Signal()
        some, free, loads = Signal(), Signal(), Signal()
        self.comb += [
            free.eq(~self.event_valid | self.event_ready),
            # After the last spike, the end of a step takes a turn of its own.
            loads.eq((free | ~(some | end)) & ~(some & (~mask.last | end))),
        ]
        head, waits, refills = Signal(lanes + params.slot_bits + 1), Signal(), Signal()
        readable, word = self._fifo(params, refills)
        self.comb += refills.eq(readable & (loads | ~waits))
        self.sync += [
            If(
                free,
                self.event_valid.eq(some),
                self.ends.eq(~some & end),
                If(some, self.event_id.eq(Cat(mask.place, slot) if lanes > 1 else slot)),
            ),
            If(
                loads,
                some.eq(waits & (head[:lanes] != 0)),
                end.eq(waits & head[-1]),
                If(waits, slot.eq(head[lanes:-1])),
                *mask.load(head[:lanes], flags_of(self, head, lanes)),
            ).Elif(free, some.eq(some & ~mask.last), *mask.drop),
            If(refills, waits.eq(1), head.eq(word)).Elif(loads, waits.eq(0)),
        ]

    def _fifo(self, params: SerializerParams, takes):
        """Return whether a word waits, and the first one; it goes with `takes`, if one does.

        The address of the first word is known a cycle before it: block RAM will do.
        """
        words = Memory(params.lanes + params.slot_bits + 1, params.depth)
        read, write = words.get_port(), words.get_port(write_capable=True)
        self.specials += words, read, write
        level, writes, reads = Signal(max=params.depth + 1), Signal(), Signal()
        produce, consume, first = (Signal(max=params.depth) for _ in range(3))

        def after(place):
            return Mux(place == params.depth - 1, 0, place + 1)

        readable = Signal()
        self.comb += [
            readable.eq(level != 0),
            self.room.eq(level < params.depth - params.margin),
            writes.eq(self.in_valid & (level != params.depth)),
            reads.eq(takes),
            first.eq(Mux(reads, after(consume), consume)),
            read.adr.eq(first),
            write.adr.eq(produce),
            write.dat_w.eq(Cat(self.in_mask, self.in_slot, self.in_end)),
            write.we.eq(writes),
        ]
        self.sync += [
            consume.eq(first),
            If(writes, produce.eq(after(produce))),
            level.eq(level + writes - reads),
        ]
        return readable, read.dat_r
