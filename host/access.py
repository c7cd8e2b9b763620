"""Registers and windows of an accelerator, over a link."""

import threading
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bitcortex.errors import BoardError
from bitcortex.network.image import Words, crc
from bitcortex.network.registers import by_name, offsets
from bitcortex.network.words import EMPTY

_PIECE = 1 << 12  # words of the load window that are written before another thread may read
_TRIES = 2  # of an upload


class LinkLike(Protocol):
    """What `bitcortex.host.link.Link` does."""

    def read(self, address: int, count: int = 1) -> NDArray[np.uint32]:
        """Return words at addresses counting up."""

    def read_fixed(self, address: int, count: int = 1) -> NDArray[np.uint32]:
        """Return words that are read at one address."""

    def write(self, address: int, words: ArrayLike) -> None:
        """Write words to addresses counting up."""

    def write_fixed(self, address: int, words: ArrayLike) -> None:
        """Write words to one address."""

    def close(self) -> None:
        """Give the line back."""


@dataclass(frozen=True)
class Status:
    """What goes on, and how far it went."""

    busy: bool
    overflow: bool
    trace_pending: bool
    load_error: int
    step: int  # modulo 2^32


class Access:
    """Reads and writes by name. Threads may share it: a call is done before another begins.

    Parameters
    ----------
    link
        To the board.
    addresses
        Of `Bundle`.
    """

    def __init__(self, link: LinkLike, addresses: dict[str, int]) -> None:
        self.link = link
        self.addresses = addresses
        self._lock = threading.RLock()

    def _at(self, name: str) -> int:
        return self.addresses["csr"] + offsets()[name]

    def get(self, name: str) -> int:
        """Return the value of a register."""
        with self._lock:
            found = self.link.read(self._at(name), by_name()[name].words)
        return sum(int(word) << 32 * n for n, word in enumerate(found))

    def each(self, name: str, count: int) -> list[int]:
        """Return the values of a register that every population has."""
        with self._lock:
            return [int(word) for word in self.link.read(self._at(name), count)]

    def set(self, name: str, value: int) -> None:
        """Write a register of one word."""
        with self._lock:
            self.link.write(self._at(name), value)

    def pulse(self, *names: str) -> None:
        """Make things happen: fields of `control`."""
        self.set("control", sum(by_name()["control"].field(name).mask for name in names))

    def status(self) -> Status:
        """Return what goes on, in one request: `step` follows `status`."""
        with self._lock:
            word, step = (int(x) for x in self.link.read(self._at("status"), 2))
        found = {f.name: (word & f.mask) >> f.first for f in by_name()["status"].fields}
        return Status(
            bool(found["busy"]),
            bool(found["overflow"]),
            bool(found["trace_pending"]),
            found["load_error"],
            step,
        )

    def upload(self, words: Words, what: str) -> None:
        """Load words, and compare what the loader has counted; once more if it differs.

        Raises
        ------
        BoardError
            If it differs again.
        """
        for _ in range(_TRIES):
            self.pulse("clear_load")
            self.append(words)
            error, found = self.status().load_error, (self.get("loaded"), self.get("crc"))
            wanted = (len(words), crc(words))
            if not error and found == wanted:
                return
        raise BoardError(
            f"{what} did not arrive: the board counted {found[0]} words with CRC-32 "
            f"{found[1]:#010x} (load_error {error}), and {wanted[0]} with {wanted[1]:#010x} were "
            f"sent, {_TRIES} times. Is the bundle that of the board's bitstream?"
        )

    def append(self, words: Words) -> None:
        """Write words to the loader."""
        for first in range(0, len(words), _PIECE):
            with self._lock:
                self.link.write_fixed(self.addresses["load"], words[first : first + _PIECE])

    def trace(self, count: int) -> Words:
        """Return words of the trace, at most so many: fewer if no more wait."""
        with self._lock:
            words: Words = self.link.read_fixed(self.addresses["trace"], count)
        some: Words = words[words != EMPTY]
        return some

    def peek(self, space: int, lane: int, count: int) -> NDArray[np.uint64]:
        """Return what the host sees at addresses from 0 on."""
        look = {field.name: field.first for field in by_name()["look"].fields}
        with self._lock:
            self.set("look", space << look["space"] | lane << look["lane"])
            self.set("look_address", 0)
            words = self.link.read_fixed(self.addresses["peek"], 2 * count).astype(np.uint64)
        return words[::2] | words[1::2] << np.uint64(32)
