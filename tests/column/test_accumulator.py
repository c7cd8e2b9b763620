"""The accumulator's sums are exact, whatever the order and the distance of events."""

import numpy as np
import pytest

from bitcortex.models.column.accumulator import LATENCY, Accumulator, AccumulatorParams


def read(model: Accumulator, slot: int) -> int:
    for cycle in range(LATENCY):
        model.tick(0, 0, 0, 0, int(cycle == 0), 1, slot, 0)
    return model.outputs()[0]


def test_sums_of_a_bank_are_those_of_its_events() -> None:
    rng = np.random.default_rng(1)
    params = AccumulatorParams(7, 16, 10)
    model, wanted = Accumulator(params), np.zeros(7, np.int64)
    for slot, weight in zip(rng.integers(0, 7, 500), rng.integers(-512, 512, 500), strict=True):
        model.tick(1, 1, int(slot), int(weight), 0, 0, 0, 0)
        wanted[slot] += weight
    for _ in range(4):
        model.tick(0, 0, 0, 0, 0, 0, 0, 0)
    found = []
    for slot in range(7):
        found.append(read(model, slot))
    assert found == wanted.tolist()
    assert read(model, 3) == 0  # a read clears


@pytest.mark.parametrize(("slots", "width", "weight"), [(0, 8, 4), (4, 1, 1), (4, 8, 9)])
def test_bad_parameters(slots: int, width: int, weight: int) -> None:
    with pytest.raises(ValueError, match="must be in"):
        AccumulatorParams(slots, width, weight)
