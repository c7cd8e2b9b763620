"""The flat network file: one .npz that every simulator of the comparison reads.

Neurons are leaky integrate-and-fire with delta synapses. Step t of a neuron, in this order:

1. If it fired in one of the `refractory_steps` steps before, v stays at `v_reset_mv` and all
   input of this step is lost. Otherwise ``v = v * exp(-dt / tau) + input``, where input is the
   kicks of spikes emitted at t - delay, `drive_mv` times a Poisson(`drive_lambda`) number of
   external events, and ``mean_mv * (1 - exp(-dt / tau))`` of a constant drive.
2. If ``v >= v_threshold_mv`` it fires, and v is `v_reset_mv`.

A file may hold the external events themselves, `events_n`: then everybody gets the same.

Only NumPy is needed here: the environment of the simulators reads this file as well.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FEW = 4  # distinct (weight, delay) up to here become projections of constants

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Projection:
    """Synapses that a simulator creates by one call; weights and delays in their cheapest form.

    Parameters
    ----------
    sources, targets
        int32, shape (synapses,).
    weight_mv
        mV, one number, or shape (synapses,).
    delay_steps
        Steps, >= 1, one number, or shape (synapses,).
    """

    sources: NDArray[np.int32]
    targets: NDArray[np.int32]
    weight_mv: float | FloatArray
    delay_steps: int | NDArray[np.int32]


@dataclass(frozen=True)
class Network:
    """What the file holds.

    Parameters
    ----------
    dt_ms, tau_ms
        Step and membrane time constant, ms.
    v_threshold_mv, v_reset_mv
        mV; the resting potential is 0.
    n, n_exc
        Neurons; the first `n_exc` are excitatory.
    refractory_steps, steps
        Steps held after a spike; steps to simulate.
    seed
        Of the simulator's own Poisson drive.
    drive_lambda, drive_mv
        Mean number of external events per neuron and step; mV per event.
    indptr, targets
        Synapses in CSR by source: int64, shape (n + 1,), and int32, shape (synapses,).
    weights_mv, delays_steps
        mV and steps (>= 1), of length 1, n (per source) or synapses (this, if both are equal).
    v_start_mv, mean_mv
        Potential before the first step, and where a constant drive takes v, mV; of length 1 or
        n. Files may lack both: 0.
    events_n
        External events of every step and neuron, uint8, shape (steps, n), in place of Poisson
        numbers of one's own; shape (0, 0), and not in a file, if there are none.
    """

    dt_ms: float
    tau_ms: float
    v_threshold_mv: float
    v_reset_mv: float
    n: int
    n_exc: int
    refractory_steps: int
    steps: int
    seed: int
    drive_lambda: float
    drive_mv: float
    indptr: NDArray[np.int64]
    targets: NDArray[np.int32]
    weights_mv: FloatArray
    delays_steps: NDArray[np.int32]
    v_start_mv: FloatArray
    mean_mv: FloatArray
    events_n: NDArray[np.uint8] = field(default_factory=lambda: np.zeros((0, 0), np.uint8))

    def __post_init__(self) -> None:
        if self.indptr.shape != (self.n + 1,):
            raise ValueError(f"indptr must have n + 1 = {self.n + 1} entries, not {self.indptr}")
        if len(self.targets) != self.indptr[-1]:
            raise ValueError(
                f"targets must have indptr[-1] = {self.indptr[-1]} entries, not {len(self.targets)}"
            )
        for name in ("weights_mv", "delays_steps"):
            if len(getattr(self, name)) not in (1, self.n, len(self.targets)):
                raise ValueError(
                    f"{name} must have length 1, {self.n} or {len(self.targets)}, "
                    f"not {len(getattr(self, name))}"
                )
        if self.events_n.size and self.events_n.shape != (self.steps, self.n):
            raise ValueError(
                f"events_n must have shape ({self.steps}, {self.n}), not {self.events_n.shape}"
            )
        if len(self.delays_steps) and self.delays_steps.min() < 1:
            raise ValueError(f"delays_steps must be at least 1, not {self.delays_steps.min()}")

    @property
    def min_delay_steps(self) -> int:
        return int(self.delays_steps.min()) if len(self.delays_steps) else 1

    @property
    def max_delay_steps(self) -> int:
        return int(self.delays_steps.max()) if len(self.delays_steps) else 1

    def per_synapse(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return values of length 1, n or synapses as shape (synapses,)."""
        if len(values) == len(self.targets):
            return values
        if len(values) == 1:
            return np.broadcast_to(values, self.targets.shape)
        return np.repeat(values, np.diff(self.indptr))

    def projections(self) -> Iterator[Projection]:
        """Yield all synapses, as at most `FEW` projections of constants if that is possible."""
        counts = np.diff(self.indptr)
        sources = np.repeat(np.arange(self.n, dtype=np.int32), counts)
        weights, delays = self.weights_mv, self.delays_steps
        # Not expanded where not needed: memory is measured.
        by_source = all(len(x) == 1 or len(x) == self.n != len(sources) for x in (weights, delays))
        if by_source:
            weights = np.broadcast_to(weights, self.n)
            delays = np.broadcast_to(delays, self.n)
        else:
            weights, delays = self.per_synapse(weights), self.per_synapse(delays)
        constants: set[tuple[float, int]] = set()
        rest = counts > 0 if by_source else np.ones(len(sources), bool)
        while rest.any() and len(constants) <= FEW:
            first = int(np.argmax(rest))
            constants.add((float(weights[first]), int(delays[first])))
            rest &= (weights != weights[first]) | (delays != delays[first])
        if len(constants) <= FEW:
            for weight, delay in sorted(constants, reverse=True):
                here = (weights == weight) & (delays == delay)
                if by_source:
                    here = np.repeat(here, counts)
                yield Projection(sources[here], self.targets[here], weight, delay)
            return
        if by_source:
            weights, delays = np.repeat(weights, counts), np.repeat(delays, counts)
        one = bool((delays == delays[0]).all())
        yield Projection(sources, self.targets, weights, int(delays[0]) if one else delays)


def load(path: Path) -> Network:
    """Return the network of an .npz file."""
    values: dict[str, Any] = {"v_start_mv": np.zeros(1), "mean_mv": np.zeros(1)}
    values["events_n"] = np.zeros((0, 0), np.uint8)
    with np.load(path) as file:
        for one in fields(Network):
            if one.name in file:
                value = file[one.name]
                scalar = one.type in (int, float)
                values[one.name] = one.type(value) if scalar else np.atleast_1d(value)  # type: ignore[operator]
            elif one.name not in values:
                raise ValueError(f"{path} must hold {one.name!r}; it holds {sorted(file)}")
    return Network(**values)


def save(network: Network, path: Path) -> None:
    """Write the network as an .npz file."""
    np.savez(path, **{x.name: getattr(network, x.name) for x in fields(network)})
