"""Fixed-point Izhikevich neuron."""

from migen import If, Module, Signal

from bitcortex.gateware.neuron.arithmetic import delayed, saturated, times_constant
from bitcortex.models.neuron.field import signed_range
from bitcortex.models.neuron.izhikevich import COEFFICIENT, SQUARE, IzhikevichParams


class Izhikevich(Module):
    """The update as a pipeline without feedback. See `bitcortex.models.neuron.izhikevich`.

    **Timing**: latency 12: two half steps of v of four cycles each (square; times 0.04; slope;
    clip), then four cycles for u and the reset. Two multipliers square; constants are shifted
    copies unless `multiplier` is ``dsp``.
    """

    def __init__(self, params: IzhikevichParams):
        width = params.data_width
        v_field, u_field = params.state_fields
        self.valid = Signal()  # an update begins
        self.current = Signal((params.current_width, True))  # input of this step
        self.noise = Signal()  # not used
        self.v = Signal((width, True))  # membrane
        self.u = Signal((width, True))  # recovery
        self.out_valid = Signal()  # an update ends
        self.spike = Signal()  # the neuron fired
        self.v_next = Signal((width, True), reset=v_field.reset)  # membrane after the step
        self.u_next = Signal((width, True), reset=u_field.reset)  # recovery after the step

        # # #

        v, u, current = self.v, self.u, self.current
        for _ in range(2):
            v = self._half_step(params, v, u, current)
            u, current = delayed(self, u, 4), delayed(self, current, 4)
        valid = delayed(self, self.valid, 8)

        # Cycle 9: b v, and does it fire?
        coupled = times_constant(self, v, abs(params.b), params.multiplier)
        product = Signal((len(coupled) + 1, True))
        self.sync += product.eq(coupled if params.b >= 0 else -coupled)
        fires = Signal()
        self.sync += fires.eq(v == params.peak)
        v, u = delayed(self, v, 1), delayed(self, u, 1)

        # Cycle 10: b v - u.
        whole = Signal((len(product) - COEFFICIENT, True))
        difference = Signal((max(len(whole), width) + 1, True))
        self.comb += whole.eq(product[COEFFICIENT:])
        self.sync += difference.eq(whole - u)

        # Cycle 11: times a.
        change = times_constant(self, difference, params.a, params.multiplier)
        change_11 = Signal((len(change), True))
        self.sync += change_11.eq(change)
        fires, u, v = delayed(self, fires, 2), delayed(self, u, 2), delayed(self, v, 2)

        # Cycle 12: add, saturate, reset. A spike adds d before the saturation.
        discarded = COEFFICIENT + params.dt_shift
        whole = Signal((len(change) - discarded, True))
        step = Signal((width, True))
        moved = Signal((max(len(whole), width) + 1, True))
        total = Signal((len(moved) + 1, True))
        valid = delayed(self, valid, 3)
        self.comb += [
            whole.eq(change_11[discarded:]),
            moved.eq(u + whole),
            If(fires, step.eq(params.d)),
            total.eq(moved + step),
        ]
        clipped = saturated(self, total, width)
        self.sync += [
            self.out_valid.eq(valid),
            If(
                valid,
                self.spike.eq(fires),
                self.u_next.eq(clipped),
                self.v_next.eq(v),
                If(fires, self.v_next.eq(params.c)),
            ),
        ]

    def _half_step(self, params: IzhikevichParams, v, u, current):
        """Return v half a step later, four cycles later."""
        width, fraction = params.data_width, params.fraction
        # Cycle 1: v squared; 5 v + 140 - u + I in two cycles beside it.
        square = Signal((2 * width, True))
        five = Signal((width + 3, True))
        inward = Signal((max(width, len(current)) + 1, True))
        self.sync += [square.eq(v * v), five.eq((v << 2) + v), inward.eq(current - u)]
        # Cycle 2: times 0.04.
        scaled = times_constant(self, square, SQUARE, params.multiplier)
        scaled_2 = Signal((len(scaled), True))
        linear = Signal((max(len(five), len(inward), 9 + fraction) + 2, True))
        self.sync += [scaled_2.eq(scaled), linear.eq(five + inward + (140 << fraction))]
        # Cycle 3: the slope.
        whole = Signal((len(scaled) - COEFFICIENT - fraction, True))
        slope = Signal((max(len(whole), len(linear)) + 1, True))
        self.comb += whole.eq(scaled_2[COEFFICIENT + fraction :])
        self.sync += slope.eq(whole + linear)
        # Cycle 4: half of it, clipped.
        half = Signal((len(slope) - 1 - params.dt_shift, True))
        total = Signal((len(slope), True))
        after = Signal((width, True))
        self.comb += [half.eq(slope[1 + params.dt_shift :]), total.eq(delayed(self, v, 3) + half)]
        low, _ = signed_range(width)
        self.sync += [
            after.eq(total[:width]),
            If(total < low, after.eq(low)),
            If(total >= params.peak, after.eq(params.peak)),
        ]
        return after
