"""Izhikevich neuron in real numbers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bitcortex import check

# (a, b, c, d) of figure 2 of the paper.
PAPER = {
    "regular spiking": (0.02, 0.2, -65.0, 8.0),
    "intrinsically bursting": (0.02, 0.2, -55.0, 4.0),
    "chattering": (0.02, 0.2, -50.0, 2.0),
    "fast spiking": (0.1, 0.2, -65.0, 2.0),
    "low-threshold spiking": (0.02, 0.25, -65.0, 2.0),
    "resonator": (0.1, 0.26, -65.0, 2.0),
}


@dataclass(frozen=True)
class IzhikevichReference:
    """dv/dt = 0.04 v^2 + 5 v + 140 - u + I, du/dt = a (b v - u); at 30 mV v = c, u += d.

    Two half steps for v, one for u, as in the program of Izhikevich, Simple model of spiking
    neurons, IEEE Transactions on Neural Networks 14(6), 2003. Its v shoots over 30 mV by as much as
    the step is long, and takes u along.

    Parameters
    ----------
    a, b, c, d
        As in the paper.
    dt
        Step in ms, above 0 and at most 1.
    cut
        Stop v at 30 mV, as our neuron does; False for the program of the paper.
    """

    a: float = 0.02
    b: float = 0.2
    c: float = -65.0
    d: float = 8.0
    dt: float = 1.0
    cut: bool = True

    def __post_init__(self) -> None:
        for name in ("a", "b", "c", "d"):
            check.real(name, getattr(self, name), -1e3, 1e3)
        check.real("dt", self.dt, 1e-6, 1.0)

    def run(
        self, current: NDArray[np.float64]
    ) -> tuple[NDArray[np.uint8], NDArray[np.float64], NDArray[np.float64]]:
        """Return spikes, v and u after every step, of shape (steps,); v begins at c, u at b c.

        Parameters
        ----------
        current
            I of each step, shape (steps,).
        """
        spikes = np.zeros(len(current), np.uint8)
        membrane, recovery = np.zeros(len(current)), np.zeros(len(current))
        v, u = self.c, self.b * self.c
        for t, drive in enumerate(np.asarray(current, np.float64)):
            for _ in range(2):
                v += 0.5 * self.dt * (0.04 * v * v + 5.0 * v + 140.0 - u + drive)
                v = min(v, 30.0) if self.cut else v
            u += self.dt * self.a * (self.b * v - u)
            if v >= 30.0:
                spikes[t], v, u = 1, self.c, u + self.d
            membrane[t], recovery[t] = v, u
        return spikes, membrane, recovery
