"""The SoCs of virtual boards: those of every board, the line a stream of bytes."""

from litex.build.generic_platform import GenericPlatform
from migen import If, Signal

from bitcortex.gateware.soc.console import ConsoleSoc
from bitcortex.gateware.soc.soc import TRACE_WORDS, Soc
from bitcortex.models.column.params import CoreParams
from bitcortex.models.link.device import State as LinkState
from bitcortex.network.addresses import CONSOLE, CONSOLE_REGISTERS

_LOOKS = 4  # of a CPU for a byte, one after the other


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


class VirtualConsoleSoc(ConsoleSoc):
    """The same of a board with a CPU; the content of the ROM is written before it begins.

    Parameters
    ----------
    params, name, clock_hz, depth
        Of `VirtualSoc`.
    words
        Of the ROM.

    Ports: those of `VirtualSoc`; the request that is not answered is what the CPU does until it
    waits for a byte. ``rom_write``, ``rom_address``, ``rom_data`` (in): write to the ROM; the CPU
    is held meanwhile, and begins anew.
    """

    def __init__(
        self, params: CoreParams, name: str, clock_hz: int, words: int, depth: int = TRACE_WORDS
    ):
        platform = GenericPlatform("", [], name=name)
        self.rom_write, self.rom_address, self.rom_data = Signal(), Signal(30), Signal(32)
        ConsoleSoc.__init__(
            self, platform, clock_hz, params, [0] * words, depth=depth, held=self.rom_write
        )
        self.rx_valid, self.rx_data, self.rx_ready = Signal(), Signal(8), Signal()
        self.tx_valid, self.tx_data = Signal(), Signal(8)
        self.rest, self.works = Signal(), Signal()

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
