"""The noise words of neurons: tables against shifts, seeds, spread of the bits."""

import numpy as np
import pytest

from bitcortex.models.encode.lfsr import Lfsr
from bitcortex.models.neuron.noise import following, noise_params


@pytest.mark.parametrize("seed", [0, 1, 2**63 - 1])
def test_tables_make_the_shifts(seed: int) -> None:
    params = noise_params(seed)
    lfsr, word = Lfsr(params), params.seed
    for _ in range(500):
        assert lfsr.tick(1, 0, 0) == (word,)
        word = following(word)


def test_seeds_give_other_words() -> None:
    assert len({noise_params(seed).seed for seed in range(1_000)}) == 1_000


def test_bits_and_bytes_are_uniform() -> None:
    """Chi-square of every byte within five deviations of 255, every bit one half of the time."""
    words, word = [], noise_params(4).seed
    for _ in range(50_000):
        words.append(word)
        word = following(word)
    column = np.array(words)
    for shift in (0, 8, 16, 24):
        counts = np.bincount(column >> shift & 0xFF, minlength=256)
        chi = float(((counts - 50_000 / 256) ** 2 / (50_000 / 256)).sum())
        assert abs(chi - 255) < 5 * (2 * 255) ** 0.5
    for bit in range(32):
        assert abs((column >> bit & 1).mean() - 0.5) < 5 * 0.5 / 50_000**0.5


def test_neighbours_share_one_bit() -> None:
    """31 shifts of 32 bits: bit 31 of a word is bit 0 of the one before."""
    word = noise_params(9).seed
    for _ in range(100):
        after = following(word)
        assert after >> 31 == word & 1
        word = after
