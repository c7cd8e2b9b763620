"""What Brian2 has and we do not is refused, with its line, the reason and what to do."""

import re
from collections.abc import Callable
from types import ModuleType
from typing import Any

import brian2_oracle as oracle
import numpy as np
import pytest

from bitcortex.network.interchange.brian2 import from_brian2
from bitcortex.network.interchange.report import RefusedError

LIF = "dv/dt = -v / (20*ms) : volt (unless refractory)"


@pytest.fixture
def b() -> ModuleType:
    return oracle.fresh()


def cells(b: Any, equations: str = LIF, n: int = 4, **options: Any) -> Any:
    how = {"threshold": "v > 20*mV", "reset": "v = 0*mV", "method": "exact"} | options
    return b.NeuronGroup(n, equations, name="cells", **how)


def joined(b: Any, *args: Any, **options: Any) -> tuple[Any, ...]:
    group = cells(b)
    synapses = b.Synapses(group, group, *args, name="syn", **options)
    synapses.connect()
    return group, synapses


def conductances(b: Any) -> tuple[Any, ...]:
    equations = """dv/dt = (ge*(0*mV - v) - v) / (20*ms) : volt
    dge/dt = -ge / (5*ms) : 1"""
    group = cells(b, equations, method="euler")
    synapses = b.Synapses(group, group, on_pre="ge_post += 0.1", name="syn")
    synapses.connect()
    return group, synapses


def compartments(b: Any) -> tuple[Any, ...]:
    cable = b.Cylinder(length=100 * b.um, diameter=1 * b.um, n=3)
    return (
        b.SpatialNeuron(
            cable, "Im = -v * 1*siemens/meter**2 : amp/meter**2", method="exponential_euler",
            name="cells",
        ),
    )  # fmt: skip


def gap_junctions(b: Any) -> tuple[Any, ...]:
    group = cells(b, "dv/dt = (gap - v) / (20*ms) : volt\ngap : volt")
    synapses = b.Synapses(
        group, group, "gap_post = 0.1*(v_pre - v_post) : volt (summed)", name="syn"
    )
    synapses.connect()
    return group, synapses


def custom_events(b: Any) -> tuple[Any, ...]:
    group = cells(b, events={"high": "v > 10*mV"})
    group.run_on_event("high", "v = 5*mV")
    return (group,)


def operation(b: Any) -> tuple[Any, ...]:
    @b.network_operation(name="operation")
    def act() -> None: ...

    return cells(b), act


def regularly(b: Any) -> tuple[Any, ...]:
    group = cells(b)
    group.run_regularly("v += 1*mV", dt=1 * b.ms)
    return (group,)


def stdp(b: Any) -> tuple[Any, ...]:
    return joined(
        b,
        "w : volt\ndtrace/dt = -trace / (20*ms) : volt (event-driven)",
        on_pre="v_post += w\ntrace += 0.1*mV",
        on_post="w += trace",
    )


def timed(b: Any) -> tuple[Any, ...]:
    current = b.TimedArray(np.arange(4) * b.mV, dt=1 * b.ms)
    return (cells(b, "dv/dt = (I(t) - v) / (20*ms) : volt", namespace={"I": current}),)


def two_drives(b: Any) -> tuple[Any, ...]:
    group = cells(b)
    inputs = [
        b.PoissonInput(group, "v", 10, 10 * b.Hz, weight=w * b.mV) for w in (1, 2)
    ]  # fmt: skip
    return group, *inputs


def two_clocks(b: Any) -> tuple[Any, ...]:
    return cells(b), b.PoissonGroup(2, 10 * b.Hz, dt=0.5 * b.ms, name="noise")


def many_kinds(b: Any) -> tuple[Any, ...]:
    group = cells(b, "dv/dt = (I - v) / (20*ms) : volt\nI : volt", n=70)
    group.I = np.arange(70) * 0.1 * b.mV
    return (group,)


def periodic(b: Any) -> tuple[Any, ...]:
    return cells(b), b.SpikeGeneratorGroup(1, [0], [0] * b.ms, period=5 * b.ms, name="train")


CASES: dict[str, tuple[Callable[[Any], tuple[Any, ...]], str, str]] = {
    "conductances": (conductances, "cells.equations", "one differential equation.*ge, v"),
    "compartments": (compartments, "cells", "many compartments"),
    "gap junctions": (gap_junctions, "syn", "gap_post is summed.*gap junctions"),
    "custom events": (custom_events, "cells.events", "events besides spikes.*run_on_event"),
    "network operation": (operation, "operation", "runs code of its own"),
    "run_regularly": (regularly, "cells_run_regularly", "runs code of its own"),
    "STDP": (stdp, "syn", "change in time.*StochasticSTDP"),
    "timed current": (timed, "cells.equations", r"I\(\) may give another value"),
    "two drives": (two_drives, "network", "two PoissonInputs of different weights"),
    "two clocks": (two_clocks, "network", "one step, and have 0.1 ms, 0.5 ms"),
    "70 kinds of cells": (many_kinds, "network", "70 of its neurons.*at most 64"),
    "periodic train": (periodic, "train", "repeat with a period"),
    "not linear": (
        lambda b: (cells(b, "dv/dt = (v**2/mV - v) / (20*ms) : volt", method="euler"),),
        "cells.equations",
        "not linear in v",
    ),
    "noise": (
        lambda b: (cells(b, "dv/dt = -v/(20*ms) + mV*xi*ms**-0.5 : volt", method="euler"),),
        "cells.equations",
        "noise xi",
    ),
    "subtractive reset": (
        lambda b: (cells(b, reset="v -= 20*mV"),), "cells.reset", "set v to a constant"
    ),
    "reset of two": (
        lambda b: (cells(b, LIF + "\nu : 1", reset="v = 0*mV; u += 1"),),
        "cells.reset",
        "2 statements",
    ),
    "adaptive threshold": (
        lambda b: (cells(b, LIF + "\nth = 20*mV + 0.1*v : volt", threshold="v > th"),),
        "cells.threshold",
        "th changes in time",
    ),
    "no threshold": (
        lambda b: (cells(b, threshold=None, reset=None),), "cells.threshold", "never fire"
    ),
    "refractory, but goes on": (
        lambda b: (cells(b, "dv/dt = -v/(20*ms) : volt", refractory=2 * b.ms),),
        "cells.refractory",
        "unless refractory",
    ),
    "random kicks": (
        lambda b: joined(b, on_pre="v_post += rand()*mV"), "syn_pre", r"rand\(\) may give"
    ),
    "kick of a conductance": (
        lambda b: joined(b, on_pre="v_post += 0.1*(10*mV - v_post)"), "syn_pre", "conductance"
    ),
    "unknown name": (
        lambda b: joined(b, on_pre="v_post += nowhere"),
        "syn_pre",
        'identifier "nowhere" could not be resolved',
    ),
    "grows": (lambda b: (cells(b, "dv/dt = v/(20*ms) : volt"),), "cells.equations", "grows"),
    "a current": (
        lambda b: (cells(b, "dv/dt = -v/(20*ms) : amp", threshold="v > 1*nA", reset="v = 0*nA"),),
        "cells.equations",
        "neither a voltage nor a number",
    ),
    "no neurons": (lambda b: (b.PoissonGroup(2, 1 * b.Hz, name="noise"),), "network", "no neurons"),
    "another time": (
        lambda b: (cells(b), b.PoissonGroup(1, 1 * b.Hz, when="start", name="noise")),
        "noise",
        "acts at another time",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_refused(b: ModuleType, case: str) -> None:
    make, thing, reason = CASES[case]
    objects = make(b)
    network = b.Network(*objects, name="network*")
    with pytest.raises(RefusedError) as caught:
        from_brian2(network, {"ms": b.ms, "mV": b.mV})
    lines = [x for x in caught.value.report.refused if x.thing.startswith(thing)]
    assert lines, caught.value
    line = lines[0]
    assert re.search(reason, f"{line.reason}. {line.fix}"), line
    assert line.fix
    assert line.thing in str(caught.value)
    assert line.reason in caught.value.report.table()


def test_a_schedule_of_its_own(b: ModuleType) -> None:
    network = b.Network(cells(b))
    network.schedule = ["start", "groups", "thresholds", "resets", "synapses", "end"]
    with pytest.raises(RefusedError, match="its schedule is groups, thresholds, resets, synapses"):
        from_brian2(network)


def test_a_network_that_has_run(b: ModuleType) -> None:
    network = b.Network(cells(b))
    network.run(0.2 * b.ms)
    with pytest.raises(RefusedError, match=r"it has run for 0\.2 ms"):
        from_brian2(network)


def test_not_a_network(b: ModuleType) -> None:
    with pytest.raises(TypeError, match=r"must be a brian2\.Network, not NeuronGroup"):
        from_brian2(cells(b))


def test_approximations_are_named(b: ModuleType) -> None:
    group = cells(b, "dv/dt = -v / (2*ms) : 1 (unless refractory)", threshold="v > 20",
                  reset="v = 0", method="euler")  # fmt: skip
    drive = b.PoissonInput(group, "v", 100, 50 * b.Hz, weight=1)
    network, report = from_brian2(
        b.Network(group, drive, b.StateMonitor(group, "v", record=True), b.SpikeMonitor(group))
    )
    found = {line.thing: line for line in report.lines if line.status == "approximated"}
    assert set(found) == {"cells.method", drive.name, "statemonitor", "arithmetic"}
    assert "0.951229" in found["cells.method"].reason
    assert "0.95" in found["cells.method"].reason
    assert "1.005 times" in found[drive.name].reason
    assert network.drives["cells"].mean == pytest.approx(0.5)
    assert any("without unit is mV" in line.reason for line in report.lines)
    assert {"thing", "text", "status", "reason", "fix"} == set(report.items()[0])
