"""The tutorial's cortical column as an event-driven spiking network."""

import numpy as np

from bitcortex.network.connectivity import AllToAll, Bernoulli
from bitcortex.network.description import Network, Uniform
from bitcortex.network.neurons import LIF

CHANNELS = 20
RAMP_MS = (50.0, 150.0, 350.0, 450.0)  # the stimulus rises, is held, and falls between these
PEAK_HZ = 200.0  # of a channel while the stimulus is held


def spiking_column(seed: int = 42, recurrent: bool = True, inhibition: bool = True) -> Network:
    """Return 80 excitatory and 20 inhibitory LIF neurons driven by a ramp-hold-ramp stimulus.

    Twenty channels of recorded Bernoulli spikes drive the excitatory neurons for half a second;
    these excite each other and the inhibitory ones, which inhibit them back.

    Parameters
    ----------
    seed
        Of stimulus, connectivity and weights.
    recurrent, inhibition
        False leaves out the synapses among excitatory neurons, or the inhibitory ones: controls.
    """
    net = Network("spiking_column", dt_ms=0.5, seed=seed)
    steps = 1000
    rng = np.random.default_rng(np.random.SeedSequence([seed, CHANNELS]))
    envelope = np.interp(np.arange(steps) * net.dt_ms, RAMP_MS, [0.0, 1.0, 1.0, 0.0])
    fires = rng.random((steps, CHANNELS)) < envelope[:, None] * PEAK_HZ * net.dt_ms * 1e-3
    at, channels = np.nonzero(fires)
    stimulus = net.recorded("stimulus", CHANNELS, at, channels)
    exc = net.population("exc", 80, LIF())
    inh = net.population("inh", 20, LIF(tau_ms=10.0), "inhibitory")
    net.connect(stimulus, exc, AllToAll(), Uniform(0.1, 0.5), 0.5)
    net.connect(exc, inh, Bernoulli(0.5), Uniform(0.4, 1.2), 1.0)
    if recurrent:
        net.connect(exc, exc, Bernoulli(0.3), Uniform(0.1, 0.4), 1.5)
    if inhibition:
        net.connect(inh, exc, Bernoulli(0.5), Uniform(0.4, 1.6), 1.0)
    return net
