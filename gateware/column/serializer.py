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
        self.event_ready = Signal()  # the spike is taken
        self.room = Signal()  # words may come
        self.event_valid = Signal()  # a spike
        self.event_id = Signal(params.id_bits)  # of this neuron
        self.drained = Signal()  # nothing is left

        # # #

        lanes = params.lanes
        self.submodules.words = words = SyncFIFO(lanes + params.slot_bits, params.depth)
        mask, slot = Signal(lanes), Signal(params.slot_bits)
        rest, lowest = Signal(lanes), Signal(lanes)
        lane = Signal(lanes.bit_length() - 1)
        free, loads = Signal(), Signal()
        self.comb += [
            words.din.eq(Cat(self.in_mask, self.in_slot)),
            words.we.eq(self.in_valid),
            self.room.eq(words.level < params.depth - params.margin),
            free.eq(~self.event_valid | self.event_ready),
            rest.eq(mask & (mask - 1)),
            lowest.eq(mask & ~rest),
            *[
                lane[bit].eq(reduce(or_, [lowest[k] for k in range(lanes) if k >> bit & 1]))
                for bit in range(len(lane))
            ],
            loads.eq((mask == 0) | (free & (rest == 0))),
            words.re.eq(loads),
            self.drained.eq(~words.readable & (mask == 0) & ~self.event_valid),
        ]
        self.sync += [
            If(
                free,
                self.event_valid.eq(mask != 0),
                If(mask != 0, self.event_id.eq(Cat(lane, slot))),
            ),
            If(
                loads,
                mask.eq(Mux(words.readable, words.dout[:lanes], 0)),
                If(words.readable, slot.eq(words.dout[lanes:])),
            ).Elif(free, mask.eq(rest)),
        ]
