"""Signed fixed-point formats, and physical units in them."""

import math
from dataclasses import dataclass

from bitcortex import check
from bitcortex.models.neuron.field import signed_range
from bitcortex.models.neuron.lif import FRACTION


@dataclass(frozen=True)
class Format:
    """Two's complement numbers in units of 2**-fraction.

    Parameters
    ----------
    data_width
        Bits, 4 to 32.
    fraction
        Fractional bits, 0 to data_width - 1.
    """

    data_width: int = 16
    fraction: int = 8

    def __post_init__(self) -> None:
        check.integer("data_width", self.data_width, 4, 32)
        check.integer("fraction", self.fraction, 0, self.data_width - 1)

    @property
    def low(self) -> float:
        """The smallest number."""
        return signed_range(self.data_width)[0] / (1 << self.fraction)

    @property
    def high(self) -> float:
        """The largest number."""
        return signed_range(self.data_width)[1] / (1 << self.fraction)

    def units(self, name: str, value: float) -> int:
        """Return a number in units, rounded to the nearest; `name` is for the message.

        Raises
        ------
        ValueError
            If the format does not hold it.
        """
        hint = f"{self} ends there: use more data_width, or a smaller fraction for coarser units"
        return round(check.real(name, value, self.low, self.high, hint) * (1 << self.fraction))

    def value(self, units: int) -> float:
        """Return the number of so many units."""
        return units / (1 << self.fraction)

    def __str__(self) -> str:
        return f"Q{self.data_width - self.fraction}.{self.fraction} of {self.data_width} bits"


Q8_8 = Format(16, 8)
Q16_12 = Format(32, 12)  # 32-bit register, as in the tutorials; 12 fractional bits


def alpha_of(dt: float, tau: float, name: str = "tau") -> int:
    """Return the retained fraction exp(-dt / tau) times 2**16, for `LifParams.alpha`.

    Parameters
    ----------
    dt, tau
        Step and time constant, in the same unit.
    name
        Of tau, for the message.

    Raises
    ------
    ValueError
        If 16 bits cannot tell the result from no leak or no memory at all.
    """
    check.real("dt", dt, 1e-12, 1e12)
    check.real(name, tau, 1e-12, 1e12)
    alpha = round(math.exp(-dt / tau) * (1 << FRACTION))
    if not 0 < alpha < 1 << FRACTION:
        raise ValueError(
            f"{name} must be in [{dt / 11.7:.3g}, {dt * 2**17:.3g}] with dt = {dt:g}, not {tau:g}. "
            "Choose another dt, or set alpha yourself"
        )
    return alpha


def tau_of(alpha: int, dt: float) -> float:
    """Return the time constant that a retained fraction gives, in the unit of dt."""
    check.integer("alpha", alpha, 1, (1 << FRACTION) - 1)
    return -dt / math.log(alpha / (1 << FRACTION))
