"""The gate lets as much of an event through as the golden step does."""

import numpy as np
import pytest

from bitcortex.models.column.gate import ALWAYS, LATENCY, Gate, GateParams
from bitcortex.network.keys import synapse_draws, synapse_key


def run(params: GateParams, events: list[tuple[int, int]], *job: int) -> list[tuple[int, ...]]:
    """Return cycle, slot and weight of what is left of events that come as fast as they may."""
    gate, left = Gate(params), []
    waiting = list(events)
    for cycle in range(len(events) * job[2] + LATENCY + 1):
        slot, weight = waiting[0] if waiting else (0, 0)
        ready, valid, out_slot, out_weight, _ = gate.tick(int(bool(waiting)), slot, weight, *job)
        if valid:
            left.append((cycle, out_slot, out_weight))
        if waiting and ready:
            waiting.pop(0)
    assert gate.outputs()[3] == 1  # idle
    return left


@pytest.mark.parametrize("length", [1, 4, 16])
def test_counts_are_those_of_the_golden_step(length: int) -> None:
    params, probability = GateParams(8, 5, 40), 20_000
    key = synapse_key(77, 3, 1234)
    events = [(slot, 100 * slot - 1900) for slot in range(40)]
    neurons = np.arange(40) * 8 + 5
    x = neurons[:, None] * length + np.arange(length)
    counts = (synapse_draws(key, x) < probability).sum(axis=1)
    left = run(params, events, *key, length, probability)
    wanted = [
        (LATENCY + (slot + 1) * length - 1, slot, weight * n)
        for (slot, weight), n in zip(events, counts.tolist(), strict=True)
        if n
    ]
    assert left == wanted
    assert 0 < len(left) < 40 or length > 1


def test_events_of_other_jobs_pass_unchanged() -> None:
    events = list(enumerate([-32768, 32767, *range(7)]))
    left = run(GateParams(), events, 1, 2, 1, ALWAYS)
    assert [event for _, *event in left] == [list(event) for event in events]
    assert [cycle for cycle, *_ in left] == list(range(LATENCY, LATENCY + 9))


@pytest.mark.parametrize(("longest", "width"), [(1, 16), (2, 17), (5, 19), (16, 20)])
def test_the_total_holds_all_draws(longest: int, width: int) -> None:
    params = GateParams(longest=longest)
    assert params.total_width == width
    for weight in (-32768, 32767):
        (left,) = run(params, [(7, weight)], 5, 6, longest, ALWAYS)
        assert left[1:] == (7, weight * longest)


@pytest.mark.parametrize(
    "wrong",
    [{"lanes": 6}, {"lane": 8}, {"slots": 0}, {"weight_width": 25}, {"longest": 17}],
)
def test_bad_parameters(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must be"):
        GateParams(**wrong)
