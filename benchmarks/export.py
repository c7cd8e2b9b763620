"""The networks of the benchmarks, and any network as the flat file that Brian2 and NEST read.

    python benchmarks/export.py ai-1000 build/network.npz --seconds 1

Synapses and their weights are those of the Plan, integers times its unit: the same connections for
everybody. Time constants and the mean of the drive are those that were asked for, so that a
comparison shows what our rounding of them does.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from simulators import flat

from bitcortex.network import LIF, Network, Uniform, brunel, lower
from bitcortex.network.connectivity import Bernoulli
from bitcortex.network.connectivity_plan import Procedural, Stored
from bitcortex.network.drive_table import poisson_table
from bitcortex.network.event_plan import EventPlan
from bitcortex.network.loss import Lowered

NETWORKS: dict[str, Callable[[], Network]] = {
    "seed-1000": brunel.brunel_seed,
    "seed-10000": lambda: brunel.brunel_seed(10_000),
    "hetero-10000": lambda: bernoulli(10_000, 0.1, spread=True),
    "brunel-2000": brunel.brunel_2000,
    "ai-1000": brunel.brunel_ai,
    "seed-100000": lambda: bernoulli(100_000, 0.01),
    "dense-100000": lambda: brunel.brunel_seed(100_000, rule="stratified"),
}


def bernoulli(n: int, probability: float, spread: bool = False) -> Network:
    """Return the seed network of another density, or with a weight and a delay per synapse.

    With `spread`, weights are uniform within half and one and a half times the usual ones, delays
    between 0.5 and 2.5 ms.
    """
    net = Network("brunel_hetero" if spread else "brunel_sparse", dt_ms=0.1, seed=1)
    neuron = LIF(tau_ms=20.0, v_threshold_mv=20.0, v_reset_mv=10.0, refractory_ms=2.0)
    exc = net.population("exc", n * 4 // 5, neuron)
    inh = net.population("inh", n - n * 4 // 5, neuron, "inhibitory")
    for source, weight_mv in ((exc, 0.1), (inh, 0.5)):
        weight = Uniform(0.5 * weight_mv, 1.5 * weight_mv) if spread else weight_mv
        delay = Uniform(0.5, 2.5) if spread else 1.5
        for target in (exc, inh):
            net.connect(source, target, Bernoulli(probability), weight, delay)
    for target in (exc, inh):
        net.poisson(target, rate_hz=20_000.0, weight_mv=0.1)
    return net


def flat_network(lowered: Lowered[EventPlan], steps: int, synapses: bool = True) -> flat.Network:
    """Return a network in the form of `simulators.flat`.

    Parameters
    ----------
    lowered
        Plan and loss table of `bitcortex.network.lower`.
    steps
        To simulate.
    synapses
        Whether to export them; without, the file is small and good for neurons and statistics.

    Raises
    ------
    ValueError
        If the simulators cannot do the same: populations whose neurons or drives differ,
        stochastic synapses, Bernoulli or recorded sources, or neurons that round down.
    """
    plan = lowered.plan
    wanted = {loss.thing: loss.wanted for loss in lowered.losses}
    unit = wanted["unit (mV)"]
    one = plan.populations[0]
    for p in plan.populations:
        if (p.neuron, p.cdf, p.drive) != (one.neuron, one.cdf, one.drive):
            raise ValueError(f"{p.name} must have the neuron and the drive of {one.name}")
    if plan.recorded or any(p.length or p.plasticity for p in plan.projections):
        raise ValueError(
            f"{plan.name} must have fixed synapses only, none plastic, and no recorded sources"
        )
    if one.neuron["leak"] != "nearest":
        raise ValueError(f"leak of {one.name} must be nearest, not {one.neuron['leak']}")
    mean = wanted[f"{one.name}.drive (events per step)"] if one.cdf and one.drive else 0.0
    if mean and one.cdf != poisson_table(one.name, mean):
        raise ValueError(f"drive of {one.name} must be Poisson")
    signs = np.repeat([p.sign == "excitatory" for p in plan.populations],
                      [p.size for p in plan.populations])  # fmt: skip
    if (np.diff(signs.astype(int)) > 0).any():
        raise ValueError(f"excitatory populations of {plan.name} must come first")
    indptr, targets, weights, delays = csr(plan) if synapses else _empty(plan)
    constant = np.repeat([p.constant for p in plan.populations],
                         [p.size for p in plan.populations])  # fmt: skip
    return flat.Network(
        dt_ms=plan.dt_ns * 1e-6,
        tau_ms=wanted[f"{one.name}.tau_ms"],
        v_threshold_mv=one.neuron["v_threshold"] * unit,
        v_reset_mv=one.neuron["v_reset"] * unit,
        n=plan.neurons,
        n_exc=int(signs.sum()),
        refractory_steps=one.neuron["refractory"],
        steps=steps,
        seed=max(1, plan.seed % 2**31),
        drive_lambda=mean,
        drive_mv=one.drive * unit,
        indptr=indptr,
        targets=targets,
        weights_mv=weights * unit,
        delays_steps=delays,
        v_start_mv=np.zeros(1),
        mean_mv=constant * unit / (1 - one.neuron["alpha"] / 2**16)
        if constant.any()
        else np.zeros(1),
    )


def csr(plan: EventPlan) -> tuple[NDArray[Any], ...]:
    """Return all synapses in CSR by source: indptr, targets, weights in units, delays in steps.

    Weights and delays have one entry per source where that is enough, else one per synapse.
    """
    n = plan.neurons
    rows: list[list[NDArray[Any]]] = [[] for _ in range(n)]
    weights: list[list[NDArray[Any]]] = [[] for _ in range(n)]
    delays: list[list[tuple[int, int]]] = [[] for _ in range(n)]
    for p in plan.projections:
        source, target = plan.first_neuron(p.source), plan.first_neuron(p.target)
        for i in range(plan.size(p.source)):
            ids, units = p.connectivity.row(i, target, p.seed)
            if len(ids):
                rows[source + i].append((ids + target).astype(np.int32))
                weights[source + i].append(units.astype(np.int32))
                delays[source + i].append((p.delay, len(ids)))
    counts = [sum(map(len, row)) for row in rows]
    indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    if indptr[-1] == 0:
        return _empty(plan)
    targets = np.concatenate([part for row in rows for part in row])
    rows.clear()
    if all(len({d for d, _ in row}) <= 1 for row in delays):
        delay = np.array([row[0][0] if row else plan.longest_delay for row in delays], np.int32)
    else:
        pairs = np.array([pair for row in delays for pair in row])
        delay = np.repeat(pairs[:, 0], pairs[:, 1]).astype(np.int32)
    if (delay == delay[0]).all():
        delay = delay[:1]
    weight = np.concatenate([part for row in weights for part in row])
    filled = np.flatnonzero(counts)
    low = np.minimum.reduceat(weight, indptr[filled])
    if np.array_equal(low, np.maximum.reduceat(weight, indptr[filled])):
        weight = np.zeros(n, np.int32)
        weight[filled] = low
    return indptr, targets, weight, delay


def out_degrees(plan: EventPlan) -> NDArray[np.float64]:
    """Return the synapses of every neuron, shape (neurons,); expected ones if procedural."""
    found = np.zeros(plan.neurons)
    for p in plan.projections:
        first, size, c = plan.first_neuron(p.source), plan.size(p.source), p.connectivity
        if isinstance(c, Procedural):
            degree = np.array(c.targets * 2**c.fraction / c.stride)
        elif isinstance(c, Stored):
            degree = np.diff(c.indptr)
        else:
            degree = np.bitwise_count(c.rows).sum(axis=1)
        found[first : first + size] += degree
    return found


def _empty(plan: EventPlan) -> tuple[NDArray[Any], ...]:
    """Return one synapse of weight 0 and the shortest delay, by which simulators plan."""
    indptr = np.ones(plan.neurons + 1, np.int64)
    indptr[0] = 0
    delay = min(plan.shortest_delay, plan.longest_delay)
    return indptr, np.zeros(1, np.int32), np.zeros(1, np.int32), np.array([delay], np.int32)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network", choices=NETWORKS)
    parser.add_argument("file", type=Path, help="to write, .npz")
    parser.add_argument("--seconds", type=float, default=1.0, help="biological (%(default)s)")
    options = parser.parse_args()
    network = NETWORKS[options.network]()
    steps = round(options.seconds * 1e3 / network.dt_ms)
    made = flat_network(lower(network), steps)
    flat.save(made, options.file)
    print(f"{options.file}: {made.n} neurons, {len(made.targets)} synapses, {steps} steps")
    return 0


if __name__ == "__main__":
    sys.exit(main())
