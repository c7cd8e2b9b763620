"""The SoCs of virtual boards: those of every board, the line a stream of bytes."""

from litex.build.generic_platform import GenericPlatform
from migen import (
    ClockDomain,
    ClockDomainsRenamer,
    ClockSignal,
    If,
    Instance,
    Record,
    ResetSignal,
    Signal,
)

from bitcortex.gateware.soc.console import ConsoleSoc
from bitcortex.gateware.soc.sdram import Sdram
from bitcortex.gateware.soc.soc import TRACE_WORDS, Soc
from bitcortex.models.column.params import CoreParams
from bitcortex.models.link.device import State as LinkState
from bitcortex.network.addresses import CONSOLE, CONSOLE_REGISTERS, LOAD, REGISTERS, WINDOW

_LOOKS = 4  # of a CPU for a byte, one after the other


def settling(params: CoreParams) -> int:
    """Return the cycles after which nothing moves in an engine that is left alone."""
    return params.look_latency + params.wait + 16


class VirtualSoc(Soc):
    """What a board has, but for clocks and the UART's bits.

    Parameters
    ----------
    params
        Of the engine.
    name
        Of the board that it stands for.
    clock_hz
        Of that board.
    depth
        Words of the trace that can wait.

    Ports: ``rx_valid``, ``rx_data`` (in), ``rx_ready`` (out) and ``tx_valid``, ``tx_data`` (out,
    always taken) are the line. ``rest`` (out, 1): no request has come that is not answered, some
    cycles after the last byte. ``works`` (out, 1): the engine goes on though the host does nothing;
    it may fall for a few cycles in between.

    The engine's core, which is most of the SoC, has a clock of its own, ``core_clk`` (in): an edge
    of ``sys_clk`` is one of it too if ``awake`` (out, 1) is 1. In all others the core is not busy,
    nothing is written to it, and nothing that matters moves in it. A word of the loader is one
    edge; what it sets going goes on at the next ones, and before the host sees any of it,
    ``settle`` (out, 1) asks for `settling` edges of ``core_clk`` alone, at which only the core
    moves.
    """

    def __init__(self, params: CoreParams, name: str, clock_hz: int, depth: int = TRACE_WORDS):
        Soc.__init__(self, GenericPlatform("", [], name=name), clock_hz, params, depth=depth)
        self.rx_valid, self.rx_data, self.rx_ready = Signal(), Signal(8), Signal()
        self.tx_valid, self.tx_data = Signal(), Signal(8)
        self.rest, self.works = Signal(), Signal()

        # # #

        link, accelerator = self.link, self.accelerator
        self.comb += [
            link.rx_valid.eq(self.rx_valid),
            link.rx_data.eq(self.rx_data),
            self.rx_ready.eq(link.rx_ready),
            self.tx_valid.eq(link.tx_valid),
            self.tx_data.eq(link.tx_data),
            link.tx_ready.eq(1),
            self.rest.eq((link.state == LinkState.RECEIVE) & link.rx_ready & ~link.tx_valid),
        ]
        core, tracer = accelerator.core, accelerator.tracer
        fed = (core.feed.level != 0) if params.plan.recorded else 1
        self.comb += self.works.eq(
            core.busy & ~core.overflow & ~core.pause & (tracer.ready | ~tracer.valid) & fed
        )
        self._sleeps(settling(params))

    def _sleeps(self, cycles: int):
        """Say in which cycles the core's clock matters: few of them, while words come."""
        link, core = self.link, self.accelerator.core
        self.core_clk, self.awake, self.settle = Signal(), Signal(), Signal()
        self.clock_domains.cd_core = ClockDomain("core")
        ClockDomainsRenamer({"engine": "core"})(core)
        host, stirs, owes = (Signal() for _ in range(3))
        left = Signal(max=cycles + 1, reset=cycles)

        def at(window):
            return link.bus_address[WINDOW.bit_length() - 3 :] == window // WINDOW

        self.comb += [
            self.cd_core.clk.eq(self.core_clk),
            self.cd_core.rst.eq(ResetSignal("engine")),
            host.eq(link.bus_request & ~at(LOAD)),
            stirs.eq(
                core.busy
                | core.in_valid
                | ResetSignal("engine")
                | (host & (link.bus_write | ~at(REGISTERS)))
            ),
            self.settle.eq(owes & host & ~core.host_we),
            self.awake.eq(stirs | (left != 0) | core.host_we),
        ]
        self.sync += [
            If(stirs, left.eq(cycles)).Elif(left != 0, left.eq(left - 1)),
            If(core.host_we, owes.eq(1)).Elif(self.settle, owes.eq(0)),
        ]


class VirtualConsoleSoc(ConsoleSoc):
    """The same of a board with a CPU; the content of the ROM is written before it begins.

    Parameters
    ----------
    params, name, clock_hz, depth
        Of `VirtualSoc`.
    words
        Of the ROM.
    sdram
        Chip, or None; see `sdram_chip`.

    Ports: those of `VirtualSoc`, but the core has the clock of the SoC; the request that is not
    answered is what the CPU does until it waits for a byte. ``rom_write``, ``rom_address``,
    ``rom_data`` (in): write to the ROM; the CPU is held meanwhile, and begins anew.
    """

    def __init__(
        self,
        params: CoreParams,
        name: str,
        clock_hz: int,
        words: int,
        depth: int = TRACE_WORDS,
        sdram: Sdram | None = None,
    ):
        platform = GenericPlatform("", [], name=name)
        self.rom_write, self.rom_address, self.rom_data = Signal(), Signal(30), Signal(32)
        pads = None if sdram is None else sdram.pads(clock_hz)
        ConsoleSoc.__init__(
            self, platform, clock_hz, params, [0] * words, depth=depth, held=self.rom_write,
            sdram=sdram, sdram_pads=pads,
        )  # fmt: skip
        if sdram is not None:
            self.specials += sdram_chip(sdram, pads, clock_hz)
        self.rx_valid, self.rx_data, self.rx_ready = Signal(), Signal(8), Signal()
        self.tx_valid, self.tx_data = Signal(), Signal(8)
        self.rest, self.works = Signal(), Signal()
        self.core_clk, self.awake, self.settle = Signal(), Signal(reset=1), Signal()

        # # #

        uart = self.uart
        port = self.rom.mem.get_port(write_capable=True)
        self.specials += port
        self.comb += [
            port.we.eq(self.rom_write),
            port.adr.eq(self.rom_address),
            port.dat_w.eq(self.rom_data),
            uart.sink.valid.eq(self.rx_valid),
            uart.sink.data.eq(self.rx_data),
            self.rx_ready.eq(uart.sink.ready),
            self.tx_valid.eq(uart.source.valid),
            self.tx_data.eq(uart.source.data),
            uart.source.ready.eq(1),
        ]
        # The CPU waits if it looks for a byte, again and again, and does nothing else on its bus.
        bus, looks = self.cpu.dbus, Signal(max=_LOOKS + 1)
        look = ~bus.we & (bus.adr == (CONSOLE + CONSOLE_REGISTERS["rxempty"]) // 4)
        self.sync += [
            If(bus.cyc & bus.stb & bus.ack,
                If(~look | uart.rx_fifo.source.valid,
                    looks.eq(0)
                ).Elif(looks != _LOOKS,
                    looks.eq(looks + 1)
                )
            ),
            If(self.rx_valid | uart.tx_fifo.source.valid | self.rom_write, looks.eq(0)),
        ]  # fmt: skip
        self.comb += [self.rest.eq(looks == _LOOKS), self.works.eq(~self.rest)]


def sdram_chip(sdram: Sdram, pads: Record, clock_hz: int) -> Instance:
    """Return a chip at some pins, the module of sim/soc/sdram.v; its clock is half a period behind.

    It needs the times of its own data sheet, whatever `Sdram.module` has told the controller.
    """
    made = sdram.chip(clock_hz, "1:1")
    geometry, timing = made.geom_settings, made.timing_settings
    pins = {"cs_n": 0, "cke": 1, "dm": 0} | {name: getattr(pads, name) for name, *_ in pads.layout}
    del pins["dq"]
    return Instance(
        "sdram_chip",
        p_BITS=sdram.bits, p_ROW_BITS=geometry.rowbits, p_COLUMN_BITS=geometry.colbits,
        p_ADDRESS_BITS=geometry.addressbits, p_BANK_BITS=geometry.bankbits,
        p_POWER_UP=clock_hz // 10_000, p_T_REFI=timing.tREFI, p_T_RFC=timing.tRFC,
        p_T_RP=timing.tRP, p_T_RCD=timing.tRCD, p_T_RAS=timing.tRAS or 0, p_T_WR=timing.tWR,
        i_clk=~ClockSignal("sys"), io_dq=pads.dq,
        **{f"i_{name}": pin for name, pin in pins.items()},
    )  # fmt: skip
