"""Sipeed Tang Nano 9K: GW1NR-9C, 27 MHz, USB serial port by BL702."""

from typing import Any

from litex_boards.platforms.sipeed_tang_nano_9k import Platform

from bitcortex.boards.board import Board
from bitcortex.boards.clocks import GowinClocks
from bitcortex.boards.parts import GW1NR_9
from bitcortex.host.products import find_product

# IOs

OSCILLATOR = ("clk27", 27e6)


# Clocks and reset


def crg(platform: Any, clock_hz: int) -> GowinClocks:
    """Return clock and reset; button S2 resets."""
    clock, button = platform.request("clk27"), platform.request("user_btn", 0)
    return GowinClocks(platform, clock, 27e6, clock_hz, ~button)


# Board

BOARDS = (
    Board(
        product=find_product("tang_nano_9k"),
        title="Sipeed Tang Nano 9K",
        device=GW1NR_9,
        platform=lambda: Platform(toolchain="apicula"),
        crg=crg,
        oscillator=OSCILLATOR,
        loader=("-b", "tangnano9k"),
        recipe="narrow",
    ),
)
