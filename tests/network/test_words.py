"""Words between host and engine."""

import numpy as np
import pytest

from bitcortex.network.words import (
    EMPTY,
    MARK,
    MAX_COUNT,
    RECORDED,
    STEP,
    header,
    recorded,
    spikes_of,
)


def test_a_header_has_room_for_every_number() -> None:
    assert header(15, 127, MAX_COUNT, wide=True) == 0xFFFF_FFFF
    assert header(0, 0, 1) == 1
    with pytest.raises(ValueError, match=r"count must be in 1\.\.1048575, not 0\. Use more"):
        header(0, 0, 0)
    with pytest.raises(ValueError, match="lane must be"):
        header(0, 128, 1)


def test_recorded_spikes_end_with_a_mark_in_every_step() -> None:
    words = recorded([[(1, 7), (0, 9)], [], [(2047, 0xFFFFF)]])
    assert words.tolist() == [
        header(RECORDED, 0, 6), 0, 1 << 20 | 7, 9, MARK, MARK, 0x7FFF_FFFF, MARK,
    ]  # fmt: skip
    assert recorded([]).tolist() == []


def test_many_recorded_spikes_take_more_headers() -> None:
    words = recorded([[]] * (MAX_COUNT + 2))
    assert words[0] == header(RECORDED, 0, MAX_COUNT)
    assert words[MAX_COUNT + 2] == header(RECORDED, 0, 2)
    assert len(words) == MAX_COUNT + 6


def test_too_many_delays() -> None:
    with pytest.raises(ValueError, match=r"number of a delay must be .* Use fewer delays"):
        recorded([[(2048, 1)]])


def test_spikes_of_a_trace() -> None:
    words = np.array([STEP | 5, 1, 3, STEP | 7, 0], np.uint32)
    steps, neurons = spikes_of(words)
    assert steps.tolist() == [5, 5, 7]
    assert neurons.tolist() == [1, 3, 0]
    assert [a.tolist() for a in spikes_of(words[:0])] == [[], []]


def test_steps_beyond_31_bits() -> None:
    words = np.array([STEP | (STEP - 1), 1, STEP, 2], np.uint32)
    assert words[0] == 0xFFFF_FFFF
    steps, _ = spikes_of(words, first=STEP - 3)
    assert steps.tolist() == [STEP - 1, STEP]
    steps, _ = spikes_of(words[2:], first=3 * STEP - 2)
    assert steps.tolist() == [3 * STEP]


def test_a_trace_without_a_step() -> None:
    with pytest.raises(ValueError, match="a trace must begin with a step, not with neuron 4"):
        spikes_of(np.array([4], np.uint32))


def test_no_word_looks_like_none() -> None:
    """A neuron has 20 bits, a step word has bit 31."""
    assert EMPTY >= 1 << 20
    assert not EMPTY & STEP
