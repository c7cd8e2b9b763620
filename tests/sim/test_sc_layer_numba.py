"""VectorizedSCLayer: golden counts, fresh and unbiased bits, weights that may be edited."""

import copy
import json
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bitcortex.models.layer import dense
from bitcortex.models.layer.dense import DenseParams
from bitcortex.models.layer.streams import Streams
from bitcortex.sim.engine.sc_layer_numba import VectorizedSCLayer

BOTH = pytest.mark.parametrize("method", ["table", "stream"])


@BOTH
@pytest.mark.parametrize("mode", ["sobol", "lfsr"])
@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("length", [256, 1000])
def test_layer_equals_the_golden_model(method: str, mode: str, signed: bool, length: int) -> None:
    layer = VectorizedSCLayer(30, 70, length, 5, mode, method, signed)
    if signed:
        layer.weights = 2 * layer.weights - 1
    layer.weights[0, :3] = 0.0, 1.0, -1.0 if signed else 1.0
    x = np.random.default_rng(0).random((3, 30))
    x[:, :3] = 0.0, 1.0, 0.5
    params = DenseParams(30, 70, length, mode, seed=5)
    streams = Streams(params.streams)
    codes = np.floor(x * 256 + 0.5).astype(np.int64)
    for row, code in zip(x, codes, strict=True):
        expected = dense.forward(params, layer.weights_q, code, *streams.next())
        excitatory, inhibitory = layer.forward_counts(row)
        np.testing.assert_array_equal(excitatory, expected[0])
        np.testing.assert_array_equal(inhibitory, expected[1])
    assert bool(inhibitory.any()) is signed

    layer.reset()
    batch = layer.forward_counts(x)
    np.testing.assert_array_equal(batch[0][2], expected[0])
    np.testing.assert_array_equal(batch[1][2], expected[1])
    layer.reset()
    means = layer.forward(x)
    np.testing.assert_allclose(means, dense.mean(params, batch[0] - batch[1]), rtol=1e-14)
    assert means.shape == (3, 70)
    assert means.min() >= (-1 if signed else 0)
    assert means.max() <= 1


def test_weight_codes_round_to_nearest_and_stop_at_255() -> None:
    layer = VectorizedSCLayer(6, 1, signed=True)
    layer.weights = [[0.0, 0.5 / 256, 0.49 / 256, -1.0, 0.999, -0.25]]
    assert layer.weights_q.tolist() == [[0, 1, 0, -255, 255, -64]]


@BOTH
@pytest.mark.parametrize("mode", ["sobol", "lfsr"])
def test_mean_is_unbiased(method: str, mode: str) -> None:
    """Over 4,000 passes: within five standard errors of the product of the probabilities."""
    layer = VectorizedSCLayer(4, 6, 64, 11, mode, method)
    x = np.array([0.1, 0.5, 0.75, 1.0])
    codes, weights = np.floor(x * 256 + 0.5), layer.weights_q
    expected = (weights * codes).sum(axis=1) / 65536 / 4
    means = layer.forward(np.tile(x, (4000, 1)))
    error = means.std(axis=0, ddof=1) / np.sqrt(4000)
    assert (error > 0).all()
    assert (np.abs(means.mean(axis=0) - expected) <= 5 * error).all()


@BOTH
@pytest.mark.parametrize("mode", ["sobol", "lfsr"])
def test_bits_are_fresh_and_seeded(method: str, mode: str) -> None:
    x = np.linspace(0, 1, 12)

    def run(seed: int, fresh: bool = True) -> tuple[VectorizedSCLayer, list[Any]]:
        layer = VectorizedSCLayer(12, 9, 100, seed, mode, method, fresh=fresh)
        layer.weights = np.linspace(0, 1, 108).reshape(9, 12)
        return layer, [layer.forward(x) for _ in range(3)]

    layer, first = run(1)
    assert not np.array_equal(first[0], first[1])
    assert not np.array_equal(first[1], first[2])
    np.testing.assert_array_equal(run(1)[1], first)
    assert not np.array_equal(run(2)[1], first)
    layer.reset()
    np.testing.assert_array_equal([layer.forward(x) for _ in range(3)], first)
    np.testing.assert_array_equal(run(1, fresh=False)[1], [first[0]] * 3)


def test_weights_of_different_seeds_differ() -> None:
    assert not np.array_equal(
        VectorizedSCLayer(3, 3).weights, VectorizedSCLayer(3, 3, seed=2).weights
    )


def _through_a_view(layer: VectorizedSCLayer, value: Any) -> None:
    layer.weights[2][:] = value
    layer.weights[:2].T[...] = value
    layer.weights[3:] = value


def _through_memory(layer: VectorizedSCLayer, value: Any) -> None:
    view = memoryview(layer.weights.data).cast("B").cast("d")
    for i in range(len(view)):
        view[i] = value


def _by_setter(layer: VectorizedSCLayer, value: Any) -> None:
    layer.weights = np.full((5, 4), value)


def _in_place(layer: VectorizedSCLayer, value: Any) -> None:
    layer.weights *= 0.0
    layer.weights += value


EDITS = [_through_a_view, _through_memory, _by_setter, _in_place]


@pytest.mark.parametrize("edit", EDITS)
def test_every_edit_of_the_weights_takes_effect(edit: Callable[..., None]) -> None:
    layer = VectorizedSCLayer(4, 5)
    layer.forward(np.ones(4))
    for value, count in [(0.5, 128), (0.25, 64), (0.0, 0)]:
        edit(layer, value)
        assert (layer.forward_counts(np.ones(4))[0] == 4 * count).all()


def test_an_edit_through_a_reference_from_long_ago_takes_effect() -> None:
    layer = VectorizedSCLayer(4, 5)
    held = layer.weights[1:2]  # a view is a reference too
    for value, count in [(0.5, 128), (0.25, 64), (1.0, 255)]:
        layer.forward(np.ones(4))
        held[...] = value
        assert layer.forward_counts(np.ones(4))[0][1] == 4 * count
    del held
    assert layer.forward_counts(np.ones(4))[0][1] == 4 * 255


def test_the_tutorials_lines_work() -> None:
    """Positional shape, weights scaled in place, then the refresh that nobody needs."""
    layer = VectorizedSCLayer(n_inputs=80, n_neurons=80, length=256)
    layer.weights *= 0.3
    layer._refresh_packed_weights()
    means = layer.forward(np.clip(np.linspace(0, 1, 80), 0.01, 0.99))
    assert means.shape == (80,)
    assert 0.0 < means.mean() < 0.3


def test_lists_spikes_and_other_types_are_inputs() -> None:
    layer = VectorizedSCLayer(3, 2, fresh=False)
    expected = layer.forward(np.array([1.0, 0.0, 1.0]))
    for x in ([1, 0, 1], np.array([True, False, True]), np.array([1, 9, 0, 9, 1], np.float32)[::2]):
        np.testing.assert_array_equal(layer.forward(x), expected)
    assert layer.forward(np.zeros((0, 3))).shape == (0, 2)


def test_a_copy_is_independent() -> None:
    layer = VectorizedSCLayer(3, 2)
    twins = [copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))]
    first = layer.forward(np.ones(3) / 3)
    for twin in twins:
        np.testing.assert_array_equal(twin.forward(np.ones(3) / 3), first)
        np.testing.assert_array_equal(twin.forward(np.ones(3)), layer.forward(np.ones(3)))
        twin.reset()
        layer.reset()
        layer.forward(np.ones(3) / 3)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ([0.5, np.nan, 0.5], r"x\[1\] must be a probability in \[0, 1\], not nan"),
        ([0.5, 0.5, 1.5], r"x\[2\] must be a probability in \[0, 1\], not 1.5"),
        ([[0, 0, 0], [-0.1, 0, 0]], r"x\[1, 0\] must be a probability in \[0, 1\], not -0.1"),
        ([0.5, 0.5], r"x must have shape \(3,\) or \(batch, 3\), not \(2,\)"),
        (0.5, r"x must have shape \(3,\) or \(batch, 3\), not \(\)"),
        (np.zeros((1, 1, 3)), r"x must have shape \(3,\) or \(batch, 3\), not \(1, 1, 3\)"),
    ],
)
def test_a_wrong_input_is_refused_and_uses_up_no_bits(x: Any, message: str) -> None:
    layer, other = VectorizedSCLayer(3, 2), VectorizedSCLayer(3, 2)
    with pytest.raises(ValueError, match=message):
        layer.forward(x)
    np.testing.assert_array_equal(layer.forward([0.3] * 3), other.forward([0.3] * 3))


@pytest.mark.parametrize(
    ("value", "signed", "message"),
    [
        (np.nan, False, r"weights\[1, 2\] must be in \[0, 1\], not nan"),
        (-0.5, False, r"weights\[1, 2\] must be in \[0, 1\], not -0.5. .*signed=True"),
        (1.01, True, r"weights\[1, 2\] must be in \[-1, 1\], not 1.01"),
        (np.inf, True, r"weights\[1, 2\] must be in \[-1, 1\], not inf"),
    ],
)
def test_a_wrong_weight_is_refused_until_it_is_corrected(
    value: Any, signed: bool, message: str
) -> None:
    layer = VectorizedSCLayer(3, 2, signed=signed)
    layer.weights[1, 2] = value
    for _ in range(2):
        with pytest.raises(ValueError, match=message):
            layer.forward([0.5, 0.5, 0.5])
    layer.weights[1, 2] = 0.5
    assert layer.forward([0.5, 0.5, 0.5]).shape == (2,)


def test_weights_that_all_round_to_zero_are_refused() -> None:
    layer = VectorizedSCLayer(3, 2)
    layer.weights *= 0.001
    with pytest.raises(ValueError, match=r"weights must not all round to 0: the largest is 0\.000"):
        layer.forward([1, 1, 1])
    layer.weights[:] = 0  # zero on purpose is fine
    assert not layer.forward([1, 1, 1]).any()


def test_weights_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match=r"weights must have shape \(2, 3\), not \(3, 2\)"):
        VectorizedSCLayer(3, 2).weights = np.zeros((3, 2))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_inputs": 0}, r"n_inputs must be in 1..65535, not 0"),
        ({"n_neurons": 65536}, r"n_neurons must be in 1..65535, not 65536"),
        ({"length": 0}, r"length must be in 1..16777216, not 0"),
        ({"n_inputs": 65535, "length": 2**16}, r"length must be in .* below 2\*\*31"),
        ({"seed": -1}, r"seed must be in 0.."),
        ({"mode": "halton"}, r"mode must be one of sobol, lfsr, not 'halton'"),
        ({"method": "fast"}, r"method must be one of auto, table, stream, not 'fast'"),
    ],
)
def test_wrong_parameters_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        VectorizedSCLayer(**{"n_inputs": 2, "n_neurons": 2, **arguments})


def test_the_largest_layer_is_quick_and_small_to_construct() -> None:
    code = """
import json, time
import numpy as np
from bitcortex.sim.engine.sc_layer_numba import VectorizedSCLayer

def resident_mb(which):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(which)) / 1024

for method in ("table", "stream"):
    VectorizedSCLayer(2, 2, method=method).forward(np.ones(2))
with open("/proc/self/clear_refs", "w") as reset:
    reset.write("5")  # the peak starts again at what is resident now
before, start = resident_mb("VmRSS"), time.perf_counter()
layers = [VectorizedSCLayer(1024, 1024, 1024, method=m) for m in ("table", "stream")]
seconds = time.perf_counter() - start
for layer in layers:
    layer.forward(np.ones(1024))
print(json.dumps([seconds, resident_mb("VmHWM") - before]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    seconds, megabytes = json.loads(done.stdout)
    assert seconds < 1.0
    assert 8.0 < megabytes < 200.0  # the float64 weights alone are 8.4 MB


def test_the_benchmark_checks_equality_and_prints_the_promised_keys() -> None:
    script = Path(__file__).parents[2] / "benchmarks" / "sc_layer.py"
    command = [sys.executable, str(script), "--workload", "20x80x256", "--repeats", "10", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    printed = json.loads(done.stdout)
    assert printed["ok"] is True
    promised = {"workload", "engine", "seconds_median", "ratio_to_reference"}
    for item in printed["items"]:
        assert item.keys() >= promised | {"rate_hz", "cv_isi", "peak_mb", "method"}
        assert 0 < item["seconds_min"] <= item["seconds_median"] <= item["seconds_p90"]
        assert item["repeats"] >= 10
    methods = [item["method"] for item in printed["items"]]
    assert methods[0] == "bitwise_count"
    assert printed["items"][0]["ratio_to_reference"] == 1.0
    assert {"table", "stream", "stored streams", "float32 GEMV"} < set(methods)
