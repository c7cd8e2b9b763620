"""Rates, intervals, counts and spectra: values known by hand, corners, errors, speed."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal, stats

from bitcortex import analysis

TRAINS = np.array(
    [
        [1, 0, 1, 0, 0, 0, 1, 0],  # intervals 2, 4
        [0, 1, 0, 0, 1, 0, 0, 1],  # 3, 3
        [0, 0, 0, 1, 1, 0, 0, 0],  # 1
        [0, 0, 0, 0, 0, 1, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0],
    ],
    dtype=np.uint8,
)


def poisson(n_neurons, n_steps, probability, seed=1):
    return np.random.default_rng(seed).random((n_neurons, n_steps)) < probability


def test_values_by_hand():
    assert analysis.firing_rate(TRAINS, 0.001).tolist() == [375.0, 375.0, 250.0, 125.0, 0.0]
    intervals = [gap.tolist() for gap in analysis.isi(TRAINS, 0.5)]
    assert intervals == [[1.0, 2.0], [1.5, 1.5], [0.5], [], []]
    nan = np.nan
    np.testing.assert_allclose(analysis.cv_isi(TRAINS), [1 / 3, 0, nan, nan, nan])
    np.testing.assert_allclose(analysis.cv2(TRAINS), [2 / 3, 0, nan, nan, nan])
    np.testing.assert_allclose(analysis.lv(TRAINS), [1 / 3, 0, nan, nan, nan])
    np.testing.assert_allclose(analysis.lvr(TRAINS, 0.001, 0.003), [1, 0, nan, nan, nan])
    assert analysis.spike_counts(TRAINS, 3).tolist() == [[2, 0], [1, 1], [0, 2], [0, 1], [0, 0]]
    assert analysis.fano_factor(TRAINS) == pytest.approx(1.36 / 1.8)
    factors = analysis.windowed_fano_factor(TRAINS, 3)
    np.testing.assert_allclose(factors, [1.0, 0.0, 1.0, 0.5, nan])


@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(1, 60), st.floats(0, 1))
def test_every_measure_is_the_obvious_loop(seed, n_neurons, n_steps, probability):
    trains = poisson(n_neurons, n_steps, probability, seed)
    cv, cv2, lv = analysis.cv_isi(trains), analysis.cv2(trains), analysis.lv(trains)
    for row, train in enumerate(trains):
        gaps = np.diff(np.flatnonzero(train))
        assert analysis.isi(trains, 1.0)[row].tolist() == gaps.tolist()
        if len(gaps) < 2:
            assert np.isnan([cv[row], cv2[row], lv[row]]).all()
        else:
            ratio = np.diff(gaps) / (gaps[1:] + gaps[:-1])
            assert cv[row] == pytest.approx(gaps.std() / gaps.mean(), abs=1e-12)
            assert cv2[row] == pytest.approx(2 * np.abs(ratio).mean(), abs=1e-12)
            assert lv[row] == pytest.approx(3 * (ratio**2).mean(), abs=1e-12)


def test_a_poisson_process_is_irregular_and_a_clock_is_not():
    trains = poisson(200, 20_000, 0.01)
    for measure in (analysis.cv_isi, analysis.cv2, analysis.lv):
        assert np.mean(measure(trains)) == pytest.approx(1.0, abs=0.03)
    assert analysis.fano_factor(trains) == pytest.approx(0.99, abs=0.25)
    assert np.mean(analysis.windowed_fano_factor(trains, 500)) == pytest.approx(0.97, abs=0.05)
    clock = np.zeros((3, 1000), dtype=bool)
    clock[:, ::10] = True
    for measure in (analysis.cv_isi, analysis.cv2, analysis.lv):
        assert measure(clock).tolist() == [0.0, 0.0, 0.0]


def test_any_zero_one_type_and_memory_order_will_do():
    for variant in (TRAINS.astype(bool), TRAINS.astype(float), TRAINS.tolist()):
        np.testing.assert_array_equal(analysis.cv_isi(variant), analysis.cv_isi(TRAINS))
    turned = np.asfortranarray(TRAINS)
    np.testing.assert_array_equal(analysis.cv_isi(turned), analysis.cv_isi(TRAINS))


def test_empty_trains_have_no_statistics():
    no_steps, no_neurons = np.zeros((3, 0)), np.zeros((0, 10))
    assert np.isnan(analysis.firing_rate(no_steps, 1e-3)).tolist() == [True] * 3
    assert np.isnan(analysis.cv_isi(no_steps)).tolist() == [True] * 3
    assert analysis.isi(no_neurons, 1e-3) == []
    assert [len(gaps) for gaps in analysis.isi(no_steps, 1e-3)] == [0, 0, 0]
    assert analysis.cv_isi(no_neurons).shape == (0,)
    assert analysis.population_rate(no_steps, 1e-3).shape == (0,)
    assert np.isnan(analysis.population_rate(no_neurons, 1e-3)).all()
    assert np.isnan(analysis.fano_factor(np.zeros((4, 10))))
    assert np.isnan(analysis.synchrony(np.zeros((4, 10)), 2))
    assert np.isnan(analysis.synchrony(no_neurons, 2))
    assert np.isnan(analysis.correlation(TRAINS, 8)).all()  # one bin
    assert np.isnan(analysis.covariance(TRAINS, 8)).all()
    assert np.isnan(analysis.windowed_fano_factor(TRAINS, 8)).all()
    assert analysis.instantaneous_rate(no_steps, 1e-3, 0.01).shape == (3, 0)


def test_population_rate_is_smoothed_without_losing_the_ends():
    np.testing.assert_allclose(analysis.population_rate(TRAINS, 0.01)[:3], [20.0, 20.0, 20.0])
    constant = np.tile([1, 0], 50)[None, :]
    np.testing.assert_allclose(analysis.population_rate(constant, 1.0, 2.0)[1:], 0.5)
    everything = analysis.population_rate(TRAINS, 0.01, 1e9)
    np.testing.assert_allclose(everything, TRAINS.mean() / 0.01)
    rate = analysis.population_rate(TRAINS, 0.01, 0.03)
    reference = np.convolve(TRAINS.mean(axis=0), np.ones(3) / 3, "same") / 0.01
    np.testing.assert_allclose(rate[1:-1], reference[1:-1])


def test_instantaneous_rate_has_one_kernel_per_spike():
    train = np.zeros((1, 400))
    train[0, 200] = 1
    rate = analysis.instantaneous_rate(train, 1e-3, 0.01)[0]
    kernel = stats.norm.pdf((np.arange(400) - 200) * 1e-3, scale=0.01)
    kernel[np.abs(np.arange(400) - 200) > 50] = 0.0
    np.testing.assert_allclose(rate, kernel, atol=1e-9)
    assert rate.sum() * 1e-3 == pytest.approx(1.0, abs=1e-5)


def test_correlation_is_numpys_and_finds_a_common_drive():
    shared, own = poisson(1, 20_000, 0.05), poisson(6, 20_000, 0.05, 2)
    trains = np.where(poisson(6, 20_000, 0.5, 3), shared, own)
    counts = analysis.spike_counts(trains, 10)
    matrix = analysis.correlation(trains, 10)
    np.testing.assert_allclose(matrix, np.corrcoef(counts), atol=1e-12)
    np.testing.assert_allclose(analysis.covariance(trains, 10), np.cov(counts), atol=1e-12)
    pairs = matrix[np.triu_indices(6, 1)]
    assert pairs.mean() == pytest.approx(0.25, abs=0.03)
    assert np.diagonal(matrix).tolist() == [1.0] * 6


def test_a_neuron_whose_count_is_constant_has_no_correlation():
    always = np.ones((1, 8), dtype=np.uint8)  # nor has one that fires all the time
    matrix = analysis.correlation(np.vstack([TRAINS[:3], always, TRAINS[4:]]), 2)
    assert np.isnan(matrix[3:]).all()
    assert np.isnan(matrix[:, 3:]).all()
    assert np.isfinite(matrix[:3, :3]).all()


def test_synchrony_is_one_for_clones_and_small_for_strangers():
    assert analysis.synchrony(np.repeat(poisson(1, 5000, 0.1), 20, axis=0), 5) == pytest.approx(1)
    assert analysis.synchrony(poisson(100, 20_000, 0.1), 5) == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize("n_steps", [64, 999, 1000, 4097])
@pytest.mark.parametrize("length", [None, 2, 9, 64])
def test_power_spectrum_is_scipys_welch(n_steps, length):
    values = np.random.default_rng(n_steps).normal(size=(3, n_steps))
    frequency, power = analysis.power_spectrum(values, 1e-3, len_segment=length)
    nperseg = length or int(n_steps / 4.5)
    expected_frequency, expected = signal.welch(values, fs=1e3, nperseg=nperseg)
    np.testing.assert_allclose(frequency, expected_frequency, rtol=1e-12)
    np.testing.assert_allclose(power, expected, rtol=1e-9, atol=1e-18)


def test_power_spectrum_keeps_the_variance_and_finds_a_rhythm():
    time_s = np.arange(20_000) * 1e-3
    values = 3.0 * np.sin(2 * np.pi * 40.0 * time_s)
    frequency, power = analysis.power_spectrum(values, 1e-3, len_segment=500)
    assert frequency[power.argmax()] == pytest.approx(40.0)
    assert power.sum() * frequency[1] == pytest.approx(4.5, rel=1e-6)
    _, per_neuron = analysis.power_spectrum(poisson(4, 800, 0.1), 1e-3, n_segments=1)
    assert per_neuron.shape == (4, 401)


def test_ten_thousand_neurons_take_seconds():
    trains = np.zeros((10_000, 10_000), dtype=np.uint8)
    spikes = np.random.default_rng(1).integers(0, trains.size, 300_000)
    trains.reshape(-1)[spikes] = 1
    start = time.perf_counter()
    cv = analysis.cv_isi(trains)
    analysis.firing_rate(trains, 1e-4)
    assert np.nanmean(cv) == pytest.approx(1.0, abs=0.05)
    assert time.perf_counter() - start < 10.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: analysis.firing_rate([1, 0, 1], 1e-3), r"shape \(n_neurons, n_steps\).*\.T"),
        (lambda: analysis.firing_rate([[1, 2]], 1e-3), r"trains\[0, 1\] must be 0 or 1, not 2"),
        (lambda: analysis.cv_isi([[1, np.nan]]), r"trains\[0, 1\] must be 0 or 1, not nan"),
        (lambda: analysis.cv_isi(np.array([[1, 255]], np.uint8)), "must be 0 or 1, not 255"),
        (lambda: analysis.firing_rate(TRAINS, 0.0), "dt must be in .*seconds"),
        (lambda: analysis.isi(TRAINS, float("nan")), "dt must be in .*nan"),
        (lambda: analysis.population_rate(TRAINS, 0.1, 0.01), "window must be in"),
        (lambda: analysis.instantaneous_rate(TRAINS, 0.1, 0.0), "sigma must be in"),
        (lambda: analysis.lvr(TRAINS, 0.1, -1.0), "refractory must be in"),
        (lambda: analysis.spike_counts(TRAINS, 0), "bin_steps must be in"),
        (lambda: analysis.power_spectrum(3.0, 0.1), "signal must have at least one axis"),
        (lambda: analysis.power_spectrum([1.0, np.nan], 0.1), "signal must be finite"),
        (lambda: analysis.power_spectrum(np.ones(5), 0.1), "n_segments must leave .* 5 steps"),
        (lambda: analysis.power_spectrum(np.ones(5), 0.1, len_segment=6), r"2\.\.5, not 6.*5 st"),
    ],
)
def test_errors_name_the_rule_and_the_value(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_wrong_types():
    with pytest.raises(TypeError, match="trains must be an array of 0 and 1, not of <U1"):
        analysis.firing_rate([["a"]], 1e-3)
    with pytest.raises(TypeError, match="dt must be a number, not '1'"):
        analysis.firing_rate(TRAINS, "1")
    with pytest.raises(TypeError, match=r"bin_steps must be an integer, not 2\.0"):
        analysis.correlation(TRAINS, 2.0)
