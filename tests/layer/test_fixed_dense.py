"""Fixed-point dense layer: sums, schedule and errors."""

from dataclasses import replace

import numpy as np
import pytest

from bitcortex.models.layer.fixed_dense import FixedDense, FixedDenseParams, forward
from bitcortex.sim.twins.layer.fixed_dense import TWIN

PARAMS = FixedDenseParams(5, 3)
IDLE = dict.fromkeys(FixedDense.INPUTS, 0)
RNG = np.random.default_rng(0)
WEIGHTS = RNG.integers(-255, 256, (3, 5))
CODES = np.array([0, 256, 255, 7, 100])


def loaded(params: FixedDenseParams) -> FixedDense:
    layer = FixedDense(params)
    rng = np.random.default_rng(1)
    layer.weights[:] = rng.integers(-params.top, params.top + 1, layer.weights.shape)
    layer.codes[:] = rng.integers(0, params.top + 1, layer.codes.shape)
    return layer


def test_forward_is_its_definition() -> None:
    want = [
        sum(int(w) * min(int(c), 255) for w, c in zip(row, CODES, strict=True)) for row in WEIGHTS
    ]
    assert forward(PARAMS, WEIGHTS, CODES).tolist() == want


@pytest.mark.parametrize("case", list(TWIN.cases))
def test_schedule_is_the_documented_formula(case: str) -> None:
    params = TWIN.cases[case]
    layer = loaded(params)
    expected = forward(params, layer.weights, layer.codes).tolist()
    starts = [int(t in (0, params.cycles)) for t in range(2 * params.cycles + 1)]
    rows = [layer.tick(**(IDLE | {"start": start})) for start in starts]
    found = [(t, row) for t, row in enumerate(rows) if row[1]]
    once = [(j + 1) * params.n_inputs + 3 for j in range(params.n_neurons)]
    assert [t for t, _ in found] == once + [params.cycles + t for t in once]
    assert [row[2] for _, row in found] == 2 * list(range(params.n_neurons))
    assert [row[3] for _, row in found] == 2 * expected
    done = [t for t, row in enumerate(rows) if row[4]]
    assert done == [params.cycles, 2 * params.cycles]
    assert [t for t, row in enumerate(rows) if not row[0]] == [0, *done]


def test_what_arrives_while_busy_is_ignored() -> None:
    quiet, noisy = loaded(PARAMS), loaded(PARAMS)
    noise = dict.fromkeys(FixedDense.INPUTS, 1)
    for t in range(PARAMS.cycles + 1):
        start = IDLE | {"start": int(t == 0)}
        busy = 0 < t < PARAMS.cycles
        assert quiet.tick(**start) == noisy.tick(**(noise if busy else start))
    assert (quiet.weights == noisy.weights).all()
    assert (quiet.codes == noisy.codes).all()


def test_codes_without_a_meaning_saturate() -> None:
    layer = FixedDense(PARAMS)
    layer.write_weight(2, 4, -256)
    layer.write_code(4, 511)
    assert (layer.weights[2, 4], layer.codes[4]) == (-255, 255)
    layer.write_weight(3, 0, 1)
    layer.write_weight(0, 5, 1)
    layer.write_code(5, 7)
    assert np.count_nonzero(layer.weights) == np.count_nonzero(layer.codes) == 1


def test_widths() -> None:
    params = FixedDenseParams(65, 10)
    assert (params.product_width, params.sum_width, params.cycles) == (17, 24, 653)
    assert sum(count for _, count in params.lines) == 34


@pytest.mark.parametrize(("field", "value"), [("n_inputs", 0), ("n_neurons", 65536), ("bits", 9)])
def test_wrong_parameters(field: str, value: int) -> None:
    with pytest.raises(ValueError, match=rf"{field} must be in 1\.\.\d+, not {value}"):
        replace(PARAMS, **{field: value})  # type: ignore[arg-type]


def test_forward_refuses_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match=r"weights must have shape \(3, 5\), not \(5, 3\)"):
        forward(PARAMS, WEIGHTS.T, CODES)
    with pytest.raises(ValueError, match="magnitude of at most 255, not 256"):
        forward(PARAMS, np.full_like(WEIGHTS, -256), CODES)
    with pytest.raises(ValueError, match=r"codes\[2\] must be in 0\.\.256, not 257"):
        forward(PARAMS, WEIGHTS, np.array([0, 0, 257, 0, 0]))
