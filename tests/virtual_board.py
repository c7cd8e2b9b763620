"""A small virtual board, compiled once for all tests, and a link that changes what it says."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bitcortex.host.board import Board
from bitcortex.host.link import Link
from bitcortex.network import lower
from bitcortex.network.event_plan import EventPlan
from bitcortex.network.presets import brunel_ai
from bitcortex.network.registers import offsets
from bitcortex.sim.soc.virtual import VirtualBoard, params_of

NETWORK = brunel_ai(150)
PLAN: EventPlan = lower(NETWORK).plan
LANES = 4
PARAMS = params_of("ulx3s", PLAN, LANES)


def virtual() -> VirtualBoard:
    """Return a virtual board, just powered on."""
    return VirtualBoard("ulx3s", PARAMS)


def opened(**options: Any) -> Board:
    """Return an open virtual board."""
    board = virtual()
    return Board(Link(board), board.bundle, **options)


class Tampered:
    """A link to a virtual board, on which some words are not what they were.

    `words` has functions of what is read at an address, `sent` of what is written; a function may
    raise.
    """

    def __init__(self) -> None:
        self.virtual = virtual()
        self.bundle = self.virtual.bundle
        self.link = Link(self.virtual)
        self.words: dict[int, Callable[[int], int]] = {}
        self.sent: dict[int, Callable[[NDArray[np.uint32]], ArrayLike]] = {}
        self.closed = False

    def at(self, name: str, word: int = 0) -> int:
        """Return the address of a register's word."""
        return self.bundle.addresses["csr"] + offsets()[name] + 4 * word

    def read(self, address: int, count: int = 1) -> NDArray[np.uint32]:
        found = self.link.read(address, count)
        for n in range(count):
            if change := self.words.get(address + 4 * n):
                found[n] = change(int(found[n]))
        return found

    def read_fixed(self, address: int, count: int = 1) -> NDArray[np.uint32]:
        found = self.link.read_fixed(address, count)
        if change := self.words.get(address):
            found[0] = change(int(found[0]))
        return found

    def write(self, address: int, words: ArrayLike) -> None:
        self.link.write(address, words)

    def write_fixed(self, address: int, words: ArrayLike) -> None:
        change = self.sent.get(address, lambda same: same)
        self.link.write_fixed(address, change(np.array(words, np.uint32)))

    def close(self) -> None:
        self.closed = True
        self.link.close()
