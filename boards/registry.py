"""All boards by name."""

from bitcortex.boards import (
    colorlight_5a_75b,
    colorlight_i5,
    icebreaker,
    orangecrab,
    tang_nano_9k,
    tang_nano_20k,
    ulx3s,
)
from bitcortex.boards.board import Board
from bitcortex.host.products import find_product

FILES = (
    ulx3s,
    icebreaker,
    orangecrab,
    colorlight_i5,
    colorlight_5a_75b,
    tang_nano_9k,
    tang_nano_20k,
)
BOARDS: dict[str, Board] = {board.name: board for file in FILES for board in file.BOARDS}


def find_board(name: str) -> Board:
    """Return a board by name.

    Raises
    ------
    ValueError
        If there is none; the message lists the names.
    """
    return BOARDS[find_product(name).name]
