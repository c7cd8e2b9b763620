"""LIF neuron that holds a target rate, in physical units."""

from bitcortex import check
from bitcortex.models.neuron.formats import Q16_12, Format
from bitcortex.models.neuron.homeostatic import THETA_FRACTION, HomeostaticParams
from bitcortex.models.neuron.membrane import Membrane
from bitcortex.models.neuron.neuron import Neuron


class HomeostaticLIFNeuron:
    """A LIF neuron with adaptive threshold, bit for bit `neuron.homeostatic`.

    Parameters
    ----------
    v_rest, v_reset, v_threshold
        In mV; the threshold begins at `v_threshold`.
    tau_mem, dt
        Membrane time constant and step, in ms.
    resistance
        mV per unit of current.
    refractory_period
        Steps held at `v_reset` after a spike, 0 to 255.
    target_rate
        Spikes per step at which the threshold stands still, above 0 and below 1.
    adaptation
        Rise of the threshold per spike, in mV; per step it falls by target_rate times that.
    threshold_min, threshold_max
        Bounds of the threshold in mV; half and twice the way from rest by default.
    format
        Of the membrane, in mV above rest.

    Raises
    ------
    ValueError
        If a parameter is out of range or does not fit the format.
    """

    def __init__(
        self,
        v_rest: float = 0.0,
        v_reset: float = 0.0,
        v_threshold: float = 20.0,
        tau_mem: float = 20.0,
        dt: float = 1.0,
        resistance: float = 1.0,
        refractory_period: int = 0,
        target_rate: float = 0.02,
        adaptation: float = 0.5,
        threshold_min: float | None = None,
        threshold_max: float | None = None,
        format: Format = Q16_12,
    ) -> None:
        self.membrane = Membrane(
            v_rest, v_reset, v_threshold, tau_mem, dt, resistance, refractory_period, format
        )
        above = v_threshold - v_rest
        low = v_rest + above / 2 if threshold_min is None else threshold_min
        high = v_rest + above * 2 if threshold_max is None else threshold_max
        if not max(v_rest, v_reset) < low <= v_threshold <= high:
            raise ValueError(
                "v_rest and v_reset < threshold_min <= v_threshold <= threshold_max must hold, not "
                f"{v_rest:g} and {v_reset:g}, {low:g}, {v_threshold:g}, {high:g} mV"
            )
        fine = 1 << (THETA_FRACTION + format.fraction)
        top = (1 << 24) / fine
        hint = f"In {format} larger steps do not fit: use a smaller fraction"
        up = round(check.real("adaptation", adaptation, 1 / fine, top, hint) * fine)
        down = round(check.real("target_rate", target_rate, 0.0, 1.0) * up)
        if not 1 <= down < up:
            raise ValueError(
                f"target_rate must be in [{1 / up:.3g}, {1 - 1 / up:.3g}] with an adaptation of "
                f"{adaptation:g} mV, not {target_rate:g}. Raise adaptation for lower rates"
            )
        self.params = HomeostaticParams(
            **self.membrane.lif(),
            threshold_min=self.membrane.units("threshold_min", low),
            threshold_max=self.membrane.units("threshold_max", high),
            step_up=up,
            step_down=down,
        )
        self.neuron = Neuron(self.params)

    def reset_state(self) -> None:
        """Return to rest and to the initial threshold."""
        self.neuron.reset_state()

    @property
    def v(self) -> float:
        """Membrane in mV; may be set, for a delta synapse adds to it: ``neuron.v += weight``."""
        return self.membrane.millivolts(self.neuron.field("v"))

    @v.setter
    def v(self, value: float) -> None:
        self.neuron.set_field("v", self.membrane.units("v", value))

    @property
    def threshold(self) -> float:
        """Present threshold in mV."""
        fine = 1 << (THETA_FRACTION + self.membrane.format.fraction)
        return self.membrane.v_rest + self.neuron.field("theta") / fine

    @property
    def target_rate(self) -> float:
        """Spikes per step at which the threshold stands still, as represented."""
        return self.params.step_down / self.params.step_up

    def step(self, current: float = 0.0) -> int:
        """Take one step and return the spike, 0 or 1.

        Parameters
        ----------
        current
            Input during this step; it adds resistance * current * (1 - exp(-dt / tau_mem)) mV.

        Raises
        ------
        ValueError
            If what it adds in a step does not fit the format.
        """
        return self.neuron.update(self.membrane.kick(current))
