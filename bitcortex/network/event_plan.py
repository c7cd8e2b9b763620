"""The Plan of an event-driven network: integers only, with a digest. See decision 0005."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bitcortex import check
from bitcortex.network.connectivity_plan import Bitmap, Connectivity, Procedural, Stored
from bitcortex.network.plasticity import Stdp

FORMAT = "bitcortex-event-plan"
VERSION = 1
GENERATORS = 64  # of the drive
MAX_NEURONS = 1 << 20
MAX_DELAY = 1 << 12  # steps
MAX_WEIGHT = (1 << 23) - 1  # units
MAX_TABLE = 63  # entries of a cumulative distribution


@dataclass(frozen=True)
class EventPopulation:
    """Neurons of one kind, with their drive.

    Parameters
    ----------
    name, size, sign
        As in the description.
    neuron
        Integer parameters of a LIF neuron: data_width, alpha, leak, v_threshold, v_reset,
        refractory.
    cdf
        Ascending 16-bit thresholds: a draw u adds `drive` for every entry <= u.
    drive, constant
        Units per event, and per step.
    """

    name: str
    size: int
    sign: str
    neuron: dict[str, Any]
    cdf: tuple[int, ...] = ()
    drive: int = 0
    constant: int = 0

    def __post_init__(self) -> None:
        check.integer(f"size of {self.name}", self.size, 1, MAX_NEURONS)
        check.one_of(f"sign of {self.name}", self.sign, ("excitatory", "inhibitory", "mixed"))
        check.one_of(f"leak of {self.name}", self.neuron.get("leak"), ("floor", "nearest"))
        if len(self.cdf) > MAX_TABLE or list(self.cdf) != sorted(self.cdf):
            raise ValueError(f"cdf of {self.name} must ascend and have at most {MAX_TABLE} entries")
        for entry in self.cdf:
            check.integer(f"cdf of {self.name}", entry, 0, 65_535)
        check.integer(f"drive of {self.name}", self.drive, -MAX_WEIGHT, MAX_WEIGHT)
        check.integer(f"constant of {self.name}", self.constant, -MAX_WEIGHT, MAX_WEIGHT)


@dataclass(frozen=True)
class Recorded:
    """Spikes from the host: channel c fires in step s. Sorted by step, then channel."""

    name: str
    size: int
    sign: str
    steps: NDArray[np.int64]
    channels: NDArray[np.uint32]

    def __post_init__(self) -> None:
        check.integer(f"size of {self.name}", self.size, 1, MAX_NEURONS)
        for field, dtype in (("steps", np.int64), ("channels", np.uint32)):
            object.__setattr__(self, field, frozen(getattr(self, field), dtype))
        if len(self.steps) != len(self.channels):
            raise ValueError(f"steps and channels of {self.name} must have equal lengths")
        if len(self.steps) and (self.steps.min() < 0 or self.channels.max() >= self.size):
            raise ValueError(
                f"spikes of {self.name} must have steps >= 0 and channels < {self.size}"
            )
        order = self.steps * self.size + self.channels
        if (np.diff(order) <= 0).any():
            raise ValueError(f"spikes of {self.name} must be sorted and different")


@dataclass(frozen=True)
class EventProjection:
    """Synapses of one delay.

    Parameters
    ----------
    source, target
        Names.
    delay
        In steps, at least 1.
    connectivity
        Where the synapses are, and their weights.
    length, probability
        Of a stochastic synapse: draws, and the 16-bit threshold below which a draw is a 1; length 0
        is a fixed synapse.
    seed
        Of procedural rows, stochastic synapses and plasticity, 32 bits.
    plasticity
        How the weights change; None if they do not. Only of stored, fixed synapses.
    """

    source: str
    target: str
    delay: int
    connectivity: Connectivity
    length: int = 0
    probability: int = 0
    seed: int = 0
    plasticity: Stdp | None = None

    def __post_init__(self) -> None:
        check.integer(f"delay of {self.label}", self.delay, 1, MAX_DELAY)
        check.integer(f"length of {self.label}", self.length, 0, 16)
        check.integer(f"probability of {self.label}", self.probability, 0, 65_536)
        check.integer(f"seed of {self.label}", self.seed, 0, 2**32 - 1)
        if self.plasticity is None:
            return
        if self.length:
            raise ValueError(f"plastic synapses of {self.label} must be Fixed. Leave out synapse")
        c = self.connectivity
        if not isinstance(c, Stored):
            raise ValueError(
                f"plastic synapses of {self.label} must be stored, not {c.store}: each has its own "
                "weight. Use store='stored' or 'auto'"
            )
        if (
            len(c.weights)
            and not 0 <= c.weights.min() <= c.weights.max() <= self.plasticity.maximum
        ):
            raise ValueError(
                f"weights of plastic synapses of {self.label} must be in 0 to "
                f"{self.plasticity.maximum} units, not {c.weights.min()} to {c.weights.max()}. "
                "Raise maximum_mv, and make the source excitatory"
            )

    @property
    def label(self) -> str:
        """For messages."""
        return f"{self.source} to {self.target}"

    @property
    def most(self) -> int:
        """The number of weights that one event can add."""
        return max(1, self.length)


@dataclass(frozen=True)
class EventPlan:
    """An event-driven network in integers. Two equal digests give equal spikes on every engine."""

    name: str
    dt_ns: int
    data_width: int
    seed: int  # of the drive generators
    populations: tuple[EventPopulation, ...]
    recorded: tuple[Recorded, ...]
    projections: tuple[EventProjection, ...]

    def __post_init__(self) -> None:
        check.integer("dt_ns", self.dt_ns, 1, 10**9)
        check.integer("data_width", self.data_width, 8, 32)
        check.integer("seed", self.seed, 0, 2**63 - 1)
        names = self.names
        if len(set(names)) < len(names) or not self.populations:
            raise ValueError(
                f"{self.name} must have populations, and different names for all parts"
            )
        check.integer(f"neurons of {self.name}", self.neurons, 1, MAX_NEURONS)
        for p in self.projections:
            check.one_of(f"source of {p.label}", p.source, names)
            check.one_of(f"target of {p.label}", p.target, [x.name for x in self.populations])
            wanted = (self.size(p.source), self.size(p.target))
            if p.connectivity.shape != wanted:
                raise ValueError(
                    f"synapses of {p.label} must have shape {wanted}, not {p.connectivity.shape}"
                )

    @property
    def steps(self) -> int | None:
        """Steps for which there is a stimulus: any number."""
        return None

    @property
    def neurons(self) -> int:
        """Number of neurons of all populations."""
        return sum(p.size for p in self.populations)

    @property
    def driven(self) -> bool:
        """Whether there are Poisson or Bernoulli sources."""
        return any(p.cdf and p.drive for p in self.populations)

    @property
    def longest_delay(self) -> int:
        """In steps; 1 without projections."""
        return max((p.delay for p in self.projections), default=1)

    @property
    def shortest_delay(self) -> int:
        """Of synapses between neurons, in steps; the longest there may be if there are none."""
        inner = {p.name for p in self.populations}
        return min((p.delay for p in self.projections if p.source in inner), default=MAX_DELAY)

    @property
    def _named(self) -> list[EventPopulation | Recorded]:
        return [*self.populations, *self.recorded]

    @property
    def plastic(self) -> tuple[EventProjection, ...]:
        """Projections whose weights change."""
        return tuple(p for p in self.projections if p.plasticity)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of populations, then of recorded sources."""
        return tuple(part.name for part in self._named)

    @cached_property
    def _parts(self) -> dict[str, tuple[int, int]]:
        """First id and size; channels of recorded sources come after all neurons."""
        first, found = 0, {}
        for part in self._named:
            found[part.name] = (first, part.size)
            first += part.size
        return found

    def first_neuron(self, name: str) -> int:
        """Return the number of the first neuron (or channel), counted over all parts."""
        return self._parts[check.one_of("population", name, self._parts)][0]

    def size(self, name: str) -> int:
        """Return the number of neurons of a population, or channels of a source."""
        return self._parts[check.one_of("population", name, self._parts)][1]

    def generators(self) -> NDArray[np.uint64]:
        """Return the initial states of the drive generators, shape (64,), none of them 0."""
        words = np.random.SeedSequence([self.seed, GENERATORS]).generate_state(
            GENERATORS, np.uint64
        )
        return np.where(words == 0, np.uint64(1), words)

    def stored_as(self, store: str) -> "EventPlan":
        """Return a Plan with the same synapses in another store: the same spikes.

        Raises
        ------
        ValueError
            If a projection cannot be kept in that store.
        """
        changed = []
        for p in self.projections:
            a = p.connectivity.into(store, self.first_neuron(p.target), p.seed, p.label)
            changed.append(replace(p, connectivity=a))
        return replace(self, projections=tuple(changed))

    def save(self, path: str | Path) -> None:
        """Write the Plan as JSON, arrays compressed; `event_files.load` reads it."""
        from bitcortex.network import event_files  # which imports this module

        event_files.save(self, path)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical form, 64 hexadecimal digits."""
        text = json.dumps(tree(self, fingerprint), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def tree(thing: Any, array: Callable[[NDArray[Any]], Any]) -> Any:
    """Return a Plan as dictionaries, lists, strings and integers."""
    if isinstance(thing, np.ndarray):
        return array(thing)
    if isinstance(thing, tuple):
        return [tree(x, array) for x in thing]
    if isinstance(thing, EventPlan):
        head = {"format": FORMAT, "version": VERSION}
        return head | {k: tree(getattr(thing, k), array) for k in thing.__dataclass_fields__}
    if isinstance(thing, Bitmap | Stored | Procedural):
        fields = {k: tree(getattr(thing, k), array) for k in thing.__dataclass_fields__}
        return {"store": thing.store} | fields
    if isinstance(thing, EventProjection):
        fields = {k: tree(getattr(thing, k), array) for k in thing.__dataclass_fields__}
        if thing.plasticity is None:  # as in Plans from before there was any
            del fields["plasticity"]
        return fields
    if isinstance(thing, EventPopulation | Recorded | Stdp):
        return {k: tree(getattr(thing, k), array) for k in thing.__dataclass_fields__}
    return thing


def fingerprint(array: NDArray[Any]) -> list[Any]:
    """Return type, shape and SHA-256 of an array."""
    little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    return [little.dtype.str, list(array.shape), hashlib.sha256(little.data).hexdigest()]


def frozen(array: NDArray[Any], dtype: Any) -> NDArray[Any]:
    """Return a read-only array of a type; a copy if the caller could still write to it."""
    array = np.ascontiguousarray(array, dtype=dtype)
    if array.flags.writeable:
        array = array.copy()
        array.setflags(write=False)
    return array
