"""Neurons of a Brian2 NeuronGroup as leaky integrate-and-fire cells."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from bitcortex.network.interchange.brian2_values import (
    Namespace,
    Values,
    evaluate,
    linear,
    millivolts,
    parse,
    statement,
)
from bitcortex.network.interchange.report import Refusal, Report

EXACT = ("exact", "linear", "exponential_euler", "independent")


@dataclass(frozen=True)
class Cells:
    """What a group's neurons are, one entry per neuron: mV, ms, mV/ms and steps.

    Parameters
    ----------
    variable, scale
        Name of the membrane's variable, and millivolts of its unit.
    rate, drift
        dv/dt = rate v + drift.
    threshold, reset, start
        In mV.
    strict
        Whether the threshold is ``>``, not ``>=``.
    refractory
        In steps, as Brian2 counts them: 1 is none.
    """

    variable: str
    scale: float
    rate: Values
    drift: Values
    threshold: Values
    reset: Values
    start: Values
    strict: bool
    refractory: int


def read(group: Any, namespace: Namespace, report: Report) -> Cells | None:
    """Return the cells of a NeuronGroup; None if a line was refused."""
    before = len(report.refused)
    found: dict[str, Any] = {}
    for name, step in (
        ("equations", _equations),
        ("threshold", _threshold),
        ("reset", _reset),
        ("refractory", _refractory),
        ("method", _method),
        ("start", _start),
    ):
        text = _texts(group)[name]
        try:
            found |= step(group, namespace, found)
            status = found.pop("status", "mapped")
            if text:
                report.add(f"{group.name}.{name}", text, status, found.pop("reason"))
        except Refusal as refusal:
            report.add(f"{group.name}.{name}", text, "refused", refusal.reason, refusal.fix)
            if name == "equations":
                return None  # nothing else can be read
    if len(report.refused) > before:
        return None
    found.pop("reason", None)
    return Cells(**found)


def _texts(group: Any) -> dict[str, str]:
    return {
        "equations": str(group.user_equations),
        "threshold": group.events.get("spike", ""),
        "reset": group.event_codes.get("spike", ""),
        "refractory": "" if group._refractory is False else str(group._refractory),
        "method": str(group.method_choice or "chosen by Brian2"),
        "start": "initial values",
    }


def _each(group: Any, values: Values) -> Values:
    return np.broadcast_to(values, (len(group),)).astype(np.float64)


def _equations(group: Any, namespace: Namespace, found: dict[str, Any]) -> dict[str, Any]:
    equations = group.user_equations  # without what Brian2 adds for (unless refractory)
    names = sorted(equations.diff_eq_names)
    if len(names) != 1:
        said = ", ".join(names) or "none"
        raise Refusal(
            f"it must have one differential equation, that of the membrane, and has: {said}",
            "Conductances, synaptic currents and adaptation have no counterpart: use kicks, "
            "on_pre='v_post += w'",
        )
    name = names[0]
    if equations.stochastic_variables:
        raise Refusal("noise xi has no counterpart", "Use PoissonInput")
    scale = millivolts(group.variables[name])
    expression = dict(equations.get_substituted_expressions(group.variables))[name]
    slope, rest = linear(parse(expression.code), name)
    rate = _each(group, evaluate(group, slope, namespace)) * 1e-3
    drift = _each(group, evaluate(group, rest, namespace)) * scale * 1e-3
    if (rate > 0.0).any():
        raise Refusal(f"{name} grows without bound", "Use dv/dt = (E - v) / tau")
    flagged = "unless refractory" in equations[name].flags
    low, high = (float(-1.0 / r) if r else np.inf for r in (rate.min(), rate.max()))
    tau = f"tau {low:g} ms" if low == high else f"tau {low:g} to {high:g} ms"
    unit = "" if scale != 1.0 else "; a number without unit is mV"
    return {
        "variable": name,
        "scale": scale,
        "rate": rate,
        "drift": drift,
        "flagged": flagged,
        "reason": f"LIF, {'no leak' if low == np.inf else tau}{unit}",
    }


def _threshold(group: Any, namespace: Namespace, found: dict[str, Any]) -> dict[str, Any]:
    import sympy

    if "spike" not in group.events:
        raise Refusal("the neurons have no threshold and never fire", "Leave the group out")
    condition = parse(group.events["spike"])
    strict = (sympy.StrictGreaterThan, sympy.StrictLessThan)
    if not isinstance(condition, (*strict, sympy.GreaterThan, sympy.LessThan)):
        raise Refusal("it must be one comparison", f"Write {found['variable']} > constant")
    slope, rest = linear(condition.gts - condition.lts, found["variable"])
    factor = evaluate(group, slope, namespace)
    if not (factor > 0.0).all():
        raise Refusal("it must be crossed from below", f"Write {found['variable']} > constant")
    level = -evaluate(group, rest, namespace) / factor * found["scale"]
    above = isinstance(condition, strict)
    return {
        "threshold": _each(group, level),
        "strict": above,
        "reason": "v >= the next multiple of the unit" if above else "v >= threshold",
    }


def _reset(group: Any, namespace: Namespace, found: dict[str, Any]) -> dict[str, Any]:
    if "spike" not in group.event_codes:
        raise Refusal("there is no reset", f"Write reset='{found['variable']} = constant'")
    name, operation, expression = statement(group.event_codes["spike"])
    if (
        name != found["variable"]
        or operation != "="
        or name in {s.name for s in expression.free_symbols}
    ):
        raise Refusal(
            f"a reset must set {found['variable']} to a constant",
            f"Write reset='{found['variable']} = constant'",
        )
    level = evaluate(group, expression, namespace) * found["scale"]
    return {"reset": _each(group, level), "reason": "reset"}


def _refractory(group: Any, namespace: Namespace, found: dict[str, Any]) -> dict[str, Any]:
    from brian2.core.functions import timestep
    from brian2.units import second
    from brian2.units.fundamentalunits import have_same_dimensions

    flagged = found.pop("flagged", False)
    refractory = group._refractory
    if refractory is False:
        return {"refractory": 1, "reason": ""}
    if isinstance(refractory, str):
        values = evaluate(group, parse(refractory), namespace)
    elif isinstance(refractory, bool) or not have_same_dimensions(refractory, second):
        raise Refusal("it must be a time", "Write refractory=2*ms")
    else:
        values = np.asarray(refractory, dtype=np.float64)
    if values.min() != values.max():
        raise Refusal("it must be the same for all neurons of a group", "Use two groups")
    steps = max(1, int(timestep(float(values.max()), float(group.clock.dt_))))
    if steps > 1 and not flagged:
        raise Refusal(
            f"{found['variable']} goes on while the neuron is refractory",
            "Write (unless refractory) after the equation",
        )
    return {"refractory": steps, "reason": f"{steps} steps from spike to first update"}


def _method(group: Any, namespace: Namespace, found: dict[str, Any]) -> dict[str, Any]:
    method = group.method_choice
    names = [method] if isinstance(method, str) else list(method or EXACT)
    if all(name in EXACT for name in map(str, names)):
        return {"reason": "exact"}
    dt = float(group.clock.dt_) * 1e3
    rate = found["rate"].min()
    if rate == 0.0:
        return {"reason": "exact: there is no leak"}
    return {
        "status": "approximated",
        "reason": f"the equation is solved exactly: a step leaves {np.exp(rate * dt):.6g} of v, "
        f"where Euler's leaves {1.0 + rate * dt:.6g}",
    }


def _start(group: Any, namespace: Namespace, found: dict[str, Any]) -> dict[str, Any]:
    start = np.asarray(group.variables[found["variable"]].get_value()) * found["scale"]
    if not np.isfinite(start).all():
        raise Refusal("an initial value is not finite", "Set it before from_brian2()")
    same = start.min() == start.max()
    said = f"{start.min():g} mV" if same else f"{start.min():g} to {start.max():g} mV"
    return {"start": start.astype(np.float64), "reason": said}
