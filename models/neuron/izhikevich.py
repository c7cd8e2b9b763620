"""Fixed-point Izhikevich neuron."""

from dataclasses import dataclass
from typing import ClassVar

from bitcortex import check
from bitcortex.models.neuron.field import Field, saturate, signed_range
from bitcortex.models.neuron.pipeline import Pipeline

COEFFICIENT = 17  # fractional bits of 0.04, a and b
SQUARE = round(0.04 * (1 << COEFFICIENT))  # 5243
PEAK_MV = 30  # v at which the neuron fires
LATENCY = 12  # cycles: two half steps of four, four for u and the reset


@dataclass(frozen=True)
class IzhikevichParams:
    """Parameters of an Izhikevich neuron; v and u have units of 2**-fraction mV.

    Parameters
    ----------
    data_width
        Bits of v and u, 12 to 24; the membrane must hold +- 100 mV: data_width - fraction >= 8.
    fraction
        Fractional bits, 4 to 16.
    current_width
        Bits of the signed input, in the units of v, 2 to 40.
    a, b
        Coefficients times 2**17: a 0 to 2**17, b -5 * 2**17 to 5 * 2**17.
    c, d
        Reset of v and step of u, in the units of v.
    dt_shift
        A step is 2**-dt_shift ms, 0 to 4; the published scheme has steps of 1 ms.
    multiplier
        Gateware only: how constant factors are made. The squares always take a multiplier.
    """

    data_width: int = 18  # of v and u
    fraction: int = 10  # 1/1024 mV
    current_width: int = 20  # of the input
    a: int = round(0.02 * 2**COEFFICIENT)  # rate of recovery
    b: int = round(0.2 * 2**COEFFICIENT)  # coupling of u to v
    c: int = -65 << 10  # reset of v
    d: int = 8 << 10  # step of u
    dt_shift: int = 0  # 1 ms
    multiplier: str = "shift_add"  # gateware only

    def __post_init__(self) -> None:
        check.integer("data_width", self.data_width, 12, 24)
        check.integer(
            "fraction",
            self.fraction,
            4,
            min(16, self.data_width - 8),
            "v must hold +-100 mV: use more data_width or a smaller fraction",
        )
        check.integer("current_width", self.current_width, 2, 40)
        check.integer("a", self.a, 0, 1 << COEFFICIENT)
        check.integer("b", self.b, -5 << COEFFICIENT, 5 << COEFFICIENT)
        low, high = signed_range(self.data_width)
        check.integer("c", self.c, low, self.peak - 1)
        check.integer("d", self.d, low, high)
        check.integer("dt_shift", self.dt_shift, 0, 4)
        check.one_of("multiplier", self.multiplier, ("dsp", "shift_add"))

    @property
    def peak(self) -> int:
        """v at which the neuron fires, in units."""
        return PEAK_MV << self.fraction

    @property
    def noise_bits(self) -> int:
        """Random bits per update: none."""
        return 0

    @property
    def state_fields(self) -> tuple[Field, ...]:
        """Membrane and recovery, at rest for v = c: u = b c."""
        u = saturate((self.b * self.c) >> COEFFICIENT, self.data_width)
        return (
            Field("v", self.data_width, True, self.c),
            Field("u", self.data_width, True, u),
        )


def half_step(params: IzhikevichParams, v: int, u: int, current: int) -> int:
    """Return v after half a step of dv/dt = 0.04 v^2 + 5 v + 140 - u + I, at most the peak."""
    square = (v * v * SQUARE) >> (COEFFICIENT + params.fraction)
    slope = square + 5 * v + (140 << params.fraction) - u + current
    low, _ = signed_range(params.data_width)
    return min(max(v + (slope >> (1 + params.dt_shift)), low), params.peak)


def update(
    params: IzhikevichParams, state: tuple[int, ...], current: int, noise: int
) -> tuple[tuple[int, int], int]:
    """Return the state after one step, and whether the neuron fired.

    The scheme of Izhikevich (2003): two half steps for v, one step for u with the new v. But v
    stops at the peak, where the paper's program lets u see how far v shot over it: that makes
    the rates depend much more on the step.

    Parameters
    ----------
    params
        Of the neuron.
    state
        (v, u).
    current
        Signed input, in the units of v.
    noise
        Not used.
    """
    v, u = state
    v = half_step(params, v, u, current)
    v = half_step(params, v, u, current)
    coupled = ((params.b * v) >> COEFFICIENT) - u
    change = (params.a * coupled) >> (COEFFICIENT + params.dt_shift)
    if v >= params.peak:
        return (params.c, saturate(u + change + params.d, params.data_width)), 1
    return (v, saturate(u + change, params.data_width)), 0


class Izhikevich(Pipeline):
    """The update as a pipeline without feedback.

    Ports: ``valid`` (in, 1), ``current`` (in, signed), ``noise`` (in, 1, not used), ``v``, ``u``
    (in, data_width, signed); ``out_valid``, ``spike``, ``v_next``, ``u_next`` (out), twelve cycles
    later.

    **Timing**: latency 12, one update per cycle.

    **Arithmetic**: products are exact and rounded down to the units of v; sums are exact; v is
    clipped to the smallest number and the peak after each half step, u saturates once. Everything
    fits 60 bits. Source: Izhikevich, Simple model of spiking neurons, IEEE Transactions on Neural
    Networks 14(6), 2003.
    """

    INPUTS = ("valid", "current", "noise", "v", "u")
    OUTPUTS = ("out_valid", "spike", "v_next", "u_next")
    LATENCY: ClassVar[int] = LATENCY

    def compute(
        self, state: tuple[int, ...], current: int, noise: int
    ) -> tuple[tuple[int, ...], int]:
        return update(self.params, state, current, noise)
