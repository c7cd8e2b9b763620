"""Frames of Ethernet go in byte by byte, and replies come out: LiteEth's stack and the link."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address
from itertools import pairwise

import numpy as np
import pytest
from liteeth.common import eth_phy_description
from litex.soc.interconnect.stream import Endpoint
from migen import ClockDomain, ClockDomainsRenamer, ClockSignal, Module, Mux, ResetSignal, Signal

from bitcortex.gateware.emit import emit
from bitcortex.gateware.link.device import Device
from bitcortex.gateware.link.ethernet import MAC, Ethernet
from bitcortex.host.link.frame import Reply, Request, Splitter, decode
from bitcortex.models.link.device import DeviceParams
from bitcortex.network.addresses import ETHERBONE_PORT, LINK_PORT
from bitcortex.network.frames import FLAG, Operation, Status
from bitcortex.sim.rtl.harness import Harness

pytestmark = pytest.mark.full  # LiteEth compiles for half a minute

IP, HOST = IPv4Address("192.168.1.50"), IPv4Address("192.168.1.9")
BOARD_MAC, HOST_MAC = (MAC + 50).to_bytes(6), bytes.fromhex("0a0b0c0d0e0f")
PREAMBLE = bytes([0x55] * 7 + [0xD5])


class Phy(Module):  # type: ignore[misc]
    """Bytes in the clock domain `line`, as a PHY has them."""

    dw = 8

    def __init__(self) -> None:
        self.sink, self.source = (Endpoint(eth_phy_description(8)) for _ in range(2))
        self.clock_domains.cd_eth_rx = ClockDomain("eth_rx")
        self.clock_domains.cd_eth_tx = ClockDomain("eth_tx")
        self.rx_valid, self.rx_data = Signal(), Signal(8)

        # # #

        for domain in (self.cd_eth_rx, self.cd_eth_tx):
            self.comb += [domain.clk.eq(ClockSignal("line")), domain.rst.eq(ResetSignal("line"))]
        self.sync.line += [self.source.valid.eq(self.rx_valid), self.source.data.eq(self.rx_data)]
        self.comb += [self.source.last.eq(~self.rx_valid), self.sink.ready.eq(1)]


class Board(Module):  # type: ignore[misc]
    """A device on the network at 8 cycles for 25 of the line: 40 MHz, and 125 MHz.

    Its buses answer a read of a low address with the address.
    """

    def __init__(self) -> None:
        self.clock_domains.cd_line = ClockDomain("line")
        self.clock_domains.cd_soc = ClockDomain("soc")
        phase = Signal(max=25)
        self.comb += [
            self.cd_line.clk.eq(ClockSignal()),
            self.cd_line.rst.eq(ResetSignal()),
            self.cd_soc.rst.eq(ResetSignal()),
        ]
        # High for a cycle of three or four.
        self.sync += self.cd_soc.clk.eq(phase < 8), phase.eq(Mux(phase < 17, phase + 8, phase - 17))
        phy = Phy()
        device = Device(DeviceParams())
        line = Ethernet(phy, 40e6, device, IP)
        self.submodules += ClockDomainsRenamer("soc")(device), ClockDomainsRenamer("soc")(line)
        self.rx_valid, self.rx_data = phy.rx_valid, phy.rx_data
        self.tx_valid, self.tx_data = phy.sink.valid, phy.sink.data
        self.comb += [
            device.bus_done.eq(device.bus_request),
            device.bus_data_r.eq(device.bus_address),
            line.bus.ack.eq(line.bus.cyc & line.bus.stb & ~line.bus.adr[29]),
            line.bus.dat_r.eq(line.bus.adr),
        ]


def frame(kind: int, payload: bytes, to: bytes = BOARD_MAC) -> bytes:
    """Return an Ethernet frame with preamble and checksum."""
    body = (to + HOST_MAC + struct.pack(">H", kind) + payload).ljust(60, b"\0")
    return PREAMBLE + body + zlib.crc32(body).to_bytes(4, "little")


def udp(data: bytes, port: int = LINK_PORT, source: int = 5000) -> bytes:
    """Return a frame with a datagram of the host's."""
    datagram = struct.pack(">HHHH", source, port, 8 + len(data), 0) + data
    header = struct.pack(
        ">BBHHHBBH4s4s", 0x45, 0, 20 + len(datagram), 0, 0, 64, 17, 0, HOST.packed, IP.packed
    )
    total = sum(struct.unpack(">10H", header))
    total = ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
    return frame(0x0800, header[:10] + struct.pack(">H", total) + header[12:] + datagram)


def arp(operation: int, to: bytes) -> bytes:
    """Return a frame that asks for the board's address, or tells the host's."""
    asked = to if operation == 2 else bytes(6)
    head = struct.pack(">HHBBH", 1, 0x0800, 6, 4, operation)
    return frame(0x0806, head + HOST_MAC + HOST.packed + asked + IP.packed, to)


QUESTION, ANSWER = arp(1, b"\xff" * 6), arp(2, BOARD_MAC)


@pytest.fixture
def board() -> Iterator[Harness]:
    made = emit(Board(), ("rx_valid", "rx_data"), ("tx_valid", "tx_data"), "ethernet_board")
    # LiteEth's handshakes are loops if one looks at whole signals.
    text = "/* verilator lint_off UNOPTFLAT */\n" + made.text
    with Harness(replace(made, text=text)) as harness:
        yield harness


def talk(board: Harness, *frames: bytes, quiet: int = 12_000) -> list[bytes]:
    """Send frames with the gaps that must be, and return the datagrams and answers that come.

    If the board asks who the host is, it is told.
    """
    found = exchange(board, *frames, quiet=quiet)
    asked = [one for one in found if one[12:14] + one[20:22] == b"\x08\x06\x00\x01"]
    others = [one for one in found if one not in asked]
    return others + (exchange(board, ANSWER, quiet=quiet) if asked else [])


def exchange(board: Harness, *frames: bytes, quiet: int) -> list[bytes]:
    """Send frames, and return those that come, whole and checked."""
    data = [np.zeros(0, np.int64)]
    valid = [np.zeros(0, np.int64)]
    for sent, gap in [*((one, 12) for one in frames), (b"", quiet)]:
        data += [np.frombuffer(sent, np.uint8).astype(np.int64), np.zeros(gap, np.int64)]
        valid += [np.ones(len(sent), np.int64), np.zeros(gap, np.int64)]
    trace = board.run({"rx_valid": np.concatenate(valid), "rx_data": np.concatenate(data)})
    edges = np.flatnonzero(np.diff(np.concatenate([[0], trace["tx_valid"], [0]])))
    found = []
    for first, last in pairwise(edges):
        if trace["tx_valid"][first]:
            came = bytes(trace["tx_data"][first:last].astype(np.uint8))
            assert came.startswith(PREAMBLE)
            assert len(came) >= 72
            assert zlib.crc32(came[8:-4]) == int.from_bytes(came[-4:], "little")
            found.append(came[8:-4])
    return found


def payload(came: bytes, source: int = LINK_PORT, port: int = 5000) -> bytes:
    """Return what is in a datagram to the host."""
    assert came[:14] == HOST_MAC + BOARD_MAC + b"\x08\x00"
    assert came[23] == 17
    assert came[26:34] == IP.packed + HOST.packed
    assert sum(struct.unpack(">10H", came[14:34])) % 0xFFFF == 0
    assert struct.unpack(">HH", came[34:38]) == (source, port)
    size = int.from_bytes(came[38:40])
    assert int.from_bytes(came[16:18]) == 20 + size
    return came[42 : 34 + size]


def reply(came: bytes) -> Reply:
    """Return the reply that is in a datagram, all of it."""
    data = payload(came)
    assert data[0] == data[-1] == FLAG
    assert len(data) >= 18
    (body,) = Splitter().feed(data)  # and perhaps more flags, which are nothing
    found = decode(body)
    assert found is not None
    return found


def test_requests_and_replies(board: Harness) -> None:
    (told,) = talk(board, QUESTION)
    assert told[:14] == HOST_MAC + BOARD_MAC + b"\x08\x06"
    assert told[20:32] == b"\x00\x02" + BOARD_MAC + IP.packed

    hello = Request(3, Operation.HELLO, 0, 1, b"\x7e\x7d\x00\xff").encode()
    (came,) = talk(board, udp(hello))
    assert reply(came).words == b"\x7e\x7d\x00\xff"

    write = Request(4, Operation.WRITE, 0x40, 64, bytes(range(256))).encode()
    read = Request(5, Operation.READ, 0x100, 64).encode()
    both = [reply(one) for one in talk(board, udp(write), udp(read))]
    assert [(r.sequence, r.status) for r in both] == [(4, Status.OK), (5, Status.OK)]
    assert np.frombuffer(both[1].words, "<u4").tolist() == list(range(0x40, 0x80))


def test_damage_is_answered_after_two_repetitions(board: Harness) -> None:
    """A frame cut short takes the next one with it in LiteEth's stack; nothing wrong comes out."""
    hello = Request(9, Operation.HELLO, 0, 1, b"abcd").encode()
    (came,) = talk(board, udp(hello))
    assert reply(came).sequence == 9
    whole = udp(Request(10, Operation.READ, 0x100, 2).encode())
    flips = (3, 10, 20, 25, 40, 47, 60, len(whole) - 2)  # in preamble, headers, data and checksum
    broken = [bytes(b ^ 0x10 * (at == n) for n, b in enumerate(whole)) for at in flips]
    broken += [whole[:at] for at in (4, 9, 22, 30, 45, 50, 60, 65, 70)]
    broken.append(udp(Request(11, Operation.WRITE, 0, 1, b"evil").encode(), port=LINK_PORT + 1))
    for frame_ in broken:
        replies = [reply(came) for came in talk(board, frame_, whole, whole, quiet=5000)]
        assert replies
        assert {(r.sequence, r.words) for r in replies} == {(10, b"\x40\0\0\0\x41\0\0\0")}


def test_etherbone(board: Harness) -> None:
    """What LiteX's tools send: a write and two reads, one where nobody answers."""
    head = struct.pack(">HBB", 0x4E6F, 0x10, 0x44).ljust(8, b"\0")
    reads = struct.pack(">BBBBIII", 0, 0x0F, 0, 2, 0, 0x1000, 0x8000_0000)
    (came,) = talk(board, udp(head + reads, ETHERBONE_PORT, ETHERBONE_PORT), quiet=1_700_000)
    data = payload(came, ETHERBONE_PORT, ETHERBONE_PORT)
    assert struct.unpack(">II", data[-8:]) == (0x400, 0xFFFF_FFFF)
