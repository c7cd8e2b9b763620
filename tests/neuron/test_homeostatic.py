"""Homeostatic LIF neuron: it holds the target rate, between its bounds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bitcortex as bc
from bitcortex.models.neuron import lif
from bitcortex.models.neuron.cell import Cell, CellParams
from bitcortex.models.neuron.formats import Q8_8, Format
from bitcortex.models.neuron.homeostatic import THETA_FRACTION, HomeostaticParams, adapted, update


@pytest.mark.parametrize("target", [0.01, 0.02, 0.05, 0.1])
@pytest.mark.parametrize("current", [25.0, 40.0])
def test_holds_the_target_rate(target: float, current: float) -> None:
    """At the fixed point theta stands still: step_up * rate = step_down."""
    neuron = bc.HomeostaticLIFNeuron(
        target_rate=target, adaptation=0.5, threshold_min=1.0, threshold_max=100.0
    )
    for _ in range(10_000):
        neuron.step(current)
    rate = np.mean([neuron.step(current) for _ in range(10_000)])
    assert rate == pytest.approx(target, rel=0.03)
    assert neuron.target_rate == pytest.approx(target, rel=1e-3)
    assert 1.0 < neuron.threshold < 100.0


def test_rate_comes_back_after_a_change_of_drive() -> None:
    neuron = bc.HomeostaticLIFNeuron(target_rate=0.05)
    settled = [sum(neuron.step(30.0) for _ in range(4_000)) for _ in range(3)][-1]
    thresholds = [neuron.threshold]
    surge = sum(neuron.step(60.0) for _ in range(100))
    assert surge > 2 * 0.05 * 100
    later = [sum(neuron.step(60.0) for _ in range(4_000)) for _ in range(3)][-1]
    thresholds.append(neuron.threshold)
    assert settled == pytest.approx(200, abs=4)
    assert later == pytest.approx(200, abs=4)
    assert thresholds[1] > thresholds[0]


def test_bounds_hold_where_the_target_cannot_be_met() -> None:
    neuron = bc.HomeostaticLIFNeuron(target_rate=0.02, threshold_max=25.0)
    for _ in range(3_000):
        neuron.step(200.0)
        assert neuron.threshold <= 25.0
    assert neuron.threshold > 24.0
    assert np.mean([neuron.step(200.0) for _ in range(1_000)]) > 0.1
    for _ in range(5_000):
        assert neuron.step(5.0) == 0  # too weak even for the lowest threshold
    assert neuron.threshold == 10.0


@given(st.integers(0, (1 << 23) - 1), st.integers(0, 1))
def test_threshold_moves_and_is_clipped_once(theta: int, spike: int) -> None:
    params = HomeostaticParams()
    exact = theta + spike * 32_768 - 328
    expected = sorted((2_560 << THETA_FRACTION, exact, 10_240 << THETA_FRACTION))[1]
    assert adapted(params, theta, spike) == expected


@given(st.integers(-(1 << 15), (1 << 15) - 1), st.integers(-(1 << 15), (1 << 15) - 1))
def test_update_is_lif_with_another_threshold(v: int, kick: int) -> None:
    """Compared with the whole units of theta; the fraction only integrates."""
    params = HomeostaticParams(v_threshold=5_120)
    for fine in (0, 255):
        theta = (5_120 << THETA_FRACTION) + fine
        (v_after, held, _), spike = update(params, (v, 0, theta), kick, 0)
        assert ((v_after, held), spike) == lif.update(params.lif, (v, 0), kick, 0)


def test_threshold_falls_while_refractory() -> None:
    params = HomeostaticParams(refractory=3)
    state, spike = update(params, (0, 0, 5_120 << THETA_FRACTION), 6_000, 0)
    assert spike == 1
    assert state == (0, 3, (5_120 << THETA_FRACTION) + 32_768 - 328)
    after, spike = update(params, state, 30_000, 0)
    assert (after, spike) == ((0, 2, state[2] - 328), 0)


def test_class_is_the_golden_cell_bit_for_bit() -> None:
    neuron = bc.HomeostaticLIFNeuron(target_rate=0.1, refractory_period=1, format=Q8_8)
    cell = Cell(CellParams(neuron.params))
    fired = 0
    for current in np.random.default_rng(0).uniform(0.0, 80.0, 400):
        cell.tick(1, neuron.membrane.kick(float(current)))
        ended = [cell.tick(0, 0) for _ in range(5)][-1]
        spike = neuron.step(float(current))
        assert ended[1:] == (1, spike, neuron.neuron.field("v"))
        fired += spike
    assert fired > 20
    neuron.v += 1.0
    assert neuron.v == neuron.membrane.millivolts(neuron.neuron.field("v"))
    neuron.reset_state()
    assert (neuron.v, neuron.threshold) == (0.0, 20.0)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"threshold_max": 32_768}, r"threshold_max must be in 1\.\.32767, not 32768"),
        ({"threshold_min": 10_241}, r"threshold_min must be in 1\.\.10240, not 10241"),
        ({"v_threshold": 2_000}, r"v_threshold must be in 2560\.\.10240, not 2000"),
        ({"step_up": 0}, r"step_up must be in 1\.\.16777216, not 0"),
        ({"step_down": 0}, r"step_down must be in 1\.\.16777216, not 0"),
        ({"v_reset": 2_560}, "v_reset must be below threshold_min, not 2560 >= 2560"),
    ],
)
def test_mistakes(values: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        HomeostaticParams(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"target_rate": 0.0},
            r"target_rate must be in \[1\.91e-06, 1\] with an adaptation of 0\.5",
        ),
        ({"target_rate": 1.5}, r"target_rate must be in \[0, 1\], not 1\.5"),
        ({"adaptation": 100.0}, r"adaptation must be in \[.*, 16\], not 100\.0\. In Q20\.12"),
        ({"threshold_min": -1.0}, r"v_rest and v_reset < threshold_min <= .* must hold, not 0 and"),
        ({"threshold_max": 19.0}, r"must hold, not 0 and 0, 10, 20, 19 mV"),
        ({"threshold_max": 200.0, "format": Q8_8}, r"threshold_max must be in \[-128, 127\.996\]"),
        ({"adaptation": 1e-6, "format": Format(16, 4)}, r"adaptation must be in \[0\.00024"),
    ],
)
def test_mistakes_of_the_class(values: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        bc.HomeostaticLIFNeuron(**values)  # type: ignore[arg-type]
