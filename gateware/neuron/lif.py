"""Fixed-point leaky integrate-and-fire neuron."""

from migen import If, Module, Signal

from bitcortex.gateware.neuron.arithmetic import saturated, times_constant
from bitcortex.models.neuron.lif import FRACTION, LifParams


class Lif(Module):
    """The update as a pipeline without feedback. See `bitcortex.models.neuron.lif`.

    **Timing**: latency 3: multiply; add; saturate and compare. One update per cycle.
    """

    def __init__(self, params: LifParams):
        fields = {field.name: field for field in params.state_fields}
        refractory_width = fields["refractory"].width
        self.valid = Signal()  # an update begins
        self.current = Signal((params.current_width, True))  # input of this step
        self.noise = Signal(FRACTION)  # random word of this update
        self.v = Signal((params.data_width, True))  # membrane
        self.refractory = Signal(refractory_width)  # steps left
        self.out_valid = Signal()  # an update ends
        self.spike = Signal()  # the neuron fired
        self.v_next = Signal((params.data_width, True))  # membrane after the step
        self.refractory_next = Signal(refractory_width)  # steps left after the step

        # # #

        # Cycle 1: the exact product.
        product = times_constant(self, self.v, params.alpha, params.multiplier)
        product_1 = Signal((len(product), True))
        current_1 = Signal((params.current_width, True))
        refractory_1 = Signal(refractory_width)
        valid_1, noise_1 = Signal(), Signal(FRACTION)
        self.sync += [
            product_1.eq(product),
            current_1.eq(self.current),
            refractory_1.eq(self.refractory),
            valid_1.eq(self.valid),
        ]

        # Cycle 2: round and add. The fraction only matters by its carry.
        whole = Signal((len(product) - FRACTION, True))
        carry = Signal()
        self.comb += whole.eq(product_1[FRACTION:])
        if params.leak == "nearest":
            self.comb += carry.eq(product_1[FRACTION - 1])
        elif params.leak == "stochastic":
            fraction = Signal(FRACTION + 1)
            self.sync += noise_1.eq(self.noise)
            self.comb += [
                fraction.eq(product_1[:FRACTION] + noise_1),
                carry.eq(fraction[FRACTION]),
            ]
        total = Signal((max(params.data_width + 1, params.current_width) + 1, True))
        refractory_2, valid_2 = Signal(refractory_width), Signal()
        rounded = Signal((params.data_width + 2, True))
        self.comb += rounded.eq(whole + carry)
        self.sync += [
            total.eq(rounded + current_1),
            refractory_2.eq(refractory_1),
            valid_2.eq(valid_1),
        ]

        # Cycle 3: saturate once, compare, reset.
        v = saturated(self, total, params.data_width)
        held, fires = Signal(), Signal()
        self.comb += [
            held.eq(refractory_2 != 0),
            fires.eq(~held & (v >= params.v_threshold)),
        ]
        self.sync += [
            self.out_valid.eq(valid_2),
            self.spike.eq(fires),
            self.v_next.eq(v),
            self.refractory_next.eq(0),
            If(held | fires, self.v_next.eq(params.v_reset)),
            If(held, self.refractory_next.eq(refractory_2 - 1)),
            If(fires, self.refractory_next.eq(params.refractory)),
        ]
