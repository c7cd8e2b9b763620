"""The result of a simulation, the same object from every engine."""

import io
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bitcortex import check
from bitcortex.errors import UserError
from bitcortex.network.connectivity_plan import Stored
from bitcortex.network.event_plan import EventPlan
from bitcortex.network.snapshot import Learned
from bitcortex.network.spike_files import SpikeFile


@dataclass(frozen=True)
class Events:
    """Spikes as a list, ordered by step, then by neuron.

    Parameters
    ----------
    steps, neurons
        How long, and how many neurons.
    step, neuron
        Of every spike.
    """

    steps: int
    neurons: int
    step: NDArray[np.int64]
    neuron: NDArray[np.int64]

    @classmethod
    def of(cls, raster: NDArray[np.uint8]) -> "Events":
        """Return the spikes of a raster, shape (steps, neurons)."""
        return cls(*raster.shape, *np.nonzero(raster))

    def raster(self, first: int = 0, size: int | None = None) -> NDArray[np.uint8]:
        """Return the spikes of some neurons, shape (steps, size), uint8 0/1."""
        size = self.neurons - first if size is None else size
        raster = np.zeros((self.steps, size), np.uint8)
        mine = (self.neuron >= first) & (self.neuron < first + size)
        raster[self.step[mine], self.neuron[mine] - first] = 1
        return raster


@dataclass(frozen=True)
class Weights:
    """The weights of plastic synapses at the end of a run, arrays of equal lengths.

    Parameters
    ----------
    pre, post
        Source and target of every synapse, within their populations.
    delay
        In steps.
    weight, maximum
        In units, and the unit count of `maximum_mv`.
    """

    pre: NDArray[np.int64]
    post: NDArray[np.int64]
    delay: NDArray[np.int64]
    weight: NDArray[np.int64]
    maximum: NDArray[np.int64]


def weights_of(plan: EventPlan, learned: tuple[Learned, ...]) -> dict[tuple[str, str], Weights]:
    """Return what plastic projections have learned, by source and target."""
    parts: dict[tuple[str, str], list[NDArray[np.int64]]] = {}
    for p, mine in zip(plan.plastic, learned, strict=True):
        c, rule = p.connectivity, p.plasticity
        assert isinstance(c, Stored)
        assert rule is not None
        pre = np.repeat(np.arange(len(c.indptr) - 1), np.diff(c.indptr))
        rows = [pre, c.target, np.full(len(pre), p.delay), mine.weights]
        rows.append(np.full(len(pre), rule.maximum))
        parts.setdefault((p.source, p.target), []).append(np.array(rows, np.int64))
    return {pair: Weights(*np.hstack(pieces)) for pair, pieces in parts.items()}


@dataclass(frozen=True)
class Run:
    """Spikes of a simulation.

    Parameters
    ----------
    engine
        That made it.
    digest
        Of the Plan.
    dt_s
        Length of a step in s.
    populations
        Name to (first neuron, size).
    events
        All spikes, neurons of all populations in order.
    hash
        The running hash of all spikes, 16 hexadecimal digits; equal on all engines.
    seconds
        Wall-clock time of the simulation, without building.
    weights
        Of plastic synapses at the end, by names of source and target.
    counts
        Spikes of every population, if they were counted only: then there are no `events`.
    """

    engine: str
    digest: str
    dt_s: float
    populations: dict[str, tuple[int, int]]
    events: Events
    hash: str
    seconds: float
    weights: dict[tuple[str, str], Weights] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def steps(self) -> int:
        """Number of steps."""
        return self.events.steps

    @cached_property
    def raster(self) -> NDArray[np.uint8]:
        """All spikes, shape (steps, neurons), uint8 0/1.

        Raises
        ------
        ValueError
            If spikes were counted only.
        """
        self._recorded()
        return self.events.raster()

    def _recorded(self) -> None:
        if self.counts:
            raise ValueError("spikes must be recorded, not only counted. Run with record=True")

    def spikes(self, population: str) -> NDArray[np.uint8]:
        """Return the raster of a population, shape (steps, neurons).

        Raises
        ------
        ValueError
            If there is no such population, or spikes were counted only.
        """
        check.one_of("population", population, self.populations)
        self._recorded()
        first, size = self.populations[population]
        return self.events.raster(first, size)

    def rate_hz(self, population: str) -> float:
        """Return the mean firing rate of a population in Hz; NaN for a run of no steps."""
        check.one_of("population", population, self.populations)
        first, size = self.populations[population]
        if not self.steps:
            return float("nan")
        if self.counts:
            return float(self.counts[population] / (size * self.steps * self.dt_s))
        mine = (self.events.neuron >= first) & (self.events.neuron < first + size)
        return float(np.count_nonzero(mine) / (size * self.steps * self.dt_s))

    def save(self, path: str | Path) -> None:
        """Write the run as a compressed .npz file, or a SONATA spike file if the name ends in .h5.

        `load` reads the former; the latter is for other programs. See `SpikeFile`, which
        also writes either while a network runs.

        Raises
        ------
        UserError
            If there is no such folder.
        ValueError
            If a SONATA file is asked for, and spikes were counted only.
        ToolError
            If it is asked for, and h5py is missing.
        """
        with SpikeFile(path) as file:
            file.add(self)


def load(path: str | Path) -> Run:
    """Read a run that `Run.save` wrote.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    UserError
        If it is not one, or is truncated.
    """
    content = io.BytesIO(Path(path).read_bytes())
    try:
        with np.load(content, allow_pickle=False) as data:
            steps, neurons = (int(x) for x in data["shape"])
            events = Events(steps, neurons, data["step"], data["neuron"])
            names = [str(name) for name in data["names"]]
            ranges = [(int(first), int(size)) for first, size in data["ranges"]]
            return Run(
                engine=str(data["engine"]),
                digest=str(data["digest"]),
                dt_s=float(data["dt_s"]),
                populations=dict(zip(names, ranges, strict=True)),
                events=events,
                hash=str(data["hash"]),
                seconds=float(data["seconds"]),
                weights={
                    (str(pre), str(post)): Weights(*data[f"weights_{k}"])
                    for k, (pre, post) in enumerate(data["plastic"])
                },
                counts=dict(zip(names, data["counts"].tolist(), strict=False))
                if "counts" in data
                else {},
            )
    except Exception as error:  # a wrong byte may look like any compression or encryption
        raise UserError(f"{path} is not a complete bitcortex run ({error}). Save it anew") from None
