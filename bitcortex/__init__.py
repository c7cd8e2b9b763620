"""Stochastic and spiking cortical networks, described once, identical on every engine."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from bitcortex.models.encode.encoder import BitstreamEncoder
    from bitcortex.models.faults import Faults
    from bitcortex.models.neuron.fixed_point_lif import FixedPointLIFNeuron
    from bitcortex.models.neuron.homeostatic_lif import HomeostaticLIFNeuron
    from bitcortex.models.neuron.sc_izhikevich import SCIzhikevichNeuron
    from bitcortex.models.neuron.stochastic_lif_neuron import StochasticLIFNeuron
    from bitcortex.models.recorder.spike_recorder import BitstreamSpikeRecorder
    from bitcortex.models.synapse.bitstream_dot_product import BitstreamDotProduct
    from bitcortex.models.synapse.bitstream_synapse import BitstreamSynapse
    from bitcortex.models.synapse.stochastic_stdp_synapse import StochasticSTDPSynapse
    from bitcortex.network.description import Network
    from bitcortex.network.interchange.brian2 import from_brian2
    from bitcortex.network.interchange.nir import from_nir
    from bitcortex.network.interchange.nir_export import to_nir
    from bitcortex.network.run import Run
    from bitcortex.sim.engine.fixed_layer import FixedPointDenseLayer
    from bitcortex.sim.engine.memristive import MemristiveDenseLayer
    from bitcortex.sim.engine.sc_layer import SCDenseLayer, SCRecurrentLayer
    from bitcortex.sim.engine.sc_layer_numba import VectorizedSCLayer
    from bitcortex.sim.simulate import simulate
    from bitcortex.sim.soc.targets import open

# Where each public name lives. Loaded on first use: Numba takes seconds to import.
_HOMES = {
    "BitstreamDotProduct": "models.synapse.bitstream_dot_product",
    "BitstreamEncoder": "models.encode.encoder",
    "BitstreamSpikeRecorder": "models.recorder.spike_recorder",
    "BitstreamSynapse": "models.synapse.bitstream_synapse",
    "Faults": "models.faults",
    "FixedPointDenseLayer": "sim.engine.fixed_layer",
    "FixedPointLIFNeuron": "models.neuron.fixed_point_lif",
    "HomeostaticLIFNeuron": "models.neuron.homeostatic_lif",
    "MemristiveDenseLayer": "sim.engine.memristive",
    "Network": "network.description",
    "Run": "network.run",
    "SCDenseLayer": "sim.engine.sc_layer",
    "SCIzhikevichNeuron": "models.neuron.sc_izhikevich",
    "SCRecurrentLayer": "sim.engine.sc_layer",
    "StochasticLIFNeuron": "models.neuron.stochastic_lif_neuron",
    "StochasticSTDPSynapse": "models.synapse.stochastic_stdp_synapse",
    "VectorizedSCLayer": "sim.engine.sc_layer_numba",
    "from_brian2": "network.interchange.brian2",
    "from_nir": "network.interchange.nir",
    "open": "sim.soc.targets",
    "simulate": "sim.simulate",
    "to_nir": "network.interchange.nir_export",
}

__all__ = [
    "BitstreamDotProduct",
    "BitstreamEncoder",
    "BitstreamSpikeRecorder",
    "BitstreamSynapse",
    "Faults",
    "FixedPointDenseLayer",
    "FixedPointLIFNeuron",
    "HomeostaticLIFNeuron",
    "MemristiveDenseLayer",
    "Network",
    "Run",
    "SCDenseLayer",
    "SCIzhikevichNeuron",
    "SCRecurrentLayer",
    "StochasticLIFNeuron",
    "StochasticSTDPSynapse",
    "VectorizedSCLayer",
    "from_brian2",
    "from_nir",
    "open",
    "simulate",
    "to_nir",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'bitcortex' has no attribute {name!r}")
    value = getattr(import_module(f"bitcortex.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
