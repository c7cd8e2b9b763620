"""Plastic synapses of a lane: stochastic STDP of the events of one row."""

from migen import Case, Cat, Constant, If, Module, Mux, Signal

from bitcortex.gateware.column.gate import synapse_draw
from bitcortex.gateware.neuron.arithmetic import delayed
from bitcortex.models.column.plasticity import GAP_BITS, LATENCY, PlasticityParams
from bitcortex.network.plasticity import HISTORY_BITS


class Plasticity(Module):
    """Two draws per event, and the weights they make. See `bitcortex.models.column.plasticity`.

    **Timing**: cycles 0 to 5 the draw; 2 the age's distances, 3 the windows, 6 the comparison, 7
    the weight, which is shown in 8.

    Why one register holds both weights: the second draw of an event follows its first one, and
    finds the weight that was delivered in the register.
    """

    def __init__(self, params: PlasticityParams):
        self.event_valid = Signal()  # an event
        self.event_address = Signal(params.entry_bits)  # of this entry
        self.event_slot = Signal(params.slot_bits)  # for this neuron
        self.event_weight = Signal(params.weight_bits)  # of this weight
        self.age = Signal(HISTORY_BITS)  # of the neuron, in cycle 2; 0 if it is not known
        self.key_a = Signal(32)  # key of the row: factor
        self.key_b = Signal(32)  # key: offset
        self.gap = Signal(GAP_BITS)  # steps since the arrival before; 0 if there was none
        self.rule = Signal(params.rule_bits)  # of the row
        self.event_ready = Signal()  # the event is taken
        self.out_valid = Signal()  # deliver
        self.out_write = Signal()  # or keep, for the entry
        self.out_address = Signal(params.entry_bits)  # at this address
        self.out_slot = Signal(params.slot_bits)  # for this neuron
        self.out_weight = Signal(params.weight_bits)  # this weight
        self.idle = Signal()  # nothing is on its way

        # # #

        self._rules(params)
        second = Signal()  # the draw that depresses
        number = Signal(max(17, 1 + params.shift + params.slot_bits))
        self.comb += [
            number.eq(Cat(second, Constant(params.lane, params.shift), self.event_slot)),
            self.event_ready.eq(second),
        ]
        self.sync += If(self.event_valid, second.eq(~second))
        chance = synapse_draw(self, number, self.key_a, self.key_b)
        drawn = [self.event_valid]  # whether there was a draw so many cycles ago
        depresses = [second]  # and which one
        for _ in range(LATENCY):
            drawn.append(delayed(self, drawn[-1], 1))
            depresses.append(self._late(depresses[-1], 1))

        # Whether the spike is in the window of its draw.
        after = Signal((GAP_BITS + 1, True), reset_less=True)  # from the arrival before to it
        known, recent, near = (Signal(reset_less=True) for _ in range(3))
        self.sync += [
            known.eq(self.age != 0),
            after.eq(self.gap - self.age),
            recent.eq(self.age <= self._window_minus),
            near.eq(
                known & Mux(depresses[3], recent, ~after[GAP_BITS] & (after <= self._window_plus))
            ),
        ]

        # The weights.
        hit, grown = Signal(reset_less=True), Signal(params.weight_bits, reset_less=True)
        weight = self._late(self.event_weight, 6)
        shrunk = Signal(params.weight_bits)
        self.comb += [
            If(self.out_weight > self._step, shrunk.eq(self.out_weight - self._step)),
            self.idle.eq(Cat(*drawn[1:]) == 0),
        ]
        self.sync += [
            hit.eq(self._late(near, 2) & (chance < Mux(depresses[6], self._p_minus, self._p_plus))),
            grown.eq(Mux(weight < self._room, weight + self._step, self._maximum)),
            self.out_valid.eq(drawn[7] & ~depresses[7]),
            self.out_write.eq(drawn[7] & depresses[7]),
            If(
                drawn[7],
                self.out_slot.eq(self._late(self.event_slot, 7)),
                self.out_address.eq(self._late(self.event_address, 7)),
                If(
                    depresses[7],
                    If(hit, self.out_weight.eq(shrunk)),
                ).Else(self.out_weight.eq(Mux(hit, grown, self._late(weight, 1)))),
            ),
        ]

    def _rules(self, params: PlasticityParams):
        """Look up what the rule says; `room` is the weight from which a step leads beyond."""
        names = ("window_plus", "window_minus", "p_plus", "p_minus", "step", "maximum")
        table = [[getattr(rule, name) for name in names] for rule in params.rules]
        table = [[*row, row[5] - row[4]] for row in table]
        widths = (HISTORY_BITS, HISTORY_BITS, 17, 17, *[params.weight_bits] * 3)
        found = [Signal(width) for width in widths]
        cases = {n: [x.eq(v) for x, v in zip(found, row, strict=True)]
                 for n, row in enumerate(table)}  # fmt: skip
        last = cases.pop(len(table) - 1)
        self.comb += Case(self.rule, cases | {"default": last}) if cases else last
        self._window_plus, self._window_minus, self._p_plus, self._p_minus = found[:4]
        self._step, self._maximum, self._room = found[4:]

    def _late(self, signal, cycles: int):
        """Return the signal as it was `cycles` ago; no reset."""
        return delayed(self, signal, cycles, reset_less=True)
