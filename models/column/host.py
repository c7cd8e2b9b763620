"""What a host writes to a column engine: synapses, states, and the spikes that are on their way."""

import numpy as np
from numpy.typing import NDArray

from bitcortex.models.column.drive import ROUND
from bitcortex.models.column.params import CoreParams, Space
from bitcortex.models.network.event_step import Snapshot
from bitcortex.network.plasticity import FORGOTTEN

Write = tuple[Space, int, int, int]  # space, lane, address, data


def contents(params: CoreParams) -> list[Write]:
    """Return what the host writes to the connection stores of an engine."""
    return [
        (space, lane, address, data)
        for space, lane, first, values in content_runs(params)
        for address, data in enumerate(values.tolist(), first)
    ]


def content_runs(params: CoreParams) -> list[tuple[Space, int, int, NDArray[np.uint64]]]:
    """Return the same, run by run: space, lane, first address, and the data of all addresses."""
    layout = params.layout
    runs: list[tuple[Space, int, int, NDArray[np.uint64]]] = []
    if params.bitmap:
        for lane, words in enumerate(layout.bitmap_memory):
            runs.append((Space.BITMAP, lane, 0, words.astype(np.uint64)))
    if params.stored:
        for lane, rows in enumerate(layout.stored_memory):
            counts = np.array([len(slots) for slots, _ in rows], np.int64)
            starts = np.where(counts > 0, np.cumsum(counts) - counts, 0)
            runs.append((Space.POINTER, lane, 0, _pair(starts, counts)))
            both = [np.concatenate(column) for column in zip(*rows, strict=True)]
            if len(both[0]):
                runs.append((Space.ENTRY, lane, 0, _pair(*both)))
    return runs


def _pair(low: NDArray[np.int64], high: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return words of 64 bits with these halves."""
    mask = np.uint64((1 << 32) - 1)
    return low.astype(np.uint64) & mask | high.astype(np.uint64) << np.uint64(32)


def entry_word(slot: int, weight: int) -> int:
    """Return what the host writes for a stored synapse."""
    return slot | (weight & (1 << 32) - 1) << 32


def state_writes(params: CoreParams, snapshot: Snapshot) -> list[Write]:
    """Return what the host writes to continue from a snapshot."""
    plan, layout = params.plan, params.layout
    writes: list[Write] = [(Space.STEP, 0, 0, snapshot.step)]
    top = (1 << plan.data_width) - 1
    for neuron in range(layout.slots * layout.lanes):
        slot, lane = divmod(neuron, layout.lanes)
        data = 0
        if neuron < plan.neurons:
            data = int(snapshot.v[neuron]) & top
            data |= int(snapshot.refractory[neuron]) << plan.data_width
            if params.plastic:
                code = (int(snapshot.ages[neuron]) + 1) % (FORGOTTEN + 1)
                data |= code << params.age_at
        writes.append((Space.STATE, lane, slot, data))
    if plan.driven:
        for unit in range(layout.lanes // 4):
            drive = params.drive(unit)
            writes += [
                (Space.GENERATOR, unit, a, int(snapshot.generators[drive.generator(a)]))
                for a in range(ROUND // layout.lanes)
            ]
    if params.plastic:
        weights = np.concatenate([x.weights for x in snapshot.learned]) >> layout.shift
        previous = np.concatenate([x.previous for x in snapshot.learned])
        places = zip(*(x.tolist() for x in layout.plastic_places), weights.tolist(), strict=True)
        writes += [(Space.ENTRY, k, at, entry_word(slot, weight)) for k, at, slot, weight in places]
        writes += [(Space.PREVIOUS, 0, row, step) for row, step in enumerate(previous.tolist())]
    # Every step that the queue remembers: old ones are empty.
    steps, neurons = snapshot.spikes
    for step in range(snapshot.step - params.queue.steps + 1, snapshot.step):
        writes.append((Space.MARK, 0, 0, step % params.queue.steps))
        writes += [(Space.PUSH, 0, 0, int(n)) for n in neurons[steps == step]]
    writes.append((Space.MARK, 0, 0, snapshot.step % params.queue.steps))
    return writes
