"""The virtual board with a CPU: firmware runs in it, and its line is the console."""

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np

from bitcortex import check
from bitcortex.gateware.emit import Verilog, emit
from bitcortex.gateware.soc.console import with_cpu
from bitcortex.gateware.soc.sdram import Sdram
from bitcortex.gateware.soc.virtual import VirtualConsoleSoc
from bitcortex.host.products import find_product
from bitcortex.models.column.params import CoreParams
from bitcortex.network.image import Words
from bitcortex.sim.soc.stream import PORTS
from bitcortex.sim.soc.virtual import VirtualBoard

CHIP = Path(__file__).parent / "sdram.v"  # of `gateware.soc.virtual.sdram_chip`
_ROM = ("rom_write", "rom_address", "rom_data")


def emit_console(board: str, params: CoreParams, words: int, sdram: Sdram | None = None) -> Verilog:
    """Return the Verilog of a virtual SoC with a CPU, so many words of ROM, and maybe SDRAM."""
    disabled = logging.root.manager.disable
    logging.disable(logging.INFO)  # LiteX's report
    try:
        hz = find_product(board).clock_hz
        soc = VirtualConsoleSoc(params, board, hz, words, sdram=sdram)
        soc.finalize()
    finally:
        logging.disable(disabled)
    inputs, outputs = PORTS
    verilog = with_cpu(emit(soc, (*inputs, *_ROM), outputs, "virtual_soc"))
    if sdram is None:
        return verilog
    chip = CHIP.read_text()
    return replace(verilog, text=f"{verilog.text}\n{chip}")


class VirtualConsole(VirtualBoard):
    """A running compiled SoC with a CPU, a `bitcortex.host.link.Transport` with its console.

    Parameters
    ----------
    board
        Name of the real one; see `bitcortex.host.products`.
    params
        Of its engine.
    rom
        Words of `bitcortex.firmware.image.rom`, or with SDRAM of `compile_firmware`.
    sdram
        Chip, or None.
    """

    def __init__(
        self, board: str, params: CoreParams, rom: Words, sdram: Sdram | None = None
    ) -> None:
        name = find_product(board).name
        self.rom_words = 1 << (len(rom) - 1).bit_length()
        verilog = emit_console(name, params, self.rom_words, sdram)
        VirtualBoard.__init__(self, name, params, verilog)
        self.begin(rom)

    def begin(self, rom: Words) -> None:
        """Let the CPU begin with what is in the ROM from now on; nothing is compiled anew.

        Raises
        ------
        ValueError
            If the ROM is too small.
        """
        check.integer("words of the ROM", len(rom), 1, self.rom_words)
        self._waiting = self._arrived = b""
        cycles = len(rom) + 1
        stimulus = {port: np.zeros(cycles, np.int64) for port in (*PORTS[0], *_ROM)}
        stimulus["rom_write"][:-1] = 1
        stimulus["rom_address"][:-1] = np.arange(len(rom))
        stimulus["rom_data"][:-1] = rom
        self._running().harness.run(stimulus)
