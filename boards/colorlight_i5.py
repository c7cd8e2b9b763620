"""Colorlight i5 v7.0 on its extension board: ECP5-25F, 25 MHz, USB serial port by DAPLink."""

from types import MappingProxyType
from typing import Any

from litedram.modules import SDRModule, _SpeedgradeTimings, _TechnologyTimings
from litex_boards.platforms.colorlight_i5 import Platform

from bitcortex.boards.board import Board
from bitcortex.boards.clocks import Ecp5Clocks, ecp5_global
from bitcortex.boards.parts import ECP5_25
from bitcortex.gateware.soc.sdram import Sdram
from bitcortex.host.products import find_product

# IOs

OSCILLATOR = ("clk25", 25e6)


class EM638325(SDRModule):  # type: ignore[misc]
    """Grade 6 of the data sheet, in ns or (cycles, ns); its refresh is 60 ns, and has a margin."""

    nbanks, nrows, ncols = 4, 2048, 256
    technology_timings = _TechnologyTimings(64e6 / 4096, tWTR=(2, None), tCCD=(1, None), tRRD=12)
    speedgrade_timings = MappingProxyType(
        {"default": _SpeedgradeTimings(18, 18, (2, None), 70, None, 42)}
    )  # tRP, tRCD, tWR, tRFC, tFAW, tRAS


SDRAM = Sdram(EM638325, bits=32, phase=180, optional=())  # those have no way to the FPGA


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
