"""A leaky membrane in physical units, and the integers that stand for it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bitcortex import check
from bitcortex.models.neuron.formats import Q16_12, Format, alpha_of
from bitcortex.models.neuron.lif import FRACTION


@dataclass(frozen=True)
class Membrane:
    """tau_mem dv/dt = v_rest - v + resistance * current; fixed point counts from rest.

    Parameters
    ----------
    v_rest, v_reset, v_threshold
        In mV; rest and reset are below the threshold.
    tau_mem, dt
        Time constant and step, in ms.
    resistance
        mV per unit of current.
    refractory_period
        Steps held at `v_reset` after a spike, 0 to 255.
    format
        Of the membrane, in mV above rest.
    """

    v_rest: float = 0.0
    v_reset: float = 0.0
    v_threshold: float = 20.0
    tau_mem: float = 20.0
    dt: float = 1.0
    resistance: float = 1.0
    refractory_period: int = 0
    format: Format = Q16_12

    def __post_init__(self) -> None:
        if not isinstance(self.format, Format):
            raise TypeError(f"format must be a Format, not {self.format!r}. Try Format(16, 8)")
        check.real("v_rest", self.v_rest, -1e6, 1e6)
        check.real("resistance", self.resistance, -1e9, 1e9)
        check.integer("refractory_period", self.refractory_period, 0, 255)
        threshold = self.units("v_threshold", self.v_threshold)
        for name in ("v_rest", "v_reset"):
            if self.units(name, getattr(self, name)) >= threshold:
                raise ValueError(
                    f"{name} must be below v_threshold, not {getattr(self, name)} >= "
                    f"{self.v_threshold} mV (in {self.format}). The neuron would fire by itself"
                )
        _ = self.alpha

    @cached_property
    def alpha(self) -> int:
        """Retained fraction per step times 2**16."""
        return alpha_of(self.dt, self.tau_mem, "tau_mem")

    def units(self, name: str, v: float) -> int:
        """Return a voltage in units above rest; `name` is for the message.

        Raises
        ------
        ValueError
            If the format does not hold it.
        """
        low, high = self.v_rest + self.format.low, self.v_rest + self.format.high
        hint = (
            f"{self.format} above a rest of {self.v_rest:g} mV ends there: use a format with more "
            "data_width or a smaller fraction"
        )
        return self.format.units(name, check.real(name, v, low, high, hint) - self.v_rest)

    def millivolts(self, units: int) -> float:
        """Return the voltage of so many units above rest."""
        return self.v_rest + self.format.value(units)

    def kick(self, current: float) -> int:
        """Return what a current adds to v in a step, in units.

        A current that lasts for the step adds resistance * current * (1 - exp(-dt / tau_mem)).

        Raises
        ------
        ValueError
            If the format does not hold it.
        """
        low, high = self.bounds
        if not low <= current <= high:  # NaN fails too
            hint = f"What it adds to v in a step must fit {self.format}: use a wider format"
            check.real("current", current, low, high, hint)
        return round(current * self.share)

    @cached_property
    def share(self) -> float:
        """What a current of 1 adds to v in a step, in units."""
        retained = self.alpha / (1 << FRACTION)
        return self.resistance * (1.0 - retained) * (1 << self.format.fraction)

    @cached_property
    def bounds(self) -> tuple[float, float]:
        """The smallest and the largest current that the format holds."""
        top = float((1 << (self.format.data_width - 1)) - 1)
        bound = top / abs(self.share) if self.share else 1e300
        return -bound, bound

    def lif(self) -> dict[str, Any]:
        """Return the values of `LifParams`."""
        return {
            "data_width": self.format.data_width,
            "current_width": self.format.data_width,
            "alpha": self.alpha,
            "v_threshold": self.units("v_threshold", self.v_threshold),
            "v_reset": self.units("v_reset", self.v_reset),
            "refractory": self.refractory_period,
        }
