"""LIF pipeline of a lane whose neurons are of several kinds."""

from migen import Case, If, Module, Signal

from bitcortex.gateware.neuron.arithmetic import delayed, saturated
from bitcortex.models.column.membrane import MembraneParams
from bitcortex.models.neuron.lif import FRACTION


class Membrane(Module):
    """The LIF update as a pipeline. See `bitcortex.models.column.membrane`.

    **Timing**: latency 4: multiply; a register behind the multiplier block; round and add;
    saturate, compare, reset. One update per cycle.
    """

    def __init__(self, params: MembraneParams):
        first = params.kinds[0]
        self.valid = Signal()  # an update begins
        self.kind = Signal(params.kind_bits)  # of this kind of neuron
        self.current = Signal((first.current_width, True))  # input of this step
        self.v = Signal((first.data_width, True))  # membrane
        self.refractory = Signal(params.refractory_bits)  # steps left
        self.out_valid = Signal()  # an update ends
        self.spike = Signal()  # the neuron fired
        self.v_next = Signal((first.data_width, True))  # membrane after the step
        self.refractory_next = Signal(params.refractory_bits)  # steps left after the step

        # # #

        self.params = params
        kinds = [self.kind]
        for _ in range(3):
            kinds.append(delayed(self, kinds[-1], 1))

        # Cycle 1: the exact product. Cycle 2: the multiplier's output register.
        alpha = self._choose(self.kind, FRACTION + 2, [k.alpha for k in params.kinds])
        product = Signal((first.data_width + FRACTION + 2, True))
        product_1, product_2 = Signal.like(product), Signal.like(product)
        self.comb += product.eq(self.v * alpha)
        self.sync += [product_1.eq(product), product_2.eq(product_1)]

        # Cycle 3: round and add. The fraction only matters by its top bit.
        nearest = Signal()
        self.comb += nearest.eq(
            self._choose(kinds[2], 2, [k.leak == "nearest" for k in params.kinds])
        )
        whole, rounded = (Signal((len(product) - FRACTION, True)) for _ in range(2))
        total = Signal((max(first.data_width + 1, first.current_width) + 1, True))
        self.comb += [
            whole.eq(product_2[FRACTION:]),
            rounded.eq(whole + (nearest & product_2[FRACTION - 1])),
        ]
        self.sync += total.eq(rounded + delayed(self, self.current, 2))

        # Cycle 4: saturate once, compare, reset.
        v = saturated(self, total, first.data_width)
        width = first.data_width
        threshold = self._choose(kinds[3], width, [k.v_threshold for k in params.kinds])
        reset = self._choose(kinds[3], width, [k.v_reset for k in params.kinds])
        pause = self._choose(
            kinds[3], params.refractory_bits + 1, [k.refractory for k in params.kinds]
        )
        left, valid = delayed(self, self.refractory, 3), delayed(self, self.valid, 3)
        held, fires = Signal(), Signal()
        self.comb += [held.eq(left != 0), fires.eq(~held & (v >= threshold))]
        self.sync += [
            self.out_valid.eq(valid),
            If(
                valid,
                self.spike.eq(fires),
                self.v_next.eq(v),
                self.refractory_next.eq(0),
                If(held | fires, self.v_next.eq(reset)),
                If(held, self.refractory_next.eq(left - 1)),
                If(fires, self.refractory_next.eq(pause)),
            ),
        ]

    def _choose(self, kind, width: int, values):
        """Return a signed signal with the value of a kind; a constant if all are equal."""
        chosen = Signal((width, True), reset=int(values[0]))
        if len(set(values)) == 1:
            self.comb += chosen.eq(int(values[0]))
        else:
            cases = {number: chosen.eq(int(value)) for number, value in enumerate(values)}
            self.comb += Case(kind, cases | {"default": chosen.eq(int(values[0]))})
        return chosen
