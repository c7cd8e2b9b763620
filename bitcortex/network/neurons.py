"""Neuron kinds in physical units, as a user describes them."""

from dataclasses import dataclass

from bitcortex import check

LEAKS = ("floor", "nearest", "stochastic", "tutorial")


@dataclass(frozen=True)
class LIF:
    """Leaky integrate-and-fire neuron with delta synapses.

    Parameters
    ----------
    tau_ms
        Membrane time constant in ms.
    v_threshold_mv, v_reset_mv
        Threshold (``v >= v_threshold_mv`` fires) and reset, in mV relative to rest.
    refractory_ms
        Time held at reset after a spike, in ms; rounded to steps by `lower`.
    leak
        Rounding of the leak: floor, nearest or stochastic. ``tutorial`` is the tutorials' 8-bit
        coefficient leak_k = int(dt / tau * 256), rounded down, whose error `lower` reports.
    data_width
        Bits of the state, 8 to 32.
    """

    tau_ms: float = 20.0
    v_threshold_mv: float = 20.0
    v_reset_mv: float = 10.0
    refractory_ms: float = 2.0
    leak: str = "nearest"
    data_width: int = 16

    def __post_init__(self) -> None:
        check.real("tau_ms", self.tau_ms, 1e-3, 1e6)
        check.real("v_threshold_mv", self.v_threshold_mv, 1e-6, 1e6)
        check.real("v_reset_mv", self.v_reset_mv, -1e6, 1e6)
        check.real("refractory_ms", self.refractory_ms, 0.0, 1e6)
        check.one_of("leak", self.leak, LEAKS)
        check.integer("data_width", self.data_width, 8, 32)
        if self.v_reset_mv >= self.v_threshold_mv:
            raise ValueError(
                f"v_reset_mv must be below v_threshold_mv, not {self.v_reset_mv} >= "
                f"{self.v_threshold_mv}. The neuron would fire in every step."
            )


@dataclass(frozen=True)
class StochasticLIF(LIF):
    """LIF with zero-mean membrane noise drawn from an LFSR at every step.

    Parameters
    ----------
    noise_mv
        Standard deviation of the noise added per step, in mV.
    """

    noise_mv: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check.real("noise_mv", self.noise_mv, 0.0, 1e6)


@dataclass(frozen=True)
class HomeostaticLIF(LIF):
    """LIF whose threshold adapts until the neuron fires at a target rate.

    Parameters
    ----------
    target_hz
        Rate at which the threshold stands still, in Hz.
    step_mv
        Rise of the threshold per spike, in mV.
    v_threshold_min_mv, v_threshold_max_mv
        Bounds of the threshold, in mV.
    """

    target_hz: float = 10.0
    step_mv: float = 0.5
    v_threshold_min_mv: float = 11.0
    v_threshold_max_mv: float = 40.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check.real("target_hz", self.target_hz, 1e-3, 1e6)
        check.real("step_mv", self.step_mv, 1e-6, 1e6)
        low, high = self.v_threshold_min_mv, self.v_threshold_max_mv
        if not self.v_reset_mv < low <= self.v_threshold_mv <= high:
            raise ValueError(
                "v_reset_mv < v_threshold_min_mv <= v_threshold_mv <= v_threshold_max_mv must "
                f"hold, not {self.v_reset_mv}, {low}, {self.v_threshold_mv}, {high}"
            )


@dataclass(frozen=True)
class Izhikevich:
    """Izhikevich neuron (Izhikevich 2003), v in mV, t in ms; a weight is a current per spike.

    Parameters
    ----------
    a, b, c, d
        As in the paper; regular spiking by default.
    """

    a: float = 0.02
    b: float = 0.2
    c: float = -65.0
    d: float = 8.0

    def __post_init__(self) -> None:
        check.real("a", self.a, 0.0, 1.0)
        check.real("b", self.b, -5.0, 5.0)
        check.real("c", self.c, -100.0, 29.0)
        check.real("d", self.d, -100.0, 100.0)


Neuron = LIF | StochasticLIF | HomeostaticLIF | Izhikevich
