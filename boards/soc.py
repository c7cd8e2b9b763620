"""The SoC of a board as Verilog with its pins, before any synthesis."""

import logging
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Address
from typing import Any

from litex.soc.integration.export import get_csr_csv

from bitcortex import check
from bitcortex.boards.board import Board
from bitcortex.boards.console import CPUS, rom_of, sdram_of
from bitcortex.boards.pins import Pin, pins_of
from bitcortex.gateware.emit import Verilog, emit_soc
from bitcortex.gateware.link.ethernet import Ethernet
from bitcortex.gateware.link.uart import Uart
from bitcortex.gateware.soc.console import ConsoleSoc, with_cpu
from bitcortex.gateware.soc.soc import Soc
from bitcortex.models.column.params import CoreParams
from bitcortex.network.event_plan import EventPlan

IP = "192.168.1.50"  # of a board on Ethernet, unless asked for otherwise


@dataclass(frozen=True)
class BoardSoc:
    """A SoC for a board.

    Parameters
    ----------
    verilog
        Of module `soc`.
    pins
        Of its ports.
    clocks
        Frequencies in Hz of the ports that are clocks, the oscillator's first.
    csr_csv
        LiteX's list of registers.
    ip
        Of a board on Ethernet, or None.
    """

    verilog: Verilog
    pins: tuple[Pin, ...]
    clocks: dict[str, float]
    csr_csv: str
    ip: str | None = None


def params_of(board: Board, plan: EventPlan, lanes: int | None = None) -> CoreParams:
    """Return the parameters of a board's engine.

    Raises
    ------
    ValueError
        If the number of lanes is none that the engine has.
    """
    lanes = board.lanes if lanes is None else lanes
    return CoreParams(plan, lanes, spram=board.device.spram >= lanes)


def make_soc(
    board: Board,
    params: CoreParams,
    clock_hz: int | None = None,
    cpu: str | None = None,
    ip: str | None = None,
    sdram: bool = False,
) -> BoardSoc:
    """Return the SoC of a board.

    Parameters
    ----------
    board, params, clock_hz
        Of the SoC; the board's clock if None.
    cpu
        Instead of the framed link, with firmware and network in its ROM.
    ip
        Address of a board on Ethernet; `IP` if None.
    sdram
        Whether the network is sent into the board's SDRAM, and not in the ROM.

    Raises
    ------
    ValueError
        If the clock is one that the board's PLL cannot make, there is no such CPU, the network
        needs a host, or the board has no serial port for a console, no Ethernet for an address, or
        no SDRAM.
    ToolError
        If there is no compiler for the firmware.
    """
    hz = board.clock_hz if clock_hz is None else clock_hz
    rom, address = None, _address(board, ip)
    chip = sdram_of(board, cpu) if sdram else None
    if cpu is not None:
        if board.ethernet is not None:
            raise ValueError(
                f"cpu must be None for {board.name}: it has no serial port for a console"
            )
        check.one_of("cpu", cpu, CPUS)
        rom = rom_of(board.name, hz, params, chip)
    logging.disable(logging.INFO)  # LiteX's report
    try:
        platform = board.platform()
        crg = board.crg(platform, hz)
        soc: Any
        if rom is not None:
            pads, sdram_pads = platform.request("serial"), None
            if chip is not None:
                crg.add_sdram(platform.request("sdram_clock"), hz, chip.phase)
                sdram_pads = platform.request("sdram")
            soc = ConsoleSoc(
                platform, hz, params, rom.tolist(), crg=crg, pads=pads, baudrate=board.baudrate,
                spread=board.spread, sdram=chip, sdram_pads=sdram_pads,
            )  # fmt: skip
        else:
            if board.ethernet is not None and address is not None:
                line = partial(Ethernet, board.ethernet(platform), hz, ip=address)
            else:
                line = partial(Uart, platform.request("serial"), hz, baudrate=board.baudrate)
            soc = Soc(platform, hz, params, crg=crg, line=line, spread=board.spread)
        soc.finalize()
        verilog, name = emit_soc(soc, "soc")
        if rom is not None:
            verilog = with_cpu(verilog)
    except AssertionError:  # all that LiteX says of frequencies out of a PLL's range
        raise ValueError(_wrong_clock(board, hz)) from None
    except ValueError as error:
        if "PLL" not in str(error):
            raise
        raise ValueError(_wrong_clock(board, hz)) from None
    finally:
        logging.disable(logging.NOTSET)
    pins = pins_of(platform, name)
    clocks = {
        name(platform.lookup_request(pin)): hz for pin, hz in (board.oscillator, *board.clocks)
    }
    csv = get_csr_csv(soc.csr_regions, soc.constants, soc.mem_regions)
    return BoardSoc(verilog, pins, clocks, _undated(csv), str(address) if address else None)


def _address(board: Board, ip: str | None) -> IPv4Address | None:
    """Return the address of a board on Ethernet, and None for others.

    Raises
    ------
    ValueError
        If it is no IPv4 address, or one is given for a board without Ethernet.
    """
    if board.ethernet is None:
        if ip is not None:
            raise ValueError(f"ip must be None for {board.name}: it has no Ethernet")
        return None
    try:
        return IPv4Address(ip or IP)
    except ValueError:
        raise ValueError(f"ip must be an IPv4 address like {IP}, not {ip!r}") from None


def _wrong_clock(board: Board, hz: int) -> str:
    return (
        f"the clock of {board.name} must be one that its PLL makes of "
        f"{board.oscillator[1] / 1e6:g} MHz, not {hz / 1e6:g} MHz. Its default is "
        f"{board.clock_hz / 1e6:g} MHz"
    )


def _undated(text: str) -> str:
    """Return LiteX's file without comments, which have the date in them."""
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#"))
