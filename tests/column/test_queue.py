"""The spike queue replays every step it is asked for, in order, and says when it is full."""

import pytest

from bitcortex.models.column.queue import Queue, QueueParams


def tick(queue: Queue, **inputs: int) -> tuple[int, ...]:
    return queue.tick(**(dict.fromkeys(Queue.INPUTS, 0) | inputs))


def replay(queue: Queue, step: int) -> list[int]:
    tick(queue, open=1, open_step=step)
    found = []
    while queue.outputs()[0]:
        _, valid, spike, _ = tick(queue, out_ready=1)
        if valid:
            found.append(spike)
    return found


def test_every_step_is_replayed_after_any_delay() -> None:
    queue = Queue(QueueParams(50, 16, 8))
    history: list[list[int]] = []
    for step in range(40):
        spikes = [(7 * step + k) % 50 for k in range(step % 3)]
        for spike in spikes:
            tick(queue, push=1, push_id=spike)
        tick(queue, mark=1, mark_step=(step + 1) % 8)
        history.append(spikes)
        for delay in range(1, min(6, step) + 1):
            tick(queue, open=1, open_step=(step - 5) % 8, free=int(step >= 5))
            while queue.outputs()[0]:
                tick(queue, out_ready=1)
            assert replay(queue, (step - delay) % 8) == history[step - delay]
    assert queue.outputs()[3] == 0


def test_overflow_is_reported_and_stays() -> None:
    queue = Queue(QueueParams(50, 4, 4))
    for spike in range(3):
        tick(queue, push=1, push_id=spike)
    assert queue.outputs()[3] == 0
    tick(queue, push=1, push_id=9)
    tick(queue)
    assert queue.outputs()[3] == 1


@pytest.mark.parametrize(("depth", "steps"), [(6, 4), (4, 5), (2, 4)])
def test_bad_parameters(depth: int, steps: int) -> None:
    with pytest.raises(ValueError, match=r"must be (a power of two|in)"):
        QueueParams(10, depth, steps)
