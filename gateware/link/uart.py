"""The framed link on the UART of a real board."""

from litex.soc.cores.uart import RS232PHY
from litex.soc.interconnect.stream import SyncFIFO
from migen import Module

from bitcortex.gateware.link.device import Device

RX_BYTES = 64  # that may come while a request is executed or answered


class Uart(Module):
    """LiteX's UART between pads and a device.

    LiteX's receiver drops a byte that nobody takes: the FIFO in front of the device keeps those
    that come while it is busy. What is lost beyond them is a damaged frame, which the host repeats.

    Parameters
    ----------
    pads
        With ``tx`` and ``rx``.
    clock_hz
        Frequency of the ``sys`` domain.
    device
        Of the link; its bus is connected elsewhere.
    baudrate
        Bits per second, 8N1.
    """

    def __init__(self, pads, clock_hz: float, device: Device, baudrate: int = 1_000_000):
        self.submodules.phy = phy = RS232PHY(pads, clock_hz, baudrate=baudrate)
        self.submodules.fifo = fifo = SyncFIFO([("data", 8)], RX_BYTES, buffered=True)
        self.comb += [
            phy.source.connect(fifo.sink),
            device.rx_valid.eq(fifo.source.valid),
            device.rx_data.eq(fifo.source.data),
            fifo.source.ready.eq(device.rx_ready),
            phy.sink.valid.eq(device.tx_valid),
            phy.sink.data.eq(device.tx_data),
            device.tx_ready.eq(phy.sink.ready),
        ]
