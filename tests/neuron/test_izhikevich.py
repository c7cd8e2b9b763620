"""Izhikevich neuron: rates against real numbers and the literature, saturation, errors."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bitcortex as bc
from bitcortex.models.neuron.cell import Cell, CellParams
from bitcortex.models.neuron.field import signed_range
from bitcortex.models.neuron.formats import Format
from bitcortex.models.neuron.izhikevich import COEFFICIENT, SQUARE, IzhikevichParams, update
from bitcortex.models.reference.izhikevich import PAPER, IzhikevichReference

Params = tuple[float, float, float, float]


def rate(neuron: bc.SCIzhikevichNeuron, current: float, steps: int) -> int:
    return sum(neuron.step(current) for _ in range(steps))


@pytest.mark.parametrize("dt", [1.0, 0.5])
@pytest.mark.parametrize(("name", "paper"), PAPER.items())
def test_rate_against_real_numbers(name: str, paper: Params, dt: float) -> None:
    """4 s under I = 10: within 2 % of the same scheme in float, spikes being chaotic in detail."""
    steps = int(4_000 / dt)
    wanted = int(IzhikevichReference(*paper, dt=dt).run(np.full(steps, 10.0))[0].sum())
    assert wanted > 80
    assert rate(bc.SCIzhikevichNeuron(*paper, dt=dt), 10.0, steps) == pytest.approx(
        wanted, rel=0.02
    )


@pytest.mark.parametrize("paper", PAPER.values(), ids=PAPER)
def test_stopping_at_the_peak_comes_closer_to_small_steps(paper: Params) -> None:
    """Why v stops at 30 mV: with steps of 1 ms the paper's program lets u see the overshoot."""
    fine = IzhikevichReference(*paper, dt=1 / 64, cut=True).run(np.full(64 * 1_000, 10.0))[0].sum()
    ours = IzhikevichReference(*paper).run(np.full(1_000, 10.0))[0].sum()
    theirs = IzhikevichReference(*paper, cut=False).run(np.full(1_000, 10.0))[0].sum()
    assert theirs < ours <= fine * 1.05


def test_trace_follows_the_reference_until_the_first_spike() -> None:
    reference = IzhikevichReference()
    spikes, v, u = reference.run(np.full(200, 4.5))
    first = int(np.flatnonzero(spikes)[0])
    neuron = bc.SCIzhikevichNeuron()
    for t in range(first + 1):
        assert neuron.step(4.5) == spikes[t]
        assert neuron.v == pytest.approx(v[t], abs=0.05 if t < first - 3 else 1.0)
        assert neuron.u == pytest.approx(u[t], abs=0.1)
    assert first > 5


def test_patterns_of_the_paper() -> None:
    """Regular spiking adapts, fast spiking does not, chattering comes in bursts."""

    def intervals(name: str) -> list[int]:
        neuron = bc.SCIzhikevichNeuron(*PAPER[name], dt=0.5)
        times = [t for t in range(2_000) if neuron.step(10.0)]
        return np.diff(times).tolist()

    regular, fast, chattering = map(intervals, ("regular spiking", "fast spiking", "chattering"))
    assert regular[0] < 0.6 * regular[-1]
    assert max(fast[5:]) <= 1.5 * min(fast[5:])
    assert max(chattering) > 4 * min(chattering)
    assert len(fast) > 3 * len(regular)


def test_rest_without_input() -> None:
    neuron = bc.SCIzhikevichNeuron()
    assert rate(neuron, 0.0, 2_000) == 0
    assert neuron.v == pytest.approx(-70.0, abs=0.2)  # the stable fixed point for b = 0.2
    assert neuron.u == pytest.approx(-14.0, abs=0.1)


def test_rate_grows_with_current() -> None:
    rates = [rate(bc.SCIzhikevichNeuron(), current, 2_000) for current in (0, 4, 6, 10, 20, 40)]
    assert rates[0] == 0
    assert rates == sorted(rates)
    assert rates[-1] > 3 * rates[2]


@given(st.data())
def test_update_is_its_definition(data: st.DataObject) -> None:
    width = data.draw(st.integers(12, 24))
    fraction = data.draw(st.integers(4, min(16, width - 8)))
    low, high = signed_range(width)
    one = 1 << COEFFICIENT
    params = IzhikevichParams(
        data_width=width,
        fraction=fraction,
        current_width=24,
        a=data.draw(st.integers(0, one)),
        b=data.draw(st.integers(-5 * one, 5 * one)),
        c=data.draw(st.integers(low, (30 << fraction) - 1)),
        d=data.draw(st.integers(low, high)),
        dt_shift=data.draw(st.integers(0, 4)),
    )
    v, u = data.draw(st.integers(low, high)), data.draw(st.integers(low, high))
    kick = data.draw(st.integers(-(1 << 23), (1 << 23) - 1))
    after, spike = update(params, (v, u), kick, 0)
    unit, h = 1 << fraction, Fraction(1, 1 << params.dt_shift)
    for _ in range(2):
        assert v * v * SQUARE < 2**60
        square = math.floor(Fraction(v * v * SQUARE, one * unit))
        v += math.floor(h / 2 * (square + 5 * v + 140 * unit - u + kick))
        v = min(max(v, low), 30 * unit)
    u += math.floor(h * Fraction(params.a * (math.floor(Fraction(params.b * v, one)) - u), one))
    assert spike == (v == 30 * unit)
    u, v = (u + params.d, params.c) if spike else (u, v)
    assert after == (v, min(max(u, low), high))


def test_class_is_the_golden_cell_bit_for_bit() -> None:
    neuron = bc.SCIzhikevichNeuron(*PAPER["chattering"], dt=0.25, format=Format(20, 12))
    cell = Cell(CellParams(neuron.params))
    rng = np.random.default_rng(0)
    fired = 0
    for current in rng.uniform(-5.0, 40.0, 500):
        cell.tick(1, neuron.input_format.units("I", float(current)))
        for _ in range(11):
            assert cell.tick(0, 0)[:2] == (0, 0)
        spike = neuron.step(float(current))
        assert cell.tick(0, 0) == (1, 1, spike, neuron.neuron.field("v"))
        fired += spike
    assert fired > 5
    neuron.reset_state()
    assert (neuron.v, neuron.u) == (-50.0, pytest.approx(-10.0, abs=1e-3))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"data_width": 11}, r"data_width must be in 12\.\.24, not 11"),
        ({"fraction": 11}, r"fraction must be in 4\.\.10, not 11\. v must hold \+-100 mV"),
        ({"a": -1}, r"a must be in 0\.\.131072, not -1"),
        ({"b": 655_361}, r"b must be in -655360\.\.655360, not 655361"),
        ({"c": 30 << 10}, r"c must be in -131072\.\.30719, not 30720"),
        ({"d": 1 << 17}, r"d must be in -131072\.\.131071, not 131072"),
        ({"dt_shift": 5}, r"dt_shift must be in 0\.\.4, not 5"),
        ({"multiplier": "x"}, "multiplier must be one of dsp, shift_add, not 'x'"),
    ],
)
def test_mistakes(values: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        IzhikevichParams(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"c": -200.0}, r"c must be in \[-128, 127\.999\], not -200\.0\. Q8\.10 .*more data_width"),
        ({"c": 31.0}, r"c must be in -131072\.\.30719, not 31744"),
        ({"a": math.nan}, r"a must be in \[0, 1\], not nan"),
        ({"b": 6.0}, r"b must be in \[-5, 5\], not 6\.0"),
        ({"dt": 0.1}, r"dt must be one of 1\.0, 0\.5, 0\.25, 0\.125, 0\.0625 ms, not 0\.1"),
        ({"format": Format(32, 12)}, r"data_width must be in 12\.\.24, not 32"),
    ],
)
def test_mistakes_of_the_class(values: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        bc.SCIzhikevichNeuron(**values)  # type: ignore[arg-type]


def test_input_that_does_not_fit() -> None:
    with pytest.raises(ValueError, match=r"I must be in \[-512, 511\.999\], not 600"):
        bc.SCIzhikevichNeuron().step(600.0)
