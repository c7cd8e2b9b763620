"""Plastic synapses of a lane: stochastic STDP of the events of one row."""

from migen import Case, Cat, Constant, If, Module, Mux, Signal

from bitcortex.gateware.column.draws import synapse_draw
from bitcortex.gateware.neuron.arithmetic import delayed
from bitcortex.models.column.plasticity import GAP_BITS, LATENCY, PlasticityParams
from bitcortex.network.plasticity import HISTORY_BITS


class Plasticity(Module):
    """Two draws per event, and the weight between them. See `bitcortex.models.column.plasticity`.

    **Timing**: a draw begins in cycle 0 and is there in 6; the age comes in 2, its distance is
    there in 3, whether it is near in 4; the two meet in 7, and the weight has changed in 8. The
    second draw is a cycle behind the first: it meets the weight that the first one left.

    Why one register is enough for the weight: what the first draw makes of it is delivered in the
    cycle in which the second one changes it, and the next event's comes when that is written.
    """

    def __init__(self, params: PlasticityParams):
        self.event_valid = Signal()  # an event
        self.event_address = Signal(params.entry_bits)  # of this entry
        self.event_slot = Signal(params.slot_bits)  # for this neuron
        self.event_weight = Signal(params.weight_bits)  # of this weight
        self.age = Signal(HISTORY_BITS)  # code of the neuron of two cycles before
        self.key_a = Signal(32)  # key of the row: factor
        self.key_b = Signal(32)  # key: offset
        self.gap = Signal(GAP_BITS)  # steps since the arrival before, or 0
        self.rule = Signal(params.rule_bits)  # of the projection
        self.event_ready = Signal()  # the event is taken
        self.out_valid = Signal()  # a weight is delivered
        self.out_write = Signal()  # a weight is to be kept
        self.out_address = Signal(params.entry_bits)  # in this entry
        self.out_slot = Signal(params.slot_bits)  # of this neuron
        self.out_weight = Signal(params.weight_bits)  # this
        self.idle = Signal()  # nothing is on its way

        # # #

        # Whether there was a draw so many cycles ago, and whether it was an event's second.
        valid, second = [self.event_valid], [self.event_ready]
        for _ in range(LATENCY):
            valid.append(delayed(self, valid[-1], 1))
            second.append(delayed(self, second[-1], 1, reset_less=True))
        self.comb += self.idle.eq(Cat(*valid[1:]) == 0)
        self.sync += If(self.event_valid, self.event_ready.eq(~self.event_ready))

        # Cycles 3 and 4: how far are the spikes apart?
        rules = params.rules
        known, recent, near = (Signal(reset_less=True) for _ in range(3))
        after = Signal((GAP_BITS + 1, True), reset_less=True)  # from arrival to spike
        window_minus = self._chosen([r.window_minus for r in rules])
        window_plus = self._chosen([r.window_plus for r in rules])
        self.sync += [
            known.eq(self.age != 0),
            recent.eq((self.age != 0) & (self.age <= window_minus)),
            after.eq(self.gap - self.age),
            near.eq(Mux(second[3], recent, known & ~after[-1] & (after[:GAP_BITS] <= window_plus))),
        ]

        # Cycles 0 to 6: draws 2j and 2j + 1 of neuron j. Cycle 7: is it below the probability?
        lane = [Constant(params.lane, params.shift)] if params.shift else []
        neuron = Cat(*lane, self.event_slot)
        number = Signal(max(17, 1 + len(neuron)))
        self.comb += number.eq(Cat(self.event_ready, neuron))
        drawn = synapse_draw(self, number, self.key_a, self.key_b)
        p_plus = self._chosen([r.p_plus for r in rules])
        p_minus = self._chosen([r.p_minus for r in rules])
        hit = Signal(reset_less=True)
        self.sync += hit.eq(self._late(near, 2) & (drawn < Mux(second[6], p_minus, p_plus)))

        # Cycle 8: up, and then down.
        step, top = self._chosen([r.step for r in rules]), self._chosen([r.maximum for r in rules])
        limit = self._chosen([r.maximum - r.step for r in rules])
        weight = self._late(self.event_weight, 7)
        grown, shrunk = Signal.like(weight), Signal.like(weight)
        self.comb += [
            grown.eq(Mux(weight > limit, top, weight + step)),
            shrunk.eq(Mux(self.out_weight < step, 0, self.out_weight - step)),
            self.out_valid.eq(valid[8] & ~second[8]),
            self.out_write.eq(valid[8] & second[8]),
        ]
        self.sync += If(
            valid[7],
            self.out_address.eq(self._late(self.event_address, 7)),
            self.out_slot.eq(self._late(self.event_slot, 7)),
            If(~second[7], self.out_weight.eq(Mux(hit, grown, weight))),
            If(second[7] & hit, self.out_weight.eq(shrunk)),
        )

    def _chosen(self, values):
        """Return the value of the rule, a register; a constant if all are equal."""
        if len(set(values)) == 1:
            return Constant(values[0])
        chosen = Signal(max=max(values) + 1, reset_less=True)
        *head, last = enumerate(values)
        cases = {number: chosen.eq(value) for number, value in head}
        self.sync += Case(self.rule, cases | {"default": chosen.eq(last[1])})
        return chosen

    def _late(self, signal, cycles: int):
        """Return the signal as it was `cycles` ago; no reset."""
        return delayed(self, signal, cycles, reset_less=True)
