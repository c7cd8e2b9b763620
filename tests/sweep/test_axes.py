"""Axes: what their spellings mean, and which are refused."""

import numpy as np
import pytest
import sweep_jobs

from bitcortex.sweep import Sweep, span
from bitcortex.sweep.axes import checked, parse


def test_spans() -> None:
    assert span(3, 8, 6) == [3, 4, 5, 6, 7, 8]
    assert all(isinstance(value, int) for value in span(3, 8, 6))
    assert span(3, 8, 11)[:3] == [3.0, 3.5, 4.0]
    assert span(0, 1, 11)[3] == 0.3  # and not 0.30000000000000004
    assert isinstance(span(3.0, 8.0, 6)[0], float)
    assert span(1, 1000, 4, log=True) == [1, 10, 100, 1000]
    assert span(5.5, 7, 1) == [5.5]
    assert np.allclose(span(0.5, 4.0, 29), np.linspace(0.5, 4.0, 29))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("g=3:8:6", [3, 4, 5, 6, 7, 8]),
        ("g=-1:1:3", [-1, 0, 1]),
        ("j=1e-3:1e-1:3:log", [0.001, 0.01, 0.1]),
        ("g=1,2.5,1e3", [1, 2.5, 1000.0]),
        ("engine=golden,numba", ["golden", "numba"]),
        ("engine=virtual:ulx3s", ["virtual:ulx3s"]),
        ('case="20 -> 80, 256",plain', ["20 -> 80, 256", "plain"]),
        ("on=true,false", [True, False]),
        ("g=4", [4]),
    ],
)
def test_spellings(text: str, values: list[object]) -> None:
    name, found = parse(text)
    assert name == text.partition("=")[0]
    assert found == values
    assert list(map(type, found)) == list(map(type, values))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("g", "an axis must be NAME=START:STOP:COUNT"),
        ("=3", "an axis must be NAME="),
        ("g=3:8:0", r"count must be in 1\.\.1000000000, not 0"),
        ("g=0:8:3:log", "start must be above 0 for steps of equal ratio, not 0"),
    ],
)
def test_wrong_spellings(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse(text)


def test_values_become_pythons_own() -> None:
    made = checked({"x": np.linspace(0, 1, 3), "y": range(2), "z": np.array(["a"])})
    assert made == {"x": (0.0, 0.5, 1.0), "y": (0, 1), "z": ("a",)}
    assert type(made["x"][0]) is float


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        ({}, "a sweep must have an axis"),
        ({"x": []}, "axis x must have a value"),
        ({"x": [1, 2, 1]}, "axis x must have every value once, not 1 twice"),
        ({"x": [1, float("nan")]}, "axis x must have finite values, not nan"),
        ({"x": 3}, "axis x must be a list of values, not 3"),
        ({"x": "abc"}, "axis x must be a list of values, not 'abc'"),
        ({"x": [[1]]}, r"axis x must have numbers, strings or bools, not \[1\]"),
        ({"z": [1]}, r"must be those of sweep_jobs:power, which are x, y"),
    ],
)
def test_wrong_axes(axes: dict[str, object], message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        Sweep(sweep_jobs.power, axes)  # type: ignore[arg-type]


def test_wrong_jobs() -> None:
    with pytest.raises(ValueError, match="x must be an axis or fixed, not both"):
        Sweep(sweep_jobs.power, {"x": [1]}, {"x": 2})
    with pytest.raises(TypeError, match="job must be a function, not 3"):
        Sweep(3, {"x": [1]})  # type: ignore[arg-type]


def test_points_count_with_the_last_axis_fastest() -> None:
    sweep = Sweep(sweep_jobs.power, {"x": [1, 2], "y": [3, 4, 5]})
    assert len(sweep) == 6
    assert [list(sweep.point(i).values()) for i in (0, 1, 2, 3, 5)] == [
        [1, 3], [1, 4], [1, 5], [2, 3], [2, 5],
    ]  # fmt: skip
    assert list(sweep.point(4)) == ["x", "y"]
    with pytest.raises(ValueError, match=r"index must be in 0\.\.5, not 6"):
        sweep.point(6)
