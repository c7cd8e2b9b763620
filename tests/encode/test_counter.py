"""Counter source: ramps, van der Corput, periods."""

from dataclasses import replace

import numpy as np
import pytest

from bitcortex.models.encode.counter import Counter, CounterParams, words
from bitcortex.models.encode.sobol import sequence


@pytest.mark.parametrize("ramp", range(9))
def test_every_value_once_per_period(ramp: int) -> None:
    params = CounterParams(8, ramp)
    model = Counter(params)
    seen = [model.tick(1, 0)[0] for _ in range(512)]
    assert sorted(seen[:256]) == list(range(256))
    assert seen[256:] == seen[:256]
    assert seen == words(params, 512).tolist()
    assert seen[100:200] == words(params, 100, start=100).tolist()


def test_plain_ramp_and_van_der_corput() -> None:
    assert words(CounterParams(4, 4), 16).tolist() == list(range(16))
    first = words(CounterParams(4, 0), 8)
    assert first.tolist() == [0, 8, 4, 12, 2, 10, 6, 14]
    # Sobol's first dimension has the same points in Gray-code order.
    assert sorted(first) == sorted(sequence(1, 4, 8))


@pytest.mark.parametrize("ramp", [2, 4, 6])
def test_each_ramp_has_an_offset_of_its_own(ramp: int) -> None:
    """The high bits count up; the low bits stay during a ramp and halve the gaps as they go on."""
    width = 8
    low = width - ramp
    ramps = words(CounterParams(width, ramp), 2**width).reshape(-1, 2**ramp)
    assert (ramps >> low == np.arange(2**ramp)).all()
    offsets = ramps & (2**low - 1)
    assert (offsets == offsets[:, :1]).all()
    assert offsets[:, 0].tolist() == words(CounterParams(low, 0), 2**low).tolist()


def test_restart_and_pause() -> None:
    model = Counter(CounterParams(8, 8))
    assert [model.tick(1, 0)[0] for _ in range(3)] == [0, 1, 2]
    assert model.tick(0, 0) == (3,)
    assert model.tick(1, 1) == (3,)
    assert model.tick(0, 0) == (0,)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("width", 1, r"width must be in 2\.\.32, not 1"),
        ("width", 33, "width must be in"),
        ("ramp", -1, r"ramp must be in 0\.\.16, not -1"),
        ("ramp", 17, "ramp must be in"),
    ],
)
def test_wrong_parameters(field: str, value: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(CounterParams(), **{field: value})
