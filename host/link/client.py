"""Read and write words of a board, over a line that may lose, repeat and damage bytes."""

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bitcortex import check
from bitcortex.closing import Closing
from bitcortex.host.link.session import Session
from bitcortex.host.link.statistics import LinkStatistics
from bitcortex.host.link.transport import Transport
from bitcortex.network.frames import Operation

_FIRST = 8  # words of the first frames: a line that is bad should not begin with long ones
_STREAK = 8  # frames in a row that went well, before they get longer again


class Link(Closing):
    """The host's end of the framed link.

    Every call returns what the board holds, or raises; a word is written exactly once. Long reads
    and writes go in frames: the most words that the board takes, fewer while frames get lost.

    Parameters
    ----------
    transport
        Moves the bytes; the link closes it.
    timeout_s
        Seconds that a frame may go unanswered, all repetitions together.
    reply_s
        Seconds to wait for a reply before a repetition, beyond the time that the bytes take.
    clock
        Seconds, monotonic.

    Raises
    ------
    LinkError
        If nothing answers.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        timeout_s: float = 10.0,
        reply_s: float = 0.1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._transport = transport
        try:
            check.real("timeout_s", timeout_s, 1e-3, 3600.0)
            check.real("reply_s", reply_s, 1e-4, timeout_s)
            self._session = Session(transport, timeout_s, reply_s, clock)
        except BaseException:
            transport.close()
            raise
        self.frame_words = min(_FIRST, self._session.most)  # of the next long frame
        self._streak = 0
        self._needed = 1  # grow at every frame that goes well, until one does not

    @property
    def statistics(self) -> LinkStatistics:
        """Counts since the link was opened."""
        return self._session.statistics

    def close(self) -> None:
        """Close the transport; may be called twice."""
        self._transport.close()

    def read(self, address: int, count: int = 1) -> NDArray[np.uint32]:
        """Return words at addresses counting up.

        Parameters
        ----------
        address
            Of the first word, in bytes, a multiple of 4.
        count
            Words.

        Raises
        ------
        LinkError
            If the board does not answer in time; its subclasses `BusError` if there is nothing at
            the address, `RestartError` if the board was restarted.
        """
        return self._read(Operation.READ, address, count)

    def read_fixed(self, address: int, count: int = 1) -> NDArray[np.uint32]:
        """Return words that are read one after the other at one address, a FIFO's; as `read`."""
        return self._read(Operation.READ_FIXED, address, count)

    def write(self, address: int, words: ArrayLike) -> None:
        """Write a word, or several at addresses counting up.

        Parameters
        ----------
        address
            Of the first word, in bytes, a multiple of 4.
        words
            An integer from 0 to 2**32 - 1, or several.

        Raises
        ------
        LinkError
            As `read`. Words before the failing frame have been written; that frame may have been.
        """
        self._write(Operation.WRITE, address, words)

    def write_fixed(self, address: int, words: ArrayLike) -> None:
        """Write words one after the other to one address, a FIFO's; as `write`."""
        self._write(Operation.WRITE_FIXED, address, words)

    def _read(self, operation: Operation, address: int, count: int) -> NDArray[np.uint32]:
        check.integer("count", count, 0, 1 << 30)
        step = 4 if operation is Operation.READ else 0
        _check_address(address, step * count)
        parts = []
        done = 0
        while done < count:
            size = min(self.frame_words, count - done)
            words = self._session.exchange(operation, address + step * done, size)
            self._adapt(size)
            if words is not None:
                parts.append(words)
                done += size
        self.statistics.words_read += count
        return np.frombuffer(b"".join(parts), "<u4").astype(np.uint32)

    def _write(self, operation: Operation, address: int, words: ArrayLike) -> None:
        data = _as_words(words)
        step = 4 if operation is Operation.WRITE else 0
        _check_address(address, step * len(data))
        done = 0
        while done < len(data):
            part = data[done : done + self.frame_words]
            at, size = address + step * done, len(part)
            written = self._session.exchange(operation, at, size, part.tobytes())
            self._adapt(size)
            if written is not None:
                done += size
                self.statistics.words_written += size

    def _adapt(self, size: int) -> None:
        """Halve frames where one had to be repeated, and lengthen them after some that had not."""
        if self._session.tries > 1:
            self.frame_words = max(1, self.frame_words // 2)
            self._streak, self._needed = 0, _STREAK
        elif size == self.frame_words:
            self._streak += 1
            if self._streak >= self._needed:
                self.frame_words = min(2 * size, self._session.most)
                self._streak = 0


def _check_address(address: int, size: int) -> None:
    check.integer("address", address, 0, (1 << 32) - max(size, 4))
    if address % 4:
        raise ValueError(f"address must be a multiple of 4, not {address:#x}")


def _as_words(words: ArrayLike) -> NDArray[np.uint32]:
    values = np.atleast_1d(np.asarray(words))
    if values.size and values.dtype.kind not in "iu":
        raise TypeError(f"words must be integers, not {values.dtype}")
    if values.ndim != 1:
        raise ValueError(f"words must be a number or a list, not of shape {values.shape}")
    wrong = np.flatnonzero((values < 0) | (values > 0xFFFFFFFF))
    if len(wrong):
        raise ValueError(f"words[{wrong[0]}] must be in 0..{0xFFFFFFFF}, not {values[wrong[0]]}")
    return values.astype("<u4")
