"""What is left without bit tricks: a plain float64 loop with our Poisson generators.

    PYTHONPATH=benchmarks python benchmarks/ablation.py NETWORK.npz OUTPUT.npz

A worker like those in `simulators`: LIF neurons in double precision, lists of targets and float64
weights, one Numba function. Its random drive is the one of our engine, draw for draw: 64
xorshift64 generators, 16-bit draws, inversion by comparison, 32 neurons at a time. So its distance
from other simulators is what a faster drive and a small program give, and the distance to our
engine is what 16-bit integers and rows of bits give.
"""

import time
from typing import Any

import numba
import numpy as np
from numba import njit
from simulators import flat, worker

from bitcortex.network.drive_table import poisson_table
from bitcortex.network.event_plan import GENERATORS
from bitcortex.sim.engine import lanes
from bitcortex.sim.engine.lanes import LANES

RECORD = 1 << 20  # spikes of a call
BLOCK = 4 * GENERATORS  # neurons served by one advance of all generators


@njit(cache=True)
def draw(generators: Any, counts: Any, cdf: Any) -> None:
    """Draw a Poisson number for every neuron: the vectors of our engine, one entry at a time.

    `counts` has shape (n rounded up to 256,), int16; `cdf` holds 32 copies of every entry less 1.
    """
    one, zero = lanes.splat16(1), lanes.splat16(0)
    for block in range(0, len(counts), LANES):
        at = block // LANES % 8 * 8
        words = lanes.advance(lanes.load512(generators, at))
        lanes.store512(generators, at, words)
        u = lanes.draws(words)
        count = zero
        for k in range(0, len(cdf), LANES):
            above = lanes.above16_unsigned(u, lanes.load16(cdf, k))
            count = lanes.pick16(above, lanes.add16(count, one), count)
        lanes.store16(counts, block, count)


@njit(cache=True)
def run(
    v: Any, held: Any, spikes: Any, arriving: Any, generators: Any, counts: Any, cdf: Any,
    indptr: Any, targets: Any, weights: Any, delays: Any, constant: Any, alpha: float,
    threshold: float, reset: float, drive: float, refractory: int, step: int, steps: int,
    event_step: Any, event_neuron: Any,
) -> tuple[int, int]:  # fmt: skip
    """Take steps until all are done or the record may overflow; return (done, spikes).

    `v`, `constant` in mV, shape (n,); `spikes` of shape (n rounded up to 8,); `arriving` in mV,
    shape (slots, n); `generators`, `counts`
    and `cdf` as in `draw`. `weights` (mV) and `delays` (steps) have length 1, n
    or synapses.
    """
    n, slots = len(v), len(arriving)
    each_weight, each_delay = len(weights) == len(targets), len(delays) == len(targets)
    eights = spikes.view(np.uint64)
    found = 0
    for t in range(step, step + steps):
        if found + n > len(event_step):
            return t - step, found
        if len(cdf):
            draw(generators, counts, cdf)
        here = arriving[t % slots]
        first = found
        fired = 0
        for j in range(n):  # without branches, so that it is vectorised
            free = held[j] == 0
            x = v[j] * alpha + constant[j] + here[j] + drive * counts[j]
            fires = free & (x >= threshold)
            v[j] = x if free & ~fires else reset
            held[j] = refractory if fires else (held[j] if free else held[j] - 1)
            spikes[j] = fires
            fired += fires
            here[j] = 0.0
        for eight in range(len(eights) if fired else 0):
            if eights[eight]:
                for j in range(8 * eight, min(8 * eight + 8, n)):
                    if spikes[j]:
                        event_step[found] = t
                        event_neuron[found] = j
                        found += 1
        for s in range(first, found):
            i = event_neuron[s]
            weight = weights[i if len(weights) > 1 else 0]
            slot = arriving[(t + delays[i if len(delays) > 1 else 0]) % slots]
            if each_delay:
                for k in range(indptr[i], indptr[i + 1]):
                    w = weights[k] if each_weight else weight
                    arriving[(t + delays[k]) % slots, targets[k]] += w
            elif each_weight:
                for k in range(indptr[i], indptr[i + 1]):
                    slot[targets[k]] += weights[k]
            else:
                for k in range(indptr[i], indptr[i + 1]):
                    slot[targets[k]] += weight
    return steps, found


def simulate(network: flat.Network, steps: int) -> tuple[list[Any], list[Any]]:
    """Return step and neuron of every spike, in pieces, and leave the network as it was."""
    n = network.n
    alpha = np.exp(-network.dt_ms / network.tau_ms)
    words = np.random.SeedSequence([network.seed, GENERATORS]).generate_state(GENERATORS, np.uint64)
    cdf = poisson_table("drive", network.drive_lambda) if network.drive_lambda else ()
    state = (
        np.broadcast_to(network.v_start_mv, n).astype(float),
        np.zeros(n, np.int32),
        np.zeros(-(-n // 8) * 8, np.uint8),
        np.zeros((network.max_delay_steps + 1, n)),
        np.where(words == 0, np.uint64(1), words),
        np.zeros(-(-n // BLOCK) * BLOCK, np.int16),
        np.repeat(np.array(cdf, np.int64) - 1, LANES).astype(np.uint16),
        network.indptr, network.targets, network.weights_mv, network.delays_steps,
        np.broadcast_to(network.mean_mv * (1 - alpha), n).copy(),
        float(alpha), network.v_threshold_mv, network.v_reset_mv, network.drive_mv,
        network.refractory_steps,
    )  # fmt: skip
    done, step, neuron = 0, [], []
    room = max(RECORD, 2 * n)
    event_step, event_neuron = np.zeros(room, np.int32), np.zeros(room, np.int32)
    while done < steps:
        taken, found = run(*state, done, steps - done, event_step, event_neuron)
        step.append(event_step[:found].copy())
        neuron.append(event_neuron[:found].copy())
        done += taken
    return step, neuron


def main() -> None:
    options = worker.arguments(__doc__.splitlines()[0])
    if options.threads != 1:
        raise SystemExit(f"--threads must be 1, not {options.threads}")
    clock = worker.Clock()
    with clock.phase("connect"):
        network = flat.load(options.network)
    with clock.phase("compile"):
        simulate(network, 1)  # loads or compiles
    cpu = time.process_time()
    with clock.phase("simulate"):
        step, neuron = simulate(network, network.steps)
    cpu = time.process_time() - cpu
    worker.save(options.output, np.concatenate(step), np.concatenate(neuron), clock, cpu,
                {"numba": numba.__version__}, worker.memory())  # fmt: skip


if __name__ == "__main__":
    main()
