"""Plans of event-driven networks: the digest has everything, and nothing can be changed."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from bitcortex.network import LIF, Network, lower
from bitcortex.network.brunel import brunel_ai
from bitcortex.network.connectivity import Stratified
from bitcortex.network.connectivity_plan import Bitmap, Procedural, Stored
from bitcortex.network.event_plan import EventPlan, EventPopulation, EventProjection, Recorded
from bitcortex.network.plasticity import Stdp

BITMAP = Bitmap(np.array([[1], [2]], np.uint8), 3, 5)
SQUARE = Bitmap(np.array([[1], [2], [4]], np.uint8), 3, 5)
STORED = Stored(np.array([0, 1, 1]), np.array([2]), np.array([-4]), 3)
PROCEDURAL = Procedural(2, 3, 10, 2, 7)
NEURON = {
    "data_width": 16, "alpha": 65_000, "leak": "floor", "v_threshold": 100, "v_reset": 0,
    "refractory": 2,
}  # fmt: skip
POSITIVE = replace(STORED, weights=np.abs(STORED.weights))
PARTS: dict[type, tuple[Any, dict[str, Any]]] = {
    EventPopulation: (
        EventPopulation("p", 2, "excitatory", NEURON, (5, 7), 3, 4),
        {
            "name": "o", "size": 3, "sign": "inhibitory", "neuron": NEURON | {"alpha": 64_999},
            "cdf": (5, 8), "drive": -3, "constant": 5,
        },
    ),
    Recorded: (
        Recorded("r", 3, "excitatory", np.array([0, 4]), np.array([1, 2], np.uint32)),
        {
            "name": "o", "size": 4, "sign": "inhibitory", "steps": np.array([0, 5]),
            "channels": np.array([1, 1], np.uint32),
        },
    ),
    EventProjection: (
        EventProjection("p", "q", 2, SQUARE, 3, 100, 9),
        {
            "source": "q", "target": "p", "delay": 3, "connectivity": replace(SQUARE, weight=6),
            "length": 2, "probability": 101, "seed": 10,
        },
    ),
    Bitmap: (
        BITMAP,
        {"rows": np.array([[1], [4]], np.uint8), "targets": 4, "weight": -5},
    ),
    Stored: (
        STORED,
        {
            "indptr": np.array([0, 0, 1]), "target": np.array([1]), "weights": np.array([4]),
            "targets": 4,
        },
    ),
    Procedural: (
        PROCEDURAL,
        {"sources": 3, "targets": 4, "stride": 11, "fraction": 3, "weight": 8},
    ),
    Stdp: (
        Stdp(9, 8, 7, 6, 5, 100),
        {
            "window_plus": 10, "window_minus": 9, "p_plus": 8, "p_minus": 7, "step": 6,
            "maximum": 101,
        },
    ),
}  # fmt: skip


def whole() -> EventPlan:
    """Return a network whose synapses any store can hold."""
    net = Network("net", dt_ms=0.1, seed=1)
    net.population("e", 100, LIF())
    net.population("i", 25, LIF(), "inhibitory")
    net.recorded("s", 40, [3, 1], [0, 2])
    for source, target, p in (("e", "e", 0.1), ("e", "i", 0.5), ("i", "e", 0.2), ("s", "i", 1.0)):
        net.connect(source, target, Stratified(p), 2.0, 0.7)
    net.poisson("e", 30_000.0, 1.0)
    net.constant("i", 25.0)
    return lower(net).plan


def fits(a: EventPopulation, b: EventPopulation, part: Any) -> EventPlan:
    """Return a Plan with a part, and populations of any sizes that it needs."""
    if isinstance(part, EventPopulation):
        return EventPlan("n", 1, 16, 1, (part, b), (), ())
    if isinstance(part, Recorded):
        return EventPlan("n", 1, 16, 1, (a, b), (part,), ())
    if isinstance(part, EventProjection):
        sizes = dict(zip((part.source, part.target), part.connectivity.shape, strict=True))
        parts = tuple(replace(x, size=sizes.get(x.name, 1)) for x in (a, b))
        return EventPlan("n", 1, 16, 1, parts, (), (part,))
    if isinstance(part, Stdp):
        return fits(a, b, EventProjection("p", "q", 1, POSITIVE, plasticity=part))
    return fits(a, b, EventProjection("p", "q", 1, part))


@pytest.mark.parametrize("kind", PARTS)
def test_every_field_of_a_part_is_in_the_digest(kind: type) -> None:
    part, changes = PARTS[kind]
    assert set(changes) == {f.name for f in fields(kind)} - {"plasticity"}  # None or a part
    a = EventPopulation("p", 2, "excitatory", NEURON)
    plan = fits(a, replace(a, name="q"), part)
    for name, value in changes.items():
        changed = replace(part, **{name: value})
        assert fits(a, replace(a, name="q"), changed).digest != plan.digest, name
    assert fits(a, replace(a, name="q"), replace(part)).digest == plan.digest


def test_plasticity_is_in_the_digest() -> None:
    a = EventPopulation("p", 2, "excitatory", NEURON)
    plastic = fits(a, replace(a, name="q"), PARTS[Stdp][0])
    assert fits(a, replace(a, name="q"), POSITIVE).digest != plastic.digest


def test_every_number_of_a_neuron_is_in_the_digest() -> None:
    p = EventPopulation("p", 2, "excitatory", NEURON)
    digests = {EventPlan("n", 1, 16, 1, (p,), (), ()).digest}
    for name, value in NEURON.items():
        other = "nearest" if name == "leak" else int(value) + 1  # type: ignore[call-overload]
        changed = replace(p, neuron=NEURON | {name: other})
        digests.add(EventPlan("n", 1, 16, 1, (changed,), (), ()).digest)
    assert len(digests) == 1 + len(NEURON)


def test_every_field_of_a_plan_is_in_the_digest() -> None:
    plan = whole()
    changes = {
        "name": "other",
        "dt_ns": 1,
        "data_width": 17,
        "seed": 2,
        "populations": (replace(plan.populations[0], constant=1), plan.populations[1]),
        "recorded": (replace(plan.recorded[0], sign="inhibitory"),),
        "projections": plan.projections[::-1],
    }
    assert set(changes) == {f.name for f in fields(plan)}
    digests = {replace(plan, **{name: value}).digest for name, value in changes.items()}
    assert len(digests | {plan.digest}) == 1 + len(changes)
    assert lower(brunel_ai(100)).plan.digest == lower(brunel_ai(100)).plan.digest
    assert lower(brunel_ai(100), 2).plan.digest != lower(brunel_ai(100)).plan.digest


def test_arrays_are_read_only_and_ours() -> None:
    made = whole()
    stored, bitmap = made.stored_as("stored"), made.stored_as("bitmap")
    arrays = [made.recorded[0].steps, made.recorded[0].channels]
    for p in (*stored.projections, *bitmap.projections):
        c = p.connectivity
        arrays += [getattr(c, f.name) for f in fields(c)]  # type: ignore[arg-type]
    arrays = [a for a in arrays if isinstance(a, np.ndarray)]
    assert len(arrays) == 2 + 4 * 3 + 4
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    rows = np.array([[1], [2]], np.uint8)
    kept = Bitmap(rows, 3, 1)
    rows[0] = 7
    assert kept.rows[0, 0] == 1
