"""What a host writes to a column engine: synapses, states, and the spikes that are on their way."""

import numpy as np
from numpy.typing import NDArray

from bitcortex.models.column.params import CoreParams, Space
from bitcortex.network.snapshot import Snapshot
from bitcortex.network.states import StateTable

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


def state_table(params: CoreParams) -> StateTable:
    """Return places and widths of the states, for those who do not know the engine."""
    generators = []
    for unit in range(params.units):
        drive = params.drive(unit)
        generators.append(tuple(drive.generator(a) for a in range(drive.words)))
    return StateTable(
        lanes=params.lanes,
        slots=params.layout.slots,
        width=params.plan.data_width,
        age_at=params.age_at,
        shift=params.layout.shift,
        queue_steps=params.queue.steps,
        delays=params.delays,
        generators=tuple(generators),
    )


def state_writes(params: CoreParams, snapshot: Snapshot) -> list[Write]:
    """Return what the host writes to continue from a snapshot."""
    return [
        (Space(run.space), run.lane, address, data)
        for run in state_table(params).runs(params.plan, snapshot)
        for address, data in enumerate(run.data.tolist(), run.first)
    ]
