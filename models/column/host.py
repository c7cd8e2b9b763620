"""What a host writes to a column engine: synapses, states, and the spikes that are on their way."""

import numpy as np

from bitcortex.models.column.drive import ROUND
from bitcortex.models.column.params import CoreParams, Space
from bitcortex.models.column.stored import pack
from bitcortex.models.network.event_step import Snapshot
from bitcortex.network.plasticity import FORGOTTEN

Write = tuple[Space, int, int, int]  # space, lane, address, data


def contents(params: CoreParams) -> list[Write]:
    """Return what the host writes to the connection stores of an engine."""
    layout = params.layout
    writes: list[Write] = []
    if params.bitmap:
        for lane, words in enumerate(layout.bitmap_memory):
            writes += [(Space.BITMAP, lane, a, int(w)) for a, w in enumerate(words)]
    if params.stored:
        for lane, rows in enumerate(layout.stored_memory):
            pointers, entries = pack(rows)
            writes += [
                (Space.POINTER, lane, a, start | count << 32)
                for a, (start, count) in enumerate(pointers)
            ]
            writes += [
                (Space.ENTRY, lane, a, entry_word(slot, weight))
                for a, (slot, weight) in enumerate(entries)
            ]
    return writes


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
