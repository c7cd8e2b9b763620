"""The random events of a Plan's drive, all at once: the counts of decision 0005."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bitcortex.models.network.event_step import BLOCK
from bitcortex.network.event_plan import EventPlan


def drive_counts(plan: EventPlan, steps: int) -> NDArray[np.uint8]:
    """Return the drive events of the first steps, shape (steps, neurons).

    Raises
    ------
    ValueError
        If a table has more than 255 entries; no Plan has.
    """
    counts = np.zeros((steps, plan.neurons), np.uint8)
    if plan.driven:
        tables = [np.array(p.cdf, np.int64) for p in plan.populations]
        ends = np.cumsum([p.size for p in plan.populations])
        starts = np.cumsum([0, *map(len, tables)])
        _fill(counts, plan.generators().copy(), np.concatenate(tables), starts, ends)
    return counts


@njit(cache=True)
def _fill(
    counts: NDArray[np.uint8],
    generators: NDArray[np.uint64],
    entries: NDArray[np.int64],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
) -> None:
    steps, n = counts.shape
    for t in range(steps):
        kind = 0
        for block in range((n + BLOCK - 1) // BLOCK):
            for q in range(8):
                g = generators[block % 8 * 8 + q]
                g ^= g << np.uint64(13)
                g ^= g >> np.uint64(7)
                g ^= g << np.uint64(17)
                generators[block % 8 * 8 + q] = g
                for s in range(4):
                    j = BLOCK * block + 4 * q + s
                    if j >= n:
                        break
                    while j >= ends[kind]:
                        kind += 1
                    u = np.int64((g >> np.uint64(16 * s)) & np.uint64(0xFFFF))
                    count = 0
                    for k in range(starts[kind], starts[kind + 1]):
                        if entries[k] > u:
                            break
                        count += 1
                    counts[t, j] = count
