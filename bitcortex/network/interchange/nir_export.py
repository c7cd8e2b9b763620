"""`to_nir`: a network as a NIR graph, with a report."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bitcortex.network.connectivity import AllToAll, Explicit, Fixed, OneToOne
from bitcortex.network.description import SIGNS, Network
from bitcortex.network.interchange.nir import nir
from bitcortex.network.interchange.nir_paths import depths
from bitcortex.network.interchange.parts import NO_LEAK
from bitcortex.network.interchange.report import Refusal, Report
from bitcortex.network.lower_events import unit_mv
from bitcortex.network.neurons import LIF
from bitcortex.network.parts import Connection, Uniform

Values = NDArray[np.float64]


def to_nir(network: Network) -> tuple[Any, Report]:
    """Return a network as a NIR graph, and what became of every part.

    `from_nir` of the graph gives the same spikes, given those of the recorded sources. A unit of v
    is a mV; delays that a graph's layers do not have by themselves become Delay nodes.

    Parameters
    ----------
    network
        Event-driven, of LIF neurons without refractory time, with explicit, all-to-all or
        one-to-one synapses and recorded sources.

    Raises
    ------
    RefusedError
        If a part has no NIR primitive.
    ToolError
        If the package nir is not installed.
    """
    module, report = nir(), Report("bitcortex")
    nodes: dict[str, Any] = {}
    for name, source in network.recordings.items():
        nodes[name] = module.Input(np.array([source.size]))
        report.add(name, "recorded", "mapped", "Input: hand over its spikes with the graph")
    for name, population in network.populations.items():
        try:
            nodes[name] = _neurons(module, network, name)
            report.add(name, type(population.neuron).__name__, "mapped", type(nodes[name]).__name__)
        except Refusal as refusal:
            report.add(name, "population", "refused", refusal.reason, refusal.fix)
    for name in network.sources:
        report.add(name, "source", "refused", "layers have no primitive", "Use recorded()")
    for p in network.projections:
        label = f"{p.source} to {p.target}"
        report.add(label, "project", "refused", "layers have no primitive", "Use connect()")
    for name in network.drives:
        report.add(
            f"{name}.drive", "drive", "refused", "random drive has no primitive", "Use recorded()"
        )
    edges = [(c.source, c.target) for c in network.connections]
    depth = depths([*network.recordings, *network.populations], edges)
    joined: list[tuple[str, str]] = []
    for k, connection in enumerate(network.connections):
        label = f"{connection.source} to {connection.target}"
        try:
            _synapses(module, network, connection, k, depth, nodes, joined)
            report.add(label, type(connection.rule).__name__, "mapped", "Linear, and Delay")
        except Refusal as refusal:
            report.add(
                label, type(connection.rule).__name__, "refused", refusal.reason, refusal.fix
            )
    report.check()
    for name in network.populations:
        report.late[name] = depth[name]
        nodes[f"{name}_out"] = module.Output(np.array([network.populations[name].size]))
        joined.append((name, f"{name}_out"))
    return module.NIRGraph(nodes, joined), report


def _neurons(module: Any, network: Network, name: str) -> Any:
    population = network.populations[name]
    neuron = population.neuron
    if type(neuron) is not LIF:
        raise Refusal(f"{type(neuron).__name__} has no primitive", "Use LIF")
    if round(neuron.refractory_ms / network.dt_ms):
        raise Refusal("NIR's neurons have no refractory time", "Use refractory_ms=0")
    if neuron.leak != "nearest":
        raise Refusal(f"the leak {neuron.leak} has no primitive", "Use nearest")

    def every(value: float) -> Values:
        return np.full(population.size, value)

    # NIR's neurons fire above the threshold, ours at it.
    threshold = every(neuron.v_threshold_mv - 0.5 * unit_mv(network))
    reset, constant = every(neuron.v_reset_mv), network.constants_mv.get(name, 0.0)
    if neuron.tau_ms == NO_LEAK * network.dt_ms:
        if constant:
            raise Refusal("a constant has no primitive without a leak", "Use recorded()")
        return module.IF(every(1e3 / network.dt_ms), threshold, reset)
    kept = math.exp(-network.dt_ms / neuron.tau_ms)
    r = every(1.0 / (1.0 - kept))  # so that a weight is the kick
    return module.LIF(every(neuron.tau_ms * 1e-3), r, every(constant), threshold, reset)


def _synapses(
    module: Any,
    network: Network,
    connection: Connection,
    k: int,
    depth: dict[str, int],
    nodes: dict[str, Any],
    joined: list[tuple[str, str]],
) -> None:
    """Add a Linear for every delay of a connection, and a Delay where it is needed."""
    source, target = connection.source, connection.target
    part = network.recordings.get(source) or network.populations[source]
    shape = (network.populations[target].size, part.size)
    if not isinstance(connection.synapse, Fixed) or connection.plasticity:
        raise Refusal("stochastic and plastic synapses have no primitive", "Use Fixed")
    if isinstance(connection.weight_mv, Uniform) or isinstance(connection.delay_ms, Uniform):
        raise Refusal("weights or delays are drawn later, in lower()", "Use arrays")
    if isinstance(connection.rule, Explicit):
        pre, post = connection.rule.pairs((part.size, shape[0]), f"{source} to {target}")
    elif isinstance(connection.rule, AllToAll):
        post, pre = (x.ravel() for x in np.indices(shape))
    elif isinstance(connection.rule, OneToOne) and shape[0] == shape[1]:
        pre = post = np.arange(part.size)
    else:
        raise Refusal("its pairs are drawn later, in lower()", "Use Explicit")
    weight = np.broadcast_to(np.asarray(connection.weight_mv) * SIGNS[part.sign], pre.shape)
    delay = np.rint(np.asarray(connection.delay_ms) / network.dt_ms).astype(np.int64)
    delay = np.broadcast_to(np.maximum(delay, 1), pre.shape)
    forward = depth[target] - depth[source]
    inherent = forward if forward > 0 else 1 + forward
    for d in np.unique(delay):
        matrix, here = np.zeros(shape), delay == d
        np.add.at(matrix, (post[here], pre[here]), weight[here])
        if d < inherent:
            raise Refusal(
                f"{source} is {forward} layers before {target}: {d} steps are too short",
                f"Use a delay of {inherent} steps",
            )
        name = f"{source}_{target}_{k}_{d}"
        nodes[name] = module.Linear(matrix)
        joined += [(source, name)]
        if d > inherent:
            late = np.full(shape[0], (d - inherent) * network.dt_ms * 1e-3)
            nodes[f"{name}_delay"] = module.Delay(late)
            joined += [(name, f"{name}_delay"), (f"{name}_delay", target)]
        else:
            joined += [(name, target)]
