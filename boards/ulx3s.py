"""Radiona ULX3S: ECP5 of four sizes, 25 MHz, USB serial port by FT231X."""

from typing import Any

from litedram.modules import MT48LC16M16
from litex_boards.platforms.radiona_ulx3s import Platform

from bitcortex.boards.board import Board
from bitcortex.boards.clocks import Ecp5Clocks, ecp5_global
from bitcortex.boards.devices import Device
from bitcortex.boards.parts import ECP5_12, ECP5_25, ECP5_45, ECP5_85
from bitcortex.gateware.soc.sdram import Sdram
from bitcortex.host.products import find_product

# IOs

OSCILLATOR = ("clk25", 25e6)
SDRAM = Sdram(MT48LC16M16, bits=16, phase=90)  # larger chips contain it


# Clocks and reset


def crg(platform: Any, clock_hz: int) -> Ecp5Clocks:
    """Return clock and reset; the button `fire 1` resets, and the ESP32 must not."""
    clocks = Ecp5Clocks(platform.request("clk25"), 25e6, clock_hz, platform.request("rst"))
    clocks.comb += platform.request("wifi_gpio0").eq(1)
    return clocks


# Board


def _board(size: str, device: Device) -> Board:
    return Board(
        product=find_product(f"ulx3s-{size}"),
        title=f"Radiona ULX3S {size}",
        device=device,
        platform=lambda: Platform(f"LFE5U-{size}", toolchain="trellis"),
        crg=crg,
        oscillator=OSCILLATOR,
        loader=("-b", "ulx3s"),
        spread=ecp5_global,
        sdram=SDRAM,
    )


BOARDS = (
    _board("85F", ECP5_85),
    _board("45F", ECP5_45),
    _board("25F", ECP5_25),
    _board("12F", ECP5_12),
)
