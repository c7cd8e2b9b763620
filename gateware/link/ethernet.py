"""The framed link in UDP datagrams, and Etherbone for LiteX's tools, on the PHY of a real board."""

from ipaddress import IPv4Address
from unittest.mock import patch

import liteeth.mac
from liteeth.common import eth_phy_description
from liteeth.core import LiteEthUDPIPCore
from liteeth.frontend.etherbone import LiteEthEtherbone
from liteeth.mac.core import LiteEthMACCore
from litex.soc.interconnect import stream, wishbone
from litex.soc.interconnect.packet import PacketFIFO
from litex.soc.interconnect.stream import Endpoint, SyncFIFO
from migen import Cat, ClockDomainsRenamer, If, Module, Signal, log2_int
from migen.genlib.fifo import SyncFIFOBuffered

from bitcortex.gateware.link.crossing import Crossing
from bitcortex.gateware.link.datagrams import Datagrams
from bitcortex.gateware.link.device import Device
from bitcortex.models.link.crossing import CrossingParams
from bitcortex.models.link.datagrams import DatagramsParams
from bitcortex.network.addresses import ETHERBONE_PORT, LINK_PORT

MAC = 0x02_62_63_74_78_00  # of those that nobody owns; the last byte of the IP address is added
RX_BYTES = 2048  # that may come while a request is executed or answered
WORDS = 512  # of frames that wait: more than the longest has
FRAMES = 16  # that wait to be sent
CROSSING = 8  # words between the clocks
PATIENCE = 1 << 19  # cycles for an access by Etherbone: as many as the link's bridge waits


class _Crossing(Module):
    """A `Crossing` where LiteEth has its own FIFO, and two words behind it.

    Without these, `ready` goes through all that makes bytes of words in one cycle.
    """

    def __init__(self, layout, cd_from, cd_to, depth, buffered):
        self.sink, self.source = Endpoint(layout), Endpoint(layout)

        # # #

        behind = ClockDomainsRenamer(cd_to)(SyncFIFO(layout, 2))
        sent, came = (
            Cat(*end.payload.flatten(), *end.param.flatten(), end.first, end.last)
            for end in (self.sink, behind.sink)
        )
        params = CrossingParams(len(sent), log2_int(depth))
        crossing = Crossing(params, cd_from, cd_to)
        self.submodules += crossing, behind
        self.comb += [
            crossing.tx_valid.eq(self.sink.valid),
            crossing.tx_data.eq(sent),
            self.sink.ready.eq(crossing.tx_ready),
            behind.sink.valid.eq(crossing.valid),
            came.eq(crossing.data),
            crossing.ready.eq(behind.sink.ready),
            behind.source.connect(self.source),
        ]


class _MacCore(LiteEthMACCore):
    """LiteEth's, with a FIFO for whole frames between it and the stack, in each direction.

    What is sent waits until there is all of it: the PHY takes 125 MB/s, a pause ends the frame, and
    who sends has a byte per cycle. What comes has 125 MB/s too, and whoever reads it takes a byte
    per cycle. The FIFOs also cut `ready`, which went through the stack and back in one cycle,
    26 MHz on an ECP5.
    """

    def __init__(self, phy, dw, **options):
        with patch.object(stream, "ClockDomainCrossing", _Crossing):
            LiteEthMACCore.__init__(self, phy, dw, **options)
        taken = PacketFIFO(eth_phy_description(dw), WORDS, FRAMES, buffered=True)
        given = SyncFIFO(eth_phy_description(dw), WORDS, buffered=True)
        self.submodules += taken, given
        self.comb += [
            taken.source.connect(self.sink),  # type: ignore[has-type]
            self.source.connect(given.sink),  # type: ignore[has-type]
        ]
        self.sink, self.source = taken.sink, given.source


class Ethernet(Module):
    """LiteEth between a PHY and a device.

    A reply goes to where the last byte came from. The network is never held up: bytes for which
    there is no room are lost, a damaged frame, which the host repeats.

    Parameters
    ----------
    phy
        LiteEth's, with its clock domains.
    clock_hz
        Of the `sys` domain: more than 31.25 MHz for 1 Gbit/s.
    device
        Of the link; its bus is connected elsewhere.
    ip
        Of the board.

    Ports: ``bus``, of a master: Etherbone's. An access that nobody answers ends with all ones.
    """

    def __init__(self, phy, clock_hz: float, device: Device, ip: IPv4Address):
        self.bus = wishbone.Interface()

        # # #

        self.submodules.phy = phy
        # Words of 32 bits in the `sys` domain: bytes at 125 MHz would be too fast for CRC and IP.
        with patch.object(liteeth.mac, "LiteEthMACCore", _MacCore):  # it has no option for them
            self.submodules.core = core = LiteEthUDPIPCore(
                phy, MAC + (int(ip) & 0xFF), int(ip), clock_hz, dw=32, with_sys_datapath=True,
                tx_cdc_depth=CROSSING, rx_cdc_depth=CROSSING,
            )  # fmt: skip
        self.submodules.fifo = fifo = SyncFIFOBuffered(8, RX_BYTES)
        self.submodules.datagrams = datagrams = Datagrams(DatagramsParams())
        port = core.udp.crossbar.get_port(LINK_PORT, dw=8)
        host, host_port = Signal(32), Signal(16)
        self.comb += [
            fifo.we.eq(port.source.valid),
            fifo.din.eq(port.source.data),
            port.source.ready.eq(1),
            device.rx_valid.eq(fifo.readable),
            device.rx_data.eq(fifo.dout),
            fifo.re.eq(device.rx_ready),
            datagrams.tx_valid.eq(device.tx_valid),
            datagrams.tx_data.eq(device.tx_data),
            device.tx_ready.eq(datagrams.tx_ready),
            port.sink.valid.eq(datagrams.valid),
            port.sink.data.eq(datagrams.data),
            port.sink.last.eq(datagrams.last),
            port.sink.last_be.eq(datagrams.last),
            port.sink.length.eq(datagrams.length),
            port.sink.ip_address.eq(host),
            port.sink.src_port.eq(LINK_PORT),
            port.sink.dst_port.eq(host_port),
            datagrams.ready.eq(port.sink.ready),
        ]
        self.sync += If(
            port.source.valid, host.eq(port.source.ip_address), host_port.eq(port.source.src_port)
        )
        self._etherbone(core.udp)

    def _etherbone(self, udp):
        """End accesses that nobody answers: the bus has no timeout of its own."""
        self.submodules.etherbone = etherbone = LiteEthEtherbone(udp, ETHERBONE_PORT)
        master, left, over = (
            etherbone.wishbone.bus,
            Signal(max=PATIENCE, reset=PATIENCE - 1),
            Signal(),
        )
        self.comb += [
            master.connect(self.bus, omit={"cyc", "ack", "dat_r", "err"}),
            self.bus.cyc.eq(master.cyc & ~over),
            master.ack.eq(self.bus.ack | over),
            master.err.eq(self.bus.err),
            master.dat_r.eq(self.bus.dat_r),
            over.eq(left == 0),
            If(over, master.dat_r.eq(0xFFFFFFFF)),
        ]
        self.sync += If(master.cyc & master.stb & ~master.ack, left.eq(left - 1)).Else(
            left.eq(left.reset)
        )
