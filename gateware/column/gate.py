"""Stochastic synapses of a lane: how much of every event gets through."""

from migen import Cat, Constant, If, Module, Mux, Signal

from bitcortex.gateware.column.draws import synapse_draw
from bitcortex.gateware.neuron.arithmetic import delayed
from bitcortex.models.column.gate import LATENCY, GateParams


class Gate(Module):
    """A draw per cycle, and the weights that it lets through. See `bitcortex.models.column.gate`.

    **Timing**: cycle 0 the neuron times the length, 1 the number of the draw, 2 to 4 the key, 5 to
    7 the last round of mixing, 8 the comparison, 9 the sum; what is left is shown in 10.

    Why events that are not stochastic need no way around: they are drawn once, with a probability
    that every draw is below.
    """

    def __init__(self, params: GateParams):
        self.event_valid = Signal()  # an event
        self.event_slot = Signal(params.slot_bits)  # for this neuron
        self.event_weight = Signal((params.weight_width, True))  # of this weight
        self.key_a = Signal(32)  # key of the row: factor
        self.key_b = Signal(32)  # key: offset
        self.length = Signal(params.length_bits)  # draws per event
        self.probability = Signal(17)  # of a draw, times 2**16
        self.event_ready = Signal()  # the event is taken
        self.out_valid = Signal()  # something is left of an event
        self.out_slot = Signal(params.slot_bits)  # for this neuron
        self.out_weight = Signal((params.total_width, True))  # of this weight
        self.idle = Signal()  # nothing is on its way

        # # #

        # The number of the draw: an event waits for its last one.
        draw = Signal(max=max(2, params.longest))
        neuron = Signal(params.shift + params.slot_bits)
        lane = [Constant(params.lane, params.shift)] if params.shift else []
        bits = max(17, len(neuron) + params.length_bits)
        base, number = (Signal(bits, reset_less=True) for _ in range(2))
        self.comb += [
            self.event_ready.eq(draw + 1 == self.length),
            neuron.eq(Cat(*lane, self.event_slot)),
        ]
        self.sync += [
            If(self.event_valid, draw.eq(Mux(self.event_ready, 0, draw + 1))),
            base.eq(neuron * self.length),
            number.eq(base + self._late(draw, 1)),
        ]

        chance = synapse_draw(self, number, self.key_a, self.key_b)

        # The sum of the weights that get through; after the last draw it begins anew.
        drawn = [self.event_valid]  # whether there was a draw so many cycles ago
        for _ in range(LATENCY):
            drawn.append(delayed(self, drawn[-1], 1))
        ends = self._late(self.event_valid & self.event_ready, 9)
        slot, weight = self._late(self.event_slot, 9), self._late(self.event_weight, 9)
        hit, before, passes = Signal(), Signal(), Signal()
        total, following = (Signal((params.total_width, True)) for _ in range(2))
        self.comb += [
            following.eq(total),
            If(hit, following.eq(total + weight)),
            passes.eq(hit | before),
            self.idle.eq(Cat(*drawn[1:]) == 0),
        ]
        self.sync += [
            hit.eq(drawn[8] & (chance < self.probability)),
            before.eq(passes & ~ends),
            total.eq(following),
            If(ends, total.eq(0)),
            self.out_valid.eq(passes & ends),
            If(passes & ends, self.out_slot.eq(slot), self.out_weight.eq(following)),
        ]

    def _late(self, signal, cycles: int):
        """Return the signal as it was `cycles` ago; no reset."""
        return delayed(self, signal, cycles, reset_less=True)
