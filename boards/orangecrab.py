"""Good Stuff Department OrangeCrab r0.2: ECP5-25F, 48 MHz, UART on the header's pins 0 and 1."""

from typing import Any

from litex_boards.platforms.gsd_orangecrab import Platform, feather_serial

from bitcortex.boards.board import Board
from bitcortex.boards.clocks import Ecp5Clocks, ecp5_global
from bitcortex.boards.parts import ECP5_25_285
from bitcortex.host.products import find_product

# IOs

OSCILLATOR = ("clk48", 48e6)


def platform() -> Platform:
    """Return the platform with the UART of the Feather header: its USB is not a serial port."""
    made = Platform("0.2", "25F", toolchain="trellis")
    made.add_extension(feather_serial)
    return made


# Clocks and reset


def crg(platform: Any, clock_hz: int) -> Ecp5Clocks:
    """Return clock and reset; the user's button resets."""
    clock, button = platform.request("clk48"), platform.request("usr_btn")
    return Ecp5Clocks(clock, 48e6, clock_hz, ~button)


# Board

BOARDS = (
    Board(
        product=find_product("orangecrab"),
        title="Good Stuff Department OrangeCrab r0.2",
        device=ECP5_25_285,
        platform=platform,
        crg=crg,
        oscillator=OSCILLATOR,
        loader=("-b", "orangeCrab"),
        volatile=False,
        spread=ecp5_global,
    ),
)
