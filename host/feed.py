"""Recorded spikes, in the order in which an engine takes them."""

import numpy as np
from numpy.typing import NDArray

from bitcortex.network.event_plan import EventPlan
from bitcortex.network.image import Words
from bitcortex.network.words import DELAY_AT, MARK, MAX_COUNT, RECORDED, header


class Feed:
    """All recorded spikes of a Plan: by step of arrival, then delay, source and channel.

    Parameters
    ----------
    plan
        With recorded sources, or without.
    delays
        In steps, by number.
    """

    def __init__(self, plan: EventPlan, delays: tuple[int, ...]) -> None:
        pairs = {(p.delay, p.source) for p in plan.projections}
        steps, entries = [np.zeros(0, np.int64)], [np.zeros(0, np.uint32)]
        for number, delay in enumerate(delays):
            for r in plan.recorded:
                if (delay, r.name) in pairs:
                    ids = plan.first_neuron(r.name) + r.channels.astype(np.uint32)
                    steps.append(r.steps + delay)
                    entries.append((number << DELAY_AT | ids).astype(np.uint32))
        joined, self._entries = np.concatenate(steps), np.concatenate(entries)
        order = np.argsort(joined, kind="stable")
        self._steps, self._entries = joined[order], self._entries[order]

    def entries(self, first: int, stop: int) -> NDArray[np.uint32]:
        """Return what arrives in the steps from `first` to before `stop`; a mark ends each."""
        low, high = np.searchsorted(self._steps, [first, stop])
        at = np.searchsorted(self._steps[low:high], np.arange(first, stop), side="right")
        return np.insert(self._entries[low:high], at, np.uint32(MARK))


def feed_words(entries: NDArray[np.uint32]) -> Words:
    """Return the words that hand entries to the loader; at most `MAX_COUNT` of them."""
    head = (header(RECORDED, 0, len(entries[:MAX_COUNT])), 0)
    return np.concatenate([np.array(head, np.uint32), entries[:MAX_COUNT]])
