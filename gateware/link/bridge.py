"""From the framed link to a Wishbone bus."""

from litex.soc.interconnect import wishbone
from migen import If, Module, Signal

from bitcortex import check
from bitcortex.gateware.link.device import Device

PATIENCE = 19  # bits of the count of cycles: twice as many as the loader holds the bus


class Bridge(Module):
    """Makes the link's device the master of a Wishbone bus.

    An access that nobody acknowledges ends with an error: LiteX's own timeout would
    acknowledge it, and the host would take what it reads for data.

    Parameters
    ----------
    device
        Of the link.
    patience
        An access ends after 2 to the power of `patience` cycles.

    Ports: ``bus``, a Wishbone master of 32 bits.

    **Timing**: combinational, so that an access takes as long as the slave does.
    """

    def __init__(self, device: Device, patience: int = PATIENCE):
        check.integer("patience", patience, 1, 31)
        self.bus = wishbone.Interface(data_width=32, address_width=32, addressing="word")

        # # #

        bus, waited, late = self.bus, Signal(patience + 1), Signal()
        self.comb += [
            late.eq(waited[-1]),
            bus.cyc.eq(device.bus_request & ~late),
            bus.stb.eq(device.bus_request & ~late),
            bus.we.eq(device.bus_write),
            bus.sel.eq(0xF),
            bus.adr.eq(device.bus_address),
            bus.dat_w.eq(device.bus_data_w),
            device.bus_data_r.eq(bus.dat_r),
            device.bus_done.eq(bus.ack | bus.err | late),
            device.bus_error.eq(bus.err | late),
        ]
        self.sync += If(device.bus_request & ~late, waited.eq(waited + 1)).Else(waited.eq(0))
