"""The cortical microcircuit of Potjans and Diesmann, scaled, with delta synapses."""

import math

from bitcortex import check
from bitcortex.network.connectivity import Bernoulli
from bitcortex.network.description import Network
from bitcortex.network.neurons import LIF
from bitcortex.network.parts import Uniform

POPULATIONS = ("L23E", "L23I", "L4E", "L4I", "L5E", "L5I", "L6E", "L6I")
SIZES = (20_683, 5_834, 21_915, 5_479, 4_850, 1_065, 14_395, 2_948)
# Connection probability, target by source (Potjans and Diesmann 2014, table 5).
PROBABILITIES = (
    (0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0.0000, 0.0076, 0.0000),
    (0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0.0000, 0.0042, 0.0000),
    (0.0077, 0.0059, 0.0497, 0.1350, 0.0067, 0.0003, 0.0453, 0.0000),
    (0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0.0000, 0.1057, 0.0000),
    (0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0.0000),
    (0.0548, 0.0269, 0.0257, 0.0022, 0.0600, 0.3158, 0.0086, 0.0000),
    (0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252),
    (0.0364, 0.0010, 0.0034, 0.0005, 0.0277, 0.0080, 0.0658, 0.1443),
)
EXTERNAL = (1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100)  # background inputs of 8 Hz
# Of the full circuit in NEST, which its scaled version is compensated with.
RATES_HZ = (0.943, 3.026, 4.368, 5.882, 7.733, 8.664, 1.096, 7.851)
PUBLISHED_HZ = (0.86, 2.80, 4.45, 5.93, 7.59, 8.64, 1.09, 7.88)  # spontaneous rates of the paper
BACKGROUND_HZ = 8.0
TAU_MS = 10.0
# 87.8 pA that decays with 0.5 ms, on 250 pF: the same charge at once.
KICK_MV = 87.8e-12 * 0.5e-3 / 250e-12 * 1e3
G = 4.0  # inhibition over excitation
DELAYS = ("distributed", "mean")
DELAYS_MS = (1.5, 0.75)  # of excitatory and inhibitory synapses
SPREADS_MS = (Uniform(0.2, 2.8), Uniform(0.1, 1.4))  # the same means, deviations of one half
LARGEST_WITH_MEAN_DELAYS = 0.2


def in_degree(target: int, source: int) -> float:
    """Return the synapses that a neuron of the full circuit has from a population."""
    pairs = float(SIZES[source]) * SIZES[target]
    p = PROBABILITIES[target][source]
    return math.log(1.0 - p) / math.log(1.0 - 1.0 / pairs) / SIZES[target] if p else 0.0


def potjans_diesmann(scale: float = 0.1, seed: int = 1, delays: str = "distributed") -> Network:
    """Return the microcircuit below 1 mm2 of cortex (Potjans and Diesmann 2014), scaled.

    Eight populations, 77,169 neurons and 299 million synapses at scale 1; scale 0.1 has 7,717
    and 3 million.

    Parameters
    ----------
    scale
        Of numbers of neurons and in-degrees, 0.01 to 1. Kicks grow with 1 / sqrt(scale), which
        keeps the variance of the input, and a constant current makes up for the mean that is lost
        (van Albada, Helias and Diesmann 2015).
    seed
        Of connectivity, delays and drive.
    delays
        ``distributed`` (stored synapses), or ``mean``: one delay per projection, which any store
        can hold and which is faster, for a scale of at most 0.2.

    Raises
    ------
    ValueError
        If the scale is out of its range.

    Notes
    -----
    Deviations from the publication:

    * Synapses are kicks at once instead of currents that decay with 0.5 ms. The kick has the same
      charge, that is the area of the potential: 0.1756 mV at scale 1, where the published
      potential peaks at 0.15 mV. Mean input is exact; a kick of equal peak would lack 15 % of it.
    * Weights are equal in a projection instead of having a deviation of 10 %.
    * Delays are uniform with the published mean and deviation instead of normal.
    * Every pair is connected with one probability that gives the published number of synapses, so
      in-degrees are binomial as published, but no pair is connected twice.
    * Membranes start at rest, in step: leave out the first 0.5 s.
    * Membranes hold 18.8 to 37.5 mV below rest and stay there if there is more inhibition.

    The last one matters if neurons fire together. With mean delays and a scale of 0.25 or more the
    onset can end in two halves of the circuit that excite each other for ever, 333 Hz each: such
    scales are refused. docs/events.md has the rates that were measured, at scales up to 0.5. Scale
    1 needs more than 17 GB of memory.
    """
    check.real("scale", scale, 0.01, 1.0)
    check.one_of("delays", delays, DELAYS)
    if delays == "mean" and scale > LARGEST_WITH_MEAN_DELAYS:
        raise ValueError(
            f"scale must be at most {LARGEST_WITH_MEAN_DELAYS} with mean delays, not {scale:g}: "
            "the circuit would start to oscillate at 333 Hz. Use delays='distributed'"
        )
    net = Network(f"potjans_diesmann_{scale:g}".replace(".", "_"), dt_ms=0.1, seed=seed)
    neuron = LIF(tau_ms=TAU_MS, v_threshold_mv=15.0, v_reset_mv=0.0, refractory_ms=2.0)
    kick = KICK_MV / math.sqrt(scale)
    for i, (name, size) in enumerate(zip(POPULATIONS, SIZES, strict=True)):
        kind = "inhibitory" if i % 2 else "excitatory"
        net.population(name, round(size * scale), neuron, kind)
    for target, name in enumerate(POPULATIONS):
        mean_mv = EXTERNAL[target] * BACKGROUND_HZ * KICK_MV  # per second
        for source, other in enumerate(POPULATIONS):
            synapses = in_degree(target, source)
            if not synapses:
                continue
            relative = G if source % 2 else 2.0 if (target, source) == (0, 2) else 1.0
            sign = -1.0 if source % 2 else 1.0
            mean_mv += sign * relative * KICK_MV * synapses * RATES_HZ[source]
            delay = (SPREADS_MS if delays == "distributed" else DELAYS_MS)[source % 2]
            rule = Bernoulli(synapses / SIZES[source])
            net.connect(other, name, rule, relative * kick, delay)
        net.poisson(name, BACKGROUND_HZ, kick, inputs=round(EXTERNAL[target] * scale))
        lost_mv = (1.0 - math.sqrt(scale)) * mean_mv * TAU_MS * 1e-3
        if lost_mv:
            net.constant(name, lost_mv)
    return net
