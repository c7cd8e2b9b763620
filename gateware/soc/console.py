"""The SoC of a board that needs no host: a CPU with firmware, whose console is the serial port."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from litex.soc.cores.cpu.vexriscv import core as vexriscv
from litex.soc.cores.uart import RS232PHY, UART
from migen import If, Module, Record, Signal
from migen.fhdl.specials import Special

from bitcortex.errors import ToolError
from bitcortex.gateware.emit import Verilog
from bitcortex.gateware.soc import sdram as memory
from bitcortex.gateware.soc.sdram import Sdram
from bitcortex.gateware.soc.soc import TRACE_WORDS, VARIANT, AcceleratorSoc, offsets
from bitcortex.models.column.params import CoreParams
from bitcortex.network.addresses import (
    CONSOLE,
    CONSOLE_REGISTERS,
    ROM,
    SDRAM,
    SDRAM_CONTROL,
    SDRAM_REGISTERS,
    SRAM,
)

RX_BYTES = 64  # that may come while the CPU does something else
_WAKE = 15  # cycles after power-on until the CPU begins


class ConsoleSoc(AcceleratorSoc):
    """A SoC whose bus master is a VexRiscv, and whose serial port is LiteX's UART.

    Parameters
    ----------
    platform, clock_hz, params, depth, spread
        Of `AcceleratorSoc`.
    rom
        Words that the CPU begins with, of `bitcortex.firmware.image.rom`.
    crg
        Makes the clock domain `sys`; None leaves it to the caller.
    pads
        With ``tx`` and ``rx``; None leaves the streams ``sink`` and ``source`` of `uart` to the
        caller.
    baudrate
        Of the UART.
    held
        The CPU waits meanwhile, and begins anew.
    sdram, sdram_pads
        Chip and its pins, or None; see `bitcortex.gateware.soc.sdram`.

    Raises
    ------
    ToolError
        If the wheel with the CPU is not installed.
    """

    def __init__(
        self,
        platform,
        clock_hz: int,
        params: CoreParams,
        rom: Sequence[int],
        crg: Module | None = None,
        pads=None,
        baudrate: int = 1_000_000,
        depth: int = TRACE_WORDS,
        spread: Callable[[Signal, Signal], Special] | None = None,
        held: Signal | int = 0,
        sdram: Sdram | None = None,
        sdram_pads: Record | None = None,
    ):
        _folder()
        AcceleratorSoc.__init__(self, platform, clock_hz, params, depth, spread, rom)

        # # #

        if crg is not None:
            self.submodules.crg = crg
        phy = None
        if pads is not None:
            self.submodules.phy = phy = RS232PHY(pads, clock_hz, baudrate=baudrate)
        # Reading its register takes a byte: the firmware uses no interrupts.
        ahead = RX_BYTES if sdram is None else memory.RX_BYTES
        self.submodules.uart = UART(phy, rx_fifo_depth=ahead, rx_fifo_rx_we=True)
        self.csr.add("uart", 1)
        self.irq.add("uart", 0)  # LiteX wants one
        # The CPU has no initial values: it must be reset, by power-on too.
        asleep = Signal(max=_WAKE + 1, reset=_WAKE)
        self.sync += If(held, asleep.eq(_WAKE)).Elif(asleep != 0, asleep.eq(asleep - 1))
        self.comb += self.cpu.reset.eq(asleep != 0)
        self.has_sdram = sdram is not None
        if sdram is not None:
            memory.add_sdram(self, sdram, sdram_pads, clock_hz)

    def do_finalize(self):
        """Finalize, and check that everything is where the firmware looks for it."""
        super().do_finalize()
        console = self.csr.regions["uart"]
        found = {"console": int(console.origin), **offsets(console, CONSOLE_REGISTERS)}
        found |= {name: int(self.bus.regions[name].origin) for name in ("rom", "sram")}
        wanted = {"console": CONSOLE, "rom": ROM, "sram": SRAM, **CONSOLE_REGISTERS}
        if self.has_sdram:
            found |= memory.places(self)
            wanted |= {"sdram": SDRAM, "sdram registers": SDRAM_CONTROL, **SDRAM_REGISTERS}
        if found != wanted:
            raise ValueError(f"addresses must be {wanted}, not {found}")


def with_cpu(verilog: Verilog) -> Verilog:
    """Return the Verilog of such a SoC with that of its CPU, which LiteX does not print."""
    file = vexriscv.CPU_VARIANTS[VARIANT] + ".v"
    # Verilator closes one of several instances wrongly where a register is public.
    text = (_folder() / file).read_text().replace("/* verilator public */", "")
    return replace(verilog, text=f"{verilog.text}\n{text}")


def _folder() -> Path:
    """Return where the wheel has the CPU's Verilog."""
    spec = find_spec("pythondata_cpu_vexriscv")
    if spec is None or not spec.submodule_search_locations:
        raise ToolError(
            "pythondata-cpu-vexriscv is not installed. Try: pip install 'bitcortex[firmware]'"
        )
    return Path(next(iter(spec.submodule_search_locations))) / "verilog"
