"""1BitSquared iCEBreaker: iCE40UP5K, 12 MHz, USB serial port by FT2232H."""

from typing import Any

from litex_boards.platforms.icebreaker import Platform

from bitcortex.boards.board import Board
from bitcortex.boards.clocks import Ice40Clocks
from bitcortex.boards.parts import UP5K
from bitcortex.host.products import find_product

# IOs

OSCILLATOR = ("clk12", 12e6)


# Clocks and reset


def crg(platform: Any, clock_hz: int) -> Ice40Clocks:
    """Return clock and reset; the user's button resets."""
    clock, button = platform.request("clk12"), platform.request("user_btn_n")
    return Ice40Clocks(clock, 12e6, clock_hz, ~button)


# Board

BOARDS = (
    Board(
        product=find_product("icebreaker"),
        title="1BitSquared iCEBreaker",
        device=UP5K,
        platform=Platform,
        crg=crg,
        oscillator=OSCILLATOR,
        loader=("-b", "ice40_generic"),
        volatile=False,
        recipe="dsp",
    ),
)
