"""ADDIE: range, mean, variance and time constant of the running estimate."""

import numpy as np
import pytest

from bitcortex.models.decode.addie import Addie, AddieParams


def run(bits: int, stream: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The estimates of p, one per bit of the stream."""
    model = Addie(AddieParams(bits))
    words = rng.integers(0, 2**bits, len(stream)).tolist()
    counts = [
        model.tick(1, b, w, 0)[0] for b, w in zip(stream.astype(int).tolist(), words, strict=True)
    ]
    return np.array(counts) / 2**bits


@pytest.mark.parametrize("p", [0.2, 0.5, 0.9])
def test_mean_and_variance_once_settled(p: float) -> None:
    rng = np.random.default_rng(int(10 * p))
    settled = run(6, rng.random(200_000) < p, rng)[1_000:]
    variance = p * (1 - p) / 2**6
    # Neighbours are correlated over 2 * 64 bits: so many independent estimates are there.
    independent = len(settled) / 128
    assert abs(settled.mean() - p) < 5 * np.sqrt(variance / independent)
    assert abs(settled.var() / variance - 1) < 0.2


def test_time_constant() -> None:
    """From 1/2, a stream of ones is followed as 1 - 0.5 exp(-t / 2**bits)."""
    rng = np.random.default_rng(1)
    mean = np.mean([run(6, np.ones(65), rng)[64] for _ in range(2_000)])
    assert abs(mean - (1 - 0.5 * (1 - 1 / 64) ** 64)) < 0.01


def test_ends_are_kept_without_saturation_logic() -> None:
    model = Addie(AddieParams(2))
    for _ in range(10):
        assert 0 <= model.tick(1, 0, 0, 0)[0] <= 2
    assert model.tick(1, 0, 0, 0) == (0,)
    for _ in range(10):
        model.tick(1, 1, 3, 0)
    assert model.tick(1, 1, 3, 0) == (4,)
    assert model.tick(0, 0, 0, 0) == (4,)
    assert model.tick(1, 1, 0, 1) == (4,)
    assert model.tick(0, 0, 0, 0) == (2,)


@pytest.mark.parametrize("bits", [1, 25])
def test_wrong_bits(bits: int) -> None:
    with pytest.raises(ValueError, match=rf"bits must be in 2\.\.24, not {bits}"):
        AddieParams(bits)
