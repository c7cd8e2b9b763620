"""The same values as Elephant (tests/reference/make_elephant.py makes them)."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from reference.make_elephant import CASES, TARGET, fingerprint, make_trains

from bitcortex import analysis

REFERENCE = json.loads(TARGET.read_text())


@pytest.fixture(params=list(CASES))
def case(request):
    """Return parameters, trains and Elephant's values."""
    return (
        CASES[request.param],
        make_trains(CASES[request.param]),
        REFERENCE["cases"][request.param],
    )


def close(ours, theirs):
    """Compare to 1e-9, relative to the largest entry; NaN (None in the file) must match NaN."""
    theirs = np.array(theirs, dtype=np.float64)
    scale = max(1.0, float(np.nanmax(np.abs(theirs), initial=0.0)))
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9 * scale, equal_nan=True)


def test_trains_are_those_of_the_file(case):
    parameters, trains, reference = case
    assert trains.shape == (parameters["neurons"], parameters["steps"])
    assert fingerprint(trains) == reference["trains"], "NumPy draws other trains: run make_elephant"


def test_reference_meets_the_corners():
    intervals = [np.maximum(make_trains(c).sum(axis=1).astype(int) - 1, -1) for c in CASES.values()]
    assert {-1, 0, 1, 2} <= {int(i) for array in intervals for i in array}


def test_firing_rate(case):
    parameters, trains, reference = case
    close(analysis.firing_rate(trains, parameters["dt"]), reference["values"]["mean_firing_rate"])


def test_isi(case):
    parameters, trains, reference = case
    close(analysis.isi(trains, parameters["dt"])[-1], reference["values"]["isi_last"])


def test_cv_is_elephants_and_nan_for_a_single_interval(case):
    _, trains, reference = case
    cv = analysis.cv_isi(trains)
    theirs = np.array(reference["values"]["cv"], dtype=np.float64)
    single = trains.sum(axis=1) == 2
    assert (theirs[single] == 0).all()  # Elephant calls a single interval regular
    assert np.isnan(cv[single]).all()  # we say that it cannot be known
    close(cv[~single], theirs[~single])


@pytest.mark.parametrize("name", ["cv2", "lv"])
def test_local_measures(case, name):
    _, trains, reference = case
    close(getattr(analysis, name)(trains), reference["values"][name])


def test_lvr(case):
    parameters, trains, reference = case
    close(analysis.lvr(trains, parameters["dt"]), reference["values"]["lvr"])


def test_fano_factor(case):
    _, trains, reference = case
    close(analysis.fano_factor(trains), reference["values"]["fanofactor"])


def test_covariance(case):
    parameters, trains, reference = case
    close(analysis.covariance(trains, parameters["bin_steps"]), reference["values"]["covariance"])


def test_correlation(case):
    parameters, trains, reference = case
    ours = analysis.correlation(trains, parameters["bin_steps"])
    close(ours, reference["values"]["correlation_coefficient"])


def test_population_rate(case):
    parameters, trains, reference = case
    ours = analysis.population_rate(trains, parameters["dt"])
    close(ours[:200], reference["values"]["time_histogram"])


def test_instantaneous_rate(case):
    parameters, trains, reference = case
    sigma = parameters["sigma_steps"] * parameters["dt"]
    ours = analysis.instantaneous_rate(trains, parameters["dt"], sigma)
    assert ours.shape == trains.shape
    close(ours[-2:, :150], reference["values"]["instantaneous_rate"])


def test_power_spectrum(case):
    parameters, trains, reference = case
    dt = parameters["dt"]
    frequency, power = analysis.power_spectrum(analysis.population_rate(trains, dt), dt)
    their_frequency, their_power = reference["values"]["welch_psd"]
    close(frequency, their_frequency)
    close(power, their_power)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("mean_firing_rate", "firing_rate"),
        ("cv", "cv_isi"),
        ("fanofactor", "fano_factor"),
        ("correlation_coefficient", "correlation"),
        ("welch_psd", "power_spectrum"),
    ],
)
def test_elephants_names_are_the_same_functions(theirs, ours):
    assert getattr(analysis, theirs) is getattr(analysis, ours)


@pytest.mark.full
def test_reference_is_what_elephant_says_today():
    script = Path(TARGET).with_name("make_elephant.py")
    done = subprocess.run(
        [sys.executable, str(script), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
