"""LIF neuron whose threshold adapts until it fires at a target rate."""

from migen import If, Module, Mux, Signal

from bitcortex.gateware.neuron.arithmetic import delayed, saturated
from bitcortex.gateware.neuron.lif import integrate
from bitcortex.models.neuron.homeostatic import THETA_FRACTION, HomeostaticParams
from bitcortex.models.neuron.lif import FRACTION


class Homeostatic(Module):
    """The update as a pipeline without feedback. See `bitcortex.models.neuron.homeostatic`.

    **Timing**: latency 5: multiply; add; saturate; compare and reset; clip the threshold.
    """

    def __init__(self, params: HomeostaticParams):
        _, refractory, theta = params.state_fields
        self.valid = Signal()  # an update begins
        self.current = Signal((params.current_width, True))  # input of this step
        self.noise = Signal(FRACTION)  # random word of this update
        self.v = Signal((params.data_width, True))  # membrane
        self.refractory = Signal(refractory.width)  # steps left
        self.theta = Signal(theta.width)  # threshold in 1/256 units
        self.out_valid = Signal()  # an update ends
        self.spike = Signal()  # the neuron fired
        self.v_next = Signal((params.data_width, True))  # membrane after the step
        self.refractory_next = Signal(refractory.width)  # steps left after the step
        self.theta_next = Signal(theta.width, reset=theta.reset)  # threshold after the step

        # # #

        valid_2, total, (refractory_2, theta_2) = integrate(
            self,
            params.lif,
            self.valid,
            self.current,
            self.noise,
            self.v,
            (self.refractory, self.theta),
        )

        # Cycle 3: saturate.
        v_3 = Signal((params.data_width, True))
        self.sync += v_3.eq(saturated(self, total, params.data_width))
        valid_3, refractory_3 = delayed(self, valid_2, 1), delayed(self, refractory_2, 1)
        theta_3 = delayed(self, theta_2, 1)

        # Cycle 4: compare and reset; move the threshold, not yet clipped.
        threshold = Signal((params.data_width, True))
        held, fires = Signal(), Signal()
        self.comb += [
            threshold.eq(theta_3[THETA_FRACTION:]),
            held.eq(refractory_3 != 0),
            fires.eq(~held & (v_3 >= threshold)),
        ]
        width = max(theta.width, params.step_up.bit_length(), params.step_down.bit_length()) + 2
        theta_4 = Signal((width, True))
        v_4, refractory_4, fires_4 = (
            Signal((params.data_width, True)),
            Signal(refractory.width),
            Signal(),
        )
        self.sync += [
            theta_4.eq(theta_3 + Mux(fires, params.step_up - params.step_down, -params.step_down)),
            fires_4.eq(fires),
            v_4.eq(v_3),
            refractory_4.eq(0),
            If(held | fires, v_4.eq(params.v_reset)),
            If(held, refractory_4.eq(refractory_3 - 1)),
            If(fires, refractory_4.eq(params.refractory)),
        ]

        # Cycle 5: clip the threshold.
        low = params.threshold_min << THETA_FRACTION
        high = params.threshold_max << THETA_FRACTION
        valid_4 = delayed(self, valid_3, 1)
        self.sync += [
            self.out_valid.eq(valid_4),
            If(
                valid_4,
                self.spike.eq(fires_4),
                self.v_next.eq(v_4),
                self.refractory_next.eq(refractory_4),
                self.theta_next.eq(theta_4),
                If(theta_4 < low, self.theta_next.eq(low)),
                If(theta_4 > high, self.theta_next.eq(high)),
            ),
        ]
