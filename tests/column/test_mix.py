"""Mixing hash: definition, bijection, avalanche, pipeline."""

import numpy as np
import pytest
from scipy import stats

from bitcortex.boards.area import measure
from bitcortex.boards.devices import find_device
from bitcortex.models.column.mix import Mix, MixParams, mix, mix_array
from bitcortex.sim.twin import find

RNG = np.random.default_rng(11)


def unmixed(y: int) -> int:
    """Return the word that has this hash: each step undone, the factors by their inverses."""
    y ^= y >> 16
    y = y * pow(0x846CA68B, -1, 1 << 32) % (1 << 32)
    y ^= y >> 15 ^ y >> 30
    y = y * pow(0x7FEB352D, -1, 1 << 32) % (1 << 32)
    return y ^ y >> 16


@pytest.mark.parametrize("x", [0, 1, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0xDEAD_BEEF])
def test_bijection(x: int) -> None:
    assert unmixed(mix(x)) == x


def test_array_equals_function() -> None:
    words = RNG.integers(0, 1 << 32, 2_000, dtype=np.uint32)
    hashes = mix_array(words)
    assert hashes.dtype == np.uint32
    assert hashes.tolist() == [mix(int(x)) for x in words]
    assert all(unmixed(int(y)) == x for x, y in zip(words, hashes, strict=True))


def test_avalanche() -> None:
    """Every input bit flips every output bit of consecutive words in half of the cases."""
    words = np.arange(1 << 14, dtype=np.uint32)
    for bit in range(32):
        changed = mix_array(words) ^ mix_array(words ^ np.uint32(1 << bit))
        flips = [int((changed >> np.uint32(b) & np.uint32(1)).sum()) for b in range(32)]
        assert np.abs(np.array(flips) / len(words) - 0.5).max() < 0.06, bit


def test_consecutive_words_are_uniform() -> None:
    """16 bits of the hashes of consecutive words, as rows of consecutive sources use them."""
    hashes = mix_array(np.arange(1 << 16, dtype=np.uint32))
    for shift in (0, 8, 24):
        counts = np.bincount(hashes >> np.uint32(shift) & np.uint32(0xFF), minlength=256)
        assert stats.chisquare(counts).pvalue > 1e-3, shift


def test_latency_and_one_word_per_cycle() -> None:
    model = Mix(MixParams())
    words = [int(x) for x in RNG.integers(0, 1 << 32, 20)]
    rows = [model.tick(1, x) for x in words] + [model.tick(0, 0) for _ in range(7)]
    assert [valid for valid, _ in rows] == [0] * 7 + [1] * 20
    assert [y for valid, y in rows if valid] == [mix(x) for x in words]
    assert MixParams().latency == 7


def test_reset_empties_the_pipeline() -> None:
    model = Mix(MixParams())
    model.tick(1, 5)
    model.reset()
    assert [model.tick(0, 0) for _ in range(9)] == [(0, 0)] * 9


@pytest.mark.full
def test_speed() -> None:
    twin = find("column.mix")
    area = measure(twin.emit(MixParams()), find_device("ecp5-85"), seeds=3)
    assert area.dsp == 6
    assert area.fmax_median_mhz >= 120.0
