"""Synapses and sources of a Brian2 network, as kicks in mV."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bitcortex.network.interchange.brian2_cells import Cells
from bitcortex.network.interchange.brian2_values import Namespace, Values, evaluate, statement
from bitcortex.network.interchange.report import Refusal, Report

Ids = NDArray[np.int64]
STDP = "For plasticity use bitcortex.network.plasticity.StochasticSTDP"


@dataclass(frozen=True)
class Edges:
    """Synapses of one pathway: groups by name, and neurons counted over the whole groups.

    Parameters
    ----------
    source, target
        Names of groups.
    i, j
        Neurons, shape (synapses,).
    weight
        Kicks in mV with their sign, shape (synapses,).
    delay
        In steps, as Brian2 counts them: 0 is allowed. Shape (synapses,).
    """

    source: str
    target: str
    i: Ids
    j: Ids
    weight: Values
    delay: Ids


@dataclass(frozen=True)
class Drive:
    """A PoissonInput: neurons first to last of a group get `inputs` inputs of `rate_hz` each."""

    target: str
    first: int
    last: int
    rate_hz: float
    inputs: int
    weight: float


def whole(group: Any) -> tuple[str, int]:
    """Return the name of the group that a group or subgroup is in, and where it begins."""
    if group.__class__.__name__ == "Subgroup":  # of a weak reference, too
        return group.source.name, int(group.start)
    return group.name, 0


def read(
    synapses: Any, cells: dict[str, Cells | None], namespace: Namespace, report: Report
) -> list[Edges]:
    """Return the pathways of Synapses."""
    name = synapses.name
    try:
        _check(synapses)
        target, first_target = whole(synapses.target)
        source, first_source = whole(synapses.source)
    except Refusal as refusal:
        report.add(name, _text(synapses), "refused", refusal.reason, refusal.fix)
        return []
    if target not in cells:
        report.add(name, "", "refused", f"{target} is no NeuronGroup", "Connect to neurons")
        return []
    i = np.asarray(synapses.variables["_synaptic_pre"].get_value(), np.int64)
    j = np.asarray(synapses.variables["_synaptic_post"].get_value(), np.int64)
    if not len(i):
        report.add(name, _text(synapses), "mapped", "no synapses")
        return []
    cell, found = cells[target], []
    for pathway in synapses._pathways:
        if cell is None:
            continue  # the target was refused, which was said
        try:
            weight = _weight(synapses, pathway, cell, namespace)
        except Refusal as refusal:
            report.add(pathway.name, pathway.code, "refused", refusal.reason, refusal.fix)
            continue
        # Indices of subgroups are those of the whole groups already.
        assert i.min() >= first_source
        assert j.min() >= first_target
        delay = np.asarray(pathway.variables["delay"].get_value(), np.float64)
        steps = np.floor(delay / float(pathway.source.clock.dt_) + 0.5).astype(np.int64)
        steps = np.broadcast_to(steps, i.shape)
        found.append(Edges(source, target, i, j, np.broadcast_to(weight, i.shape), steps))
        report.add(pathway.name, pathway.code, "mapped", _said(found[-1]))
    return found


def _said(edges: Edges) -> str:
    low, high = float(edges.weight.min()), float(edges.weight.max())
    kick = f"{low:g} mV" if low == high else f"{low:g} to {high:g} mV"
    first, last = int(edges.delay.min()) + 1, int(edges.delay.max()) + 1
    delay = f"{first}" if first == last else f"{first} to {last}"
    return f"{len(edges.i)} kicks of {kick}, {delay} steps after the spike"


def _text(synapses: Any) -> str:
    lines = [str(synapses.equations)] if len(synapses.equations) else []
    if synapses.event_driven is not None:
        lines.append(str(synapses.event_driven))
    for summed in synapses.summed_updaters.values():
        lines.append(f"{summed.target_varname} = {summed.expression} (summed)")
    lines += [f"{p.objname}: {p.code}" for p in synapses._pathways]
    return "\n".join(lines)


def _check(synapses: Any) -> None:
    if synapses.summed_updaters:
        names = ", ".join(u.target_varname for u in synapses.summed_updaters.values())
        raise Refusal(
            f"{names} is summed over synapses at every step (gap junctions, graded synapses)",
            "Synapses add kicks when a spike arrives, and nothing else",
        )
    if synapses.event_driven is not None and len(synapses.event_driven.diff_eq_names):
        raise Refusal("synapses have variables that change in time", STDP)
    if synapses.equations.diff_eq_names:
        raise Refusal("synapses have variables that change in time", STDP)


def _weight(synapses: Any, pathway: Any, cell: Cells, namespace: Namespace) -> Values:
    """Return the kicks of a pathway in mV."""
    import sympy

    if pathway.prepost != "pre":
        raise Refusal("on_post changes synapses when the target fires", STDP)
    if pathway.event != "spike":
        raise Refusal(f"it waits for the event {pathway.event!r}", "Spikes only")
    name, operation, expression = statement(pathway.code)
    fix = f"Write on_pre='{cell.variable}_post += w'"
    if name.removesuffix("_post") != cell.variable or name in synapses.equations.names:
        raise Refusal(f"it changes {name}, not the membrane {cell.variable} of the target", fix)
    if operation == "=":
        own = [s for s in expression.free_symbols if s.name.removesuffix("_post") == cell.variable]
        expression, operation = sympy.expand(expression - sum(own)), "+="
    if operation not in ("+=", "-="):
        raise Refusal(f"{operation} is no kick", fix)
    if cell.variable in {s.name.removesuffix("_post") for s in expression.free_symbols}:
        raise Refusal("the kick depends on the membrane (a conductance)", fix)
    weight = evaluate(synapses, expression, namespace) * cell.scale
    return weight if operation == "+=" else -weight


def drive(poisson: Any, cell: Cells | None, report: Report) -> Drive | None:
    """Return the drive of a PoissonInput; None if it was refused."""
    group = poisson._group
    target, first = whole(group)
    each = f"N={poisson.N}, rate={poisson.rate}, weight={poisson.weight}"
    text = f"PoissonInput({target}, {poisson.target_var!r}, {each})"
    if cell is None:
        return None
    try:
        if isinstance(poisson.weight, str):
            raise Refusal("its weight is an expression", "Give a number")
        if poisson.target_var != cell.variable:
            raise Refusal(
                f"it changes {poisson.target_var}, not the membrane", f"Use {cell.variable!r}"
            )
    except Refusal as refusal:
        report.add(poisson.name, text, "refused", refusal.reason, refusal.fix)
        return None
    p = float(poisson.rate) * float(group.clock.dt_)
    report.add(
        poisson.name,
        text,
        "approximated",
        f"a Poisson number of kicks where Brian2's is binomial: equal mean, {1 / (1 - p):.4g} "
        "times the variance, other random numbers",
    )
    return Drive(
        target,
        first,
        first + len(group),
        float(poisson.rate),
        int(poisson.N),
        float(poisson.weight) * cell.scale,
    )


def recorded(generator: Any) -> tuple[Ids, Ids]:
    """Return steps and channels of a SpikeGeneratorGroup's spikes.

    Raises
    ------
    Refusal
        If they repeat.
    """
    if 0.0 < float(generator.variables["period"].get_value().item()) < 1e9:
        raise Refusal("its spikes repeat with a period", "Write all of them into times")
    dt = float(generator.clock.dt_)
    times = np.asarray(generator.variables["spike_time"].get_value(), np.float64)
    steps = ((times + 1e-3 * dt) / dt).astype(np.int64)  # as Brian2 rounds them
    return steps, np.asarray(generator.variables["neuron_index"].get_value(), np.int64)


def rates(poisson: Any) -> Values:
    """Return the rates of a PoissonGroup in Hz, one per neuron.

    Raises
    ------
    Refusal
        If they are an expression.
    """
    from brian2.core.variables import ArrayVariable

    variable = poisson.variables["rates"]
    if not isinstance(variable, ArrayVariable):
        raise Refusal("its rates are an expression", "Give numbers, or a SpikeGeneratorGroup")
    return np.broadcast_to(np.asarray(variable.get_value(), np.float64), (len(poisson),))
