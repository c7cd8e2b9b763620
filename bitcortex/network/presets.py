"""Networks that come with bitcortex: the systems of the tutorials, and Brunel's."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bitcortex import check
from bitcortex.network.brunel import brunel_2000, brunel_ai, brunel_seed
from bitcortex.network.description import Network, Streams, Uniform
from bitcortex.network.neurons import Izhikevich, StochasticLIF
from bitcortex.network.potjans_diesmann import potjans_diesmann
from bitcortex.network.spiking_column import spiking_column

__all__ = [
    "COLUMN_STEPS",
    "HOLD",
    "PRESETS",
    "brunel_2000",
    "brunel_ai",
    "brunel_seed",
    "column",
    "hierarchy",
    "mixed",
    "potjans_diesmann",
    "ramp_hold_ramp",
    "spiking_column",
]

COLUMN_STEPS = 500  # of the ramp-hold-ramp stimulus, 1 ms each
HOLD = slice(150, 350)  # steps in which the stimulus is held


def ramp_hold_ramp(channels: int, peak: float = 0.8) -> NDArray[np.float64]:
    """Return the tutorial's stimulus: 50 steps of 0, up in 100, held for 200, down in 100, 50 of 0.

    Parameters
    ----------
    channels
        Columns of the result; all equal.
    peak
        Probability at the hold, in [0, 1].

    Returns
    -------
    numpy.ndarray
        Shape (500, channels), spike probabilities per step.
    """
    check.real("peak", peak, 0.0, 1.0)
    envelope = np.interp(np.arange(COLUMN_STEPS), [50, 150, 350, 450], [0.0, peak, peak, 0.0])
    return np.repeat(envelope[:, None], channels, axis=1)


def column(seed: int = 42, length: int = 64, peak: float = 0.8) -> Network:
    """Return a cortical column: 80 excitatory and 20 inhibitory neurons, loops closed.

    The stimulus drives the excitatory neurons; they excite each other and the inhibitory ones,
    which inhibit them back, each with a delay of one step of 1 ms (sources: the multi-scale
    tutorial for the system; Dale's law for the signs).

    Parameters
    ----------
    seed
        Of weights, streams and noise.
    length
        Bits per step and synapse.
    peak
        Probability of the held stimulus.
    """
    net = Network("column", dt_ms=1.0, seed=seed)
    streams = Streams(length=length)
    stimulus = net.source("stimulus", ramp_hold_ramp(20, peak))
    exc = net.population("exc", 80, StochasticLIF(noise_mv=2.5), streams=streams)
    inh = net.population(
        "inh", 20, StochasticLIF(noise_mv=2.5, tau_ms=10.0), "inhibitory", streams=streams
    )
    net.project(stimulus, exc, Uniform(0.02, 0.18))
    net.project(exc, exc, Uniform(0.02, 0.18))
    net.project(exc, inh, Uniform(0.1, 0.9))
    net.project(inh, exc, Uniform(0.2, 1.8))
    return net


def hierarchy(seed: int = 42, length: int = 64) -> Network:
    """Return two areas: V1 with four columns driven by 50 inputs, V2 with two driven by V1.

    A column has 40 excitatory and 10 inhibitory neurons; V2 reads the 160 excitatory neurons of V1.
    """
    net = Network("hierarchy", dt_ms=1.0, seed=seed)
    streams = Streams(length=length)
    rng = np.random.default_rng(np.random.SeedSequence([seed, 1]))
    image = rng.uniform(0.1, 0.9, 50)
    envelope = ramp_hold_ramp(1, 1.0)
    stimulus = net.source("stimulus", envelope * image)
    v1 = [_area_column(net, f"v1_{i}", [stimulus], 0.1, streams) for i in range(4)]
    for i in range(2):
        _area_column(net, f"v2_{i}", v1, 0.6, streams)
    return net


def _area_column(
    net: Network, name: str, inputs: list[str], weight: float, streams: Streams
) -> str:
    """Add a column of an area and return the name of its excitatory population."""
    exc = net.population(f"{name}_exc", 40, StochasticLIF(noise_mv=2.5), streams=streams)
    inh = net.population(
        f"{name}_inh", 10, StochasticLIF(noise_mv=2.5, tau_ms=10.0), "inhibitory", streams
    )
    for source in inputs:
        net.project(source, exc, Uniform(0.0, weight))
    net.project(exc, exc, Uniform(0.0, 0.2))
    net.project(exc, inh, Uniform(0.0, 2.0))
    net.project(inh, exc, Uniform(0.0, 2.0))
    return exc


def mixed(seed: int = 42, length: int = 64) -> Network:
    """Return ten Izhikevich neurons that drive fifty LIF neurons, as in the tutorial's section 7.

    The Izhikevich neurons get currents of 6 to 14 from step 21 to step 399, so they do not march.
    """
    net = Network("mixed", dt_ms=1.0, seed=seed)
    streams = Streams(length=length)
    pulse = np.zeros((COLUMN_STEPS, 1))
    pulse[21:400] = 1.0
    current = net.source("current", pulse)
    detailed = net.population("detailed", 10, Izhikevich(), streams=streams)
    fast = net.population("fast", 50, StochasticLIF(noise_mv=0.5), streams=streams)
    net.project(current, detailed, Uniform(6.0, 14.0))
    net.project(detailed, fast, Uniform(1.0, 9.0))
    return net


PRESETS: dict[str, Callable[..., Network]] = {
    "column": column,
    "hierarchy": hierarchy,
    "mixed": mixed,
    "brunel_seed": brunel_seed,
    "brunel_ai": brunel_ai,
    "brunel_2000": brunel_2000,
    "spiking_column": spiking_column,
    "potjans_diesmann": potjans_diesmann,
}
