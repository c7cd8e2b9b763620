"""The device's bus cycles on Wishbone."""

from litex.soc.interconnect import wishbone
from migen import Module

from bitcortex.gateware.link.device import Device


class Master(Module):
    """A Wishbone master that is a device's bus.

    Parameters
    ----------
    device
        Of the link; it is a submodule elsewhere.

    Ports: ``bus``, of 32-bit words.

    **Timing**: none is added: a cycle of the device is a cycle of the bus.
    """

    def __init__(self, device: Device):
        self.bus = bus = wishbone.Interface(data_width=32, address_width=32, addressing="word")

        # # #

        self.comb += [
            bus.cyc.eq(device.bus_request),
            bus.stb.eq(device.bus_request),
            bus.we.eq(device.bus_write),
            bus.adr.eq(device.bus_address),
            bus.dat_w.eq(device.bus_data_w),
            bus.sel.eq(0xF),
            device.bus_done.eq(bus.ack | bus.err),
            device.bus_error.eq(bus.err),
            device.bus_data_r.eq(bus.dat_r),
        ]
