"""Digits: as good as in floating point, and the same on every engine."""

import sys

import numpy as np
import pytest

from bitcortex.errors import ToolError
from bitcortex.sim.engine import digits as module
from bitcortex.sim.engine.digits import accuracy_by_length, classify, train


def test_held_out_images() -> None:
    digits = train()
    assert digits.inputs.shape == (450, 65)
    assert digits.weights.shape == (10, 65)
    assert np.abs(digits.weights).max() == 1.0
    assert (digits.inputs[:, 64] == 1.0).all()
    counts = np.bincount(digits.labels, minlength=10)
    assert counts.min() >= 43  # each class has its share
    assert digits.float_accuracy >= 0.95
    assert digits.report.weights == 650
    assert digits.report.zeroed < 100


@pytest.mark.parametrize("seed", range(5))
def test_accuracy_at_128(seed: int) -> None:
    """At least 95 %, and within 1.5 percentage points of floating point, with any streams."""
    result = classify("numba", 128, "sobol", seed)
    assert result.images >= 360
    assert result.accuracy >= 0.95
    assert abs(result.accuracy - result.float_accuracy) <= 0.015


@pytest.mark.parametrize("split", [1, 2, 3])
def test_accuracy_on_other_held_out_images(split: int) -> None:
    digits = train(split)
    assert classify(digits=digits).accuracy >= digits.float_accuracy - 0.015


@pytest.mark.parametrize("mode", ["sobol", "lfsr"])
def test_every_engine_predicts_the_same(mode: str) -> None:
    done: list[int] = []
    golden, numba, rtl = (
        classify(engine, 128, mode, progress=done.append) for engine in ("golden", "numba", "rtl")
    )
    assert sum(done) == 3 * 450
    assert (golden.counts == numba.counts).all()
    assert (golden.counts == rtl.counts).all()
    assert (golden.predictions == rtl.predictions).all()
    assert golden.hash == numba.hash == rtl.hash
    other = classify("numba", 128, mode, seed=2)
    assert other.hash != golden.hash


def test_accuracy_against_length() -> None:
    curve = accuracy_by_length(repeats=3)
    assert curve.lengths == (16, 32, 64, 128, 256, 512, 1024)
    sobol, lfsr = (curve.accuracy[mode].mean(axis=1) for mode in ("sobol", "lfsr"))
    assert curve.accuracy["sobol"].shape == (7, 3)
    assert (sobol[:4] > lfsr[:4]).all()  # low discrepancy pays at short lengths
    assert lfsr[0] < 0.92 < 0.94 < lfsr[-1]
    assert abs(sobol[-1] - curve.float_accuracy) < 0.005


def test_without_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    train.cache_clear()
    with pytest.raises(
        ToolError, match=r"scikit-learn is missing.*pip install 'bitcortex\[demo\]'"
    ):
        classify()
    train.cache_clear()


def test_wrong_arguments() -> None:
    with pytest.raises(ValueError, match="engine must be one of numba, golden, rtl, not 'gpu'"):
        classify("gpu")
    with pytest.raises(ValueError, match="mode must be one of sobol, lfsr, not 'counter'"):
        classify(mode="counter")
    with pytest.raises(ValueError, match="length must be in"):
        classify(length=0)
    with pytest.raises(ValueError, match="repeats must be in"):
        accuracy_by_length(repeats=0)
    with pytest.raises(ValueError, match="seed must be in"):
        module.train(-1)
