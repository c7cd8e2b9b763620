"""Sipeed Tang Nano 20K: GW2AR-18C, 27 MHz, USB serial port by BL616."""

from typing import Any

from litex_boards.platforms.sipeed_tang_nano_20k import Platform

from bitcortex.boards.board import Board
from bitcortex.boards.clocks import GowinClocks
from bitcortex.boards.parts import GW2AR_18
from bitcortex.host.products import find_product

# IOs

OSCILLATOR = ("clk27", 27e6)


# Clocks and reset


def crg(platform: Any, clock_hz: int) -> GowinClocks:
    """Return clock and reset; there is none but at power-on: the buttons choose the boot mode."""
    return GowinClocks(platform, platform.request("clk27"), 27e6, clock_hz, 0)


# Board

BOARDS = (
    Board(
        product=find_product("tang_nano_20k"),
        title="Sipeed Tang Nano 20K",
        device=GW2AR_18,
        platform=lambda: Platform(toolchain="apicula"),
        crg=crg,
        oscillator=OSCILLATOR,
        loader=("-b", "tangnano20k"),
        recipe="narrow",
    ),
)
