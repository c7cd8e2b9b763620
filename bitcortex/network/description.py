"""The network description: populations, sources and projections in physical units."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bitcortex import check
from bitcortex.network.neurons import Neuron

SIGNS = {"excitatory": 1, "inhibitory": -1}


@dataclass(frozen=True)
class Streams:
    """The bitstreams of a population's synapses.

    Parameters
    ----------
    length
        Bits per step and synapse, 1 to 65,536.
    mode
        ``sobol`` or ``lfsr``.
    bits
        Resolution of probabilities and weights, 2 to 8.
    """

    length: int = 64
    mode: str = "sobol"
    bits: int = 8

    def __post_init__(self) -> None:
        check.integer("length", self.length, 1, 65_536)
        check.one_of("mode", self.mode, ("sobol", "lfsr"))
        check.integer("bits", self.bits, 2, 8)


@dataclass(frozen=True)
class Uniform:
    """Weights drawn uniformly in [low, high): mV, or Izhikevich's units of current."""

    low: float
    high: float

    def __post_init__(self) -> None:
        check.real("low", self.low, 0.0, 1e6, "Weights are magnitudes; the source has the sign.")
        check.real("high", self.high, self.low, 1e6)


@dataclass(frozen=True)
class Source:
    """A stimulus: a spike probability per channel and step."""

    name: str
    rates: NDArray[np.float64]  # (steps, size), probabilities

    @property
    def size(self) -> int:
        """Number of channels."""
        return int(self.rates.shape[1])


@dataclass(frozen=True)
class Population:
    """Neurons of one kind; by Dale's law all their synapses have one sign."""

    name: str
    size: int
    neuron: Neuron
    sign: str  # excitatory or inhibitory
    streams: Streams


@dataclass(frozen=True)
class Projection:
    """Synapses from every element of `source` to `target`, each present with `probability`."""

    source: str
    target: str
    weights: Uniform | NDArray[np.float64]  # (target size, source size), magnitudes
    probability: float


@dataclass
class Network:
    """A network of populations.

    Parameters
    ----------
    name
        Shown in reports and files.
    dt_ms
        Length of a step in ms.
    seed
        Of everything random: weights, connectivity, bitstreams, noise. 0 to 2**63 - 1.

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
    sources: dict[str, Source] = field(default_factory=dict)
    populations: dict[str, Population] = field(default_factory=dict)
    projections: list[Projection] = field(default_factory=list)

    def __post_init__(self) -> None:
        check.real("dt_ms", self.dt_ms, 1e-3, 1e3)
        check.integer("seed", self.seed, 0, 2**63 - 1)

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

        Raises
        ------
        ValueError
            If the name is taken, the size is not 1 to 4,096, or the sign is unknown.
        """
        self._new(name)
        check.integer(f"size of {name}", size, 1, 4096)
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

    def _size(self, name: str) -> int:
        return self.sources[name].size if name in self.sources else self.populations[name].size

    def _new(self, name: str) -> None:
        if not name.isidentifier():
            raise ValueError(f"name must be a word of letters, digits and _, not {name!r}")
        if name in self.sources or name in self.populations:
            raise ValueError(f"name must be new, not {name!r}. Sources and populations share names")
