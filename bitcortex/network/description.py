"""The network description: populations, sources and projections in physical units."""

from dataclasses import dataclass, field
from types import UnionType
from typing import get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bitcortex import check
from bitcortex.network.connectivity import Explicit, Fixed, Rule, Stratified, Synapse
from bitcortex.network.connectivity_plan import STORES
from bitcortex.network.neurons import Neuron
from bitcortex.network.parts import (
    Connection,
    Drive,
    Population,
    Projection,
    RecordedSource,
    Source,
    Streams,
    Uniform,
)
from bitcortex.network.plasticity import StochasticSTDP

__all__ = ["SIGNS", "Network", "Population", "Projection", "Source", "Streams", "Uniform"]

SIGNS = {"excitatory": 1, "inhibitory": -1, "mixed": 1}  # mixed: weights have their own


@dataclass
class Network:
    """A network of populations.

    Its synapses are either stochastic-computing layers (`source`, `project`) or event-driven
    (`connect`, `poisson`, `bernoulli`, `constant`, `recorded`), not both.

    Parameters
    ----------
    name
        Shown in reports and files.
    dt_ms
        Length of a step in ms.
    seed
        Of everything random: weights, connectivity, bitstreams, noise. 0 to 2**63 - 1.
    headroom
        Of event-driven networks: membranes hold this many times the largest threshold or reset,
        on both sides of rest, and saturate there. More makes their unit larger.

    Examples
    --------
    >>> from bitcortex.network.neurons import LIF
    >>> net = Network("pair", dt_ms=1.0, seed=1)
    >>> stimulus = net.source("stimulus", [[0.5, 0.5]] * 100)
    >>> cells = net.population("cells", 3, LIF())
    >>> net.project(stimulus, cells, Uniform(1.0, 2.0))
    """

    name: str
    dt_ms: float = 1.0
    seed: int = 1
    headroom: float = 1.25
    sources: dict[str, Source] = field(default_factory=dict)
    populations: dict[str, Population] = field(default_factory=dict)
    projections: list[Projection] = field(default_factory=list)
    connections: list[Connection] = field(default_factory=list)
    drives: dict[str, Drive] = field(default_factory=dict)
    constants_mv: dict[str, float] = field(default_factory=dict)
    recordings: dict[str, RecordedSource] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check.real("dt_ms", self.dt_ms, 1e-3, 1e3)
        check.integer("seed", self.seed, 0, 2**63 - 1)
        check.real("headroom", self.headroom, 1.0, 1e3)

    def source(self, name: str, rates: ArrayLike) -> str:
        """Add a stimulus and return its name.

        Parameters
        ----------
        name
            New in this network.
        rates
            Shape (steps, channels), each a probability in [0, 1].

        Raises
        ------
        ValueError
            If the name is taken, the shape is wrong or an entry is not a probability.
        """
        self._new(name)
        array = check.probabilities(f"rates of {name}", rates)
        if array.ndim != 2 or 0 in array.shape:
            raise ValueError(
                f"rates of {name} must have shape (steps, channels), not {array.shape}. "
                "Give one row per step."
            )
        self.sources[name] = Source(name, array)
        return name

    def population(
        self,
        name: str,
        size: int,
        neuron: Neuron,
        sign: str = "excitatory",
        streams: Streams | None = None,
    ) -> str:
        """Add a population and return its name.

        Parameters
        ----------
        name, size, neuron
            New in this network; 1 to 1,048,576 neurons; of which kind.
        sign
            Of its synapses: excitatory or inhibitory (Dale's law), or, in event-driven networks,
            mixed: each weight has its own.
        streams
            Of the synapses of a layer.

        Raises
        ------
        ValueError
            If the name is taken, the size is not 1 to 1,048,576, or the sign is unknown.
        """
        self._new(name)
        check.integer(f"size of {name}", size, 1, 1 << 20)
        check.one_of(f"sign of {name}", sign, SIGNS)
        self.populations[name] = Population(name, size, neuron, sign, streams or Streams())
        return name

    def project(
        self,
        source: str,
        target: str,
        weights: Uniform | ArrayLike,
        probability: float = 1.0,
    ) -> None:
        """Add synapses from a source or population to a population.

        Parameters
        ----------
        source, target
            Names.
        weights
            A distribution, a number, or an array of shape (target size, source size): the size of
            the post-synaptic kick of a spike in mV (or in Izhikevich's current units), as a
            magnitude. The sign is the source's (Dale's law).
        probability
            Of each synapse to be there.

        Raises
        ------
        ValueError
            For unknown names, wrong shapes, negative weights, or a second projection of one pair.
        """
        check.one_of("source", source, [*self.sources, *self.populations])
        check.one_of("target", target, self.populations)
        check.real("probability", probability, 0.0, 1.0)
        if any((p.source, p.target) == (source, target) for p in self.projections):
            raise ValueError(
                f"{source} must project to {target} once, not twice. Add the weights in one array."
            )
        if not isinstance(weights, Uniform):
            shape = (self.populations[target].size, self._size(source))
            array = np.asarray(weights, dtype=np.float64)
            if array.ndim == 0:
                array = np.full(shape, float(array))
            if array.shape != shape:
                raise ValueError(
                    f"weights of {source} to {target} must have shape {shape} "
                    f"(target, source), not {array.shape}"
                )
            if not (np.isfinite(array) & (array >= 0.0)).all():
                raise ValueError(
                    f"weights of {source} to {target} must be finite and not negative. "
                    "They are magnitudes: make the source population inhibitory instead."
                )
            weights = array
        self.projections.append(Projection(source, target, weights, probability))

    def connect(
        self,
        source: str,
        target: str,
        rule: Rule,
        weight_mv: float | Uniform | ArrayLike,
        delay_ms: float | Uniform | ArrayLike | None = None,
        synapse: Synapse | None = None,
        store: str = "auto",
        plasticity: StochasticSTDP | None = None,
    ) -> None:
        """Add event-driven synapses (delta kicks) from a population or recorded source.

        Parameters
        ----------
        source, target
            Names.
        rule
            Which pairs: `Bernoulli`, `FixedInDegree`, `AllToAll`, `OneToOne`, `Stratified` or
            `Explicit`. Two connections of one pair of populations add up.
        weight_mv
            Kick of a spike in mV, a magnitude: the source has the sign, unless that is ``mixed``,
            when weights have their own. A number, `Uniform`, or with `Explicit` an array with one
            entry per synapse.
        delay_ms
            At least one step, the default; rounded to steps. A number, `Uniform`, or with
            `Explicit` an array.
        synapse
            `Fixed` (default), `Release` or `Bitstream`.
        store
            In gateware: ``bitmap`` (one weight), ``stored``, ``procedural`` (rule `Stratified`);
            ``auto`` chooses.
        plasticity
            How the weights change, if they do: `StochasticSTDP`. The source must be excitatory, the
            synapses fixed and stored.

        Raises
        ------
        ValueError
            For unknown names, weights that are negative, or delays below a step.
        """
        check.one_of("source", source, [*self.recordings, *self.populations])
        check.one_of("target", target, self.populations)
        check.one_of("store", store, ("auto", *STORES))
        label = f"{source} to {target}"
        _instance(f"rule of {label}", rule, Rule)
        _instance(f"synapse of {label}", synapse or Fixed(), Synapse)
        if store == "procedural" and not isinstance(rule, Stratified):
            raise ValueError(
                f"{label}: the rule must be Stratified for procedural rows, not "
                f"{type(rule).__name__}. Use Stratified, or another store"
            )
        if plasticity is not None:
            self._check_plastic(source, label, plasticity, synapse, store)
        part = self.recordings.get(source) or self.populations[source]
        weight = _per_synapse(f"weight_mv of {label}", weight_mv, rule, part.sign == "mixed")
        delay = _per_synapse(
            f"delay_ms of {label}", self.dt_ms if delay_ms is None else delay_ms, rule
        )
        shortest = delay.low if isinstance(delay, Uniform) else float(np.min(delay, initial=np.inf))
        if shortest < self.dt_ms * (1 - 1e-9):
            raise ValueError(
                f"delay_ms of {label} must be at least a step of {self.dt_ms:g} ms, not "
                f"{shortest:g}. Use a longer delay or a smaller dt_ms"
            )
        self.connections.append(
            Connection(source, target, rule, weight, delay, synapse or Fixed(), store, plasticity)
        )

    def _check_plastic(
        self,
        source: str,
        label: str,
        plasticity: StochasticSTDP,
        synapse: Synapse | None,
        store: str,
    ) -> None:
        if not isinstance(plasticity, StochasticSTDP):
            raise TypeError(f"plasticity of {label} must be StochasticSTDP, not {plasticity!r}")
        part = self.recordings.get(source) or self.populations[source]
        if part.sign != "excitatory":
            raise ValueError(
                f"the source of plastic synapses {label} must be excitatory, not {part.sign}: "
                "weights stay in 0 to maximum_mv. Leave out plasticity"
            )
        if not isinstance(synapse or Fixed(), Fixed):
            raise ValueError(
                f"plastic synapses {label} must be Fixed, not {type(synapse).__name__}. "
                "Leave out synapse, or plasticity"
            )
        if store not in ("auto", "stored"):
            raise ValueError(
                f"plastic synapses {label} must be stored, not {store}: each has a weight of its "
                "own. Use store='stored' or 'auto'"
            )

    def poisson(self, target: str, rate_hz: float, weight_mv: float, inputs: int = 1) -> None:
        """Give every neuron of a population its own Poisson drive.

        Parameters
        ----------
        target
            A population; it can have one drive.
        rate_hz
            Of one input, in Hz.
        weight_mv
            Kick of an event in mV; negative inhibits.
        inputs
            Number of independent inputs of that rate per neuron: rates add.
        """
        mean = check.real("rate_hz", rate_hz, 0.0, 1e9) * 1e-3 * self.dt_ms
        check.integer("inputs", inputs, 1, 10**9)
        self._drive(Drive(target, weight_mv, mean * inputs, poisson=True))

    def bernoulli(self, target: str, probability: float, weight_mv: float) -> None:
        """Give every neuron of a population an event with `probability` in every step."""
        check.real("probability", probability, 0.0, 1.0)
        self._drive(Drive(target, weight_mv, probability, poisson=False))

    def constant(self, target: str, drive_mv: float) -> None:
        """Drive a population with a constant current: `drive_mv` is the voltage it leads to."""
        check.one_of("target", target, self.populations)
        if target in self.constants_mv:
            raise ValueError(f"{target} must have one constant current. Add the values")
        self.constants_mv[target] = check.real("drive_mv", drive_mv, -1e6, 1e6)

    def recorded(
        self,
        name: str,
        size: int,
        steps: ArrayLike,
        channels: ArrayLike,
        sign: str = "excitatory",
    ) -> str:
        """Add a source of recorded spikes and return its name.

        Parameters
        ----------
        name
            New in this network.
        size
            Number of channels.
        steps, channels
            Of the spikes, in any order; equal pairs count once.
        sign
            Of its synapses: excitatory, inhibitory, or mixed (each weight has its own).
        """
        self._new(name)
        check.integer(f"size of {name}", size, 1, 1 << 20)
        check.one_of(f"sign of {name}", sign, SIGNS)
        for which, values in (("steps", steps), ("channels", channels)):
            array = np.asarray(values)
            if array.size and array.dtype.kind not in "iu":
                raise ValueError(f"{which} of {name} must be integers, not {array.dtype}")
        at, of = np.asarray(steps, dtype=np.int64), np.asarray(channels, dtype=np.int64)
        if at.ndim != 1 or at.shape != of.shape:
            raise ValueError(f"steps and channels of {name} must be lists of equal lengths")
        if at.size and (at.min() < 0 or of.min() < 0 or of.max() >= size):
            raise ValueError(f"spikes of {name} must have steps >= 0 and channels in 0..{size - 1}")
        pairs = np.unique(np.stack([at, of]), axis=1)
        self.recordings[name] = RecordedSource(name, size, sign, pairs[0], pairs[1])
        return name

    def _drive(self, drive: Drive) -> None:
        check.one_of("target", drive.target, self.populations)
        check.real("weight_mv", drive.weight_mv, -1e6, 1e6)
        if drive.target in self.drives:
            raise ValueError(
                f"{drive.target} must have one Poisson or Bernoulli drive. Rates of equal weights "
                "add up: use one drive with their sum"
            )
        self.drives[drive.target] = drive

    @property
    def event_driven(self) -> bool:
        """Whether the network has what only event-driven networks have."""
        return bool(self.connections or self.drives or self.constants_mv or self.recordings)

    def _size(self, name: str) -> int:
        return self.sources[name].size if name in self.sources else self.populations[name].size

    def _new(self, name: str) -> None:
        if not name.isidentifier():
            raise ValueError(f"name must be a word of letters, digits and _, not {name!r}")
        if name in self.sources or name in self.populations or name in self.recordings:
            raise ValueError(f"name must be new, not {name!r}. Sources and populations share names")


def _instance(name: str, value: object, kinds: UnionType) -> None:
    """Raise TypeError unless a value is of one of the kinds."""
    if not isinstance(value, kinds):
        known = ", ".join(kind.__name__ for kind in get_args(kinds))
        raise TypeError(f"{name} must be one of {known}, not {value!r}")


def _per_synapse(
    name: str, value: float | Uniform | ArrayLike, rule: Rule, signed: bool = False
) -> float | Uniform | NDArray[np.float64]:
    """Return a number, a distribution, or an array of one number per explicit synapse."""
    if isinstance(value, Uniform):
        return value
    array = np.asarray(value, dtype=np.float64)
    if not (np.isfinite(array) & (signed | (array >= 0.0))).all():
        hint = " Weights are magnitudes: make the source inhibitory instead, or mixed"
        raise ValueError(
            f"{name} must be finite and not negative.{hint if name.startswith('weight') else ''}"
        )
    if array.ndim == 0:
        return float(array)
    if not isinstance(rule, Explicit) or array.shape != np.shape(rule.sources):
        raise ValueError(
            f"{name} must be a number or Uniform; an array needs the rule Explicit, and as many "
            f"entries as it has synapses, not shape {array.shape}"
        )
    return array
