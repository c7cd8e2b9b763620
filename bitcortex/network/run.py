"""The result of a simulation, the same object from every engine."""

import io
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bitcortex import check
from bitcortex.errors import ToolError, UserError
from bitcortex.network.connectivity_plan import Stored
from bitcortex.network.event_plan import EventPlan
from bitcortex.network.snapshot import Learned

SONATA = (".h5", ".hdf5")  # names of spike files end so


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

        `load` reads the former. The latter is for other programs, and has spikes only: times in ms
        of the beginning of their step, and numbers within their population
        (github.com/AllenInstitute/sonata, Dai et al. 2020).

        Raises
        ------
        ValueError
            If a SONATA file is asked for, and spikes were counted only.
        ToolError
            If it is asked for, and h5py is missing.
        """
        if Path(path).suffix in SONATA:
            self._save_sonata(Path(path))
            return
        learned: dict[str, Any] = {
            f"weights_{k}": np.array(list(vars(w).values()))
            for k, w in enumerate(self.weights.values())
        }
        with Path(path).open("wb") as file:
            np.savez_compressed(
                file,
                step=self.events.step,
                neuron=self.events.neuron,
                shape=np.array([self.events.steps, self.events.neurons]),
                names=np.array(list(self.populations)),
                ranges=np.array(list(self.populations.values())).reshape(-1, 2),
                engine=self.engine,
                digest=self.digest,
                dt_s=self.dt_s,
                hash=self.hash,
                seconds=self.seconds,
                counts=np.array(list(self.counts.values()), np.int64),
                plastic=np.array([list(pair) for pair in self.weights]).reshape(-1, 2),
                **learned,
            )

    def _save_sonata(self, path: Path) -> None:
        self._recorded()
        try:
            import h5py
        except ImportError:
            raise ToolError("h5py is not installed. Try: pip install 'bitcortex[sonata]'") from None
        step, neuron = self.events.step, self.events.neuron
        sorting = h5py.enum_dtype({"none": 0, "by_id": 1, "by_time": 2}, basetype="i1")
        with h5py.File(path, "w") as file:
            file.attrs["magic"] = np.uint32(0x0A7A)
            file.attrs["version"] = np.array([0, 1], np.uint32)
            file.attrs["bitcortex"] = f"{self.engine}, digest {self.digest}, hash {self.hash}"
            for name, (first, size) in self.populations.items():
                mine = (neuron >= first) & (neuron < first + size)
                group = file.create_group(f"spikes/{name}")
                group.attrs.create("sorting", 2, dtype=sorting)
                times = group.create_dataset("timestamps", data=step[mine] * (self.dt_s * 1e3))
                times.attrs["units"] = "milliseconds"
                group.create_dataset("node_ids", data=(neuron[mine] - first).astype(np.uint64))


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
