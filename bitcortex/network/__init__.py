"""The network description, its lowering to integers, and the Plan."""

from bitcortex.network.description import Network, Population, Projection, Source, Streams, Uniform
from bitcortex.network.loss import Loss, Lowered
from bitcortex.network.lower import lower
from bitcortex.network.neurons import LIF, HomeostaticLIF, Izhikevich, StochasticLIF
from bitcortex.network.plan import Plan, PopulationPlan, SourcePlan
from bitcortex.network.run import Run

__all__ = [
    "LIF",
    "HomeostaticLIF",
    "Izhikevich",
    "Loss",
    "Lowered",
    "Network",
    "Plan",
    "Population",
    "PopulationPlan",
    "Projection",
    "Run",
    "Source",
    "SourcePlan",
    "StochasticLIF",
    "Streams",
    "Uniform",
    "lower",
]
