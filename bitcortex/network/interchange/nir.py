"""`from_nir`: a NIR graph as a network, with a report. See decision 0012."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bitcortex import check
from bitcortex.errors import ToolError
from bitcortex.network.description import Network
from bitcortex.network.interchange.classes import classes, places
from bitcortex.network.interchange.nir_paths import (
    INSTEAD,
    LINEAR,
    SPIKING,
    Path,
    Values,
    depths,
    kind,
    paths,
    size,
)
from bitcortex.network.interchange.parts import NO_LEAK, above, add, arithmetic, sign_of, word
from bitcortex.network.interchange.report import Part, Refusal, Report
from bitcortex.network.neurons import LIF

BIAS = "always"  # the neuron that fires in every step
Spikes = tuple[ArrayLike, ArrayLike]


def nir() -> Any:
    """Return the module.

    Raises
    ------
    ToolError
        If it is not installed.
    """
    try:
        import nir
    except ModuleNotFoundError as error:
        raise ToolError(
            f"NIR graphs need {error.name}, which is not installed. "
            "Try: pip install 'bitcortex[nir]'"
        ) from error
    return nir


def from_nir(
    graph: Any,
    dt_ms: float,
    spikes: Mapping[str, Spikes] | None = None,
    name: str = "nir",
    headroom: float = 4.0,
) -> tuple[Network, Report]:
    """Return a NIR graph as a network, and what became of every node.

    Parameters
    ----------
    graph
        A `nir.NIRGraph` of Input, LIF, IF, Linear, Affine, Scale, Delay, Flatten and Output. Its
        unit of v is a mV, its time seconds.
    dt_ms
        Step in ms. A spike is a pulse of height 1 that lasts a step.
    spikes
        Of every Input: steps and channels, as of `Network.recorded`.
    name, headroom
        Of the result, see `Network`. Inhibition may take v far below rest.

    Returns
    -------
    network, report
        `report.spikes(run, node)` has a run's spikes with NIR's own time: in ours a node is late by
        its depth.

    Raises
    ------
    RefusedError
        If a node has no counterpart.
    ToolError
        If the package nir is not installed.
    """
    module = nir()
    if not isinstance(graph, module.NIRGraph):
        raise TypeError(f"graph must be a nir.NIRGraph, not {type(graph).__name__}. Use nir.read()")
    check.real("dt_ms", dt_ms, 1e-3, 1e3)
    # A file has its nodes in the order of their names: so has the network.
    edges = sorted((str(a), str(b)) for a, b in graph.edges)
    graph = module.NIRGraph(dict(sorted(graph.nodes.items())), edges, type_check=False)
    report = Report("NIR")
    _nodes(graph, report)
    report.check()
    thing = name
    try:
        found: list[Path] = []
        for thing, node in graph.nodes.items():
            if kind(node) in (*SPIKING, "Input", "Affine"):
                found += paths(graph, thing)
        thing = name
        net = Network(word(name), dt_ms, headroom=headroom)
        _build(graph, net, found, dict(spikes or {}), report)
    except Refusal as refusal:
        report.add(thing, "graph", "refused", refusal.reason, refusal.fix)
    except ValueError as error:
        report.add(thing, "graph", "refused", str(error), "See docs/events.md")
    report.check()
    return net, report


def _nodes(graph: Any, report: Report) -> None:
    """Report every node by its kind."""
    became = {
        "Input": "recorded source",
        "Output": "nothing: Run has all spikes",
        "LIF": "LIF, integrated exactly",
        "IF": "LIF that does not leak (16 bits)",
        "Affine": "kicks; the bias, of a neuron that fires in every step",
    }
    for name, node in graph.nodes.items():
        what = kind(node)
        if what in became or what in LINEAR:
            report.add(name, what, "mapped", became.get(what, "kicks and delays"))
        else:
            fix = INSTEAD.get(what, "Use LIF, IF, Linear, Affine, Scale, Delay, Flatten")
            report.add(name, what, "refused", "it has no counterpart", fix)


def _build(
    graph: Any, net: Network, found: list[Path], spikes: dict[str, Spikes], report: Report
) -> None:
    inputs = [n for n, node in graph.nodes.items() if kind(node) == "Input"]
    cells = [n for n, node in graph.nodes.items() if kind(node) in SPIKING]
    if not cells:
        raise Refusal("it has no neurons", "Add LIF or IF nodes")
    for name in spikes:
        check.one_of("spikes", name, inputs)
    edges = [(p.source, p.target) for p in found if kind(graph.nodes[p.source]) != "Affine"]
    depth = depths([*inputs, *cells], edges)
    kept = {}
    for name in cells:
        weights = [p.matrix for p in found if p.source == name]
        kept[name] = _cells(net, name, graph.nodes[name], sign_of(weights), report)
        report.late[name] = depth[name]
    for name in inputs:
        steps, channels = spikes.get(name, ([], []))
        weights = [p.matrix for p in found if p.source == name]
        net.recorded(word(name), size(graph.nodes[name]), steps, channels, sign_of(weights))
    constant = {name: _leak_kicks(graph.nodes[name]) for name in cells}
    for path in found:
        node = graph.nodes[path.target]
        kick = kept[path.target].reshape(-1, 1) * _resistance(node) * path.matrix
        if kind(graph.nodes[path.source]) == "Affine":
            if path.delay.any():
                report.add(
                    path.source, "bias", "approximated", "it acts from the first step, undelayed"
                )
            constant[path.target] = constant[path.target] + _resistance(node).ravel() * (
                path.matrix.ravel()
            )
            continue
        forward = depth[path.target] - depth[path.source]
        wanted = np.rint(path.delay / (net.dt_ms * 1e-3)).astype(np.int64) + (
            forward if forward > 0 else 1 + forward
        )
        if (wanted < 1).any():
            report.add(
                "/".join((path.source, *path.over, path.target)),
                "loop",
                "approximated",
                f"it takes {1 - int(wanted.min())} steps more: every layer of a loop takes one",
            )
        post, pre = np.nonzero(kick)
        _connect(net, report, path, pre, post, kick[post, pre], np.maximum(wanted, 1)[post, pre])
    for name in cells:
        kick = kept[name] * constant[name]
        if kick.any():
            _always(net)
            post = np.flatnonzero(kick)
            delay = np.full(len(post), max(1, depth[name]))
            _spread(net, report, BIAS, name, np.zeros_like(post), post, kick[post], delay)
    above(net, [part.name for name in cells for part in report.parts[name]])
    arithmetic(net, report)


def _resistance(node: Any) -> Values:
    return np.asarray(node.r, np.float64).reshape(-1, 1)


def _leak_kicks(node: Any) -> Values:
    """Return the constant input that v_leak is, in NIR's unit of v."""
    if kind(node) == "IF":
        return np.zeros(size(node))
    return np.asarray(node.v_leak, np.float64).ravel()


def _cells(net: Network, name: str, node: Any, sign: str, report: Report) -> Values:
    """Add the populations of a node; return what 1 of R I does to v in a step."""
    count = size(node)
    leaky = kind(node) == "LIF"
    tau = np.asarray(node.tau, np.float64).ravel() if leaky else np.full(count, np.inf)
    threshold = np.asarray(node.v_threshold, np.float64).ravel()
    reset = np.asarray(node.v_reset, np.float64).ravel()
    if (_resistance(node) <= 0.0).any():
        raise ValueError(f"r of {name} must be positive. Change the signs of its weights")
    parts = classes(word(name), [np.where(np.isinf(tau), -1.0, tau), threshold, reset])
    for part in parts:
        k = int(part.indices[0])
        tau_ms = float(tau[k]) * 1e3 if leaky else NO_LEAK * net.dt_ms
        neuron = LIF(tau_ms, float(threshold[k]), float(reset[k]), 0.0)
        net.population(part.name, len(part.indices), neuron, sign)
    report.parts[name] = parts
    if not leaky:
        return np.full(count, net.dt_ms * 1e-3)
    return -np.expm1(-net.dt_ms * 1e-3 / tau)


def _always(net: Network) -> None:
    """Add the neuron that fires in every step, if it is not there."""
    if BIAS in net.populations:
        return
    highest = max(
        p.neuron.v_threshold_mv for p in net.populations.values() if isinstance(p.neuron, LIF)
    )
    neuron = LIF(20.0 * net.dt_ms, v_threshold_mv=highest, v_reset_mv=0.0, refractory_ms=0.0)
    net.population(BIAS, 1, neuron, "mixed")
    net.constant(BIAS, 1.1 * highest / -math.expm1(-0.05))


def _connect(
    net: Network, report: Report, path: Path, pre: Any, post: Any, kick: Values, delay: Any
) -> None:
    if path.source not in report.parts:
        _spread(net, report, word(path.source), path.target, pre, post, kick, delay)
        return
    parts = report.parts[path.source]
    which, place = places(parts, sum(len(p.indices) for p in parts))
    for k, part in enumerate(parts):
        mine = which[pre] == k
        _spread(
            net,
            report,
            part.name,
            path.target,
            place[pre[mine]],
            post[mine],
            kick[mine],
            delay[mine],
        )


def _spread(
    net: Network,
    report: Report,
    source: str,
    target: str,
    pre: Any,
    post: Any,
    kick: Values,
    delay: Any,
) -> None:
    """Connect a source to all populations of a node."""
    parts: list[Part] = report.parts[target]
    which, place = places(parts, sum(len(p.indices) for p in parts))
    for k, part in enumerate(parts):
        mine = which[post] == k
        if mine.any():
            late = delay[mine] * net.dt_ms
            add(net, source, part.name, pre[mine], place[post[mine]], kick[mine], late)
