"""The SoC of a board: bus and accelerator, and the framed link or a CPU to use them."""

from collections.abc import Callable, Container, Sequence

from litex.soc.integration.soc import SoCCSRRegion, SoCRegion
from litex.soc.integration.soc_core import SoCCore
from migen import Module, Signal
from migen.fhdl.specials import Special

from bitcortex.gateware.link.bridge import Bridge
from bitcortex.gateware.link.device import Device
from bitcortex.gateware.soc.accelerator import Accelerator
from bitcortex.models.column.params import CoreParams
from bitcortex.models.link.device import DeviceParams
from bitcortex.network.addresses import REGISTERS, SRAM_BYTES, WINDOW, WINDOWS

TRACE_WORDS = 512  # that can wait
CPU = "vexriscv"
VARIANT = "minimal"  # RV32I without caches: it waits for the accelerator most of the time


def offsets(region: SoCCSRRegion, names: Container[str]) -> dict[str, int]:
    """Return where registers of these names are, in bytes from the beginning of their region."""
    return {one.name: 4 * n for n, one in enumerate(region.obj) if one.name in names}


class AcceleratorSoc(SoCCore):
    """A LiteX SoC with an accelerator, and without a bus master unless there is a CPU.

    Addresses are those of `bitcortex.network.addresses`, whatever the board. The bus itself has no
    timeout: LiteX's would acknowledge what nobody answers.

    Parameters
    ----------
    platform
        LiteX's.
    clock_hz
        Of `sys`.
    params
        Of the engine.
    depth
        Words of the trace that can wait, a power of two.
    spread
        Returns a buffer between two signals that drives many flip-flops, for resets.
    rom
        Words of the ROM of a CPU; there is none without.
    """

    def __init__(
        self,
        platform,
        clock_hz: int,
        params: CoreParams,
        depth: int = TRACE_WORDS,
        spread: Callable[[Signal, Signal], Special] | None = None,
        rom: Sequence[int] = (),
    ):
        SoCCore.__init__(
            self, platform, clock_hz, cpu_type=CPU if rom else None, cpu_variant=VARIANT,
            integrated_rom_size=4 * len(rom), integrated_rom_init=list(rom),
            integrated_sram_size=SRAM_BYTES if rom else 0, with_ctrl=False,
            with_uart=False, with_timer=False, ident="", csr_ordering="little", bus_timeout=None,
        )  # fmt: skip

        # # #

        self.mem_map = {**self.mem_map, "csr": REGISTERS}  # type: ignore[has-type]
        # The first location of LiteX's registers.
        self.csr.add("accelerator", 0)
        self.submodules.accelerator = Accelerator(params, clock_hz, depth, spread)
        for name, origin in WINDOWS.items():
            region = SoCRegion(origin=origin, size=WINDOW, cached=False)
            self.bus.add_slave(name, getattr(self.accelerator, name), region)

    def do_finalize(self):
        """Finalize, and check that the registers are where they are to be."""
        super().do_finalize()
        at = int(self.csr.regions["accelerator"].origin)
        if at != REGISTERS:
            raise ValueError(f"registers must be at 0x{REGISTERS:08x}, not at 0x{at:08x}")


class Soc(AcceleratorSoc):
    """A SoC whose only bus master is the host, through the link.

    Parameters
    ----------
    platform, clock_hz, params, depth, spread
        Of `AcceleratorSoc`.
    crg
        Makes the clock domain `sys`; None leaves it to the caller.
    line
        Makes the link's line from `link`: a `Uart`, or an `Ethernet`, which is a bus master too.
        None leaves the line, ``rx_*`` and ``tx_*`` of `link`, to the caller.
    """

    def __init__(
        self,
        platform,
        clock_hz: int,
        params: CoreParams,
        crg: Module | None = None,
        line: Callable[[Device], Module] | None = None,
        depth: int = TRACE_WORDS,
        spread: Callable[[Signal, Signal], Special] | None = None,
    ):
        AcceleratorSoc.__init__(self, platform, clock_hz, params, depth, spread)

        # # #

        if crg is not None:
            self.submodules.crg = crg
        self.submodules.link = Device(DeviceParams())
        self.submodules.bridge = Bridge(self.link)
        self.bus.add_master("link", self.bridge.bus)
        if line is not None:
            self.submodules.line = line(self.link)
            if hasattr(self.line, "bus"):
                self.bus.add_master("etherbone", self.line.bus)
