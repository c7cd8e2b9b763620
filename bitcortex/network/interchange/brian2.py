"""`from_brian2`: a live Brian2 Network as ours, with a report. See decision 0012."""

from typing import Any

from bitcortex.network.description import Network
from bitcortex.network.interchange import brian2_cells, brian2_synapses
from bitcortex.network.interchange.brian2_build import Builder, Schedule
from bitcortex.network.interchange.brian2_cells import Cells
from bitcortex.network.interchange.brian2_values import Namespace, brian2
from bitcortex.network.interchange.report import Refusal, Report

DEFAULT = ("groups", "thresholds", "synapses", "resets")
KICKS_FIRST = ("groups", "synapses", "thresholds", "resets")
# When objects of a kind act, if nobody says otherwise.
WHEN = {
    "StateUpdater": "groups",
    "Thresholder": "thresholds",
    "Resetter": "resets",
    "SynapticPathway": "synapses",
    "PoissonInput": "synapses",
    "PoissonGroup": "thresholds",
    "SpikeGeneratorGroup": "thresholds",
}
HARMLESS = ("SubexpressionUpdater", "SummedVariableUpdater")  # are refused where they are used
MULTI = "Compartments have no counterpart: use point neurons"


def from_brian2(
    network: Any,
    namespace: Namespace | None = None,
    name: str | None = None,
    headroom: float = 1.25,
) -> tuple[Network, Report]:
    """Return a Brian2 network as ours, and what became of every part of it.

    Parameters
    ----------
    network
        A `brian2.Network` that has not run yet.
    namespace
        Where names of equations are found that objects do not define; by default the caller's
        variables, as in Brian2's own ``run``.
    name, headroom
        Of the result, see `Network`; the Brian2 network's name by default.

    Returns
    -------
    network, report
        `report.spikes(run, group)` has a run's spikes as Brian2 numbers neurons and steps.

    Raises
    ------
    RefusedError
        If a part cannot be represented; `report` is an attribute of the error.
    ToolError
        If Brian2 is not installed.
    TypeError
        If it is no Brian2 network.
    """
    b = brian2()
    if not isinstance(network, b.Network):
        raise TypeError(
            f"network must be a brian2.Network, not {type(network).__name__}. "
            "Collect objects with Network(collect())"
        )
    if namespace is None:
        from brian2.core.namespace import get_local_namespace

        namespace = get_local_namespace(level=1)
    report = Report("Brian2")
    try:
        _device(b)
        schedule = _schedule(network, report)
        dt = _dt(network)
    except Refusal as refusal:
        report.add(network.name, "network", "refused", refusal.reason, refusal.fix)
        report.check()
        raise
    # A magic network lists contained objects as well.
    contained = {part.name for found in network.objects for part in found.contained_objects}
    objects = [found for found in network.objects if found.name not in contained]
    objects.sort(key=lambda found: _order(b, found))
    cells: dict[str, Cells | None] = {}
    for found in objects:
        if isinstance(found, b.NeuronGroup) and _plain(b, found, report):
            cells[found.name] = brian2_cells.read(found, namespace, report)
        elif isinstance(found, b.NeuronGroup):
            cells[found.name] = None
    builder = Builder(name or network.name, dt, schedule, cells, report, headroom)
    for found in objects:
        if isinstance(found, b.NeuronGroup):
            continue
        if not _monitor(b, found, report) and _plain(b, found, report):
            _add(b, builder, found, namespace, report)
    report.check()
    try:
        return builder.network(), report
    except Refusal as refusal:
        report.add(network.name, "network", "refused", refusal.reason, refusal.fix)
        report.check()
        raise


def _add(b: Any, builder: Builder, found: Any, namespace: Namespace, report: Report) -> None:
    """Hand an object that is no group of neurons to the builder."""
    try:
        if isinstance(found, b.Synapses):
            builder.edges += brian2_synapses.read(found, builder.cells, namespace, report)
        elif isinstance(found, b.PoissonInput):
            target, _ = brian2_synapses.whole(found._group)
            drive = brian2_synapses.drive(found, builder.cells.get(target), report)
            builder.drives += [drive] if drive else []
        elif isinstance(found, b.SpikeGeneratorGroup):
            steps, channels = brian2_synapses.recorded(found)
            builder.recorded[found.name] = (len(found), steps, channels)
            text = f"SpikeGeneratorGroup({len(found)}, ...)"
            report.add(found.name, text, "mapped", f"recorded source, {len(steps)} spikes")
        else:
            builder.poisson[found.name] = rates = brian2_synapses.rates(found)
            report.add(
                found.name,
                f"PoissonGroup({len(rates)}, ...)",
                "mapped",
                "relays that fire with the same probability per step (16 bits), from other random "
                "numbers",
            )
    except Refusal as refusal:
        report.add(found.name, type(found).__name__, "refused", refusal.reason, refusal.fix)


def _device(b: Any) -> None:
    kind = type(b.get_device()).__name__
    if kind != "RuntimeDevice":
        raise Refusal(f"{kind} keeps the values of its objects to itself", "Leave out set_device()")


def _order(b: Any, found: Any) -> tuple[int, str]:
    """Return where an object comes in the report: neurons, sources, synapses, the rest; by name."""
    kinds = (b.NeuronGroup, (b.PoissonGroup, b.SpikeGeneratorGroup), b.Synapses, b.PoissonInput)
    rank = next((k for k, kind in enumerate(kinds) if isinstance(found, kind)), len(kinds))
    head, _, tail = found.name.rpartition("_")  # neurongroup_10 comes after neurongroup_9
    return rank, f"{head}_{tail:0>9}" if tail.isdigit() else found.name


def _schedule(network: Any, report: Report) -> Schedule:
    slots = tuple(slot for slot in network.schedule if slot in DEFAULT)
    if slots not in (DEFAULT, KICKS_FIRST):
        raise Refusal(
            f"its schedule is {', '.join(slots)}",
            f"Use Brian2's ({', '.join(DEFAULT)}) or {', '.join(KICKS_FIRST)}",
        )
    late = slots == DEFAULT
    report.add(
        "schedule",
        ", ".join(slots),
        "mapped",
        "kicks come after the threshold: they have leaked once when they are tested, and those of "
        "a spike's own step are lost"
        if late
        else "kicks come before the threshold, as ours",
    )
    return Schedule(late)


def _dt(network: Any) -> float:
    """Return the step in seconds."""
    acting = [o for o in network.sorted_objects if type(o).__name__ in WHEN]
    found = sorted({float(o.clock.dt_) for o in acting or network.objects})
    if len(found) != 1:
        said = ", ".join(f"{dt * 1e3:g} ms" for dt in found) or "none"
        raise Refusal(f"its objects must share one step, and have {said}", "Set defaultclock.dt")
    if float(network.t_) > 0.0:
        raise Refusal(
            f"it has run for {float(network.t_) * 1e3:g} ms", "Hand it over before its first run()"
        )
    return found[0]


def _monitor(b: Any, found: Any, report: Report) -> bool:
    """Report a monitor; return whether it is one."""
    if isinstance(found, b.StateMonitor):
        names = ", ".join(found.record_variables)
        report.add(found.name, names, "approximated", "not recorded; it changes no spike")
        return True
    if isinstance(found, b.SpikeMonitor | b.PopulationRateMonitor):
        kind = type(found).__name__
        report.add(found.name, f"{kind}({found.source.name})", "mapped", "Run has all spikes")
        return True
    return False


def _plain(b: Any, found: Any, report: Report) -> bool:
    """Report what an object has that none of ours has; return whether it has nothing such."""
    kinds = (b.NeuronGroup, b.Synapses, b.PoissonGroup, b.PoissonInput, b.SpikeGeneratorGroup)
    before = len(report.refused)
    if isinstance(found, b.SpatialNeuron):
        report.add(found.name, found.user_equations, "refused", "it has many compartments", MULTI)
        return False
    if not isinstance(found, kinds):
        _foreign(found, report)
        return False
    events = getattr(found, "events", {})
    if isinstance(found, b.NeuronGroup) and set(events) - {"spike"}:
        text = "\n".join(f"{name}: {condition}" for name, condition in events.items())
        fix = "Leave out events= and run_on_event()"
        report.add(f"{found.name}.events", text, "refused", "it has events besides spikes", fix)
    for part in (found, *found.contained_objects):
        what = type(part).__name__
        if part is not found and getattr(part, "event", "spike") != "spike":
            continue  # which was said
        if part is not found and what not in (*WHEN, *HARMLESS):
            _foreign(part, report)
        elif not part.active:
            report.add(part.name, what, "refused", "it is not active", "Leave it out")
        elif part.when != WHEN.get(what, part.when):
            fix = f"Use {WHEN[what]!r}"
            report.add(part.name, f"when={part.when!r}", "refused", "it acts at another time", fix)
    return len(report.refused) == before


def _foreign(found: Any, report: Report) -> None:
    """Refuse an object that runs code of its own."""
    what = type(found).__name__
    code = getattr(found, "user_code", None) or getattr(found, "abstract_code", None) or what
    fix = "Leave it out; what it does before the first run() is kept"
    report.add(found.name, code, "refused", f"{what} runs code of its own", fix)
