"""The tracer tells and counts every spike, and drops none."""

import numpy as np
import pytest

from bitcortex.models.column.tracer import Tracer, TracerParams
from bitcortex.network.words import EMPTY, STEP, spikes_of

Spikes = list[tuple[int, int]]


def trace(
    tracer: Tracer, spikes: Spikes, record: int = 1, eager: float = 1.0
) -> tuple[list[int], int]:
    """Return the words of spikes, and the cycles until the last spike was taken."""
    rng = np.random.default_rng(1)
    words, left, cycle, last = [], list(spikes), 0, 0
    while True:
        step, neuron = left[0] if left else (0, 0)
        reads = int(rng.random() < eager)
        ready, out_valid, word, pending, _, _ = tracer.tick(
            0, record, 0, int(bool(left)), step, neuron, reads
        )
        if left and ready:
            left.pop(0)
            last = cycle + 1
        if out_valid and reads:
            words.append(word)
        assert (word == EMPTY) == (not out_valid)
        if not left and not pending and cycle > last + 1:
            return words, last
        cycle += 1


def some(steps: int = 60, neurons: int = 1000) -> Spikes:
    rng = np.random.default_rng(2)
    return [(t, int(j)) for t in range(steps) for j in rng.integers(0, neurons, rng.poisson(2))]


@pytest.mark.parametrize("eager", [1.0, 0.1])
def test_every_spike_in_order(eager: float) -> None:
    spikes = some()
    words, _ = trace(Tracer(TracerParams((800, 200), 16)), spikes, eager=eager)
    steps, neurons = spikes_of(np.array(words, np.uint32))
    assert list(zip(steps.tolist(), neurons.tolist(), strict=True)) == spikes
    assert sum(word >= STEP for word in words) == len({step for step, _ in spikes})


def test_counts_of_populations() -> None:
    tracer = Tracer(TracerParams((5, 1, 7)))
    spikes = some(200, 13)
    words, cycles = trace(tracer, spikes, record=0)
    assert words == []
    assert cycles == len(spikes)  # a spike per cycle
    *_, total, counts = tracer.tick(0, 0, 0, 0, 0, 0, 0)
    ids = np.array([j for _, j in spikes])
    wanted = [int(np.count_nonzero((ids >= a) & (ids < b))) for a, b in ((0, 5), (5, 6), (6, 13))]
    assert total == len(spikes)
    assert [counts >> 32 * k & 0xFFFF_FFFF for k in range(3)] == wanted


def test_two_cycles_per_spike() -> None:
    _, cycles = trace(Tracer(TracerParams()), [(3, j) for j in range(50)])
    assert cycles == 50 * 2


def test_a_full_fifo_stops_the_spikes() -> None:
    tracer = Tracer(TracerParams(depth=8))
    taken = sum(tracer.tick(0, 1, 0, 1, 0, 5, 0)[0] for _ in range(100))
    assert taken == 8 + 1 + 1 - 1  # memory, output, and one that waits; less the word of the step
    words, _ = trace(tracer, [])
    assert words == [STEP, *[5] * taken]


def test_a_run_begins_with_a_step() -> None:
    tracer = Tracer(TracerParams())
    assert trace(tracer, [(4, 1)])[0] == [STEP | 4, 1]
    assert trace(tracer, [(4, 2)])[0] == [2]
    tracer.tick(0, 1, 1, 0, 0, 0, 0)
    assert trace(tracer, [(4, 3)])[0] == [STEP | 4, 3]


def test_steps_of_31_bits() -> None:
    words, _ = trace(Tracer(TracerParams()), [(STEP - 1, 1), (STEP, 2), (2 * STEP - 1, 3)])
    assert words == [0xFFFF_FFFF, 1, STEP, 2, 0xFFFF_FFFF, 3]


def test_parameters() -> None:
    with pytest.raises(ValueError, match=r"depth must be a power of two, not 500. Try 512"):
        TracerParams(depth=500)
    with pytest.raises(ValueError, match="sizes must name one population at least"):
        TracerParams(())
    with pytest.raises(ValueError, match=r"id_bits must be in 10\.\.20, not 9"):
        TracerParams(id_bits=9)
