"""The result of a simulation, the same object from every engine."""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bitcortex import check
from bitcortex.errors import UserError


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
    raster
        Shape (steps, neurons), uint8 0/1, neurons of all populations in order.
    hash
        The running hash of all spikes, 16 hexadecimal digits; equal on all engines.
    seconds
        Wall-clock time of the simulation, without building.
    """

    engine: str
    digest: str
    dt_s: float
    populations: dict[str, tuple[int, int]]
    raster: NDArray[np.uint8]
    hash: str
    seconds: float

    @property
    def steps(self) -> int:
        """Number of steps."""
        return len(self.raster)

    def spikes(self, population: str) -> NDArray[np.uint8]:
        """Return the raster of a population, shape (steps, neurons).

        Raises
        ------
        ValueError
            If there is no such population.
        """
        check.one_of("population", population, self.populations)
        first, size = self.populations[population]
        return self.raster[:, first : first + size]

    def rate_hz(self, population: str) -> float:
        """Return the mean firing rate of a population in Hz; NaN for a run of no steps."""
        spikes = self.spikes(population)
        return float(spikes.mean() / self.dt_s) if spikes.size else float("nan")

    def save(self, path: str | Path) -> None:
        """Write the run as a compressed .npz file, of exactly this name."""
        with Path(path).open("wb") as file:
            np.savez_compressed(
                file,
                raster=np.packbits(self.raster, axis=1),
                shape=np.array(self.raster.shape),
                names=np.array(list(self.populations)),
                ranges=np.array(list(self.populations.values())).reshape(-1, 2),
                engine=self.engine,
                digest=self.digest,
                dt_s=self.dt_s,
                hash=self.hash,
                seconds=self.seconds,
            )


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
            neurons = int(data["shape"][1])
            raster = np.unpackbits(data["raster"], axis=1, count=neurons)
            names = [str(name) for name in data["names"]]
            ranges = [(int(first), int(size)) for first, size in data["ranges"]]
            return Run(
                engine=str(data["engine"]),
                digest=str(data["digest"]),
                dt_s=float(data["dt_s"]),
                populations=dict(zip(names, ranges, strict=True)),
                raster=raster,
                hash=str(data["hash"]),
                seconds=float(data["seconds"]),
            )
    except Exception as error:  # a wrong byte may look like any compression or encryption
        raise UserError(f"{path} is not a complete bitcortex run ({error}). Save it anew") from None
