"""The network as a plain NumPy loop in float64: slow, and what the simulators must agree with."""

import numpy as np
from numpy.typing import NDArray

from simulators.flat import Network


def simulate(network: Network) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return step and neuron of every spike, by step and then by neuron."""
    rng = np.random.default_rng(network.seed)
    alpha = np.exp(-network.dt_ms / network.tau_ms)
    constant = network.mean_mv * (1 - alpha)
    weights = network.per_synapse(network.weights_mv)
    delays = network.per_synapse(network.delays_steps)
    slots = network.max_delay_steps + 1
    arriving = np.zeros((slots, network.n))
    v = np.broadcast_to(network.v_start_mv, network.n).astype(float)
    held = np.zeros(network.n, int)
    steps, neurons = [], []
    for t in range(network.steps):
        kicks = arriving[t % slots]
        if network.events_n.size:
            kicks += network.drive_mv * network.events_n[t]
        elif network.drive_lambda:
            kicks += network.drive_mv * rng.poisson(network.drive_lambda, network.n)
        free = held == 0
        v[free] = (v * alpha + constant + kicks)[free]
        kicks[:] = 0
        held[~free] -= 1
        spikes = np.flatnonzero(free & (v >= network.v_threshold_mv))
        v[spikes] = network.v_reset_mv
        held[spikes] = network.refractory_steps
        for i in spikes:
            out = slice(network.indptr[i], network.indptr[i + 1])
            np.add.at(arriving, ((t + delays[out]) % slots, network.targets[out]), weights[out])
        steps.append(np.full(len(spikes), t, np.int32))
        neurons.append(spikes.astype(np.int32))
    return np.concatenate(steps), np.concatenate(neurons)
