"""Fixed-point leaky integrate-and-fire neuron."""

from migen import If, Module, Signal

from bitcortex.gateware.neuron.arithmetic import delayed, saturated, times_constant
from bitcortex.models.neuron.lif import FRACTION, LifParams


def integrate(module, params: LifParams, valid, current, noise, v, others):
    """Leak and add, in two cycles; return valid, the exact sum, and the other signals, delayed."""
    # Cycle 1: the exact product.
    product = times_constant(module, v, params.alpha, params.multiplier)
    product_1 = Signal((len(product), True))
    current_1 = Signal((len(current), True))
    module.sync += [product_1.eq(product), current_1.eq(current)]

    # Cycle 2: round and add. The fraction only matters by its carry.
    whole = Signal((len(product) - FRACTION, True))
    carry = Signal()
    module.comb += whole.eq(product_1[FRACTION:])
    if params.leak == "nearest":
        module.comb += carry.eq(product_1[FRACTION - 1])
    elif params.leak == "stochastic":
        noise_1, fraction = Signal(FRACTION), Signal(FRACTION + 1)
        module.sync += noise_1.eq(noise)
        module.comb += [
            fraction.eq(product_1[:FRACTION] + noise_1),
            carry.eq(fraction[FRACTION]),
        ]
    rounded = Signal((len(v) + 2, True))
    total = Signal((max(len(v) + 1, len(current)) + 1, True))
    module.comb += rounded.eq(whole + carry)
    module.sync += total.eq(rounded + current_1)
    valid_2, *others_2 = (delayed(module, signal, 2) for signal in (valid, *others))
    return valid_2, total, tuple(others_2)


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

        valid_2, total, (refractory_2,) = integrate(
            self, params, self.valid, self.current, self.noise, self.v, (self.refractory,)
        )

        # Cycle 3: saturate once, compare, reset.
        v = saturated(self, total, params.data_width)
        held, fires = Signal(), Signal()
        self.comb += [
            held.eq(refractory_2 != 0),
            fires.eq(~held & (v >= params.v_threshold)),
        ]
        self.sync += [
            self.out_valid.eq(valid_2),
            If(
                valid_2,
                self.spike.eq(fires),
                self.v_next.eq(v),
                self.refractory_next.eq(0),
                If(held | fires, self.v_next.eq(params.v_reset)),
                If(held, self.refractory_next.eq(refractory_2 - 1)),
                If(fires, self.refractory_next.eq(params.refractory)),
            ),
        ]
