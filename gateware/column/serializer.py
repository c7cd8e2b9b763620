"""From words of spikes, a bit per lane, to single spikes in the order of neurons."""

from functools import reduce
from operator import or_

from migen import Cat, If, Module, Mux, Signal
from migen.genlib.fifo import SyncFIFO

from bitcortex.models.column.serializer import SerializerParams


class Serializer(Module):
    """Puts spikes in order. See `bitcortex.models.column.serializer`.

    **Timing**: a spike per cycle: FIFO, word, event.
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
        width = lanes + params.slot_bits + 1
        self.submodules.words = words = SyncFIFO(width, params.depth)
        mask, slot, end = Signal(lanes), Signal(params.slot_bits), Signal()
        rest, lowest = Signal(lanes), Signal(lanes)
        lane = Signal(lanes.bit_length() - 1)
        some, free, loads = Signal(), Signal(), Signal()
        self.comb += [
            words.din.eq(Cat(self.in_mask, self.in_slot, self.in_end)),
            words.we.eq(self.in_valid),
            self.room.eq(words.level < params.depth - params.margin),
            some.eq(mask != 0),
            free.eq(~self.event_valid | self.event_ready),
            rest.eq(mask & (mask - 1)),
            lowest.eq(mask & ~rest),
            *[
                lane[bit].eq(reduce(or_, [lowest[k] for k in range(lanes) if k >> bit & 1]))
                for bit in range(len(lane))
            ],
            # After the last spike, the end of a step takes a turn of its own.
            loads.eq((free | ~(some | end)) & ~(some & ((rest != 0) | end))),
            words.re.eq(loads),
        ]
        self.sync += [
            If(
                free,
                self.event_valid.eq(some),
                self.ends.eq(~some & end),
                If(some, self.event_id.eq(Cat(lane, slot))),
            ),
            If(
                loads,
                mask.eq(Mux(words.readable, words.dout[:lanes], 0)),
                end.eq(words.readable & words.dout[-1]),
                If(words.readable, slot.eq(words.dout[lanes:-1])),
            ).Elif(free, mask.eq(rest)),
        ]
