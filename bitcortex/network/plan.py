"""The Plan: what every engine runs. Integers only, with a digest."""

import base64
import hashlib
import json
import zlib
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bitcortex import check
from bitcortex.errors import UserError

FORMAT = "bitcortex-plan"
VERSION = 1
KINDS = ("lif", "stochastic_lif", "homeostatic", "izhikevich")  # of neurons
CURRENT_WIDTH = 40  # bits of a neuron's input, at most
MAX_COUNT = 2**31  # counts are 32-bit integers on some engines


@dataclass(frozen=True)
class SourcePlan:
    """A stimulus as codes: probability code / 2**bits of its target layers. Codes are read-only."""

    name: str
    codes: NDArray[np.uint16]  # (steps, size)

    def __post_init__(self) -> None:
        thing = f"codes of {self.name}"
        object.__setattr__(self, "codes", _frozen(thing, self.codes, np.uint16))

    @property
    def size(self) -> int:
        """Number of channels."""
        return int(self.codes.shape[1])


@dataclass(frozen=True)
class PopulationPlan:
    """A population: its stochastic-computing layer and its neurons.

    The layer's inputs are the channels of `sources`, then the neurons of `populations` (their
    spikes of the step before), in this order; `weights` has shape (size, inputs), signed codes,
    read-only.

    Raises
    ------
    ValueError, TypeError
        If a field is out of its range; an engine may then trust all of them.
    """

    name: str
    sign: str
    size: int
    kind: str  # of neuron: lif, stochastic_lif, homeostatic, izhikevich
    neuron: dict[str, Any]  # integer parameters of the kind
    gain: int  # state units per bit of the count
    length: int  # bits per step and synapse
    mode: str  # of the streams
    bits: int  # of a code
    seed: int  # of streams and noise
    sources: tuple[str, ...]
    populations: tuple[str, ...]
    weights: NDArray[np.int16]

    def __post_init__(self) -> None:
        check.one_of(f"sign of {self.name}", self.sign, ("excitatory", "inhibitory"))
        check.integer(f"size of {self.name}", self.size, 1, 4096)
        check.one_of(f"kind of {self.name}", self.kind, KINDS)
        check.integer(f"length of {self.name}", self.length, 1, 65_536)
        check.one_of(f"mode of {self.name}", self.mode, ("sobol", "lfsr"))
        check.integer(f"bits of {self.name}", self.bits, 2, 8)
        check.integer(f"seed of {self.name}", self.seed, 0, 2**63 - 1)
        thing = f"weights of {self.name}"
        object.__setattr__(self, "weights", _frozen(thing, self.weights, np.int16))
        if len(self.weights) != self.size:
            raise ValueError(f"{thing} must have {self.size} rows, not {len(self.weights)}")
        top = 2**self.bits - 1
        if (worst := int(np.abs(self.weights.astype(np.int32)).max())) > top:
            raise ValueError(f"{thing} must have a magnitude of at most {top}, not {worst}")
        count = self.weights.shape[1] * self.length
        if count >= MAX_COUNT:
            raise ValueError(
                f"{self.name}: inputs times length must be below 2**31, not {count}. "
                "Use shorter streams or fewer inputs"
            )
        check.integer(f"gain of {self.name}", self.gain, 1, 2 ** (CURRENT_WIDTH - 1) // count)
        needed = (self.gain * count).bit_length() + 1
        width = self.neuron.get("current_width")
        check.integer(f"current_width of {self.name}", width, needed, CURRENT_WIDTH)


@dataclass(frozen=True)
class Plan:
    """A network in integers. Two equal digests give equal spikes on every engine.

    Raises
    ------
    ValueError, TypeError
        If its parts do not fit together.
    """

    name: str
    dt_ns: int  # length of a step
    sources: tuple[SourcePlan, ...]
    populations: tuple[PopulationPlan, ...]

    def __post_init__(self) -> None:
        check.integer("dt_ns", self.dt_ns, 1, 10**9)
        if not self.populations:
            raise ValueError(f"{self.name} must have a population")
        sources = {s.name: s for s in self.sources}
        sizes = {name: s.size for name, s in sources.items()}
        sizes |= {p.name: p.size for p in self.populations}
        if len(sizes) < len(self.sources) + len(self.populations):
            raise ValueError(f"{self.name} must have different names for all its parts")
        for p in self.populations:
            for name in p.sources:
                check.one_of(f"source of {p.name}", name, sources)
                if (code := int(sources[name].codes.max())) > 2**p.bits:
                    raise ValueError(f"codes of {name} must be at most {2**p.bits}, not {code}")
            for name in p.populations:
                check.one_of(f"source population of {p.name}", name, sizes.keys() - sources.keys())
            inputs = sum(sizes[name] for name in (*p.sources, *p.populations))
            if p.weights.shape[1] != inputs:
                raise ValueError(
                    f"weights of {p.name} must have {inputs} columns, not {p.weights.shape[1]}"
                )

    @property
    def steps(self) -> int | None:
        """Steps for which there is a stimulus; None if there is no source."""
        return min((len(s.codes) for s in self.sources), default=None)

    @property
    def neurons(self) -> int:
        """Number of neurons of all populations."""
        return sum(p.size for p in self.populations)

    def first_neuron(self, population: str) -> int:
        """Return the number of a population's first neuron, counted over all populations."""
        check.one_of("population", population, [p.name for p in self.populations])
        first = 0
        for p in self.populations:
            if p.name == population:
                break
            first += p.size
        return first

    def source(self, name: str) -> SourcePlan:
        """Return a source by name."""
        return next(s for s in self.sources if s.name == name)

    def population(self, name: str) -> PopulationPlan:
        """Return a population by name."""
        check.one_of("population", name, [p.name for p in self.populations])
        return next(p for p in self.populations if p.name == name)

    def without(self, source: str, target: str) -> "Plan":
        """Return a Plan in which the synapses from `source` to `target` have weight 0.

        Everything else stays, random draws included: a control run.

        Raises
        ------
        ValueError
            If there are no such synapses.
        """
        old = self.population(target)
        check.one_of("source", source, (*old.sources, *old.populations))
        sizes = [self.source(s).size for s in old.sources]
        sizes += [self.population(p).size for p in old.populations]
        at = (*old.sources, *old.populations).index(source)
        weights = old.weights.copy()
        weights[:, sum(sizes[:at]) : sum(sizes[: at + 1])] = 0
        new = replace(old, weights=weights)
        return replace(self, populations=tuple(new if p is old else p for p in self.populations))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical form, 64 hexadecimal digits."""
        text = json.dumps(self._tree(_fingerprint), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def save(self, path: str | Path) -> None:
        """Write the Plan as JSON; arrays are compressed."""
        tree = self._tree(_encode) | {"digest": self.digest}
        Path(path).write_text(json.dumps(tree, indent=1) + "\n")

    def _tree(self, array: Any) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "version": VERSION,
            "name": self.name,
            "dt_ns": self.dt_ns,
            "sources": [{"name": s.name, "codes": array(s.codes)} for s in self.sources],
            "populations": [
                {k: array(v) if k == "weights" else v for k, v in vars(p).items()}
                for p in self.populations
            ],
        }


def load(path: str | Path) -> Plan:
    """Read a Plan that `Plan.save` wrote.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    UserError
        If it is not a Plan, is of another version, or is truncated or altered.
    """
    text = Path(path).read_text(errors="replace")
    try:
        tree = json.loads(text)
    except json.JSONDecodeError as error:
        raise UserError(f"{path} is not a complete JSON file: {error}. Write it anew") from None
    if not isinstance(tree, dict) or tree.get("format") != FORMAT:
        raise UserError(f"{path} is not a bitcortex Plan. Write one with Plan.save")
    if tree.get("version") != VERSION:
        raise UserError(
            f"{path} is a Plan of version {tree.get('version')}, and this bitcortex reads version "
            f"{VERSION}. Lower the network again"
        )
    try:
        sources = tuple(SourcePlan(s["name"], _decode(s["codes"])) for s in tree["sources"])
        populations = tuple(
            PopulationPlan(
                **p
                | {
                    "weights": _decode(p["weights"]),
                    "sources": tuple(p["sources"]),
                    "populations": tuple(p["populations"]),
                }
            )
            for p in tree["populations"]
        )
        plan = Plan(tree["name"], tree["dt_ns"], sources, populations)
        digest = plan.digest
    except (KeyError, TypeError, AttributeError, ValueError, zlib.error) as error:
        raise UserError(f"{path} is a damaged Plan ({error!r}). Lower the network again") from None
    if digest != tree.get("digest"):
        raise UserError(
            f"{path} was altered: its content has digest {digest[:12]}, and it says "
            f"{str(tree.get('digest'))[:12]}. Lower the network again"
        )
    return plan


def _frozen(thing: str, array: NDArray[Any], dtype: type[np.integer]) -> NDArray[Any]:
    """Return a read-only copy: a Plan that changed would keep its digest."""
    if array.dtype != dtype or array.ndim != 2 or 0 in array.shape:
        raise ValueError(
            f"{thing} must be a {dtype.__name__} array of two dimensions, not {array.dtype} "
            f"of shape {array.shape}"
        )
    if array.flags.writeable:
        array = array.copy()
        array.setflags(write=False)
    return array


def _fingerprint(array: NDArray[Any]) -> list[Any]:
    little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    return [little.dtype.str, list(array.shape), hashlib.sha256(little.tobytes()).hexdigest()]


def _encode(array: NDArray[Any]) -> dict[str, Any]:
    little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    data = base64.b64encode(zlib.compress(little.tobytes(), 9)).decode()
    return {"dtype": little.dtype.str, "shape": list(array.shape), "zlib": data}


def _decode(tree: dict[str, Any]) -> NDArray[Any]:
    data = zlib.decompress(base64.b64decode(tree["zlib"], validate=True))
    return np.frombuffer(data, dtype=tree["dtype"]).reshape(tree["shape"])
