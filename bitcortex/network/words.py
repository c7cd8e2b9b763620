"""The words of 32 bits between host and engine: headers, recorded spikes, trace. Decision 0008."""

from collections.abc import Sequence
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from bitcortex import check

# Words in: a header, the first address, entries.
SPACE_AT, WIDE_AT, LANE_AT, COUNT_BITS = 28, 27, 20, 20
MAX_COUNT = (1 << COUNT_BITS) - 1  # entries of one header
RECORDED = 15  # the space of recorded spikes, which is no memory of the engine

# Recorded spikes: one word each.
MARK = 1 << 31  # the end of a step's spikes
DELAY_AT = 20  # number of the spike's delay; below it is its channel, counted after all neurons
MAX_DELAYS = 1 << 11

# Words out.
STEP = 1 << 31  # with the step's low 31 bits: the spikes that follow are of this step
EMPTY = 0x7FFF_FFFF  # no word waits; no neuron has this number, and no step word is without bit 31
_MODULUS = 1 << 31


class Space(IntEnum):
    """What the host writes or reads."""

    STEP = 0  # number of the next step
    PUSH = 1  # append a spike to the queue
    MARK = 2  # the spikes pushed from now on are of this step
    STATE = 3  # membrane and refractory counter: of a lane, at a slot
    GENERATOR = 4  # of a drive unit
    BITMAP = 5  # word of a lane
    POINTER = 6  # of a lane: start, then count from bit 32
    ENTRY = 7  # of a lane: slot, then weight from bit 32; is read if there are plastic ones
    PREVIOUS = 8  # of a row of plastic synapses: step of the last arrival, 0 if there was none


def header(space: int, lane: int, count: int, wide: bool = False) -> int:
    """Return the first word of a run of entries.

    Raises
    ------
    ValueError
        If a number does not fit.
    """
    check.integer("space", space, 0, 15)
    check.integer("lane", lane, 0, 127)
    check.integer("count", count, 1, MAX_COUNT, "Use more headers")
    return space << SPACE_AT | int(wide) << WIDE_AT | lane << LANE_AT | count


def recorded(steps: Sequence[Sequence[tuple[int, int]]]) -> NDArray[np.uint32]:
    """Return what tells an engine the recorded spikes of some steps.

    Parameters
    ----------
    steps
        Of every step, the spikes that arrive in it: number of the delay, and id of the channel.
    """
    words = []
    for spikes in steps:
        for delay, channel in spikes:
            check.integer("number of a delay", delay, 0, MAX_DELAYS - 1, "Use fewer delays")
            check.integer("id of a channel", channel, 0, (1 << DELAY_AT) - 1)
            words.append(delay << DELAY_AT | channel)
        words.append(MARK)
    made = [np.array([], np.uint32)]
    for first in range(0, len(words), MAX_COUNT):
        part = words[first : first + MAX_COUNT]
        made.append(np.array([header(RECORDED, 0, len(part)), 0, *part], np.uint32))
    return np.concatenate(made)


def spikes_of(
    words: NDArray[np.uint32], first: int = 0
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return step and neuron of the spikes of a trace.

    Parameters
    ----------
    words
        From the start of a run on, without `EMPTY`.
    first
        The step in which the run began: steps come as their low 31 bits.

    Raises
    ------
    ValueError
        If a neuron comes before any step.
    """
    values = words.astype(np.int64)
    marks = values >= STEP
    if len(values) and not marks[0]:
        raise ValueError(
            f"a trace must begin with a step, not with neuron {values[0]}. Read it from the start "
            "of the run"
        )
    steps = first + (values[marks] - STEP - first) % _MODULUS
    return steps[np.cumsum(marks)[~marks] - 1], values[~marks]
