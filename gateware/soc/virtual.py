"""The SoC of a virtual board: an accelerator behind the framed link, its line a stream of bytes."""

from litex.build.generic_platform import GenericPlatform
from litex.soc.integration.soc import SoCRegion
from litex.soc.integration.soc_core import SoCCore
from migen import Signal

from bitcortex.gateware.link.device import Device
from bitcortex.gateware.link.master import Master
from bitcortex.gateware.soc.accelerator import Accelerator
from bitcortex.models.column.params import CoreParams
from bitcortex.models.link.device import DeviceParams
from bitcortex.models.link.device import State as LinkState

WINDOWS = {"load": 0x1000_0000, "trace": 0x2000_0000, "peek": 0x3000_0000}
WINDOW = 0x1000  # bytes of each
BUS_TIMEOUT = 1 << 20  # cycles; a word of the load window takes up to 2^18


class VirtualSoC(SoCCore):
    """A LiteX SoC without CPU: what a board has, but for clocks and the UART's bits.

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

    def __init__(self, params: CoreParams, name: str, clock_hz: int, depth: int = 512):
        SoCCore.__init__(
            self, GenericPlatform("", [], name=name), clock_hz, cpu_type=None, with_ctrl=False,
            integrated_sram_size=0, with_uart=False, with_timer=False, csr_ordering="little",
            bus_timeout=BUS_TIMEOUT,
        )  # fmt: skip
        self.rx_valid, self.rx_data, self.rx_ready = Signal(), Signal(8), Signal()
        self.tx_valid, self.tx_data = Signal(), Signal(8)
        self.rest, self.works = Signal(), Signal()
        self.submodules.accelerator = accelerator = Accelerator(params, clock_hz, depth)
        for window, origin in WINDOWS.items():
            region = SoCRegion(origin=origin, size=WINDOW, cached=False)
            self.bus.add_slave(window, getattr(accelerator, window), region)
        self.submodules.device = device = Device(DeviceParams())
        self.submodules.master = Master(device)
        self.bus.add_master("link", self.master.bus)

        # # #

        self.comb += [
            device.rx_valid.eq(self.rx_valid),
            device.rx_data.eq(self.rx_data),
            self.rx_ready.eq(device.rx_ready),
            self.tx_valid.eq(device.tx_valid),
            self.tx_data.eq(device.tx_data),
            device.tx_ready.eq(1),
            self.rest.eq((device.state == LinkState.RECEIVE) & device.rx_ready & ~device.tx_valid),
        ]
        core, tracer = accelerator.core, accelerator.tracer
        fed = (core.feed.level != 0) if params.plan.recorded else 1
        self.comb += self.works.eq(
            core.busy & ~core.overflow & ~core.pause & (tracer.ready | ~tracer.valid) & fed
        )
