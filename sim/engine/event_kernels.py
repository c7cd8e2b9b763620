"""Compiled time steps of event-driven networks: decision 0005, 32 neurons at a time.

Synapses of one weight are rows of bits: all rows that are due are added up by full adders on
512-bit words into bit planes of counts (Harley and Seal's scheme: eight rows and seven adders per
carry), and a plane is a mask under which the neuron loop adds its weight. Other synapses are lists
of targets that are added one by one to 32-bit sums (`event_lists`).

**Arithmetic**: a step in which no sum can leave 16 bits is computed in 16 bits, any other in 32;
both saturate once, at the end. 32 bits hold every sum (the engine checks the Plan).

A *part* is what one thread does: a range of blocks of 32 neurons, for as many steps as the shortest
delay. Every part advances all generators, so that none waits for another.
"""

import numpy as np
from numba import prange

from bitcortex.sim.engine import lanes as simd
from bitcortex.sim.engine.event_draws import drive_entries, drive_segments
from bitcortex.sim.engine.event_lists import add_lists, add_stochastic
from bitcortex.sim.engine.event_plastic import Plastic, add_plastic, note_spikes
from bitcortex.sim.engine.event_rows import ROWS, add_rows
from bitcortex.sim.engine.event_state import (
    CDF,
    CDF_END,
    CONSTANT,
    COUNT,
    CUT,
    DRIVE,
    FIRST,
    HALF,
    KIND,
    LAST,
    LOSS,
    MASK,
    PAUSE,
    RARE,
    RESET,
    SET_CLASS,
    SET_DELAY,
    SET_FIRST,
    SET_PART,
    SET_ROW,
    THRESHOLD,
    Array,
    State,
    Tables,
)
from bitcortex.sim.engine.simd import kernel


@kernel(forceinline=True)
def _gather_planes(
    tables: Tables, state: State, part: int, step: int, first: int, last: int
) -> tuple[int, int, int]:
    """Add up the rows that are due; return planes, and the largest sums of both signs."""
    words, parts = tables.words, len(tables.bounds) - 1
    ring = len(state.ring_part) // (parts + 1)
    o, at = part * (len(state.offsets) // tables.parts), part * tables.planes
    planes = highest = lowest = 0
    empty = len(tables.matrix) - words
    s = 0
    for c in range(len(tables.weights)):
        due = 0
        while s < len(tables.sets) and tables.sets[s, SET_CLASS] == c:
            then = step - tables.sets[s, SET_DELAY]
            if then >= 0:
                begin = then % ring * (parts + 1) + tables.sets[s, SET_PART]
                row = tables.sets[s, SET_ROW] - tables.sets[s, SET_FIRST]
                for i in range(state.ring_part[begin], state.ring_part[begin + 1]):
                    state.offsets[o + due] = (row + state.ring[i]) * words
                    due += 1
            s += 1
        if due == 0:
            continue
        for i in range(due, (due + ROWS - 1) // ROWS * ROWS):
            state.offsets[o + i] = empty
        p = (at + planes) * words
        used = add_rows(tables.matrix, state.offsets, o, due, state.planes, p, words, first, last)
        for k in range(used):
            weight = tables.weights[c] << k
            state.plane[at + planes] = weight
            simd.store16(state.plane_copies, (at + planes) * 32, simd.splat16(weight))
            planes += 1
            highest += max(weight, 0)
            lowest -= min(weight, 0)
    return planes, highest, lowest


@kernel()
def _list_spikes(state: State, spikes: int, first: int, last: int, out: int) -> int:
    """List who fired in blocks first..last-1, in order; return the end of the list.

    A pass of its own: a mispredicted branch on spikes costs little here, and in the loop over
    neurons would throw away the work of two blocks.
    """
    zero = simd.splat32(0)
    for group in range(first // 32 * 32, last, 32):
        some = simd.differ32(simd.load32(state.fired, spikes + group), zero)
        while some:
            b = group + simd.lowest_bit(some)
            some &= some - np.uint32(1)
            fires = state.fired[np.uint64(spikes + b)]
            while fires:
                state.out[np.uint64(out)] = b * 32 + simd.lowest_bit(fires)
                fires &= fires - np.uint32(1)
                out += 1
        simd.store32(state.fired, spikes + group, zero)
    return out


@kernel(forceinline=True)
def _blocks(
    tables: Tables, state: State, part: int, run: int, planes: int, wide: bool, spikes: int
) -> None:
    """Update a run of blocks of one kind."""
    kind = tables.runs[run, KIND]
    mask = np.uint32(tables.runs[run, MASK])
    params = tables.params[kind]
    loss, half = simd.splat16(params[LOSS]), simd.splat16(params[HALF])
    threshold, reset = simd.splat16(params[THRESHOLD]), simd.splat16(params[RESET])
    pause, drive = simd.splat16(params[PAUSE]), simd.splat16(params[DRIVE])
    constant = simd.splat16(params[CONSTANT])
    cut = simd.splat16(params[CUT])
    base = simd.load16(tables.segments, kind * 128)
    base_2 = simd.load16(tables.segments, kind * 128 + 32)
    edge = simd.load16(tables.segments, kind * 128 + 64)
    edge_2 = simd.load16(tables.segments, kind * 128 + 96)
    drive32, constant32 = simd.splat32(params[DRIVE]), simd.splat32(params[CONSTANT])
    zero, minus_one = simd.splat16(0), simd.splat16(-1)
    zero32 = simd.splat32(0)
    low, rare, high = params[CDF], params[RARE], params[CDF_END]
    at, g = part * tables.planes, part * 64
    width = np.uint64(tables.words * 2)  # of a plane in 32-bit words
    last = tables.runs[run, LAST] != 0  # of this block: others share its draws and sums
    for b in range(tables.runs[run, FIRST], tables.runs[run, FIRST] + tables.runs[run, COUNT]):
        words = simd.load512(state.generators, g + b % 8 * 8)
        if tables.driven:
            words = simd.advance(words)
        if last and tables.driven:
            simd.store512(state.generators, g + b % 8 * 8, words)
        u = simd.draws(words)
        old = simd.load16(state.v, b * 32)
        left = simd.load16(state.refractory, b * 32)
        leaked = simd.leaked16(old, loss, half)
        row = np.uint64(at) * width + np.uint64(b)
        if wide:
            total = simd.add32(simd.load32(state.sums, b * 32), constant32)
            if last:
                simd.store32(state.sums, b * 32, zero32)
            for k in range(low, high):
                above = simd.above16_unsigned(u, simd.load16(tables.cdf, k * 32))
                total = simd.pick32(above, simd.add32(total, drive32), total)
            for i in range(planes):
                bits = state.planes32[row + np.uint64(i) * width]
                weight = simd.splat32(state.plane[at + i])
                total = simd.pick32(bits, simd.add32(total, weight), total)
            v = simd.saturated16(simd.add32(simd.widen(leaked), total))
        else:
            x = constant
            for i in range(planes):
                bits = state.planes32[row + np.uint64(i) * width]
                weight = simd.load16(state.plane_copies, (at + i) * 32)
                x = simd.pick16(bits, simd.add16(x, weight), x)
            if high > low:
                if simd.HAS_PERMUTE:
                    x = drive_segments(
                        u, x, base, base_2, edge, edge_2, drive, cut, tables.cdf, rare, high
                    )
                else:
                    x = drive_entries(u, x, drive, tables.cdf, low, rare, high)
            v = simd.add16_saturated(leaked, x)
        held = simd.positive16(left, zero)
        fires = simd.at_least16(v, threshold) & ~held & mask
        v = simd.pick16(held | fires, reset, v)
        counted = simd.pick16(held, simd.add16(left, minus_one), zero)
        simd.store16(state.v, b * 32, simd.pick16(mask, v, old))
        counted = simd.pick16(fires, pause, counted)
        simd.store16(state.refractory, b * 32, simd.pick16(mask, counted, left))
        state.fired[np.uint64(spikes + b)] |= fires


@kernel()
def _generators_only(tables: Tables, state: State, part: int, run: int) -> None:
    """Advance the generators for blocks that are another part's."""
    if tables.driven:
        first = tables.runs[run, FIRST]
        for b in range(first, first + tables.runs[run, COUNT]):
            at = part * 64 + b % 8 * 8
            simd.store512(state.generators, at, simd.advance(simd.load512(state.generators, at)))


@kernel(nogil=True)
def run_part(
    tables: Tables, state: State, plastic: Plastic, part: int, step: int, steps: int
) -> None:
    """Take a batch of steps, no more than the shortest delay; leave the spikes in `out`."""
    batch = len(state.out_count) // tables.parts
    room = len(state.out) // tables.parts
    runs = range(tables.run_start[part], tables.run_start[part + 1])
    low, high = 1 << 62, 0  # blocks
    for run in runs:
        if tables.runs[run, KIND] >= 0:
            low = min(low, tables.runs[run, FIRST])
            high = max(high, tables.runs[run, FIRST] + tables.runs[run, COUNT])
    first, last = low // 16 * 8, (high + 15) // 16 * 8  # words of the rows
    spikes = len(state.fired) // tables.parts * part
    lists = len(tables.delays) + len(tables.stochastic) + len(plastic.rules) > 0
    out = part * room
    for s in range(steps):
        planes, highest, lowest = _gather_planes(tables, state, part, step + s, first, last)
        if lists:
            add_lists(tables, state, part, step + s)
            add_stochastic(tables, state, part, step + s)
            add_plastic(
                plastic, part, step + s, state.ring, state.ring_part,
                len(tables.bounds) - 1, state.sums,
            )  # fmt: skip
        begin = out
        for run in runs:
            kind = tables.runs[run, KIND]
            if kind < 0:
                _generators_only(tables, state, part, run)
            else:
                most = (tables.params[kind, CDF_END] - tables.params[kind, CDF]) * tables.params[
                    kind, DRIVE
                ]
                up = highest + max(most, 0) + max(tables.params[kind, CONSTANT], 0)
                down = lowest - min(most, 0) - min(tables.params[kind, CONSTANT], 0)
                wide = lists or up > 32_767 or down > 32_767
                _blocks(tables, state, part, run, planes, wide, spikes)
        out = _list_spikes(state, spikes, low, high, out)
        state.out_count[part * batch + s] = out - begin
        note_spikes(plastic, step + s, state.out, begin, out)


@kernel(parallel=True)
def _run_parts(tables: Tables, state: State, plastic: Plastic, step: int, steps: int) -> None:
    for part in prange(tables.parts):
        run_part(tables, state, plastic, part, step, steps)


@kernel()
def collect(
    tables: Tables, state: State, step: int, steps: int, first: int, recorded: Array, at: int,
    event_step: Array, event_neuron: Array, count: int,
) -> tuple[int, int]:  # fmt: skip
    """Put the spikes of a batch into the ring and the record; return spikes and recorded so far.

    `recorded` has shape (2, n): step and id of the spikes of recorded sources, in order.
    """
    sources, parts = tables.sources, len(tables.bounds) - 1
    ring = len(state.ring_part) // (parts + 1)
    batch, room = len(state.out_count) // tables.parts, len(state.out) // tables.parts
    for s in range(steps):
        slot = (step + s) % ring
        k = slot * sources
        which = slot * (parts + 1)  # the part that the next id belongs to begins at k
        bound = 0
        for part in range(tables.parts):
            begin = part * room
            for earlier in range(s):
                begin += state.out_count[part * batch + earlier]
            for i in range(begin, begin + state.out_count[part * batch + s]):
                spike = state.out[i]
                while spike >= tables.bounds[bound]:
                    state.ring_part[which + bound] = k
                    bound += 1
                state.ring[k] = spike
                event_step[count] = step + s - first
                event_neuron[count] = spike
                count += 1
                k += 1
        while at < recorded.shape[1] and recorded[0, at] <= step + s:
            if recorded[0, at] == step + s:
                while recorded[1, at] >= tables.bounds[bound]:
                    state.ring_part[which + bound] = k
                    bound += 1
                state.ring[k] = recorded[1, at]
                k += 1
            at += 1
        for left in range(bound, parts + 1):
            state.ring_part[which + left] = k
    return count, at


@kernel()
def run_steps(
    tables: Tables, state: State, plastic: Plastic, batch: int, step: int, steps: int,
    recorded: Array, at: int, event_step: Array, event_neuron: Array,
) -> tuple[int, int, int]:  # fmt: skip
    """Take steps on one thread until all are done or the record is full; return (done, count, at).

    The record is full when another batch may not fit.
    """
    neurons = len(state.out) // (tables.parts * batch)
    done = count = 0
    while done < steps:
        n = min(batch, steps - done)
        if count + n * neurons > len(event_step):
            break
        run_part(tables, state, plastic, 0, step + done, n)
        count, at = collect(
            tables, state, step + done, n, step, recorded, at, event_step, event_neuron, count
        )
        done += n
    return done, count, at


@kernel()
def run_steps_parallel(
    tables: Tables, state: State, plastic: Plastic, batch: int, step: int, steps: int,
    recorded: Array, at: int, event_step: Array, event_neuron: Array,
) -> tuple[int, int, int]:  # fmt: skip
    """`run_steps` on as many threads as there are parts."""
    neurons = len(state.out) // batch
    done = count = 0
    while done < steps:
        n = min(batch, steps - done)
        if count + n * neurons > len(event_step):
            break
        _run_parts(tables, state, plastic, step + done, n)
        count, at = collect(
            tables, state, step + done, n, step, recorded, at, event_step, event_neuron, count
        )
        done += n
    return done, count, at
