"""The tutorials' LIF neuron: its formula, its dead zone, and NumPy class against clocked model."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bitcortex as bc
from bitcortex.models.neuron import lif
from bitcortex.models.neuron.fixed_point_lif import FixedPointLif, FixedPointLifParams, update
from bitcortex.models.neuron.lif import LifParams
from bitcortex.models.reference.lif import LifReference


@given(st.data())
def test_update_is_its_formula(data: st.DataObject) -> None:
    width = data.draw(st.integers(4, 32))
    fraction = data.draw(st.integers(0, width - 1))
    top = (1 << (width - 1)) - 1
    threshold = data.draw(st.integers(-top, top))
    rest, reset = (data.draw(st.integers(-top - 1, threshold - 1)) for _ in "ab")
    params = FixedPointLifParams(width, fraction, rest, threshold, reset, 7)
    v, kick = (data.draw(st.integers(-top - 1, top)) for _ in "ab")
    leak_k = data.draw(st.integers(0, 1 << fraction))
    gain_k = data.draw(st.integers(0, (1 << width) - 1))
    one = 1 << fraction
    exact = v + math.floor(Fraction((rest - v) * leak_k, one))
    exact += math.floor(Fraction(kick * gain_k, one))
    exact = min(max(exact, -top - 1), top)
    expected = ((reset, 7), 1) if exact >= threshold else ((exact, 0), 0)
    assert update(params, (v, 0), leak_k, gain_k, kick) == expected
    assert update(params, (v, 5), leak_k, gain_k, kick) == ((reset, 4), 0)


@pytest.mark.parametrize("leak_k", [1, 7, 13, 128, 256])
def test_is_lif_with_floor(leak_k: int) -> None:
    """At rest 0 and gain 1, alpha = 2**16 - 256 leak_k is the same neuron."""
    ours = LifParams(alpha=(1 << 16) - 256 * leak_k, leak="floor", v_reset=-50)
    theirs = FixedPointLifParams(refractory=2, v_reset=-50)
    rng = np.random.default_rng(leak_k)
    state: tuple[int, ...] = (0, 0)
    spikes = 0
    for kick in rng.integers(-4_000, 6_000, 500).tolist():
        expected = lif.update(ours, state, kick, 0)
        assert update(theirs, state, leak_k, 256, kick) == expected
        state, spike = expected
        spikes += spike
    assert spikes > 10


def test_dead_zone_below_rest() -> None:
    """-255 never decays with leak_k = 1, 255 does: the products are rounded down."""
    neuron = bc.FixedPointLIFNeuron()
    for start, end in ((-255, -255), (-300, -255), (255, 0), (300, 0)):
        neuron.state = (start, 0)
        for _ in range(1_000):
            neuron.step(1, 256, 0)
        assert neuron.state == (end, 0)


def test_the_tutorials_leak_is_another_neuron() -> None:
    """leak_k = int(dt / tau * 256) = 1 is a tau of 25.6 ms where 20 ms was meant."""
    kick = 27  # 0.105 mV in every step, 21 mV in the limit
    neuron = bc.FixedPointLIFNeuron(v_threshold=20 * 256, refractory_period=20)
    spikes, membrane = neuron.run(int(0.1 / 20 * 256), 256, np.full(50_000, kick))
    exact = LifReference(tau=20.0, dt=0.1, refractory=20).run(np.full(50_000, kick / 256))[0]
    assert membrane.max() < 20 * 256
    assert spikes.shape == (50_000,)
    assert spikes.sum() > 1.5 * exact.sum()


def test_class_is_the_clocked_model() -> None:
    neuron = bc.FixedPointLIFNeuron(16, 8, v_threshold=3_000, v_reset=-200, refractory_period=2)
    clocked = FixedPointLif(neuron.params)
    rng = np.random.default_rng(0)
    fired = 0
    for leak_k, gain_k, I_t in zip(
        rng.integers(0, 60, 400), rng.integers(0, 600, 400), rng.integers(-1_000, 2_000, 400),
        strict=True,
    ):  # fmt: skip
        assert clocked.tick(1, int(leak_k), int(gain_k), int(I_t))[0] == 1  # ready
        assert [clocked.tick(1, 256, 0, 0)[:2] for _ in range(2)] == [(0, 0), (0, 0)]  # refused
        spike, v = neuron.step(leak_k, gain_k, I_t)
        shown = clocked.tick(0, 0, 0, 0)
        assert shown == (1, 1, spike, v)
        fired += spike
    assert fired > 10


def test_saturates_on_both_sides() -> None:
    neuron = bc.FixedPointLIFNeuron(v_threshold=32_767)
    assert neuron.step(0, 65_535, -32_768) == (0, -32_768)
    assert neuron.step(0, 65_535, 32_767) == (1, 0)
    assert neuron.v == 0.0


def test_units_rest_and_refractory() -> None:
    neuron = bc.FixedPointLIFNeuron(
        32, 12, v_threshold=-50 << 12, v_reset=-70 << 12, v_rest=-65 << 12, refractory_period=2
    )
    assert neuron.v == -65.0
    assert neuron.step(200, 1 << 12, 10 << 12) == (0, -55 << 12)
    assert neuron.step(0, 1 << 12, 10 << 12) == (1, -70 << 12)
    assert (neuron.v, neuron.refractory) == (-70.0, 2)
    assert neuron.step(0, 1 << 12, 100 << 12) == (0, -70 << 12)
    neuron.reset_state()
    assert (neuron.v, neuron.refractory) == (-65.0, 0)
    spikes, membrane = neuron.run(0, 0, [])
    assert spikes.shape == membrane.shape == (0,)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"data_width": 40}, r"data_width must be in 4\.\.32, not 40"),
        ({"fraction": 16}, r"fraction must be in 0\.\.15, not 16"),
        ({"v_threshold": 40_000}, r"v_threshold must be in -32768\.\.32767, not 40000\. Use more"),
        ({"v_reset": 5_120}, "v_reset must be below v_threshold, not 5120 >= 5120"),
        ({"v_rest": 6_000}, "v_rest must be below v_threshold, not 6000 >= 5120"),
        ({"refractory_period": -1}, r"refractory must be in 0\.\.255, not -1"),
    ],
)
def test_mistakes(values: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        bc.FixedPointLIFNeuron(**values)


def test_mistakes_of_a_step() -> None:
    neuron = bc.FixedPointLIFNeuron()
    with pytest.raises(ValueError, match=r"leak_k must be in 0\.\.256, not 257"):
        neuron.step(257, 256, 0)
    with pytest.raises(ValueError, match=r"gain_k must be in 0\.\.65535, not -1"):
        neuron.step(1, -1, 0)
    with pytest.raises(ValueError, match=r"I_t must be in -32768\.\.32767, not 32768\. Use more"):
        neuron.step(1, 256, 32_768)
    with pytest.raises(TypeError, match=r"I_t must be an integer, not 1\.5"):
        neuron.step(1, 256, 1.5)  # type: ignore[arg-type]
