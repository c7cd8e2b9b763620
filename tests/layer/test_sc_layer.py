"""Layers for users: the same counts on every engine, quantisation, fresh bits, errors."""

from typing import Any

import numpy as np
import pytest

from bitcortex.models.layer.dense import DenseParams
from bitcortex.models.layer.streams import Streams
from bitcortex.sim.engine.sc_layer import SCDenseLayer, SCRecurrentLayer
from bitcortex.sim.engine.sc_layer_numba import VectorizedSCLayer
from bitcortex.sim.engine.sc_weights import quantise

ENGINES = ["golden", "numba", "rtl"]
RNG = np.random.default_rng(3)
WEIGHTS = RNG.uniform(-1.0, 1.0, (6, 7))
INPUTS = np.vstack([RNG.random((4, 7)), np.zeros(7), np.ones(7)])


@pytest.mark.parametrize(("mode", "length"), [("sobol", 1), ("sobol", 256), ("lfsr", 100)])
def test_counts_are_the_same_on_every_engine(mode: str, length: int) -> None:
    found = {}
    for engine in ENGINES:
        with SCDenseLayer(7, 6, length, mode, 8, WEIGHTS, engine) as layer:
            batch = layer.forward_both(INPUTS)
            one = [layer.forward_counts(x) for x in INPUTS]  # the next passes
            layer.weights[2] *= -1.0  # edited in place
            edited = layer.forward_counts(INPUTS)
            layer.reseed()
            again = layer.forward_both(INPUTS[0])
        assert batch.shape == (6, 2, 6)
        found[engine] = np.concatenate(
            [batch.ravel(), np.ravel(one), edited.ravel(), again.ravel()]
        )
    for engine in ENGINES[1:]:
        assert (found[engine] == found["golden"]).all(), engine


def test_counts_are_those_of_vectorized_sc_layer() -> None:
    ours = SCDenseLayer(7, 6, seed=5)
    theirs = VectorizedSCLayer(7, 6, 256, seed=5)
    assert (ours.weights == theirs.weights).all()
    assert (ours.forward_counts(INPUTS) == np.subtract(*theirs.forward_counts(INPUTS))).all()
    assert ours.forward(INPUTS) == pytest.approx(theirs.forward(INPUTS))


def test_means_are_close_to_the_dot_product_and_fresh() -> None:
    layer = SCDenseLayer(7, 6, length=1024, weights=WEIGHTS, seed=2)
    means = np.array([layer.forward(INPUTS[0]) for _ in range(200)])
    exact = WEIGHTS @ INPUTS[0] / 7
    assert np.abs(means - exact).max() < 0.02
    assert np.abs(means.mean(axis=0) - exact).max() < 0.002
    assert (means.std(axis=0) > 0.0).all()  # fresh bits at every call


def test_means_of_positive_weights_are_probabilities() -> None:
    layer = SCDenseLayer(7, 6, length=64)
    means = layer.forward(INPUTS)
    assert means.shape == (6, 6)
    assert ((means >= 0.0) & (means <= 1.0)).all()
    assert (means[4] == 0.0).all()  # no input


def test_reseed_and_seed() -> None:
    layer = SCDenseLayer(7, 6, 64, weights=WEIGHTS, seed=2)
    first, second = layer.forward(INPUTS[0]), layer.forward(INPUTS[0])
    assert (first != second).any()
    layer.reseed()
    assert (layer.forward(INPUTS[0]) == first).all()
    other = SCDenseLayer(7, 6, 64, weights=WEIGHTS, seed=3)
    assert (other.forward(INPUTS[0]) != first).any()


def test_report_of_rounding() -> None:
    codes, report = quantise([[1.0, -1.0, 0.001, 0.0, 0.5, -0.0039]], (1, 6))
    assert codes.tolist() == [[255, -255, 0, 0, 128, -1]]
    assert (report.weights, report.zeroed, report.saturated) == (6, 1, 2)
    assert report.max_error == pytest.approx(1 / 256)
    assert str(report).startswith("6 weights: 1 became 0, 2 saturated, largest error 0.00391")
    layer = SCDenseLayer(6, 1, weights=[[1.0, -1.0, 0.001, 0.0, 0.5, -0.0039]])
    assert layer.report == report


def test_weights_that_all_round_to_0() -> None:
    with pytest.raises(ValueError, match=r"must not all round to 0: the largest is 0\.001"):
        SCDenseLayer(2, 1, weights=[[0.001, -0.0005]])
    layer = SCDenseLayer(2, 1, weights=[[0.0, 0.0]], length=16)  # asked for
    assert layer.forward([1.0, 1.0]).tolist() == [0.0]
    layer.weights[0, 1] = 1e-4
    with pytest.raises(ValueError, match="must not all round to 0"):
        layer.forward([1.0, 1.0])


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ([0.5] * 6, r"x must have shape \(7,\) or \(batch, 7\), not \(6,\)"),
        (0.5, r"x must have shape \(7,\) or \(batch, 7\), not \(\)"),
        ([[[0.5] * 7]], "x must have shape"),
        ([0.5] * 6 + [1.5], r"x\[6\] must be a probability in \[0, 1\], not 1\.5"),
        ([0.5, np.nan] + [0.5] * 5, r"x\[1\] must be a probability in \[0, 1\], not nan"),
        ([[0.5] * 7, [-0.1] * 7], r"x\[1, 0\] must be a probability"),
    ],
)
def test_wrong_inputs(x: Any, message: str) -> None:
    layer = SCDenseLayer(7, 6, 16, engine="golden")
    with pytest.raises(ValueError, match=message):
        layer.forward(x)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"engine": "cuda"}, "engine must be one of numba, golden, rtl, not 'cuda'"),
        ({"length": 0}, r"length must be in 1\.\.16777216, not 0"),
        ({"mode": "ramp"}, "mode must be one of sobol, lfsr"),
        ({"seed": -1}, "seed must be in"),
        ({"weights": [[0.1] * 6]}, r"weights must have shape \(2, 3\), not \(1, 6\)"),
        (
            {"weights": [[0.1] * 3, [0.1, 1.1, 0]]},
            r"weights\[1, 1\] must be in \[-1, 1\], not 1\.1",
        ),
        ({"weights": [[0.1] * 3, [np.nan] * 3]}, r"weights\[1, 0\] must be in \[-1, 1\], not nan"),
    ],
)
def test_wrong_parameters(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SCDenseLayer(3, 2, **arguments)


@pytest.mark.parametrize(("mode", "length"), [("sobol", 1024), ("lfsr", 100)])
def test_states_are_the_same_on_every_engine(mode: str, length: int) -> None:
    steps = np.random.default_rng(9).random((6, 3))
    found = {}
    for engine in ENGINES:
        with SCRecurrentLayer(3, 5, length, mode, seed=4, engine=engine) as layer:
            run = [layer.step(x) for x in steps]
            layer.state = np.linspace(0.0, 1.0, 5)
            run += [layer.step(x) for x in steps]
            layer.reseed()
            layer.state = np.zeros(5)
            run += [layer.step(x) for x in steps]
        found[engine] = np.array(run)
    assert (found["golden"][:6] == found["golden"][12:]).all()
    assert (found["golden"] > 0.0).any()
    for engine in ENGINES[1:]:
        assert (found[engine] == found["golden"]).all(), engine


def test_recurrent_layer_follows_the_real_equation() -> None:
    """Long streams against h = clip(W x + R h, 0, 1) in floating point."""
    layer = SCRecurrentLayer(2, 4, length=2**16, seed=6)
    assert np.abs(np.linalg.eigvals(layer.recurrent_weights)).max() <= 0.9 + 1e-9
    h = np.zeros(4)
    for x in np.random.default_rng(2).random((10, 2)):
        h = np.clip(layer.weights @ x + layer.recurrent_weights @ h, 0.0, 1.0)
        assert np.abs(layer.step(x) - h).max() < 0.03
        h = layer.state


def test_recurrent_layer_remembers() -> None:
    """A pulse echoes: the state depends on the input of three steps ago."""
    weights, recurrent = [[1.0], [0.0], [0.0]], [[0, 0, 0], [1.0, 0, 0], [0, 1.0, 0]]
    layer = SCRecurrentLayer(1, 3, weights=weights, recurrent_weights=recurrent)
    states = [layer.step([x]) for x in (1.0, 0.0, 0.0, 0.0)]
    peaks = [int(np.argmax(s)) for s in states[:3]]
    assert peaks == [0, 1, 2]
    assert all(s.max() > 0.9 for s in states[:3])
    assert states[3].max() == 0.0


def test_wrong_recurrent_parameters() -> None:
    with pytest.raises(ValueError, match=r"recurrent_weights must have shape \(2, 2\)"):
        SCRecurrentLayer(1, 2, recurrent_weights=np.zeros((2, 3)))
    with pytest.raises(ValueError, match="shift must be in"):
        SCRecurrentLayer(1, 2, gain_shift=40)
    layer = SCRecurrentLayer(1, 2, engine="golden")
    with pytest.raises(ValueError, match=r"x must have shape \(1,\), not \(2,\)"):
        layer.step([0.1, 0.2])
    with pytest.raises(ValueError, match=r"state\[1\] must be a probability"):
        layer.state = np.array([0.0, 1.1])
    with pytest.raises(ValueError, match="engine must be one of"):
        SCRecurrentLayer(1, 2, engine="fpga")


def test_streams_of_the_layer_are_those_of_the_decision() -> None:
    """The counts of one synapse of weight 1/2 and an input of 1/2, bit by bit."""
    layer = SCDenseLayer(1, 1, 64, seed=11, weights=[[0.5]], engine="golden")
    rx, rw = Streams(DenseParams(1, 1, 64, seed=11).streams).next()
    assert layer.forward_counts([0.5]).tolist() == [int(((rx < 128) & (rw < 128)).sum())]


@pytest.mark.parametrize(("length", "bound"), [(256, 0.13), (1024, 0.04)])
def test_error_of_a_dot_product_of_64(length: int, bound: float) -> None:
    """Mean absolute error of the sum of 64 products, codes given; LFSR errors add up instead."""
    rng = np.random.default_rng(0)
    weights = rng.integers(0, 256, (100, 64)) / 256
    x = rng.integers(0, 257, (20, 64)) / 256
    errors = {}
    for mode in ("sobol", "lfsr"):
        layer = SCDenseLayer(64, 100, length, mode, 3, weights)
        errors[mode] = np.abs(layer.forward_counts(x) / length - x @ weights.T).mean()
    assert errors["sobol"] <= bound
    assert errors["lfsr"] > 5 * errors["sobol"]
