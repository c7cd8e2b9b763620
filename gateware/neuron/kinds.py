"""The pipelines of the kinds of neurons, by the names of `bitcortex.models.neuron.kinds`."""

from bitcortex.gateware.neuron.homeostatic import Homeostatic
from bitcortex.gateware.neuron.izhikevich import Izhikevich
from bitcortex.gateware.neuron.lif import Lif
from bitcortex.gateware.neuron.stochastic_lif import StochasticLif
from bitcortex.models.neuron.kinds import kind_of

PIPELINES = {
    "lif": Lif,
    "stochastic_lif": StochasticLif,
    "homeostatic": Homeostatic,
    "izhikevich": Izhikevich,
}


def pipeline(params):
    """Return the pipeline for a parameter object."""
    return PIPELINES[kind_of(params)](params)
