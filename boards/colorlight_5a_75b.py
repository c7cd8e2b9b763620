"""Colorlight 5A-75B: ECP5-25F, 25 MHz, two 1 Gbit/s Ethernet ports, of which the first is used."""

from typing import Any

from liteeth.phy.ecp5rgmii import LiteEthPHYRGMII
from litex_boards.platforms.colorlight_5a_75b import Platform

from bitcortex.boards.board import Board
from bitcortex.boards.clocks import Ecp5Clocks, ecp5_global
from bitcortex.boards.parts import ECP5_25_256
from bitcortex.host.products import find_product

# IOs

OSCILLATOR = ("clk25", 25e6)


def phy(platform: Any) -> LiteEthPHYRGMII:
    """Return the PHY's end; the board's wires delay the clock that goes to it."""
    clocks, pads = platform.request("eth_clocks", 0), platform.request("eth", 0)
    return LiteEthPHYRGMII(clocks, pads, tx_delay=0e-9)


# Clocks and reset


def crg(platform: Any, clock_hz: int) -> Ecp5Clocks:
    """Return clock and reset; the button resets."""
    clock, button = platform.request("clk25"), platform.request("user_btn_n")
    return Ecp5Clocks(clock, 25e6, clock_hz, ~button)


# Board


def _board(version: str) -> Board:
    return Board(
        product=find_product(f"colorlight_5a_75b-v{version[0]}"),
        title=f"Colorlight 5A-75B v{version}",
        device=ECP5_25_256,
        platform=lambda: Platform(version),
        crg=crg,
        oscillator=OSCILLATOR,
        loader=("-b", "colorlight"),
        spread=ecp5_global,
        ethernet=phy,
        clocks=(("eth_clocks:rx", 125e6),),
    )


BOARDS = (_board("7.0"), _board("8.0"))
