"""Networks in plain Brian2 give Brian2's spikes: the mapping exactly, engines to 16 bits."""

from types import ModuleType
from typing import Any

import brian2_oracle as oracle
import numpy as np
import pytest

from bitcortex.network.interchange.brian2 import DEFAULT, KICKS_FIRST, from_brian2
from bitcortex.network.interchange.brian2_script import stopped
from bitcortex.sim.simulate import simulate

SCHEDULES = [
    pytest.param(DEFAULT, id="default"),
    pytest.param(KICKS_FIRST, id="kicks first", marks=pytest.mark.full),
]


@pytest.fixture
def b() -> ModuleType:
    return oracle.fresh()


def compare(
    network: Any, namespace: Any, group: str, steps: int, monkeypatch: pytest.MonkeyPatch
) -> tuple[oracle.Pairs, oracle.Pairs]:
    """Return spikes of Numba and of Brian2, of which the float64 model has taken the same."""
    ours, real, report, strict = oracle.imported(network, namespace, monkeypatch)
    late = report.late.get(group, 0)
    found = oracle.pairs(*report.spikes(simulate(ours, steps + late, "numba"), group))
    exact = oracle.pairs(*report.spikes(oracle.real_steps(real, strict, steps + late), group))
    wanted = oracle.truth(network, namespace, group, steps)
    assert exact == wanted
    return found, wanted


def first_difference(a: oracle.Pairs, b: oracle.Pairs) -> int:
    return min((step for step, _ in a ^ b), default=1 << 30)


@pytest.mark.parametrize(
    ("script", "group", "steps", "spikes"),
    [("ring", "ring", 200, 20), ("recorded", "cells", 200, 300), ("delays", "cells", 200, 500)],
)
def test_scripts_are_equal(
    script: str, group: str, steps: int, spikes: int, monkeypatch: pytest.MonkeyPatch, b: ModuleType
) -> None:
    found = stopped(oracle.EXAMPLES / f"{script}.py")
    ours, brians = compare(found.network, found.namespace, group, steps, monkeypatch)
    assert len(brians) > spikes
    assert ours == brians


def test_cuba_is_equal_until_16_bits_tell(monkeypatch: pytest.MonkeyPatch, b: ModuleType) -> None:
    """4,000 neurons 1 mV above threshold: chaos makes of one late spike another network state."""
    found = stopped(oracle.EXAMPLES / "cuba.py")
    (group,) = [o.name for o in found.network.objects if type(o).__name__ == "NeuronGroup"]
    ours, brians = compare(found.network, found.namespace, group, 60, monkeypatch)
    assert len(brians) > 300
    assert first_difference(ours, brians) >= 10
    assert abs(len(ours) / len(brians) - 1) < 0.05


def test_poisson_groups_are_relays(monkeypatch: pytest.MonkeyPatch, b: ModuleType) -> None:
    """The relays' own spikes, played to Brian2 in place of its PoissonGroup."""
    steps = 150
    found = stopped(oracle.EXAMPLES / "feedforward.py")
    ours, report = from_brian2(found.network, found.namespace)
    run = simulate(ours, steps, "numba")
    at, channel = report.spikes(run, "noise")
    assert abs(len(at) / (60 * steps * 0.02) - 1) < 0.2  # 40 Hz in steps of 0.5 ms

    def played(n: int, rates: Any, name: str) -> Any:
        return b.SpikeGeneratorGroup(n, channel, at * 0.5 * b.ms, name=name)

    with monkeypatch.context() as patch:
        patch.setattr(b, "PoissonGroup", played)
        again = stopped(oracle.EXAMPLES / "feedforward.py")
    same, brians = compare(again.network, again.namespace, "chain", steps, monkeypatch)
    assert len(brians) > 300
    assert same == oracle.pairs(*report.spikes(run, "chain"))
    assert len(same & brians) > 0.98 * len(brians)


def brunel(b: ModuleType, schedule: tuple[str, ...], steps: int) -> Any:
    """Return Brunel's network of 200 neurons under recorded Poisson trains."""
    rng = np.random.default_rng(5)
    tau, J, g = 20 * b.ms, 1.0 * b.mV, 5
    cells = b.NeuronGroup(
        200,
        "dv/dt = -v / tau : volt (unless refractory)",
        threshold="v > 20*mV",
        reset="v = 10*mV",
        refractory=2 * b.ms,
        method="exact",
        namespace={"tau": tau},
        name="cells",
    )
    drive = np.argwhere(rng.random((steps, 400)) < 0.09)
    trains = b.SpikeGeneratorGroup(400, drive[:, 1], drive[:, 0] * 0.1 * b.ms)
    outside = b.Synapses(trains, cells, on_pre="v_post += J", namespace={"J": J})
    outside.connect("i % 200 == j")
    exc = b.Synapses(cells[:160], cells, on_pre="v_post += J", delay=1.5 * b.ms, namespace={"J": J})
    inh = b.Synapses(
        cells[160:], cells, on_pre="v_post -= g*J", delay=1.5 * b.ms, namespace={"J": J, "g": g}
    )
    for synapses in (exc, inh):
        synapses.connect(p=0.1)
    network = b.Network(cells, trains, outside, exc, inh, b.SpikeMonitor(cells))
    network.schedule = ["start", *schedule, "end"]
    return network


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_brunel_is_equal(
    schedule: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, b: ModuleType
) -> None:
    ours, brians = compare(brunel(b, schedule, 300), {}, "cells", 300, monkeypatch)
    assert len(brians) > 300
    assert len(ours & brians) > 0.98 * len(brians)
    assert first_difference(ours, brians) > 100


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize(
    ("equation", "refractory", "reset"),
    [
        ("dv/dt = (-60*mV - v) / tau : volt (unless refractory)", 0.1, "-65*mV"),
        ("dv/dt = (-45*mV - v) / tau : volt (unless refractory)", 0.5, "-63*mV"),  # fires alone
        ("dv/dt = (I - v) / tau : volt\nI : volt (constant)", None, "-62*mV"),
        ("dv/dt = 0.3*mV/ms : volt", None, "-65*mV"),  # no leak
    ],
)
def test_every_kind_of_cell(
    schedule: tuple[str, ...],
    equation: str,
    refractory: float | None,
    reset: str,
    monkeypatch: pytest.MonkeyPatch,
    b: ModuleType,
) -> None:
    """Resets, equilibria, refractory times, start values and delays from 0 up."""
    rng, steps = np.random.default_rng(2), 120
    options = {} if refractory is None else {"refractory": refractory * b.ms}
    cells = b.NeuronGroup(
        24,
        equation,
        threshold="-50*mV <= v",
        reset=f"v = {reset}",
        method="exact" if "tau" in equation else "euler",
        namespace={"tau": 8 * b.ms},
        name="cells",
        **options,
    )
    cells.v = rng.uniform(-66, -51, 24) * b.mV
    if "I :" in equation:
        cells.I = np.repeat([-60, -48, -55], 8) * b.mV
    drive = np.argwhere(rng.random((steps, 30)) < 0.05)
    trains = b.SpikeGeneratorGroup(30, drive[:, 1], drive[:, 0] * 0.1 * b.ms)
    synapses = b.Synapses(trains, cells, "w : volt", on_pre="v = v + w")
    synapses.connect(p=0.5)
    synapses.w = rng.uniform(-1, 3, len(synapses)) * b.mV
    synapses.delay = rng.integers(0, 6, len(synapses)) * 0.1 * b.ms
    recurrent = b.Synapses(cells, cells, on_pre="v_post += 0.8*mV")
    recurrent.connect(p=0.2)
    network = b.Network(cells, trains, synapses, recurrent, b.SpikeMonitor(cells))
    network.schedule = ["start", *schedule, "end"]
    ours, brians = compare(network, {}, "cells", steps, monkeypatch)
    assert len(brians) > 15
    assert len(ours & brians) >= 0.9 * len(brians)


@pytest.mark.full
def test_brunel_with_poisson_input_has_the_rate(b: ModuleType) -> None:
    found = stopped(oracle.EXAMPLES / "brunel.py")
    ours, report = from_brian2(found.network, found.namespace)
    steps = 3000
    mine = len(report.spikes(simulate(ours, steps, "numba"), "neurons")[0])
    theirs = len(oracle.truth(found.network, found.namespace, "neurons", steps))
    assert abs(mine / theirs - 1) < 0.08  # two draws of the drive
