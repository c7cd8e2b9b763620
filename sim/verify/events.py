"""Compare the engines of an event-driven network, spike for spike."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bitcortex.network.connectivity_plan import Procedural
from bitcortex.network.event_plan import EventPlan
from bitcortex.network.run import Run
from bitcortex.sim.pieces import Progress
from bitcortex.sim.simulate import simulate

THREADS = (1, 2)
LANES = (8, 16, 32)


@dataclass(frozen=True)
class Variant:
    """An engine with its options, and how the synapses are kept."""

    engine: str
    threads: int = 1
    lanes: int = 8
    store: str = ""  # empty: as in the Plan

    def __str__(self) -> str:
        if self.engine == "numba":
            return f"numba, {self.threads} thread{'s' if self.threads > 1 else ''}"
        if self.engine == "rtl":
            return f"rtl, {self.lanes} lanes" + (f", {self.store}" if self.store else "")
        return self.engine


@dataclass(frozen=True)
class EventAgreement:
    """Runs of one network on several engines; `difference` says where the first two part."""

    runs: dict[str, Run]
    difference: str

    @property
    def equal(self) -> bool:
        """Whether all spikes are equal."""
        return not self.difference


def stores_of(plan: EventPlan) -> tuple[str, ...]:
    """Return the stores that all synapses of a Plan can be kept in."""
    found = []
    for store in ("bitmap", "stored", "procedural"):
        try:
            plan.stored_as(store)
        except ValueError:
            continue
        found.append(store)
    return tuple(found)


def variants(
    plan: EventPlan,
    engines: Sequence[str],
    lanes: Sequence[int] = LANES,
    stores: Sequence[str] | None = None,
) -> list[Variant]:
    """Return what to compare: golden, numba by threads, rtl by lanes and stores."""
    found: list[Variant] = []
    for engine in engines:
        if engine == "numba":
            found += [Variant("numba", threads) for threads in THREADS]
        elif engine == "rtl":
            known = stores_of(plan) if stores is None else tuple(stores)
            found += [Variant("rtl", lanes=n, store=s) for s in known or ("",) for n in lanes]
        else:
            found.append(Variant(engine))
    return found


def compare_events(
    plan: EventPlan,
    steps: int,
    which: Sequence[Variant],
    progress: Progress = lambda steps: None,
) -> EventAgreement:
    """Run a Plan in every variant and compare the spikes with the first one's.

    Parameters
    ----------
    plan, steps
        What to run.
    which
        The variants; the first is the reference.
    progress
        Called with steps done, over all variants together.
    """
    runs: dict[str, Run] = {}
    for variant in which:
        kept = plan.stored_as(variant.store) if variant.store else plan
        runs[str(variant)] = simulate(
            kept, steps, variant.engine, None, progress, variant.threads, variant.lanes
        )
    names = list(runs)
    for name in names[1:]:
        if difference := first_difference(runs[names[0]], runs[name]):
            return EventAgreement(runs, f"{names[0]} and {name}: {difference}")
    return EventAgreement(runs, "")


def first_difference(a: Run, b: Run) -> str:
    """Return the first spike that only one of two runs has, or weight, in words; or nothing."""
    if a.hash == b.hash and len(a.events.step) == len(b.events.step):
        return _first_weight(a, b)
    one = a.events.step * a.events.neurons + a.events.neuron
    two = b.events.step * b.events.neurons + b.events.neuron
    only = np.setxor1d(one, two)
    if not len(only):
        return f"spikes are equal and the hashes {a.hash} and {b.hash} are not"
    step, neuron = divmod(int(only[0]), a.events.neurons)
    who = "the first" if only[0] in one else "the second"
    return f"in step {step} neuron {neuron} fires only in {who}"


def _first_weight(a: Run, b: Run) -> str:
    """Return the first learned weight that differs, in words; empty if they are equal."""
    for (source, target), one in a.weights.items():
        two = b.weights[source, target]
        for k in np.flatnonzero(one.weight != two.weight)[:1]:
            return (
                f"the weight of {source} {one.pre[k]} to {target} {one.post[k]} ends at "
                f"{one.weight[k]} units in the first and at {two.weight[k]} in the second"
            )
    return ""


def procedural(plan: EventPlan) -> bool:
    """Return whether some synapses of a Plan are procedural."""
    return any(isinstance(p.connectivity, Procedural) for p in plan.projections)
