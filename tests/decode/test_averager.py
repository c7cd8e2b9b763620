"""Averager: exact counts of whole windows, clears, errors."""

import numpy as np
import pytest

from bitcortex.models.decode.averager import Averager, AveragerParams
from bitcortex.models.encode.encoder import BitstreamEncoder


@pytest.mark.parametrize("length", [1, 2, 7, 64, 100])
def test_counts_of_whole_windows(length: int) -> None:
    rng = np.random.default_rng(length)
    bits = rng.integers(0, 2, (20, length))
    valid = rng.random(40 * length) < 0.6
    model, counts, given = Averager(AveragerParams(length)), [], iter(bits.ravel().tolist())
    for v in [*valid.tolist(), *[True] * (20 * length + 1)]:
        bit = next(given, None) if v else 1  # a bit that is not valid does not count
        count, done = model.tick(int(v and bit is not None), bit or 0, 0)
        if done:
            counts.append(count)
    assert counts == bits.sum(axis=1).tolist()


def test_done_is_one_cycle_after_the_last_bit_and_count_stays() -> None:
    model = Averager(AveragerParams(4))
    shown = [model.tick(1, 1, 0) for _ in range(4)]
    assert shown == [(0, 0)] * 4
    assert model.tick(0, 0, 0) == (4, 1)
    assert [model.tick(1, 0, 0) for _ in range(4)] == [(4, 0)] * 4
    assert model.tick(0, 0, 0) == (0, 1)


def test_clear_wins_over_a_bit_and_keeps_the_last_count() -> None:
    model = Averager(AveragerParams(2))
    for _ in range(3):
        model.tick(1, 1, 0)
    assert model.tick(1, 1, 1) == (2, 0)  # would have ended the second window
    assert [model.tick(1, 0, 0) for _ in range(2)] == [(2, 0), (2, 0)]
    assert model.tick(0, 0, 0) == (0, 1)


def test_decodes_what_was_encoded() -> None:
    encoder, model = BitstreamEncoder(256), Averager(AveragerParams(256))
    for p in (0.0, 0.1, 0.5, 0.77, 1.0):
        for bit in encoder.encode(p).tolist():
            model.tick(1, bit, 0)
        count, done = model.tick(0, 0, 0)
        assert done
        assert abs(count - 256 * p) <= 1


@pytest.mark.parametrize("length", [0, 2**24 + 1])
def test_wrong_length(length: int) -> None:
    with pytest.raises(ValueError, match=rf"length must be in 1\.\.16777216, not {length}"):
        AveragerParams(length)
