"""The parts of a network description, in physical units."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bitcortex import check
from bitcortex.network.connectivity import Rule, Synapse
from bitcortex.network.neurons import Neuron
from bitcortex.network.plasticity import StochasticSTDP


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
    """Neurons of one kind; by Dale's law all their synapses have one sign, unless it is mixed."""

    name: str
    size: int
    neuron: Neuron
    sign: str  # excitatory, inhibitory or mixed
    streams: Streams


@dataclass(frozen=True)
class Projection:
    """Synapses from every element of `source` to `target`, each present with `probability`."""

    source: str
    target: str
    weights: Uniform | NDArray[np.float64]  # (target size, source size), magnitudes
    probability: float


@dataclass(frozen=True)
class Connection:
    """Event-driven synapses from a population or recorded source to a population."""

    source: str
    target: str
    rule: Rule
    weight_mv: float | Uniform | NDArray[np.float64]  # one for all, or one per explicit synapse
    delay_ms: float | Uniform | NDArray[np.float64]
    synapse: Synapse
    store: str  # auto, or one of STORES
    plasticity: StochasticSTDP | None


@dataclass(frozen=True)
class Drive:
    """Independent random events for every neuron of a population: Poisson or Bernoulli."""

    target: str
    weight_mv: float
    mean: float  # events per step
    poisson: bool


@dataclass(frozen=True)
class RecordedSource:
    """Spikes given as (step, channel) pairs."""

    name: str
    size: int
    sign: str
    steps: NDArray[np.int64]
    channels: NDArray[np.int64]
