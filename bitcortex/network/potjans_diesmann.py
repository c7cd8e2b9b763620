"""The cortical microcircuit of Potjans and Diesmann, scaled, with delta synapses."""

import math

import numpy as np

from bitcortex import check
from bitcortex.network.connectivity import FixedInDegree
from bitcortex.network.description import Network
from bitcortex.network.neurons import LIF

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
RATES_HZ = (0.943, 3.026, 4.368, 5.882, 7.733, 8.664, 1.096, 7.851)  # of the full circuit
BACKGROUND_HZ = 8.0
TAU_MS = 10.0
# 87.8 pA that decays with 0.5 ms, on 250 pF: the same charge at once.
KICK_MV = 87.8e-12 * 0.5e-3 / 250e-12 * 1e3
G = 4.0  # inhibition over excitation
DELAYS_MS = (1.5, 0.75)  # of excitatory and inhibitory synapses


def in_degree(target: int, source: int) -> float:
    """Return the synapses that a neuron of the full circuit has from a population."""
    pairs = float(SIZES[source]) * SIZES[target]
    p = PROBABILITIES[target][source]
    return math.log(1.0 - p) / math.log(1.0 - 1.0 / pairs) / SIZES[target] if p else 0.0


def potjans_diesmann(scale: float = 0.1, seed: int = 1) -> Network:
    """Return the microcircuit below 1 mm2 of cortex (Potjans and Diesmann 2014), scaled.

    Eight populations, 77,169 neurons and 299 million synapses at scale 1.

    Parameters
    ----------
    scale
        Of numbers of neurons and in-degrees, 0.01 to 1. Kicks grow with 1 / sqrt(scale), and a
        constant current makes up for the mean input that is lost (van Albada and others 2015).
    seed
        Of connectivity and drive.

    Notes
    -----
    Deviations from the publication: synapses are kicks of the same charge instead of currents that
    decay with 0.5 ms; weights and delays are their means, not distributed; delays are rounded to
    steps of 0.1 ms (0.75 becomes 0.8 ms); in-degrees are fixed, without multapses, while the
    publication fixes the total number of synapses; membranes start at rest, in step. Compare
    stationary rates per population, not spikes.
    """
    check.real("scale", scale, 0.01, 1.0)
    net = Network(f"potjans_diesmann_{scale:g}".replace(".", "_"), dt_ms=0.1, seed=seed)
    neuron = LIF(tau_ms=TAU_MS, v_threshold_mv=15.0, v_reset_mv=0.0, refractory_ms=2.0)
    kick = KICK_MV / math.sqrt(scale)
    sizes = [max(1, round(size * scale)) for size in SIZES]
    for i, (name, size) in enumerate(zip(POPULATIONS, sizes, strict=True)):
        net.population(name, size, neuron, "inhibitory" if i % 2 else "excitatory")
    for target, name in enumerate(POPULATIONS):
        mean_mv = EXTERNAL[target] * BACKGROUND_HZ * KICK_MV  # per second
        for source, other in enumerate(POPULATIONS):
            synapses = in_degree(target, source)
            relative = G if source % 2 else 2.0 if (target, source) == (0, 2) else 1.0
            sign = -1.0 if source % 2 else 1.0
            mean_mv += sign * relative * KICK_MV * synapses * RATES_HZ[source]
            count = min(round(synapses * scale), sizes[source])
            if count:
                rule = FixedInDegree(count)
                net.connect(other, name, rule, relative * kick, DELAYS_MS[source % 2])
        net.poisson(name, BACKGROUND_HZ, kick, inputs=max(1, round(EXTERNAL[target] * scale)))
        lost_mv = (1.0 - math.sqrt(scale)) * mean_mv * TAU_MS * 1e-3
        if not np.isclose(lost_mv, 0.0):
            net.constant(name, lost_mv)
    return net
