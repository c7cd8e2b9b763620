"""Twin of the spike queue."""

import numpy as np

from bitcortex.gateware.column.queue import Queue as Gateware
from bitcortex.models.column.queue import Queue, QueueParams
from bitcortex.models.model import Trace
from bitcortex.sim.twin import Stimulus, Twin


def stimulus(params: QueueParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Record a step of some spikes, then replay older ones, as the engine does; rarely overflow."""
    names = Queue.INPUTS
    made = {name: np.zeros(cycles, np.int64) for name in names}
    made["push_id"] = rng.integers(0, params.ids, cycles)
    made["open_step"] = rng.integers(0, params.steps, cycles)
    made["out_ready"] = (rng.random(cycles) < 0.7).astype(np.int64)
    made["rst"] = np.zeros(cycles, np.int64)
    at = step = 0
    # Power-on marks every step, so that no start is unknown.
    for k in range(params.steps):
        if at < cycles:
            made["mark"][at], made["mark_step"][at] = 1, k
            at += 1
    at += 4
    longest = params.steps - 2
    mean = params.depth / (longest + 2) / 1.5
    while at < cycles:
        burst = rng.random() < 0.02
        count = int(rng.poisson(mean * (6 if burst else 1)))
        gaps = rng.random(count) < 0.3
        for gap in gaps:
            at += int(gap)
            if at < cycles:
                made["push"][at] = 1
            at += 1
        step += 1
        if at < cycles:
            made["mark"][at], made["mark_step"][at] = 1, step % params.steps
        at += 2
        for delay in sorted({longest, int(rng.integers(1, longest + 1)), 1}, reverse=True):
            if at < cycles:
                made["open"][at] = 1
                made["open_step"][at] = (step - delay) % params.steps
                made["free"][at] = int(delay == longest)
            # Wait long enough for most replays; some are asked for again while one runs.
            at += 8 + int(rng.integers(2, 4 * int(mean) + 8))
        if rng.random() < 0.01 and at < cycles:
            made["rst"][at] = 1
            at += 1
            for k in range(params.steps):
                if at < cycles:
                    made["mark"][at], made["mark_step"][at] = 1, k
                    at += 1
            step = 0
    return made


def reached(params: QueueParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    shown = trace["out_valid"]
    return {
        "overflow": bool(trace["overflow"].any()),
        "a replay of spikes": bool(shown.any()),
        "reader waits": bool((shown & (1 - stimulus["out_ready"])).any()),
        "open while reading": bool((stimulus["open"] & trace["reading"]).any()),
        "push while reading": bool((stimulus["push"] & trace["reading"]).any()),
    }


TWIN = Twin(
    name="column.queue",
    golden=Queue,
    gateware=Gateware,
    cases={
        "8 spikes, 4 steps": QueueParams(12, 8, 4),
        "1,000 neurons": QueueParams(1000, 128, 32),
        "1 neuron": QueueParams(1, 4, 4),
    },
    stimulus=stimulus,
    reached=reached,
)
