"""Spike recorder as a user calls it."""

import zipfile
import zlib
from io import BytesIO
from pathlib import Path
from typing import Self

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import ArrayLike, NDArray

from bitcortex import check
from bitcortex.errors import UserError
from bitcortex.models.recorder.hash import INITIAL, update

# What NumPy, zipfile and zlib raise for bytes that are missing or wrong: a flipped bit may ask for
# another compression, a password or a pickle, or seek before the file.
_DAMAGE = (
    KeyError, ValueError, IndexError, EOFError, OSError, AttributeError, RuntimeError, MemoryError,
    OverflowError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


class BitstreamSpikeRecorder:
    """Keeps spike trains; counts and hash are those of the gateware `recorder.spikes`.

    Parameters
    ----------
    n_neurons
        1 to 65,536.
    """

    def __init__(self, n_neurons: int) -> None:
        self.n_neurons = check.integer("n_neurons", n_neurons, 1, 65_536)
        self._rows: list[NDArray[np.uint8]] = []
        self._hash = INITIAL

    @property
    def n_steps(self) -> int:
        """Steps recorded."""
        return len(self._rows)

    @property
    def hash(self) -> str:
        """Running hash of all spikes, by step, then by neuron: 16 hexadecimal digits."""
        return f"{self._hash:016x}"

    @property
    def counts(self) -> NDArray[np.int64]:
        """Spikes per neuron, shape (n_neurons,)."""
        counts: NDArray[np.int64] = self.get_data().sum(axis=1, dtype=np.int64)
        return counts

    def record(self, spikes: ArrayLike) -> None:
        """Append one step.

        Parameters
        ----------
        spikes
            0 and 1, shape (n_neurons,).

        Raises
        ------
        ValueError
            If the shape or a value is wrong.
        """
        row = np.asarray(spikes)
        if row.shape != (self.n_neurons,):
            raise ValueError(f"spikes must have shape ({self.n_neurons},), not {row.shape}")
        if not np.isin(row, (0, 1)).all():
            raise ValueError("spikes must hold 0 and 1 only. Compare rates with a threshold first")
        for neuron in np.flatnonzero(row):
            self._hash = update(self._hash, self.n_steps, int(neuron))
        self._rows.append(row.astype(np.uint8))

    def get_data(self) -> NDArray[np.uint8]:
        """Return all spike trains, shape (n_neurons, n_steps)."""
        if not self._rows:
            return np.zeros((self.n_neurons, 0), np.uint8)
        return np.stack(self._rows, axis=1)

    def save(self, path: str | Path) -> None:
        """Write the trains as a compressed .npz file, under exactly this name."""
        with Path(path).open("wb") as file:
            np.savez_compressed(file, spikes=self.get_data(), hash=self.hash)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a recorder that `save` wrote.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        UserError
            If it is not one, is truncated, or its spikes do not give its hash.
        """
        content = BytesIO(Path(path).read_bytes())
        try:
            data = np.load(content, allow_pickle=False)
            if not isinstance(data, NpzFile):
                raise ValueError("a bare array")
            with data:
                spikes, digest = data["spikes"], str(data["hash"])
            recorder = cls(spikes.shape[0])
            for row in spikes.T:
                recorder.record(row)
        except _DAMAGE as error:
            raise UserError(
                f"{path} is not a complete spike recording ({error}). Save it anew"
            ) from None
        if recorder.hash != digest:
            raise UserError(f"{path} was altered: its spikes do not give its hash. Save it anew")
        return recorder
