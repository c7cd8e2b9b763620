"""LIF neuron: update against rationals, dead zones of the leak, loss against real numbers."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bitcortex.models.neuron.field import Field, saturate
from bitcortex.models.neuron.formats import Q8_8, Q16_12, Format, alpha_of, tau_of
from bitcortex.models.neuron.lif import FRACTION, LEAKS, Lif, LifParams, leaked, update
from bitcortex.models.reference.lif import LifReference

ONE = 1 << FRACTION


@st.composite
def cases(draw: st.DrawFn) -> tuple[LifParams, tuple[int, int], int, int]:
    width = draw(st.integers(4, 32))
    current_width = draw(st.integers(2, 40))
    top = (1 << (width - 1)) - 1
    threshold = draw(st.integers(1, top))
    params = LifParams(
        data_width=width,
        current_width=current_width,
        alpha=draw(st.integers(0, ONE)),
        leak=draw(st.sampled_from(LEAKS)),
        v_threshold=threshold,
        v_reset=draw(st.integers(-top - 1, threshold - 1)),
        refractory=draw(st.integers(0, 255)),
    )
    kick = draw(st.integers(-(1 << (current_width - 1)), (1 << (current_width - 1)) - 1))
    state = (draw(st.integers(-top - 1, top)), draw(st.sampled_from([0, 0, 1, 255])))
    return params, state, kick, draw(st.integers(0, (1 << params.noise_bits) - 1))


@given(cases())
def test_update_is_its_definition(case: tuple[LifParams, tuple[int, int], int, int]) -> None:
    params, (v, held), kick, word = case
    after, spike = update(params, (v, held), kick, word)
    if held:
        assert (after, spike) == ((params.v_reset, held - 1), 0)
        return
    shift = {"floor": Fraction(0), "nearest": Fraction(1, 2), "stochastic": Fraction(word, ONE)}
    exact = math.floor(Fraction(v * params.alpha, ONE) + shift[params.leak]) + kick
    top = (1 << (params.data_width - 1)) - 1
    exact = top if exact > top else -top - 1 if exact < -top - 1 else exact
    if exact >= params.v_threshold:
        assert (after, spike) == ((params.v_reset, params.refractory), 1)
    else:
        assert (after, spike) == ((exact, 0), 0)


@given(cases())
def test_everything_fits_an_int64(case: tuple[LifParams, tuple[int, int], int, int]) -> None:
    params, (v, _), kick, _ = case
    assert abs(v * params.alpha) + ONE < 2**63
    assert abs(kick) + abs(v) < 2**63


def test_saturates_instead_of_wrapping() -> None:
    """29000 + 4000 passes the top of 16 bits: a wrap would give -32536 and no spike."""
    params = LifParams(alpha=ONE, v_threshold=32_767, refractory=0)
    assert update(params, (29_000, 0), 4_000, 0) == ((0, 0), 1)
    assert update(params, (-29_000, 0), -4_000, 0) == ((-32_768, 0), 0)
    assert [saturate(value, 4) for value in (-9, -8, 7, 8)] == [-8, -8, 7, 7]


def test_sum_is_exact_before_it_saturates() -> None:
    """The leak comes first and the kick may pass the format: only the sum is clipped."""
    params = LifParams(current_width=18, alpha=ONE, v_threshold=100)
    assert update(params, (-32_768, 0), 32_768 + 99, 0) == ((99, 0), 0)
    assert update(params, (-32_768, 0), 32_768 + 100, 0) == ((0, 2), 1)


def test_threshold_is_inclusive_and_refractory_holds_the_reset() -> None:
    params = LifParams(alpha=ONE, v_threshold=100, v_reset=-7, refractory=2)
    assert update(params, (0, 0), 99, 0) == ((99, 0), 0)
    state, spike = update(params, (0, 0), 100, 0)
    assert (state, spike) == ((-7, 2), 1)
    for left in (1, 0):
        state, spike = update(params, state, 30_000, 0)  # ignored
        assert (state, spike) == ((-7, left), 0)
    assert update(params, state, 107, 0) == ((-7, 2), 1)


# The dead zone of the leak.


def rest_after(params: LifParams, v: int, steps: int, seed: int = 0) -> int:
    rng = np.random.default_rng(seed)
    for word in rng.integers(0, 1 << params.noise_bits, steps).tolist():
        (v, _), _ = update(params, (v, 0), 0, word)
    return v


@pytest.mark.parametrize("alpha", [65_209, 62_339, 40_000, 65_280])
def test_dead_zones_are_as_documented(alpha: int) -> None:
    zone = ONE / (ONE - alpha)  # units whose leak is one unit per step
    floor, nearest = (LifParams(alpha=alpha, leak=leak) for leak in ("floor", "nearest"))
    for params, low, high in ((floor, -zone, 0.0), (nearest, -zone / 2, zone / 2)):
        still = [v for v in range(-1_000, 1_001) if leaked(v, params, 0) == v]
        assert still == [v for v in range(-1_000, 1_001) if low < v <= high or v == 0]


def test_leak_of_one_in_256_stands_still_at_minus_255_with_floor_only() -> None:
    """What leak_k = 1 of the tutorials does; nearest gets to -127, stochastic to 0."""
    alpha = ONE - 256
    assert rest_after(LifParams(alpha=alpha, leak="floor"), -255, 10_000) == -255
    assert rest_after(LifParams(alpha=alpha, leak="floor"), 255, 10_000) == 0
    assert rest_after(LifParams(alpha=alpha, leak="nearest"), -255, 10_000) == -127
    assert rest_after(LifParams(alpha=alpha, leak="nearest"), 255, 10_000) == 128
    assert abs(rest_after(LifParams(alpha=alpha, leak="stochastic"), -255, 10_000)) <= 3
    assert abs(rest_after(LifParams(alpha=alpha, leak="stochastic"), 255, 10_000)) <= 3


@pytest.mark.parametrize("v", [-255, -1, 0, 1, 100, 255, 20_000])
def test_stochastic_leak_is_unbiased(v: int) -> None:
    """Over all 2**16 words the mean is v * alpha / 2**16 exactly."""
    params = LifParams(alpha=65_209, leak="stochastic")
    made = sum(leaked(v, params, word) for word in range(ONE))
    assert Fraction(made, ONE) == Fraction(v * params.alpha, ONE)


# Units and time constants.


def test_alpha() -> None:
    assert alpha_of(1.0, 20.0) == 62_340 == round(math.exp(-0.05) * 65_536)
    assert alpha_of(0.1, 20.0) == 65_209
    assert tau_of(alpha_of(0.1, 20.0), 0.1) == pytest.approx(20.0, rel=1e-3)
    # The tutorials' leak_k = int(dt / tau * 256) is far off.
    assert tau_of(ONE - 256 * int(0.1 / 20 * 256), 0.1) == pytest.approx(25.55, abs=0.01)


@pytest.mark.parametrize(("dt", "tau"), [(1.0, 0.08), (1e-3, 1e3), (0.0, 1.0), (1.0, math.nan)])
def test_alpha_that_16_bits_do_not_hold(dt: float, tau: float) -> None:
    with pytest.raises(ValueError, match=r"(tau|dt) must be in \["):
        alpha_of(dt, tau)


def test_formats() -> None:
    assert (Q8_8.low, Q8_8.high) == (-128.0, 127.99609375)
    assert (Q16_12.data_width, Q16_12.fraction) == (32, 12)
    assert Q8_8.units("v", 20.0) == 5_120
    assert Q8_8.value(-1) == -1 / 256
    assert str(Format(12, 4)) == "Q8.4 of 12 bits"
    with pytest.raises(ValueError, match=r"v_threshold must be in \[-128, 127\.996\], not 200.*Q8"):
        Q8_8.units("v_threshold", 200.0)
    with pytest.raises(ValueError, match=r"fraction must be in 0\.\.15, not 16"):
        Format(16, 16)
    with pytest.raises(ValueError, match=r"data_width must be in 4\.\.32, not 33"):
        Format(33, 8)


# Against real numbers.


def spikes_of(params: LifParams, kicks: list[int], seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    state: tuple[int, ...] = (0, 0)
    spikes = np.zeros(len(kicks), np.uint8)
    words = rng.integers(0, 1 << params.noise_bits, len(kicks)).tolist()
    for t, (kick, word) in enumerate(zip(kicks, words, strict=True)):
        state, spikes[t] = update(params, state, kick, word)
    return spikes


def test_reference_fires_at_the_closed_form() -> None:
    for current in (1.1, 1.5, 2.0, 5.0, 25.0):
        reference = LifReference(tau=20.0, dt=1.0, refractory=3, v_reset=5.0)
        spikes, membrane = reference.run(np.full(400, current), v=5.0)
        assert np.unique(np.diff(np.flatnonzero(spikes))) == reference.interval(current)
        assert membrane.max() < 20.0
    assert LifReference().interval(0.9) == math.inf
    assert LifReference().run(np.full(1_000, 0.9))[0].sum() == 0


@pytest.mark.parametrize(
    ("form", "leak", "tolerance"),
    [
        (Q8_8, "nearest", 0.01),
        (Q8_8, "stochastic", 0.01),
        (Q16_12, "floor", 0.01),
        (Q16_12, "nearest", 0.005),
    ],
)
def test_rate_against_real_numbers(form: Format, leak: str, tolerance: float) -> None:
    """A noisy drive near threshold, dt = 0.1 ms: where the leak's rounding matters most."""
    rng = np.random.default_rng(3)
    drive = 0.105 + 0.2 * rng.standard_normal(200_000)  # mean 21 mV, threshold 20 mV
    kicks = [form.units("kick", kick) for kick in drive]
    exact = LifReference(tau=20.0, dt=0.1, refractory=20)
    params = LifParams(
        data_width=form.data_width,
        alpha=alpha_of(0.1, 20.0),
        leak=leak,
        v_threshold=form.units("v_threshold", 20.0),
        refractory=20,
    )
    # The rounding of the input is not the neuron's: the reference gets the rounded one.
    wanted = exact.run(np.array([form.value(kick) for kick in kicks]))[0].sum()
    assert wanted > 300
    assert spikes_of(params, kicks).sum() == pytest.approx(wanted, rel=tolerance)


@pytest.mark.parametrize(
    ("drive", "lost"),
    [
        (0.105, {"floor"}),  # floor loses a seventh of the spikes
        (0.1015625, {"floor", "nearest"}),  # v ends within the dead zone below threshold
    ],
)
def test_what_each_rounding_loses_under_a_weak_constant_drive(drive: float, lost: set[str]) -> None:
    """In Q8.8 with dt = 0.1 ms: rounding down takes half a unit more than due from every step."""
    kicks = [Q8_8.units("kick", drive)] * 50_000
    exact = LifReference(tau=20.0, dt=0.1, refractory=20).run(np.full(50_000, kicks[0] / 256))[0]
    for leak in LEAKS:
        params = LifParams(alpha=alpha_of(0.1, 20.0), leak=leak, refractory=20)
        ratio = int(spikes_of(params, kicks).sum()) / int(exact.sum())
        assert (ratio < 0.9) == (leak in lost), leak
        assert ratio < 0.9 or ratio == pytest.approx(1.0, abs=0.02)


# Pipeline and parameters.


def test_pipeline_latency_and_hold() -> None:
    unit = Lif(LifParams(v_threshold=100, refractory=3, alpha=ONE))
    idle = (0, 0, 0, 0, 0)
    rows = [
        unit.tick(1, 100, 0, 0, 0),
        unit.tick(1, 5, 0, 6, 0),
        *(unit.tick(*idle) for _ in "abc"),
    ]
    assert rows[0] == rows[1] == rows[2] == (0, 0, 0, 0)
    assert rows[3] == (1, 1, 0, 3)
    assert rows[4] == (1, 0, 11, 0)
    assert unit.tick(*idle) == (0, 0, 11, 0)
    unit.reset()
    assert unit.tick(*idle) == (0, 0, 0, 0)


def test_state_fields() -> None:
    assert LifParams(refractory=0).state_fields[1] == Field("refractory", 1, False, 0)
    assert LifParams(refractory=255).state_fields[1].width == 8
    assert LifParams(data_width=9, v_threshold=200).state_fields[0] == Field("v", 9, True, 0)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"data_width": 3}, r"data_width must be in 4\.\.32, not 3"),
        ({"data_width": 33}, r"data_width must be in 4\.\.32, not 33"),
        ({"current_width": 41}, r"current_width must be in 2\.\.40, not 41"),
        ({"alpha": 65_537}, r"alpha must be in 0\.\.65536, not 65537"),
        ({"leak": "up"}, "leak must be one of floor, nearest, stochastic, not 'up'"),
        ({"v_threshold": 32_768}, r"v_threshold must be in 1\.\.32767, not 32768\. Use more data_"),
        ({"v_reset": -32_769}, r"v_reset must be in -32768\.\.32767, not -32769\. Use more data_"),
        ({"v_reset": 5_120}, "v_reset must be below v_threshold, not 5120 >= 5120"),
        ({"refractory": 256}, r"refractory must be in 0\.\.255, not 256"),
        ({"multiplier": "lut"}, "multiplier must be one of dsp, shift_add, not 'lut'"),
    ],
)
def test_mistakes(values: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LifParams(**values)  # type: ignore[arg-type]


def test_a_float_is_no_integer() -> None:
    with pytest.raises(TypeError, match=r"alpha must be an integer, not 0\.95"):
        LifParams(alpha=0.95)  # type: ignore[arg-type]
