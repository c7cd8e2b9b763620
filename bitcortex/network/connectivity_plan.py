"""Where the synapses of a projection are, in integers: three stores."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from bitcortex import check
from bitcortex.network.keys import procedural_key, procedural_row

STORES = ("bitmap", "stored", "procedural")
MAX_WEIGHT = (1 << 23) - 1  # units
Row = tuple[NDArray[np.int64], NDArray[np.int64]]  # targets, weights


@dataclass(frozen=True)
class Bitmap:
    """One bit per pair: byte j // 8, bit j % 8 of a row is target j.

    Parameters
    ----------
    rows
        Shape (sources, ceil(targets / 8)), uint8.
    targets
        Number of targets.
    weight
        Of every synapse, in units.
    """

    rows: NDArray[np.uint8]
    targets: int
    weight: int
    store: ClassVar[str] = "bitmap"

    def __post_init__(self) -> None:
        check.integer("weight", self.weight, -MAX_WEIGHT, MAX_WEIGHT)
        object.__setattr__(self, "rows", _frozen(self.rows, np.uint8))
        if self.rows.ndim != 2 or self.rows.shape[1] != -(-self.targets // 8):
            raise ValueError(f"rows must have {-(-self.targets // 8)} bytes, not {self.rows.shape}")
        if self.targets % 8 and (self.rows[:, -1] >> self.targets % 8).any():
            raise ValueError(f"bits of rows above target {self.targets - 1} must be 0")

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of sources and targets."""
        return len(self.rows), self.targets

    def synapses(self, first: int = 0, seed: int = 0) -> int:
        """Return the number of synapses."""
        return int(np.bitwise_count(self.rows).sum(dtype=np.int64))

    def row(self, source: int, first: int, seed: int) -> Row:
        """Return the targets of a source, ascending, and their weights."""
        targets = np.flatnonzero(np.unpackbits(self.rows[source], bitorder="little"))
        return targets, np.full(len(targets), self.weight, np.int64)

    def into(self, store: str, first: int, seed: int, label: str) -> "Connectivity":
        """Return the same synapses in another store."""
        return _into(self, store, first, seed, label)


@dataclass(frozen=True)
class Stored:
    """Compressed rows: source i has targets[indptr[i] : indptr[i + 1]] with these weights.

    A target may occur more than once in a row (multapses).
    """

    indptr: NDArray[np.int64]
    target: NDArray[np.uint32]
    weights: NDArray[np.int32]
    targets: int
    store: ClassVar[str] = "stored"

    def __post_init__(self) -> None:
        object.__setattr__(self, "indptr", _frozen(self.indptr, np.int64))
        object.__setattr__(self, "target", _frozen(self.target, np.uint32))
        object.__setattr__(self, "weights", _frozen(self.weights, np.int32))
        count = len(self.target)
        good = len(self.indptr) > 0 and self.indptr[0] == 0 and self.indptr[-1] == count
        if not good or (np.diff(self.indptr) < 0).any() or len(self.weights) != count:
            raise ValueError("indptr must ascend from 0 to the number of targets and weights")
        if count and self.target.max() >= self.targets:
            raise ValueError(f"targets must be below {self.targets}, not {self.target.max()}")
        if count and max(int(self.weights.max()), -int(self.weights.min())) > MAX_WEIGHT:
            raise ValueError(f"weights must have a magnitude of at most {MAX_WEIGHT} units")

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of sources and targets."""
        return len(self.indptr) - 1, self.targets

    def synapses(self, first: int = 0, seed: int = 0) -> int:
        """Return the number of synapses."""
        return len(self.target)

    def row(self, source: int, first: int, seed: int) -> Row:
        """Return the targets of a source and their weights."""
        part = slice(self.indptr[source], self.indptr[source + 1])
        return self.target[part].astype(np.int64), self.weights[part].astype(np.int64)

    def into(self, store: str, first: int, seed: int, label: str) -> "Connectivity":
        """Return the same synapses in another store."""
        return _into(self, store, first, seed, label)


@dataclass(frozen=True)
class Procedural:
    """Rows that are made anew from a seed whenever they are needed. See decision 0005.

    Parameters
    ----------
    sources, targets
        Numbers of neurons.
    stride, fraction
        A stratum has ``stride / 2**fraction`` neurons, at least one.
    weight
        Of every synapse, in units.
    """

    sources: int
    targets: int
    stride: int
    fraction: int
    weight: int
    store: ClassVar[str] = "procedural"

    def __post_init__(self) -> None:
        check.integer("weight", self.weight, -MAX_WEIGHT, MAX_WEIGHT)
        check.integer("stride", self.stride, 1, 2**17 - 1)
        check.integer("fraction", self.fraction, 0, 16)
        if self.stride < 1 << self.fraction:
            raise ValueError("a stratum must have at least one neuron")

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of sources and targets."""
        return self.sources, self.targets

    def synapses(self, first: int = 0, seed: int = 0) -> int:
        """Return the number of synapses, by making all rows."""
        return sum(len(self.row(i, first, seed)[0]) for i in range(self.sources))

    def row(self, source: int, first: int, seed: int) -> Row:
        """Return the targets of a source, ascending, and their weights."""
        a, b = procedural_key(seed, source)
        targets = procedural_row(first, self.targets, self.stride, self.fraction, a, b) - first
        return targets, np.full(len(targets), self.weight, np.int64)

    def into(self, store: str, first: int, seed: int, label: str) -> "Connectivity":
        """Return the same synapses in another store."""
        return _into(self, store, first, seed, label)


Connectivity = Bitmap | Stored | Procedural


def pack(rows: Iterator[NDArray[np.int64]], sources: int, targets: int) -> NDArray[np.uint8]:
    """Return the rows of a bitmap from lists of targets."""
    packed = np.zeros((sources, -(-targets // 8)), np.uint8)
    bits = np.zeros(targets, np.bool_)
    for i, row in enumerate(rows):
        bits[:] = False
        bits[row] = True
        packed[i] = np.packbits(bits, bitorder="little")
    return packed


def _into(old: Connectivity, store: str, first: int, seed: int, label: str) -> Connectivity:
    check.one_of("store", store, STORES)
    if store == old.store:
        return old
    if store == "procedural":
        raise ValueError(
            f"synapses of {label} must come from the rule Stratified to be procedural: "
            "a table cannot be turned into a rule"
        )
    sources, targets = old.shape
    rows = [old.row(i, first, seed) for i in range(sources)]
    weights = np.concatenate([w for _, w in rows]) if rows else np.zeros(0, np.int64)
    if store == "stored":
        indptr = np.concatenate([[0], np.cumsum([len(t) for t, _ in rows])])
        flat = np.concatenate([t for t, _ in rows])
        return Stored(indptr, flat.astype(np.uint32), weights.astype(np.int32), targets)
    if len(np.unique(weights)) > 1:
        raise ValueError(
            f"synapses of {label} must have one weight to be a bitmap. Use the store 'stored'"
        )
    if any(len(np.unique(t)) < len(t) for t, _ in rows):
        raise ValueError(
            f"synapses of {label} must join a pair at most once to be a bitmap. "
            "Use the store 'stored'"
        )
    weight = int(weights[0]) if len(weights) else 0
    return Bitmap(pack((t for t, _ in rows), sources, targets), targets, weight)


def _frozen(array: NDArray[np.generic], dtype: type[np.generic]) -> NDArray[np.generic]:
    array = np.ascontiguousarray(array, dtype=dtype)
    if array.flags.writeable:
        array = array.copy()
        array.setflags(write=False)
    return array
