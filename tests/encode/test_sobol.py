"""Sobol source: scipy's numbers, periods, digital nets, errors."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import qmc

from bitcortex.models.encode.sobol import (
    DIMENSIONS,
    Sobol,
    SobolParams,
    direction_numbers,
    sequence,
)


def scipy_words(width: int, length: int) -> np.ndarray:
    """The points of scipy as integers, shape (dimensions, length)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a length that is no power of two
        points = qmc.Sobol(DIMENSIONS, scramble=False, bits=width).random(length)
    return (points.T * 2.0**width).astype(np.int64)


@pytest.mark.parametrize("width", [8, 16, 30])
def test_words_are_those_of_scipy(width: int) -> None:
    length = min(2**width, 4096)
    for dimension, words in enumerate(scipy_words(width, length), 1):
        assert (sequence(dimension, width, length) == words).all()


@pytest.mark.parametrize("dimension", range(1, DIMENSIONS + 1))
def test_direction_numbers_are_a_triangle(dimension: int) -> None:
    """V[i] has bit width-1-i set and nothing below it, so every prefix is a permutation."""
    for width in (1, 7, 32):
        numbers = direction_numbers(dimension, width)
        assert len(numbers) == width
        assert numbers[0] == 1 << (width - 1)
        for i, number in enumerate(numbers):
            assert number & ((2 << (width - 1 - i)) - 1) == 1 << (width - 1 - i)


@pytest.mark.parametrize("dimension", [1, 2, 5, DIMENSIONS])
@pytest.mark.parametrize("width", [2, 3, 8])
def test_ticks_are_the_sequence_and_come_round(dimension: int, width: int) -> None:
    model = Sobol(SobolParams(dimension, width))
    seen = [model.tick(1, 0, 0)[0] for _ in range(2 * 2**width + 3)]
    assert seen == sequence(dimension, width, len(seen)).tolist()
    assert sorted(seen[: 2**width]) == list(range(2**width))
    assert seen[2**width] == 0


def test_restart_enable_and_mask() -> None:
    model = Sobol(SobolParams(2, 8))
    words = sequence(2, 8, 4).tolist()
    assert [model.tick(1, 0, 0)[0] for _ in range(3)] == words[:3]
    assert model.tick(0, 0, 0xFF) == (words[3] ^ 0xFF,)  # standing still, shifted at once
    assert model.tick(1, 1, 0) == (words[3],)
    assert model.tick(0, 0, 0) == (0,)


def test_sequence_from_a_later_word_on() -> None:
    whole = sequence(3, 8, 600)
    assert (sequence(3, 8, 300, start=300) == whole[300:]).all()


@pytest.mark.parametrize(("a", "b"), [(1, 2), (2, 3), (1, 3)])
def test_pairs_of_dimensions_fill_the_square(a: int, b: int) -> None:
    """256 points: each of 16 x 16 boxes, and of 2 x 64, holds at most two, on average one."""
    x, y = (sequence(d, 16, 256).astype(np.int64) for d in (a, b))
    for bits in range(1, 8):
        boxes = (x >> (16 - bits) << (8 - bits)) | y >> (16 - (8 - bits))
        assert np.bincount(boxes, minlength=256).max() <= 2


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("dimension", 0, r"dimension must be in 1\.\.10, not 0"),
        ("dimension", 11, "dimension must be in"),
        ("width", 1, r"width must be in 2\.\.32, not 1"),
        ("width", 33, "width must be in"),
    ],
)
def test_wrong_parameters(field: str, value: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(SobolParams(), **{field: value})


def test_wrong_arguments() -> None:
    with pytest.raises(ValueError, match=r"dimension must be in 1\.\.10, not 11"):
        direction_numbers(11, 8)
    with pytest.raises(ValueError, match=r"length must be in 1\.\.16777216, not 0"):
        sequence(1, 8, 0)
    with pytest.raises(ValueError, match="start must be in"):
        sequence(1, 8, 1, start=-1)
    with pytest.raises(TypeError, match=r"width must be an integer, not 8\.0"):
        SobolParams(width=8.0)  # type: ignore[arg-type]
