"""What lies between the neurons of a NIR graph: matrices, biases and delays, composed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bitcortex.network.interchange.report import Refusal

Values = NDArray[np.float64]
LINEAR = ("Linear", "Affine", "Scale", "Delay", "Flatten")
SPIKING = ("LIF", "IF")
INSTEAD = {
    "CubaLIF": "Synaptic currents have no counterpart: use LIF",
    "CubaLI": "Use LIF",
    "LI": "It does not spike: leave it out, and read the spikes before it",
    "I": "It does not spike: leave it out, and read the spikes before it",
    "Threshold": "Use IF",
    "Conv1d": "Write its weights as a Linear",
    "Conv2d": "Write its weights as a Linear",
    "SumPool2d": "Write it as a Linear",
    "AvgPool2d": "Write it as a Linear",
    "NIRGraph": "Put its nodes into the graph itself",
}


@dataclass(frozen=True)
class Path:
    """All ways from a source to a node of neurons over the same nodes.

    Parameters
    ----------
    source, target
        Names of nodes; the source is an Input, a node of neurons, or an Affine (for its bias).
    over
        Names of the nodes between.
    matrix
        Current per spike (or of the constant 1), shape (targets, sources).
    delay
        In seconds, of the same shape.
    """

    source: str
    target: str
    over: tuple[str, ...]
    matrix: Values
    delay: Values


def kind(node: Any) -> str:
    """Return the name of a node's primitive."""
    return type(node).__name__


def size(node: Any) -> int:
    """Return the number of elements that come out of a node."""
    return int(np.prod(next(iter(node.output_type.values()))))


def paths(graph: Any, source: str) -> Iterator[Path]:
    """Yield the paths from a source to all nodes of neurons that it reaches.

    Raises
    ------
    Refusal
        If a loop has no neurons, or delays differ before a matrix and after it.
    """
    node = graph.nodes[source]
    bias = kind(node) == "Affine"
    matrix = np.asarray(node.bias, np.float64).reshape(-1, 1) if bias else np.eye(size(node))
    for target in _after(graph, source):
        yield from _walk(graph, source, target, (), matrix, np.zeros(matrix.shape), not bias)


def _after(graph: Any, name: str) -> list[str]:
    return [b for a, b in graph.edges if a == name]


def _walk(
    graph: Any,
    source: str,
    name: str,
    over: tuple[str, ...],
    matrix: Values,
    delay: Values,
    diagonal: bool,
) -> Iterator[Path]:
    """Go on to a node with what has been composed before it."""
    node = graph.nodes[name]
    if kind(node) in SPIKING:
        yield Path(source, name, over, matrix, delay)
        return
    if kind(node) not in LINEAR:  # Output; others have been refused
        return
    if name in over:
        raise Refusal(f"{name} is in a loop without neurons", "Put neurons into the loop")
    if kind(node) in ("Linear", "Affine"):
        weight = np.asarray(node.weight, np.float64)
        if weight.ndim != 2:
            raise Refusal(f"its weight has {weight.ndim} dimensions", "Use two")
        if diagonal:  # one delay per column
            delay = np.broadcast_to(np.diag(delay), weight.shape)
        elif delay.size and (delay != delay.flat[0]).any():
            raise Refusal("delays differ between two matrices", "Multiply the matrices")
        else:
            first = delay.flat[0] if delay.size else 0.0
            delay = np.full((weight.shape[0], matrix.shape[1]), first)
        matrix, diagonal = weight @ matrix, False
    elif kind(node) == "Scale":
        matrix = np.asarray(node.scale, np.float64).reshape(-1, 1) * matrix
    elif kind(node) == "Delay":
        delay = delay + np.asarray(node.delay, np.float64).reshape(-1, 1)
    for target in _after(graph, name):
        yield from _walk(graph, source, target, (*over, name), matrix, delay, diagonal)


def depths(nodes: list[str], edges: list[tuple[str, str]]) -> dict[str, int]:
    """Return the longest way to every node from one without input; edges that close loops are out.

    Parameters
    ----------
    nodes, edges
        Of the graph of inputs and neurons, in the order in which loops are cut.
    """
    forward: dict[str, list[str]] = {name: [] for name in nodes}
    state: dict[str, int] = {}

    def visit(name: str) -> None:
        state[name] = 1
        for a, b in edges:
            if a == name and state.get(b) != 1:
                forward[a].append(b)
                if b not in state:
                    visit(b)
        state[name] = 2

    for name in nodes:
        if name not in state:
            visit(name)
    depth = dict.fromkeys(nodes, 0)
    for _ in nodes:
        for a, targets in forward.items():
            for b in targets:
                depth[b] = max(depth[b], depth[a] + 1)
    return depth
