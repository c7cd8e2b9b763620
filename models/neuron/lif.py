"""Fixed-point leaky integrate-and-fire neuron."""

from dataclasses import dataclass
from typing import ClassVar

from bitcortex import check
from bitcortex.models.neuron.field import Field, saturate, signed_range
from bitcortex.models.neuron.pipeline import Pipeline

LEAKS = ("floor", "nearest", "stochastic")
FRACTION = 16  # bits of the retained fraction alpha
LATENCY = 3  # cycles of the pipeline: multiply, add, saturate and compare


@dataclass(frozen=True)
class LifParams:
    """Parameters of a LIF neuron, in units of the least significant bit of the membrane.

    Parameters
    ----------
    data_width
        Bits of the membrane, 4 to 32.
    current_width
        Bits of the signed input, 2 to 40.
    alpha
        Retained fraction per step times 2**16, 0 to 65,536: round(exp(-dt / tau) * 2**16).
    leak
        Rounding of ``v * alpha / 2**16``: floor, nearest (half up) or stochastic (a uniform
        16-bit word is added before the shift: unbiased).
    v_threshold, v_reset
        ``v >= v_threshold`` fires; the threshold is above rest, which is 0.
    refractory
        Steps that the neuron is held at `v_reset` after a spike, 0 to 255.
    multiplier
        Gateware only: ``dsp`` lets synthesis use a multiplier block, ``shift_add`` writes the
        product as a few shifted copies of v (canonical signed digits). The result is the same.
    """

    data_width: int = 16  # of v
    current_width: int = 16  # of the input
    alpha: int = 62_339  # dt / tau = 0.05
    leak: str = "nearest"  # rounding
    v_threshold: int = 5_120  # 20 mV in Q8.8
    v_reset: int = 0  # after a spike
    refractory: int = 2  # steps held at reset
    multiplier: str = "dsp"  # gateware only

    def __post_init__(self) -> None:
        check.integer("data_width", self.data_width, 4, 32)
        check.integer("current_width", self.current_width, 2, 40)
        check.integer("alpha", self.alpha, 0, 1 << FRACTION)
        check.one_of("leak", self.leak, LEAKS)
        low, high = signed_range(self.data_width)
        hint = "Use more data_width, or a coarser unit"
        check.integer("v_threshold", self.v_threshold, 1, high, hint)
        check.integer("v_reset", self.v_reset, low, high, hint)
        check.integer("refractory", self.refractory, 0, 255)
        check.one_of("multiplier", self.multiplier, ("dsp", "shift_add"))
        if self.v_reset >= self.v_threshold:
            raise ValueError(
                f"v_reset must be below v_threshold, not {self.v_reset} >= {self.v_threshold}. "
                "The neuron would fire in every step"
            )

    @property
    def noise_bits(self) -> int:
        """Random bits per update."""
        return FRACTION if self.leak == "stochastic" else 0

    @property
    def state_fields(self) -> tuple[Field, ...]:
        """Membrane, and steps left of the refractory time."""
        return (
            Field("v", self.data_width, True, 0),
            Field("refractory", max(1, self.refractory.bit_length()), False, 0),
        )


def leaked(v: int, params: LifParams, noise: int) -> int:
    """Return v * alpha / 2**16, rounded."""
    half = {"floor": 0, "nearest": 1 << (FRACTION - 1), "stochastic": noise}[params.leak]
    return (v * params.alpha + half) >> FRACTION


def update(
    params: LifParams, state: tuple[int, ...], current: int, noise: int
) -> tuple[tuple[int, int], int]:
    """Return the state after one step, and whether the neuron fired.

    Parameters
    ----------
    params
        Of the neuron.
    state
        (v, refractory).
    current
        Signed input of this step, `current_width` bits.
    noise
        Uniform word of `noise_bits` bits; 0 if there are none.
    """
    v, refractory = state
    if refractory > 0:
        return (params.v_reset, refractory - 1), 0
    v = saturate(leaked(v, params, noise) + current, params.data_width)
    if v >= params.v_threshold:
        return (params.v_reset, params.refractory), 1
    return (v, 0), 0


class Lif(Pipeline):
    """The update as a pipeline without feedback.

    Ports: ``valid`` (in, 1), ``current`` (in, current_width, signed), ``noise`` (in, 16; used by
    the stochastic leak), ``v`` (in, data_width, signed), ``refractory`` (in) of one neuron and
    step; ``out_valid``, ``spike``, ``v_next``, ``refractory_next`` (out) three cycles later.

    **Timing**: latency 3, one update per cycle. Outputs hold the last result.

    **Arithmetic**: ``v * alpha`` is exact; the rounded product and the current are added exactly;
    one saturation; ``>=`` threshold; while refractory, v is v_reset and the current is ignored.
    With floor, negative v above -2**16 / (2**16 - alpha) does not decay; with nearest, neither
    sign does below half of that; stochastic has no dead zone. Everything fits 50 bits.
    """

    INPUTS = ("valid", "current", "noise", "v", "refractory")
    OUTPUTS = ("out_valid", "spike", "v_next", "refractory_next")
    LATENCY: ClassVar[int] = LATENCY

    def compute(
        self, state: tuple[int, ...], current: int, noise: int
    ) -> tuple[tuple[int, ...], int]:
        return update(self.params, state, current, noise)
