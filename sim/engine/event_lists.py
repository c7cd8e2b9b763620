"""Synapses that are kept in lists: one by one to the sums of their targets."""

import numpy as np

from bitcortex.sim.engine import lanes as simd
from bitcortex.sim.engine.event_draws import mix32
from bitcortex.sim.engine.event_state import (
    STO_DELAY,
    STO_FIRST,
    STO_LENGTH,
    STO_PART,
    STO_PROBABILITY,
    STO_ROW,
    STO_SEED,
    Array,
    State,
    Tables,
)
from bitcortex.sim.engine.simd import kernel

LINE = 16  # targets of a cache line
COPIED = 5  # lines of a short list
EVENTS = 2048  # copied before they are added


@kernel(forceinline=True)
def _add_packed(events: Array, first: int, last: int, sums: Array) -> None:
    """Add packed events to the sums."""
    for k in range(np.uint64(first), np.uint64(last)):  # unsigned: none counts from the end
        event = events[k]
        sums[event & np.uint32(0xFFFF)] += np.int32(event) >> 16


@kernel()
def add_lists(tables: Tables, state: State, part: int, step: int) -> None:
    """Add the lists of targets that are due to the sums.

    Short lists are copied one behind the other first, by as many instructions as most of them need:
    no branch can be mispredicted, so that many lists are on their way from memory at once. Those
    of a source lie in the order of their delays: what follows one is needed in the next steps.
    """
    sources, parts, delays = tables.sources, len(tables.bounds) - 1, len(tables.delays)
    ring = len(state.ring_part) // (parts + 1)
    short = tables.packed and tables.usual <= COPIED
    room = len(state.events) // tables.parts * part
    count = room
    for d in range(delays):
        then = step - tables.delays[d]
        if then < 0:
            continue
        begin = then % ring * (parts + 1)
        last = state.ring_part[begin + parts]
        base = part * sources * delays + d
        for i in range(state.ring_part[begin], last):
            row = base + state.ring[i] * delays
            start, end = tables.indptr[row], tables.indptr[row + 1]
            if short:
                for k in range(COPIED):
                    at = k * LINE
                    simd.store512(state.events, count + at, simd.load512(tables.target, start + at))
                for at in range(COPIED * LINE, end - start, LINE):  # seldom
                    simd.store512(state.events, count + at, simd.load512(tables.target, start + at))
                for k in range(COPIED):
                    simd.prefetch(tables.target, end + (k + 1) * LINE)
                count += end - start
                if count - room >= EVENTS:
                    _add_packed(state.events, room, count, state.sums)
                    count = room
                continue
            soon = tables.indptr[base + state.ring[min(i + 1, last - 1)] * delays]
            for k in range(0, tables.usual * LINE, LINE):
                simd.prefetch(tables.target, soon + k)
            if tables.packed:
                _add_packed(tables.target, start, end, state.sums)
            else:
                for j in range(np.uint64(start), np.uint64(end)):
                    state.sums[tables.target[j]] += tables.weight[j]
    _add_packed(state.events, room, count, state.sums)


@kernel()
def add_stochastic(tables: Tables, state: State, part: int, step: int) -> None:
    """Add the stochastic synapses that are due to the sums."""
    parts = len(tables.bounds) - 1
    ring = len(state.ring_part) // (parts + 1)
    for q in range(len(tables.stochastic)):
        then = step - tables.stochastic[q, STO_DELAY]
        if then < 0:
            continue
        begin = then % ring * (parts + 1) + tables.stochastic[q, STO_PART]
        first, length = tables.stochastic[q, STO_FIRST], tables.stochastic[q, STO_LENGTH]
        below = tables.stochastic[q, STO_PROBABILITY]
        for i in range(state.ring_part[begin], state.ring_part[begin + 1]):
            source = state.ring[i] - first
            z = mix32(np.uint32(tables.stochastic[q, STO_SEED] + source))
            key_a = mix32(np.uint32(np.int64(z) + 2 * step))
            key_b = mix32(np.uint32(np.int64(z) + 2 * step + 1))
            row = part * tables.sto_rows + tables.stochastic[q, STO_ROW] + source
            for j in range(tables.sto_indptr[row], tables.sto_indptr[row + 1]):
                target = np.int64(tables.sto_target[j])
                ones = 0
                for bit in range(length):
                    x = np.uint32(target * length + bit)
                    y = np.uint32(key_b + np.uint32(key_a * x))
                    y = np.uint32((y ^ (y >> np.uint32(15))) * np.uint32(0x846CA68B))
                    draw = y >> np.uint32(16)
                    ones += np.int64(draw) < below
                state.sums[target] += ones * tables.sto_weight[j]
