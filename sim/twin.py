"""A twin: a golden model, its gateware, and the stimulus that tells them apart if they differ."""

import hashlib
import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bitcortex import check, gateware
from bitcortex.gateware.emit import Verilog, emit
from bitcortex.models.model import Model, Trace
from bitcortex.sim import twins
from bitcortex.sim.rtl.harness import Harness

Stimulus = dict[str, NDArray[Any]]
CHUNK = 1 << 16  # cycles held in memory at once


@dataclass(frozen=True)
class Twin:
    """A golden model and its gateware.

    Parameters
    ----------
    name
        Path of both files below ``models/`` and ``gateware/``, with dots: ``neuron.lif``.
    golden, gateware
        The two classes; both are made from one parameter object.
    cases
        Parameter objects by name; the first is the one whose mutants are counted.
    stimulus
        ``stimulus(params, rng, cycles)`` returns one array of shape (cycles,) per input port,
        optionally with ``rst``.
    reached
        ``reached(params, stimulus, trace)`` returns named conditions (every saturation and
        comparison of the module) with whether this run reached them.
    survivors
        Mutants that no stimulus can kill, and why; see `bitcortex.sim.verify.mutants`.
    parts
        Gateware inside that has a twin of its own, where its mutants are: here are none.
    shows
        Why its ports may show a word of RAM that is being written, if they may: `compare` then
        simulates RAM that gives the old word, otherwise one that gives any word, as on an FPGA.
    """

    name: str
    golden: type[Model]
    gateware: Callable[[Any], Any]
    cases: Mapping[str, Any]
    stimulus: Callable[[Any, np.random.Generator, int], Stimulus]
    reached: Callable[[Any, Stimulus, Trace], Mapping[str, bool]]
    survivors: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[type, ...] = ()
    shows: str = ""

    def emit(self, params: Any) -> Verilog:
        """Print the gateware of one case as Verilog."""
        name = self.name.replace(".", "_")
        ports = self.golden.INPUTS, self.golden.OUTPUTS
        return emit(self.gateware(params), *ports, name, self.parts)


@dataclass(frozen=True)
class Difference:
    """The first cycle in which gateware and golden model disagree."""

    cycle: int
    port: str
    golden: int
    gateware: int

    def __str__(self) -> str:
        return (
            f"cycle {self.cycle}: {self.port} is {self.gateware} in the gateware "
            f"and {self.golden} in the golden model"
        )


@dataclass(frozen=True)
class Equality:
    """Result of a comparison of one case over many cycles."""

    cycles: int  # compared
    hash: str  # of the golden trace, 16 hexadecimal digits
    difference: Difference | None
    reached: Mapping[str, bool]  # conditions that must all be true


def compare(
    twin: Twin,
    case: str,
    cycles: int,
    seed: int = 1,
    progress: Callable[[int], object] = lambda cycles: None,
) -> Equality:
    """Run golden model and compiled gateware on the same stimulus and compare every port.

    Parameters
    ----------
    twin, case
        What to compare.
    cycles
        Clock cycles, at least 1.
    seed
        Of the stimulus.
    progress
        Called with the number of cycles done since the last call.
    """
    params = twin.cases[case]
    golden = twin.golden(params)
    stimulus = twin.stimulus(params, np.random.default_rng(seed), cycles)
    digest = hashlib.sha256()
    done = 0
    reached: dict[str, bool] = {}
    verilog = twin.emit(params)
    with Harness(verilog if twin.shows else verilog.as_synthesised()) as harness:
        while done < cycles:
            chunk = {k: v[done : done + CHUNK] for k, v in stimulus.items()}
            expected = golden.trace(chunk)
            rows = harness.pack_outputs(expected)
            digest.update(rows.tobytes())
            found = harness.run(chunk)
            for condition, hit in twin.reached(params, chunk, expected).items():
                reached[condition] = reached.get(condition, False) or bool(hit)
            difference = _first_difference(expected, found, done)
            count = len(rows)
            done += count
            progress(count)
            if difference:
                return Equality(difference.cycle + 1, digest.hexdigest()[:16], difference, reached)
    return Equality(done, digest.hexdigest()[:16], None, reached)


def _first_difference(expected: Trace, found: Trace, offset: int) -> Difference | None:
    first: Difference | None = None
    for port, column in expected.items():
        wrong = np.flatnonzero(column != found[port])
        if len(wrong) and (first is None or offset + int(wrong[0]) < first.cycle):
            at = int(wrong[0])
            first = Difference(offset + at, port, int(column[at]), int(found[port][at]))
    return first


@cache
def all_twins() -> dict[str, Twin]:
    """Return every twin by name, found below ``bitcortex.sim.twins``."""
    return {name: find(name) for name in names()}


def names() -> list[str]:
    """Return the names of all twins, without importing them.

    A file below ``sim/twins/`` without gateware of the same path is a helper of others.
    """
    return sorted(_files(twins) & _files(gateware))


def _files(package: ModuleType) -> set[str]:
    prefix = f"{package.__name__}."
    modules = pkgutil.walk_packages(package.__path__, prefix)
    return {info.name.removeprefix(prefix) for info in modules if not info.ispkg}


def find(name: str) -> Twin:
    """Return the twin of a name.

    Raises
    ------
    ValueError
        If there is none; the message lists the names.
    """
    check.one_of("module", name, names())
    twin: Twin = importlib.import_module(f"{twins.__name__}.{name}").TWIN
    return twin
