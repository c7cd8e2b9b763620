"""Some steps of an engine, from their start to their end, while spikes go both ways."""

import time
import zlib
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bitcortex.errors import BoardError
from bitcortex.host.access import Access, Status
from bitcortex.host.feed import Feed, feed_words
from bitcortex.network.image import Words

_READ = 64  # words of the trace that are asked for, at first
_MOST = 4096  # and at most
_STEPS = 1 << 32  # what the register `step` counts modulo
_LOAD_ERRORS = {
    1: "a header that is not of this engine",
    2: "a write while the engine was busy",
    3: "a recorded spike that found no room for long",
}


class Chunk:
    """Runs steps: reads the trace, and feeds recorded spikes.

    Parameters
    ----------
    access
        To the board.
    feed
        Of recorded spikes, or None.
    timeout_s
        Seconds after which a step that has not ended is an error.
    """

    def __init__(self, access: Access, feed: Feed | None, timeout_s: float) -> None:
        self.access = access
        self.timeout_s = timeout_s
        self._feed = feed
        self._entries: NDArray[np.uint32] = np.zeros(0, np.uint32)  # not yet sent
        self._crc = 0  # of the words sent
        self._read = _READ

    def run(self, first: int, steps: int, record: bool, paused: Callable[[], bool]) -> Words:
        """Take steps, and return the words of the trace.

        Parameters
        ----------
        first
            Number of the first one.
        steps
            How many.
        record
            Whether there is a trace.
        paused
            Whether a step may take long, because the board is paused.
        """
        access, found = self.access, [np.zeros(0, np.uint32)]
        access.pulse("clear_trace", "clear_load")
        if self._feed is not None:
            self._entries, self._crc = self._feed.entries(first, first + steps), 0
        access.set("steps", steps)
        access.set("record", int(record))
        access.pulse("start")
        at, deadline = first, time.monotonic() + self.timeout_s
        while True:
            status = access.status()
            self._refuse(status, at)
            moved = self._give()
            if status.trace_pending:
                words = self._take()
                found.append(words)
                moved |= len(words) > 0
            elif not status.busy:
                break
            if moved or status.step != at % _STEPS or paused():
                at, deadline = at + (status.step - at) % _STEPS, time.monotonic() + self.timeout_s
            elif time.monotonic() > deadline:
                raise BoardError(
                    f"step {at} did not end in {self.timeout_s:g} s. Is the clock of the board "
                    "running? Reset it, or give Board a longer step_timeout_s"
                )
        if status.step != (first + steps) % _STEPS:
            raise BoardError(
                f"the board must stop after step {first + steps}, not {status.step}. Reset it"
            )
        if self._feed is not None and access.get("crc") != self._crc:
            raise BoardError("recorded spikes did not arrive: the board's CRC-32 differs. Reset it")
        return np.concatenate(found)

    def _refuse(self, status: Status, step: int) -> None:
        """Raise what the board reports."""
        if status.overflow:
            raise BoardError(
                f"the spike queue of the board was full in about step {step}, and it has stopped. "
                "Build it with a larger queue_depth, or with less activity"
            )
        if status.load_error:
            raise BoardError(
                f"the board refused words in about step {step}: "
                f"{_LOAD_ERRORS[status.load_error]}. Reset it"
            )

    def _give(self) -> bool:
        """Send as many recorded spikes as there is room for; return whether there were any."""
        if not len(self._entries):
            return False
        room = self.access.get("feed_room")
        part, self._entries = self._entries[:room], self._entries[room:]
        if not len(part):
            return False
        words = feed_words(part)
        self._crc = zlib.crc32(words.astype("<u4").tobytes(), self._crc)
        self.access.append(words)
        return True

    def _take(self) -> Words:
        """Read words of the trace, more of them while there are many."""
        words = self.access.trace(self._read)
        full = len(words) == self._read
        self._read = min(2 * self._read, _MOST) if full else max(self._read // 2, _READ)
        return words
