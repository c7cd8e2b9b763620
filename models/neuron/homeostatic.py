"""LIF neuron whose threshold adapts until it fires at a target rate."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from bitcortex import check
from bitcortex.models.neuron.field import Field, saturate
from bitcortex.models.neuron.lif import LifParams, leaked
from bitcortex.models.neuron.pipeline import Pipeline

THETA_FRACTION = 8  # fractional bits of the adaptive threshold


@dataclass(frozen=True)
class HomeostaticParams:
    """Parameters of a homeostatic LIF neuron.

    Parameters
    ----------
    data_width, current_width, alpha, leak, v_threshold, v_reset, refractory, multiplier
        As in `LifParams`; `v_threshold` is where the threshold starts.
    threshold_min, threshold_max
        Bounds of the threshold, in units of the membrane, 1 to the largest membrane.
    step_up
        Rise of the threshold per spike, in 1/256 units, 1 to 2**24.
    step_down
        Fall of the threshold per step, in 1/256 units, 1 to 2**24. Between the bounds the
        neuron settles where it fires step_down / step_up times per step.
    """

    data_width: int = 16  # of v
    current_width: int = 16  # of the input
    alpha: int = 62_339  # dt / tau = 0.05
    leak: str = "nearest"  # rounding
    v_threshold: int = 5_120  # initial, 20 mV in Q8.8
    v_reset: int = 0  # after a spike
    refractory: int = 2  # steps held at reset
    threshold_min: int = 2_560  # 10 mV in Q8.8
    threshold_max: int = 10_240  # 40 mV in Q8.8
    step_up: int = 32_768  # 0.5 mV in Q8.8
    step_down: int = 328  # fires in every 100th step
    multiplier: str = "dsp"  # gateware only

    def __post_init__(self) -> None:
        _ = self.lif
        high = (1 << (self.data_width - 1)) - 1
        check.integer("threshold_max", self.threshold_max, 1, high)
        check.integer("threshold_min", self.threshold_min, 1, self.threshold_max)
        check.integer("v_threshold", self.v_threshold, self.threshold_min, self.threshold_max)
        check.integer("step_up", self.step_up, 1, 1 << 24)
        check.integer("step_down", self.step_down, 1, 1 << 24)
        if self.v_reset >= self.threshold_min:
            raise ValueError(
                f"v_reset must be below threshold_min, not {self.v_reset} >= "
                f"{self.threshold_min}. The neuron would fire in every step"
            )

    @cached_property
    def lif(self) -> LifParams:
        """The neuron without adaptation."""
        return LifParams(
            data_width=self.data_width,
            current_width=self.current_width,
            alpha=self.alpha,
            leak=self.leak,
            v_threshold=self.v_threshold,
            v_reset=self.v_reset,
            refractory=self.refractory,
            multiplier=self.multiplier,
        )

    @property
    def noise_bits(self) -> int:
        """Random bits per update."""
        return self.lif.noise_bits

    @property
    def state_fields(self) -> tuple[Field, ...]:
        """Those of the LIF neuron, and the threshold in 1/256 units."""
        theta = Field(
            "theta",
            self.data_width - 1 + THETA_FRACTION,
            False,
            self.v_threshold << THETA_FRACTION,
        )
        return (*self.lif.state_fields, theta)


def adapted(params: HomeostaticParams, theta: int, spike: int) -> int:
    """Return the threshold after a step, in 1/256 units."""
    theta += params.step_up * spike - params.step_down
    low = params.threshold_min << THETA_FRACTION
    return min(max(theta, low), params.threshold_max << THETA_FRACTION)


def update(
    params: HomeostaticParams, state: tuple[int, ...], current: int, noise: int
) -> tuple[tuple[int, int, int], int]:
    """Return the state after one step, and whether the neuron fired.

    `state` is (v, refractory, theta); else as `lif.update`.
    """
    v, refractory, theta = state
    if refractory > 0:
        return (params.v_reset, refractory - 1, adapted(params, theta, 0)), 0
    v = saturate(leaked(v, params.lif, noise) + current, params.data_width)
    if v >= theta >> THETA_FRACTION:
        return (params.v_reset, params.refractory, adapted(params, theta, 1)), 1
    return (v, 0, adapted(params, theta, 0)), 0


class Homeostatic(Pipeline):
    """The update as a pipeline without feedback.

    Ports as `Lif`, and ``theta`` (in), ``theta_next`` (out), the threshold in 1/256 units.

    **Timing**: latency 5, one update per cycle.

    **Arithmetic**: as `Lif` with the threshold theta / 256 rounded down; then
    theta + step_up * spike - step_down is clipped once to its bounds, also while refractory.
    A theta outside the bounds (from outside) comes back within them in one step.
    """

    INPUTS = ("valid", "current", "noise", "v", "refractory", "theta")
    OUTPUTS = ("out_valid", "spike", "v_next", "refractory_next", "theta_next")
    LATENCY: ClassVar[int] = 5

    def compute(
        self, state: tuple[int, ...], current: int, noise: int
    ) -> tuple[tuple[int, ...], int]:
        return update(self.params, state, current, noise)
