"""Plastic synapses of the event kernels: stochastic STDP, decision 0007, compiled."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bitcortex.models.network.event_step import Learned, Snapshot
from bitcortex.network.event_plan import EventPlan
from bitcortex.network.plasticity import FORGOTTEN
from bitcortex.sim.engine.event_draws import mix32
from bitcortex.sim.engine.simd import kernel

Array = NDArray[Any]
# Columns of `Plastic.rules`.
PART, FIRST, DELAY, SEED, ROW, WINDOW_PLUS, WINDOW_MINUS, P_PLUS, P_MINUS, STEP, MAXIMUM = range(11)
LONG_AGO = -(1 << 40)  # step of the last spike of a neuron of which none is known


class Plastic(NamedTuple):
    """The plastic projections of all parts; `weight`, `previous` and `last` change."""

    rules: Array  # int64 (projections, 11)
    rows: int  # of all projections
    indptr: Array  # int64 (parts * rows + 1,)
    target: Array  # uint32
    order: Array  # int64: the synapse's number in the Plan, over all plastic projections
    weight: Array  # int32
    previous: Array  # int64 (parts * rows,): step of the last arrival
    last: Array  # int64 (neurons,): step of the last spike


@kernel()
def _draw(key_a: np.uint32, key_b: np.uint32, number: np.int64) -> np.int64:
    """Return a draw of a key: `bitcortex.network.keys.synapse_draws`, compiled."""
    y = np.uint32(key_b + np.uint32(key_a * np.uint32(number)))
    y = np.uint32((y ^ (y >> np.uint32(15))) * np.uint32(0x846CA68B))
    return np.int64(y >> np.uint32(16))


@kernel()
def add_plastic(
    plastic: Plastic, part: int, step: int, ring: Array, ring_part: Array, parts: int, sums: Array
) -> None:
    """Add the plastic synapses that are due to the sums, and let them learn.

    `ring` and `ring_part` are the spikes of the last steps, in `parts` populations and sources.
    """
    steps = len(ring_part) // (parts + 1)
    for q in range(len(plastic.rules)):
        rule = plastic.rules[q]
        then = step - rule[DELAY]
        if then < 0:
            continue
        begin = then % steps * (parts + 1) + rule[PART]
        for i in range(ring_part[begin], ring_part[begin + 1]):
            source = ring[i] - rule[FIRST]
            z = mix32(np.uint32(rule[SEED] + source))
            key_a = mix32(np.uint32(np.int64(z) + 2 * step))
            key_b = mix32(np.uint32(np.int64(z) + 2 * step + 1))
            row = part * plastic.rows + rule[ROW] + source
            previous = plastic.previous[row]
            plastic.previous[row] = step
            for k in range(plastic.indptr[row], plastic.indptr[row + 1]):
                target = np.int64(plastic.target[k])
                weight = np.int64(plastic.weight[k])
                age = step - 1 - plastic.last[target]
                after = step - 1 - previous - age
                if age >= FORGOTTEN:
                    sums[target] += weight
                    continue
                pairs = previous != 0 and 0 <= after <= rule[WINDOW_PLUS]
                if pairs and _draw(key_a, key_b, 2 * target) < rule[P_PLUS]:
                    weight = min(weight + rule[STEP], rule[MAXIMUM])
                sums[target] += weight
                pairs = age + 1 <= rule[WINDOW_MINUS]
                if pairs and _draw(key_a, key_b, 2 * target + 1) < rule[P_MINUS]:
                    weight = max(weight - rule[STEP], np.int64(0))
                plastic.weight[k] = weight


@kernel()
def note_spikes(plastic: Plastic, step: int, out: Array, first: int, end: int) -> None:
    """Note the last spikes of neurons: those listed in `out`, which fired in this step."""
    if len(plastic.rules):
        for i in range(first, end):
            plastic.last[out[i]] = step


def learned(plastic: Plastic, plan: EventPlan, step: int) -> tuple[Array, tuple[Learned, ...]]:
    """Return ages, and what projections have learned, as a `Snapshot` before `step` has them."""
    if not plan.plastic:
        return np.zeros(0, np.int64), ()
    weights = np.empty(len(plastic.weight), np.int64)
    weights[plastic.order] = plastic.weight
    found, first, row = [], 0, 0
    for p in plan.plastic:
        end, below = first + p.connectivity.synapses(), row + plan.size(p.source)
        found.append(Learned(weights[first:end].copy(), plastic.previous[row:below].copy()))
        first, row = end, below
    return np.minimum(step - 1 - plastic.last, FORGOTTEN), tuple(found)


def relearn(plastic: Plastic, snapshot: Snapshot) -> None:
    """Go on from a `Snapshot`."""
    if not snapshot.learned:
        return
    weights = np.concatenate([x.weights for x in snapshot.learned])
    previous = np.concatenate([x.previous for x in snapshot.learned])
    plastic.weight[:] = weights[plastic.order]
    plastic.previous[:] = np.tile(previous, len(plastic.previous) // max(1, len(previous)))
    known = snapshot.ages < FORGOTTEN
    plastic.last[:] = np.where(known, snapshot.step - 1 - snapshot.ages, LONG_AGO)
