"""Leaky integrate-and-fire neuron in real numbers, with the exact exponential leak."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bitcortex import check


@dataclass(frozen=True)
class LifReference:
    """dv/dt = -v / tau with delta currents, rest at 0; solved exactly from step to step.

    Parameters
    ----------
    tau, dt
        Membrane time constant and step, in the same unit, above 0.
    v_threshold, v_reset
        ``v >= v_threshold`` fires, then v is `v_reset`; in mV.
    refractory
        Steps held at `v_reset` after a spike, 0 to 255; input is ignored.
    """

    tau: float = 20.0
    dt: float = 1.0
    v_threshold: float = 20.0
    v_reset: float = 0.0
    refractory: int = 2

    def __post_init__(self) -> None:
        check.real("tau", self.tau, 1e-9, 1e9)
        check.real("dt", self.dt, 1e-9, 1e9)
        check.real("v_threshold", self.v_threshold, -1e6, 1e6)
        check.real("v_reset", self.v_reset, -1e6, self.v_threshold)
        check.integer("refractory", self.refractory, 0, 255)

    @property
    def retained(self) -> float:
        """What is left of v after a step without input."""
        return math.exp(-self.dt / self.tau)

    def run(
        self, current: NDArray[np.float64], v: float = 0.0
    ) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
        """Return spikes and membrane after every step, both of shape (steps,).

        Parameters
        ----------
        current
            Voltage added in each step, in mV, shape (steps,).
        v
            Membrane before the first step, in mV.
        """
        spikes = np.zeros(len(current), np.uint8)
        membrane = np.zeros(len(current))
        retained, held = self.retained, 0
        for t, kick in enumerate(np.asarray(current, np.float64)):
            if held:
                v, held = self.v_reset, held - 1
            else:
                v = v * retained + kick
                if v >= self.v_threshold:
                    spikes[t], v, held = 1, self.v_reset, self.refractory
            membrane[t] = v
        return spikes, membrane

    def interval(self, current: float) -> float:
        """Return the steps between two spikes under a constant current; inf if it never fires.

        In closed form: n is the first step with ``v_inf - (v_inf - v_reset) retained^n`` at the
        threshold, where ``v_inf = current / (1 - retained)``.
        """
        limit = current / (1.0 - self.retained)
        if limit <= self.v_threshold:
            return math.inf
        decays = (limit - self.v_threshold) / (limit - self.v_reset)
        return math.ceil(math.log(decays) / math.log(self.retained)) + self.refractory
