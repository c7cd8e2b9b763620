"""SDRAM of a board, by LiteDRAM: the controller on the bus, and how its chip is initialised."""

from dataclasses import dataclass

from litedram.common import PhySettings
from litedram.core import LiteDRAMCore
from litedram.dfii import DFIInjector
from litedram.frontend.wishbone import LiteDRAMWishbone2Native
from litedram.init import get_sdram_phy_init_sequence
from litedram.modules import SDRModule
from litedram.phy import GENSDRPHY
from litex.soc.integration.soc import SoCRegion
from litex.soc.integration.soc_core import SoCCore
from litex.soc.interconnect import wishbone
from migen import Record

from bitcortex.gateware.soc.soc import offsets
from bitcortex.network.addresses import SDRAM, SDRAM_REGISTERS

RX_BYTES = 1024  # of the console: a block of an image, and one block RAM


@dataclass(frozen=True)
class Sdram:
    """An SDRAM chip with a single data rate, at the clock of the SoC.

    Parameters
    ----------
    chip
        With geometry and timings: a class of `litedram.modules`, or one like those.
    bits
        Of its data bus.
    phase
        Degrees that the clock at its pin is behind `sys`.
    optional
        Which of its pins ``cs_n``, ``cke`` and ``dm`` the FPGA has; the others always select and
        clock it, and mask nothing. Without ``dm`` only whole words can be written.
    """

    chip: type[SDRModule]
    bits: int
    phase: int
    optional: tuple[str, ...] = ("cs_n", "cke", "dm")

    def module(self, clock_hz: int) -> SDRModule:
        """Return geometry and timings, in cycles."""
        return self.chip(clock_hz, "1:1")

    @property
    def size(self) -> int:
        """Bytes that it holds."""
        return self.chip.nbanks * self.chip.nrows * self.chip.ncols * self.bits // 8

    def pads(self, clock_hz: int) -> Record:
        """Return signals with the names of its pins at the FPGA."""
        geometry = self.module(clock_hz).geom_settings
        widths = {"cs_n": 1, "cke": 1, "dm": self.bits // 8}
        return Record(
            [
                ("a", geometry.addressbits), ("ba", geometry.bankbits), ("dq", self.bits),
                ("ras_n", 1), ("cas_n", 1), ("we_n", 1),
                *((name, widths[name]) for name in self.optional),
            ]
        )  # fmt: skip

    def settings(self, clock_hz: int) -> PhySettings:
        """Return what LiteDRAM knows of the PHY."""
        return GENSDRPHY(self.pads(clock_hz), clock_hz).settings


@dataclass(frozen=True)
class Step:
    """A step of the initialisation.

    Parameters
    ----------
    text
        What it does.
    register
        Name in `SDRAM_REGISTERS` of what is written; a command is issued then.
    value
        Of that register.
    address, bank
        At the chip's pins, with a command.
    delay
        Cycles until the next step, at least.
    """

    text: str
    register: str
    value: int
    address: int
    bank: int
    delay: int


def steps(sdram: Sdram, clock_hz: int) -> tuple[Step, ...]:
    """Return the initialisation of a chip, from LiteDRAM's sequence; the controller comes next."""
    settings = sdram.settings(clock_hz)
    sequence, _ = get_sdram_phy_init_sequence(settings, sdram.module(clock_hz).timing_settings)
    bits = _bits()
    made = []
    for text, address, bank, names, delay in sequence:
        values = [bits[name.partition("_")[2]] for name in names.split("|")]
        kind = "dfii_control" if "CONTROL" in names else "dfii_pi0_command"
        made.append(Step(text, kind, sum(values), address, bank, delay))
    made.append(Step("Give it to the controller", "dfii_control", bits["CONTROL_SEL"], 0, 0, 0))
    return tuple(made)


def _bits() -> dict[str, int]:
    """Return the values of LiteDRAM's names, without DFII_, from the fields of its registers."""
    injector = DFIInjector(1, 1, 1, 8)
    fields = {"CONTROL": injector._control.fields, "COMMAND": injector.pi0._command.fields}
    return {
        f"{kind}_{field.name.upper()}": 1 << field.offset
        for kind, record in fields.items()
        for field in record.fields
    }


def add_sdram(soc: SoCCore, sdram: Sdram, pads: Record, clock_hz: int) -> None:
    """Put an SDRAM on the bus of a SoC: LiteDRAM's controller, without a cache.

    Parameters
    ----------
    soc
        Not yet finalized.
    sdram
        What is there.
    pads
        With the signals of `Sdram.pads`.
    clock_hz
        Of `sys`.
    """
    module = sdram.module(clock_hz)
    soc.submodules.sdram_phy = phy = GENSDRPHY(pads, clock_hz)
    soc.csr.add("sdram", 2)  # location of its registers
    soc.submodules.sdram = core = LiteDRAMCore(
        phy, module.geom_settings, module.timing_settings, clock_hz
    )
    port = core.crossbar.get_port()
    bus, near, narrow = (
        wishbone.Interface(data_width=width, address_width=32, addressing="word")
        for width in (32, 32, port.data_width)
    )
    soc.bus.add_slave("main_ram", bus, SoCRegion(origin=SDRAM, size=sdram.size))
    _register(soc, bus, near)
    soc.submodules += wishbone.Converter(near, narrow)
    soc.submodules.sdram_bridge = LiteDRAMWishbone2Native(narrow, port, base_address=SDRAM)


def _register(soc: SoCCore, bus: wishbone.Interface, near: wishbone.Interface) -> None:
    """Put registers between the bus and what is near the memory, in both directions.

    LiteDRAM's bridge acknowledges in the cycle in which it sees a request, so that the way from the
    bus's arbiter through its address decoder, the bridge and back to the CPU would be one path.
    """
    request = bus.cyc & bus.stb & ~near.ack & ~bus.ack
    soc.sync += [
        near.cyc.eq(request),
        near.stb.eq(request),
        *(getattr(near, name).eq(getattr(bus, name)) for name in ("adr", "dat_w", "sel", "we")),
        bus.ack.eq(near.ack),
        bus.dat_r.eq(near.dat_r),
    ]


def places(soc: SoCCore) -> dict[str, int]:
    """Return where a finalized SoC has memory and registers, as `wanted`."""
    region = soc.csr.regions["sdram"]
    return {
        "sdram": int(soc.bus.regions["main_ram"].origin),
        "sdram registers": int(region.origin),
        **offsets(region, SDRAM_REGISTERS),
    }
