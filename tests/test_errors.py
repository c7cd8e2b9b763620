"""Checks name the thing, the rule, the value and the way out."""

import numpy as np
import pytest

from bitcortex import check


def test_integer() -> None:
    assert check.integer("width", np.int64(5), 3, 32) == 5
    with pytest.raises(ValueError, match=r"width must be in 3\.\.32, not 33\. Try less"):
        check.integer("width", 33, 3, 32, "Try less")
    for wrong in (True, 1.0, "3", None):
        with pytest.raises(TypeError, match="width must be an integer"):
            check.integer("width", wrong, 3, 32)


def test_real() -> None:
    assert check.real("tau", 1, 0.0, 2.0) == 1.0
    for wrong in (float("nan"), -0.1, 2.1, float("inf")):
        with pytest.raises(ValueError, match="tau must be in"):
            check.real("tau", wrong, 0.0, 2.0)
    with pytest.raises(TypeError, match="tau must be a number"):
        check.real("tau", "1", 0.0, 2.0)


def test_one_of() -> None:
    with pytest.raises(ValueError, match="mode must be one of a, b, not 'c'"):
        check.one_of("mode", "c", ["a", "b"])


def test_probabilities() -> None:
    assert check.probabilities("x", [0.0, 1.0]).tolist() == [0.0, 1.0]
    for wrong in (float("nan"), -1e-9, 1.0000001):
        with pytest.raises(ValueError, match=r"x\[1\] must be a probability in \[0, 1\]"):
            check.probabilities("x", [0.5, wrong])
    with pytest.raises(ValueError, match=r"x must have shape \(3,\), not \(2,\)"):
        check.probabilities("x", [0.5, 0.5], (3,))
