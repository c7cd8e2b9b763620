"""An accelerator on its bus, compiled: a test is the bus master."""

import logging
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

import numpy as np
from litex.build.generic_platform import GenericPlatform
from litex.soc.interconnect import wishbone
from migen import Signal

from bitcortex.gateware.emit import Verilog, emit
from bitcortex.gateware.soc.soc import AcceleratorSoc
from bitcortex.models.column.params import CoreParams
from bitcortex.network.addresses import LOAD, PEEK, REGISTERS, TRACE
from bitcortex.network.registers import WORD, by_name, offsets
from bitcortex.sim.rtl.harness import Harness

CLOCK_HZ = 50_000_000
LONGEST = 1 << 16  # cycles after which an access that was not acknowledged is a fault
INPUTS = ("bus_adr", "bus_dat_w", "bus_stb", "bus_we")
OUTPUTS = ("bus_dat_r", "bus_ack")


class BenchSoc(AcceleratorSoc):
    """An accelerator's SoC, and a bus master that is ports."""

    def __init__(self, params: CoreParams, depth: int = 512) -> None:
        platform = GenericPlatform("", [], name="bench")
        AcceleratorSoc.__init__(self, platform, CLOCK_HZ, params, depth)
        self.bus_adr, self.bus_dat_w = Signal(30), Signal(32)
        self.bus_stb, self.bus_we = Signal(), Signal()
        self.bus_dat_r, self.bus_ack = Signal(32), Signal()
        master = wishbone.Interface(data_width=32, address_width=32, addressing="word")
        self.bus.add_master("bench", master)
        self.comb += [
            master.adr.eq(self.bus_adr),
            master.dat_w.eq(self.bus_dat_w),
            master.sel.eq(0xF),
            master.stb.eq(self.bus_stb),
            master.cyc.eq(self.bus_stb),
            master.we.eq(self.bus_we),
            self.bus_dat_r.eq(master.dat_r),
            self.bus_ack.eq(master.ack),
        ]


def make_bench(params: CoreParams, depth: int = 512) -> BenchSoc:
    """Return a bench SoC, complete; LiteX's report of it is not printed."""
    logging.disable(logging.INFO)
    try:
        soc = BenchSoc(params, depth)
        soc.finalize()
    finally:
        logging.disable(logging.NOTSET)
    return soc


def emit_bench(params: CoreParams, depth: int = 512) -> Verilog:
    """Return the Verilog of a bench SoC."""
    return emit(make_bench(params, depth), INPUTS, OUTPUTS, "bench_soc")


class Bus:
    """A compiled bench SoC: reads and writes, of words at addresses or of registers by name."""

    def __init__(self, params: CoreParams, depth: int = 512) -> None:
        self.harness = Harness(emit_bench(params, depth))
        self.cycles = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self.harness.close()

    def idle(self, cycles: int) -> None:
        """Let some cycles go by."""
        self._run(cycles)

    def _run(self, cycles: int, **ports: int) -> dict[str, Any]:
        stimulus = {name: np.full(cycles, ports.get(name, 0), np.int64) for name in INPUTS}
        self.cycles += cycles
        return self.harness.run(stimulus)

    def _access(self, address: int, data: int | None) -> int:
        """Return the word of one access; a write has `data`."""
        ports = {"bus_adr": address // WORD, "bus_dat_w": data or 0, "bus_stb": 1}
        ports["bus_we"] = int(data is not None)
        for _ in range(LONGEST):
            out = self._run(1, **ports)
            if out["bus_ack"][0]:
                self._run(1)
                return int(out["bus_dat_r"][0])
        raise RuntimeError(f"an access to 0x{address:08x} was not acknowledged")

    def read(self, address: int, count: int = 1) -> list[int]:
        """Return words at addresses that count up."""
        return [self._access(address + WORD * n, None) for n in range(count)]

    def write(self, address: int, words: Sequence[int]) -> None:
        """Write words to addresses that count up."""
        for n, word in enumerate(words):
            self._access(address + WORD * n, int(word))

    def load(self, words: Sequence[int]) -> None:
        """Write words to the loader."""
        for word in words:
            self._access(LOAD, int(word))

    def pop(self) -> int:
        """Return a word of the trace."""
        return self._access(TRACE, None)

    def peek(self, space: int, lane: int, count: int, first: int = 0) -> list[int]:
        """Return what the host sees at addresses that count up."""
        look = {field.name: field.first for field in by_name()["look"].fields}
        self.set("look", space << look["space"] | lane << look["lane"])
        self.set("look_address", first)
        words = [self._access(PEEK, None) for _ in range(2 * count)]
        return [low | high << 32 for low, high in zip(words[::2], words[1::2], strict=True)]

    def get(self, name: str, words: int | None = None) -> int:
        """Return the value of a register."""
        register = by_name()[name]
        found = self.read(REGISTERS + offsets()[name], words or register.words)
        return sum(word << 32 * n for n, word in enumerate(found))

    def set(self, name: str, value: int) -> None:
        """Write a register of one word."""
        self.write(REGISTERS + offsets()[name], [value])

    def status(self, name: str) -> int:
        """Return a field of the register `status`."""
        field = by_name()["status"].field(name)
        return (self.get("status") & field.mask) >> field.first

    def pulse(self, *names: str) -> None:
        """Make things happen."""
        self.set("control", sum(by_name()["control"].field(name).mask for name in names))
