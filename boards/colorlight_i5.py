"""Colorlight i5 v7.0 on its extension board: ECP5-25F, 25 MHz, USB serial port by DAPLink."""

from typing import Any

from litex_boards.platforms.colorlight_i5 import Platform

from bitcortex.boards.board import Board
from bitcortex.boards.clocks import Ecp5Clocks, ecp5_global
from bitcortex.boards.parts import ECP5_25
from bitcortex.gateware.soc.sdram import Sdram
from bitcortex.host.products import find_product

# IOs

OSCILLATOR = ("clk25", 25e6)
SDRAM = Sdram("M12L64322A", bits=32, phase=180, slack=1)  # EM638325, of the same geometry


# Clocks and reset


def crg(platform: Any, clock_hz: int) -> Ecp5Clocks:
    """Return clock and reset; the button of the module resets."""
    clock, button = platform.request("clk25"), platform.request("cpu_reset_n")
    return Ecp5Clocks(clock, 25e6, clock_hz, ~button)


# Board

BOARDS = (
    Board(
        product=find_product("colorlight_i5"),
        title="Colorlight i5 v7.0",
        device=ECP5_25,
        platform=Platform,
        crg=crg,
        oscillator=OSCILLATOR,
        loader=("-b", "colorlight-i5"),
        spread=ecp5_global,
        sdram=SDRAM,
    ),
)
