"""Networks to try the simulators with."""

import numpy as np

from simulators.flat import Network


def brunel(n: int = 1000, steps: int = 10000, seed: int = 1, p: float = 0.1) -> Network:
    """Return the random network of Brunel (2000) at J = 0.1 mV, g = 5, eta = 2, of n neurons.

    Every pair is connected with probability p; tau 20 ms, threshold 20 mV, reset 10 mV, step
    0.1 ms, delay 1.5 ms, refractory 2 ms; 2.0 events of 0.1 mV per neuron and step from outside.
    """
    rng = np.random.default_rng(seed)
    rows = [np.flatnonzero(rng.random(n) < p).astype(np.int32) for _ in range(n)]
    n_exc = n * 4 // 5
    return Network(
        dt_ms=0.1,
        tau_ms=20.0,
        v_threshold_mv=20.0,
        v_reset_mv=10.0,
        n=n,
        n_exc=n_exc,
        refractory_steps=20,
        steps=steps,
        seed=seed,
        drive_lambda=2.0,
        drive_mv=0.1,
        indptr=np.cumsum([0, *map(len, rows)]),
        targets=np.concatenate(rows),
        weights_mv=np.where(np.arange(n) < n_exc, 0.1, -0.5),
        delays_steps=np.array([15], np.int32),
        v_start_mv=np.zeros(1),
        mean_mv=np.zeros(1),
    )


def without_drive(
    n: int = 60, steps: int = 2000, refractory_steps: int = 20, seed: int = 1, plain: bool = False
) -> Network:
    """Return a network of strong synapses that needs no random numbers.

    A constant drive per neuron, other weights and delays at every synapse (`plain`: one weight
    per sign and one delay), and about 5 kicks per spike: one spike at a wrong step soon changes
    everything.
    """
    rng = np.random.default_rng(seed)
    rows = [np.flatnonzero(rng.random(n) < 0.1).astype(np.int32) for _ in range(n)]
    synapses = sum(map(len, rows))
    n_exc = n * 4 // 5
    return Network(
        dt_ms=0.1,
        tau_ms=20.0,
        v_threshold_mv=20.0,
        v_reset_mv=10.0,
        n=n,
        n_exc=n_exc,
        refractory_steps=refractory_steps,
        steps=steps,
        seed=seed,
        drive_lambda=0.0,
        drive_mv=0.1,
        indptr=np.cumsum([0, *map(len, rows)]),
        targets=np.concatenate(rows),
        weights_mv=np.where(np.arange(n) < n_exc, 1.2345, -3.4567)
        if plain
        else rng.uniform(-4, 4, synapses),
        delays_steps=np.array([7], np.int32)
        if plain
        else rng.integers(1, 21, synapses, dtype=np.int32),
        v_start_mv=rng.uniform(0, 19, n),
        mean_mv=rng.uniform(15, 45, n),
    )


def pair(delay: int) -> Network:
    """Return two neurons: the first fires in step 0, and its kick fires the second at `delay`."""
    return Network(
        dt_ms=0.1,
        tau_ms=20.0,
        v_threshold_mv=20.0,
        v_reset_mv=10.0,
        n=2,
        n_exc=2,
        refractory_steps=20,
        steps=100,
        seed=1,
        drive_lambda=0.0,
        drive_mv=0.1,
        indptr=np.array([0, 1, 1]),
        targets=np.array([1], np.int32),
        weights_mv=np.array([30.0]),
        delays_steps=np.array([delay], np.int32),
        v_start_mv=np.array([25.0, 0.0]),
        mean_mv=np.zeros(1),
    )
