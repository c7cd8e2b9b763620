"""A request goes in bit by bit through LiteX's UART, and the reply comes out."""

import numpy as np
from migen import Module, Record, Signal

from bitcortex.gateware.emit import emit
from bitcortex.gateware.link.device import Device
from bitcortex.gateware.link.uart import RX_BYTES, Uart
from bitcortex.host.link.frame import Request, Splitter, decode
from bitcortex.models.link.device import DeviceParams
from bitcortex.network.frames import Operation, Status
from bitcortex.sim.rtl.harness import Harness

BIT = 8  # cycles


class Board(Module):  # type: ignore[misc]
    """A device between two pins, and a bus that answers every read with the address."""

    def __init__(self) -> None:
        self.rx, self.tx = Signal(reset=1), Signal()
        pads = Record([("tx", 1), ("rx", 1)])
        self.submodules.device = device = Device(DeviceParams(8))
        self.submodules.uart = Uart(pads, 8e6, device, 1_000_000)
        self.comb += [
            pads.rx.eq(self.rx),
            self.tx.eq(pads.tx),
            device.bus_done.eq(device.bus_request),
            device.bus_data_r.eq(device.bus_address),
        ]


def levels(data: bytes) -> np.ndarray:
    """Return the level of the line in each cycle: start bit, byte, stop bit."""
    bits = [[0, *(byte >> k & 1 for k in range(8)), 1] for byte in data]
    return np.repeat(np.array(bits, np.int64).ravel(), BIT)


def received(line: np.ndarray) -> bytes:
    """Return the bytes on a line."""
    data = bytearray()
    at = 0
    while at < len(line) - 10 * BIT:
        if line[at]:
            at += 1
            continue
        samples = line[at + BIT // 2 + BIT * np.arange(1, 9)]
        data.append(int(samples @ (1 << np.arange(8))))
        at += 9 * BIT + BIT // 2
    return bytes(data)


def test_request_and_reply() -> None:
    """The second request comes while the first one is answered, and waits in the FIFO."""
    hello = Request(3, Operation.HELLO, 0, 1, b"\x7e\x7d\x00\xff").encode()
    read = Request(4, Operation.READ, 0x100, 3).encode()
    assert len(read) < RX_BYTES
    quiet = np.ones(4000, np.int64)
    line = np.concatenate([quiet[:100], levels(hello + read), quiet])
    with Harness(emit(Board(), ("rx",), ("tx",), "uart_board")) as harness:
        replies = [
            decode(body) for body in Splitter().feed(received(harness.run({"rx": line})["tx"]))
        ]
    assert [r.sequence for r in replies if r] == [3, 4]
    assert [r.status for r in replies if r] == [Status.OK, Status.OK]
    assert replies[0] is not None
    assert replies[0].words == b"\x7e\x7d\x00\xff"
    assert replies[1] is not None
    assert np.frombuffer(replies[1].words, "<u4").tolist() == [0x40, 0x41, 0x42]
