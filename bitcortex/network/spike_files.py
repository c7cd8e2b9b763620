"""Spike files that grow while a network runs: NumPy's .npz, or SONATA's .h5."""

import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bitcortex.closing import Closing
from bitcortex.errors import ToolError, UserError

if TYPE_CHECKING:
    from bitcortex.network.run import Run, Weights

SONATA = (".h5", ".hdf5")  # names of SONATA files end so


class SpikeFile(Closing):
    """A file of spikes, written run by run: each goes on where the one before ended.

    A name that ends in .h5 or .hdf5 is a SONATA spike file, which has spikes only: times in ms of
    the beginning of their step, and numbers within their population
    (github.com/AllenInstitute/sonata, Dai et al. 2020). Any other is a compressed .npz file for
    `bitcortex.network.run.load`. Memory does not grow: spikes of an .npz file wait in temporary
    files beside it. As a context manager it is complete in the end, whatever ends it; without a
    run nothing is written.

    Raises
    ------
    UserError
        If there is no folder of that name.
    ToolError
        If it is to be a SONATA file, and h5py is missing.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.steps = self.spikes = 0  # so far
        self.weights: dict[tuple[str, str], Weights] = {}  # of plastic synapses at the end
        self._last: Run | None = None
        self._seconds = 0.0
        self._counts: dict[str, int] = {}
        if not self.path.parent.is_dir():
            raise UserError(
                f"{self.path} cannot be written: there is no folder {self.path.parent}. Make it"
            )
        if self.path.is_dir():
            raise UserError(f"{self.path} cannot be written: it is a folder. Name a file in it")
        self._columns: _Npz | _Sonata
        self._columns = (_Sonata if self.path.suffix in SONATA else _Npz)(self.path)

    def add(self, run: "Run") -> None:
        """Append the spikes of a run; `Run.hash` is that of all of them.

        Raises
        ------
        ValueError
            If it is a SONATA file, and spikes were counted only.
        """
        events = run.events
        if run.counts and self.path.suffix in SONATA:
            raise ValueError("spikes must be recorded, not only counted. Run with record=True")
        self._columns.append(run, events.step + self.steps, events.neuron)
        self.steps += events.steps
        self.spikes += len(events.step)
        self.weights = run.weights or self.weights
        self._last = run
        self._seconds += run.seconds
        for name, count in run.counts.items():
            self._counts[name] = self._counts.get(name, 0) + count

    def close(self) -> None:
        """Complete the file; may be called twice."""
        run, self._last = self._last, None
        if run is None:
            return
        learned = {
            f"weights_{k}": np.array(list(vars(w).values()))
            for k, w in enumerate(self.weights.values())
        }
        self._columns.close(
            {
                "shape": np.array([self.steps, run.events.neurons]),
                "names": np.array(list(run.populations)),
                "ranges": np.array(list(run.populations.values())).reshape(-1, 2),
                "engine": run.engine,
                "digest": run.digest,
                "dt_s": run.dt_s,
                "hash": run.hash,
                "seconds": self._seconds,
                "counts": np.array(list(self._counts.values()), np.int64),
                "plastic": np.array([list(pair) for pair in self.weights]).reshape(-1, 2),
                **learned,
            }
        )


class _Npz:
    """Columns of an .npz file: an archive needs the length of each before its content."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._parts: dict[str, IO[bytes]] = {}

    def append(self, run: "Run", step: NDArray[np.int64], neuron: NDArray[np.int64]) -> None:
        """Write a piece of both columns."""
        if not self._parts:
            for name in ("step", "neuron"):
                self._parts[name] = tempfile.TemporaryFile(dir=self.path.parent)  # noqa: SIM115
        for column, values in zip(self._parts.values(), (step, neuron), strict=True):
            column.write(values.astype("<i8").tobytes())

    def close(self, what: dict[str, Any]) -> None:
        """Write the archive: both columns, and what is known of them."""
        with zipfile.ZipFile(self.path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, column in self._parts.items():
                length = column.tell() // 8
                column.seek(0)
                with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                    head = {"descr": "<i8", "fortran_order": False, "shape": (length,)}
                    np.lib.format.write_array_header_1_0(member, head)
                    shutil.copyfileobj(column, member)
                column.close()
            for name, value in what.items():
                with archive.open(f"{name}.npy", "w") as member:
                    np.lib.format.write_array(member, np.asanyarray(value), allow_pickle=False)


class _Sonata:
    """Columns of a SONATA file, two per population."""

    def __init__(self, path: Path) -> None:
        try:
            import h5py
        except ImportError:
            raise ToolError("h5py is not installed. Try: pip install 'bitcortex[sonata]'") from None
        self.path = path
        self._h5py: Any = h5py
        self._file: Any = None

    def append(self, run: "Run", step: NDArray[np.int64], neuron: NDArray[np.int64]) -> None:
        """Write a piece of all columns."""
        if self._file is None:
            self._begin(run)
        for name, (first, size) in run.populations.items():
            mine = (neuron >= first) & (neuron < first + size)
            group = self._file[f"spikes/{name}"]
            _extend(group["timestamps"], step[mine] * (run.dt_s * 1e3))
            _extend(group["node_ids"], (neuron[mine] - first).astype(np.uint64))
        self._file.flush()

    def _begin(self, run: "Run") -> None:
        try:
            self._file = self._h5py.File(self.path, "w")
        except OSError as error:
            raise UserError(f"{self.path} cannot be written: {error}. Name another file") from None
        sorting = self._h5py.enum_dtype({"none": 0, "by_id": 1, "by_time": 2}, basetype="i1")
        self._file.attrs["magic"] = np.uint32(0x0A7A)
        self._file.attrs["version"] = np.array([0, 1], np.uint32)
        for name in run.populations:
            group = self._file.create_group(f"spikes/{name}")
            group.attrs.create("sorting", 2, dtype=sorting)
            times = group.create_dataset("timestamps", (0,), "f8", maxshape=(None,))
            times.attrs["units"] = "milliseconds"
            group.create_dataset("node_ids", (0,), "u8", maxshape=(None,))

    def close(self, what: dict[str, Any]) -> None:
        """Say where the spikes come from."""
        engine, digest, found = (what[name] for name in ("engine", "digest", "hash"))
        text = f"{engine!s}, digest {digest!s}, hash {found!s}"
        self._file.attrs["bitcortex"] = text
        self._file.close()


def _extend(column: Any, values: NDArray[Any]) -> None:
    """Append to a dataset."""
    length = len(column)
    column.resize((length + len(values),))
    column[length:] = values
