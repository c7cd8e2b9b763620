"""A stochastic-computing layer whose weights are faulty devices."""

from typing import Any

import numpy as np

from bitcortex import check
from bitcortex.sim.engine.devices import draw_devices, hold
from bitcortex.sim.engine.layer import Codes, Reals
from bitcortex.sim.engine.sc_layer import SCDenseLayer
from bitcortex.sim.engine.sc_weights import WeightReport, quantise


class MemristiveDenseLayer(SCDenseLayer):
    """A dense layer on a crossbar: devices stuck on or off, and conductances that vary.

    A weight that is written becomes a conductance: its magnitude times a log-normal factor of mean
    1, at most 1. Some devices are stuck: off, 0, or on, 1, whatever is written, zeros too. The sign
    is that of the column, which is the input's (Dale's law), so a column must not mix signs.

    Parameters
    ----------
    n_inputs, n_neurons, length, mode, seed, weights, engine, faults
        As for `SCDenseLayer`; `faults` without variability.
    stuck_off, stuck_on
        Fractions of the devices, in [0, 1], together at most 1.
    variability
        Standard deviation of the logarithm of the conductance, 0 to 2.
    fault_seed
        Of the devices, 0 to 2**63 - 1.

    Attributes
    ----------
    weights
        As written; edit them in any way you like.

    Raises
    ------
    ValueError
        As for `SCDenseLayer`; if fractions are out of range, or a column mixes signs.

    **Error**: against `conductances`, what a layer without faults has.
    """

    def __init__(
        self,
        n_inputs: int,
        n_neurons: int,
        stuck_off: float = 0.0,
        stuck_on: float = 0.0,
        variability: float = 0.0,
        fault_seed: int = 1,
        **layer: Any,
    ) -> None:
        super().__init__(n_inputs, n_neurons, **layer)
        check.real("stuck_off", stuck_off, 0.0, 1.0)
        hint = "No device is stuck both on and off"
        check.real("stuck_on", stuck_on, 0.0, 1.0 - stuck_off, hint)
        check.real("variability", variability, 0.0, 2.0)
        if self.faults.variability:
            raise ValueError(
                f"faults of a MemristiveDenseLayer must have a variability of 0, not "
                f"{self.faults.variability!r}. Its devices vary: use variability="
            )
        self.devices = draw_devices(self.shape, stuck_off, stuck_on, variability, fault_seed)
        self._written, self._made = np.full(self.shape, np.nan), np.zeros(self.shape)
        _ = self.conductances

    @property
    def conductances(self) -> Reals:
        """What the devices make of the weights, float64 in [-1, 1]."""
        if not np.array_equal(self._written, self.weights):
            self._made = self._program()
            self._written = self.weights.copy()
        return self._made.copy()

    def _program(self) -> Reals:
        quantise(self.weights, self.shape)  # refuses what is out of range
        negative = (self.weights < 0).any(axis=0)
        if (mixed := np.flatnonzero(negative & (self.weights > 0).any(axis=0))).size:
            raise ValueError(
                f"weights[:, {mixed[0]}] must have one sign, that of the column. Give excitatory "
                "and inhibitory weights two inputs"
            )
        magnitude = hold(np.abs(self.weights), self.devices)
        return np.where(negative, -magnitude, magnitude)

    @property
    def report(self) -> WeightReport:
        """What rounding of the conductances loses."""
        return quantise(self.conductances, self.shape)[1]

    def forward_both(self, x: Any) -> Codes:
        """Return excitatory and inhibitory counts, shape ([batch,] 2, n_neurons)."""
        written = self.weights
        self.weights = self.conductances
        try:
            return super().forward_both(x)
        finally:
            self.weights = written
