"""The SoC of a board as Verilog with its pins, before any synthesis."""

import logging
from dataclasses import dataclass
from typing import Any

from litex.soc.integration.export import get_csr_csv

from bitcortex import check
from bitcortex.boards.board import Board
from bitcortex.boards.console import CPUS, rom_of
from bitcortex.boards.pins import Pin, pins_of
from bitcortex.gateware.emit import Verilog, emit_soc
from bitcortex.gateware.soc.console import ConsoleSoc, with_cpu
from bitcortex.gateware.soc.soc import Soc
from bitcortex.models.column.params import CoreParams
from bitcortex.network.event_plan import EventPlan


@dataclass(frozen=True)
class BoardSoc:
    """A SoC for a board.

    Parameters
    ----------
    verilog
        Of module `soc`.
    pins
        Of its ports.
    clock
        Port of the oscillator.
    csr_csv
        LiteX's list of registers.
    """

    verilog: Verilog
    pins: tuple[Pin, ...]
    clock: str
    csr_csv: str


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
    board: Board, params: CoreParams, clock_hz: int | None = None, cpu: str | None = None
) -> BoardSoc:
    """Return the SoC of a board.

    Parameters
    ----------
    board, params, clock_hz
        Of the SoC; the board's clock if None.
    cpu
        Instead of the framed link, with firmware and network in its ROM.

    Raises
    ------
    ValueError
        If the clock is one that the board's PLL cannot make, there is no such CPU, or the network
        needs a host.
    ToolError
        If there is no compiler for the firmware.
    """
    hz = board.clock_hz if clock_hz is None else clock_hz
    rom = None
    if cpu is not None:
        check.one_of("cpu", cpu, CPUS)
        rom = rom_of(board.name, hz, params)
    logging.disable(logging.INFO)  # LiteX's report
    try:
        platform = board.platform()
        crg = board.crg(platform, hz)
        pads = platform.request("serial")
        options: dict[str, Any] = {
            "crg": crg, "pads": pads, "baudrate": board.baudrate, "spread": board.spread
        }  # fmt: skip
        soc: Any
        if rom is None:
            soc = Soc(platform, hz, params, **options)
        else:
            soc = ConsoleSoc(platform, hz, params, rom.tolist(), **options)
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
    clock = name(platform.lookup_request(board.oscillator[0]))
    csv = get_csr_csv(soc.csr_regions, soc.constants, soc.mem_regions)
    return BoardSoc(verilog, pins, clock, _undated(csv))


def _wrong_clock(board: Board, hz: int) -> str:
    return (
        f"the clock of {board.name} must be one that its PLL makes of "
        f"{board.oscillator[1] / 1e6:g} MHz, not {hz / 1e6:g} MHz. Its default is "
        f"{board.clock_hz / 1e6:g} MHz"
    )


def _undated(text: str) -> str:
    """Return LiteX's file without comments, which have the date in them."""
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#"))
