"""Twin of the device: a host that errs, over a line that errs, on a bus that errs."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from bitcortex.gateware.link.crc32 import Crc32
from bitcortex.gateware.link.deframer import Deframer
from bitcortex.gateware.link.device import Device as Gateware
from bitcortex.gateware.link.framer import Framer
from bitcortex.host.link.frame import Reply, Request, Splitter, decode, stuff
from bitcortex.models.link.device import Device, DeviceParams
from bitcortex.models.model import Trace
from bitcortex.network.frames import ESCAPE, FLAG, SENDS, Operation, Status
from bitcortex.sim.twin import Stimulus, Twin

_KNOWN = [Operation.READ, Operation.WRITE, Operation.READ_FIXED, Operation.WRITE_FIXED]
_SPECIAL = np.array([FLAG, ESCAPE, 0, 0xFF])


class Host:
    """Makes the frames of a stimulus; it looks at the golden model to know which number is next."""

    def __init__(self, device: Device, rng: np.random.Generator) -> None:
        self.device = device
        self.rng = rng
        self.frame = b""  # the last one

    def line(self) -> Iterator[int]:
        """Return bytes without end: frames whole and damaged, repeated, and noise between them."""
        while True:
            yield from self.next()

    def next(self) -> bytes:
        """Return the next frame, as it arrives."""
        kind = self.rng.random()
        if kind < 0.15 and self.frame:
            return self.frame
        if kind < 0.18:
            return self.damaged(self.frame)
        if kind < 0.21:  # too short, or too long: the CRC alone is right
            head = [(self.device.last + 1) & 0xFF, int(self.rng.choice(_KNOWN)), 1]
            long = 4 * self.device.params.words + 20
            body = bytes(head) + bytes(4) + self.words(2 * long)
            length = self.rng.choice([0, 1, 3, 4, 5, 6, 8, 10, long, 2 * long])
            return stuff(body[: int(length)])
        if kind < 0.23:
            return self.words(int(self.rng.integers(1, 9)))
        self.frame = self.request()
        return self.damaged(self.frame) if kind < 0.33 else self.frame

    def request(self) -> bytes:
        """Return a frame, most often one that the device will execute."""
        rng, most = self.rng, self.device.params.words
        operation = int(rng.choice(_KNOWN))
        many = int(rng.choice([most, int(rng.integers(1, most + 1))]))
        count = int(rng.choice([1, 2, 3, many], p=[0.5, 0.2, 0.1, 0.2]))
        address = int(rng.integers(0, 1 << 30)) << 2
        if rng.random() < 0.1:  # where carries go far
            address = (1 << int(rng.integers(4, 33))) - 4 * int(rng.integers(1, 3))
        sequence = self.device.last + 1
        sends = operation in SENDS
        odd = rng.random()
        if odd < 0.06:
            operation, sends = Operation.HELLO, True
            sequence = int(rng.integers(0, 256))
        elif odd < 0.08:  # the last number, with whatever operation
            sequence -= 1
            operation = int(rng.choice([*_KNOWN, Operation.CANCEL]))
            sends = operation in SENDS
        elif odd < 0.11:
            sequence += int(1 << rng.integers(0, 8)) - int(rng.integers(0, 2))
        elif odd < 0.15:
            operation = int(rng.choice([5, 6, 7, 8, 12, 14, 14, 16, 32, 64, 66, 129, 130]))
        elif odd < 0.19:
            count = int(rng.choice([0, most + (1 << int(rng.integers(0, 7))), 129])) & 0xFF
        elif odd < 0.24:
            address += int(rng.integers(1, 4))
        words = count if sends else 0
        if rng.random() < 0.03:  # a count that lies
            words += int(rng.choice([-1, 1]))
        data = self.words(4 * max(0, min(words, most + 2)))
        if rng.random() < 0.02:
            data += self.words(int(rng.integers(1, 4)))
        return Request(sequence & 0xFF, operation, address & 0xFFFFFFFF, count, data).encode()

    def words(self, count: int) -> bytes:
        """Return bytes, some of them special."""
        made = self.rng.integers(0, 256, count)
        special = self.rng.random(count) < 0.2
        made[special] = self.rng.choice(_SPECIAL, int(special.sum()))
        return bytes(made.astype(np.uint8))

    def damaged(self, frame: bytes) -> bytes:
        """Return a frame with a byte changed, lost, repeated or inserted."""
        if not frame:
            return frame
        at = int(self.rng.integers(0, len(frame)))
        kind = int(self.rng.integers(0, 5))
        byte = frame[at : at + 1]
        if kind == 0:
            byte = bytes([byte[0] ^ 1 << int(self.rng.integers(0, 8))])
        elif kind == 1:
            byte = b""
        elif kind == 2:
            byte += byte
        elif kind == 3:
            byte += bytes([int(self.rng.choice(_SPECIAL))])
        else:  # an escape before the last flag: cut off
            return frame[:-1] + bytes([ESCAPE, FLAG])
        return frame[:at] + byte + frame[at + 1 :]


def stimulus(params: DeviceParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Let a golden device run along, so that no byte of the host is lost while it is busy."""
    device = Device(params)
    host = Host(device, rng)
    line = host.line()
    slow = 256
    made = {name: np.zeros(cycles, np.int64) for name in Device.INPUTS}

    def spells(*chances: float) -> NDArray[np.int64]:
        chance = np.repeat(rng.choice(chances, cycles // slow + 1), slow)[:cycles]
        return (rng.random(cycles) < chance).astype(np.int64)

    made["rx_valid"] = spells(1.0, 1.0, 0.5)
    made["tx_ready"] = spells(1.0, 1.0, 0.4)
    made["bus_done"] = spells(1.0, 0.5, 0.2)
    made["bus_error"] = spells(0.0, 0.0, 0.0, 0.0, 0.15)
    data = rng.integers(0, 256, (cycles, 4))
    special = rng.random((cycles, 4)) < 0.2
    data[special] = rng.choice(_SPECIAL, int(special.sum()))
    made["bus_data_r"] = data @ (1 << 8 * np.arange(4))
    made["rst"] = (rng.random(cycles) < 0.0001).astype(np.int64)
    inputs = [made[name].tolist() for name in Device.INPUTS]
    resets = made["rst"].tolist()
    byte = next(line)
    sent = []
    for rx_valid, _, *others, rst in zip(*inputs, resets, strict=True):
        sent.append(byte)
        taken = rx_valid and device.deframer.rx_ready
        device.tick(rx_valid, byte, *others)
        if rst:
            device.reset()
        if taken:
            byte = next(line)
    made["rx_data"] = np.array(sent, np.int64)
    return made


def replies(params: DeviceParams, stimulus: Stimulus, trace: Trace) -> list[Reply]:
    """Return the replies on the line."""
    sent = (trace["tx_valid"] & stimulus["tx_ready"]).astype(bool)
    found = map(decode, Splitter().feed(bytes(trace["tx_data"][sent].astype(np.uint8))))
    return [reply for reply in found if reply is not None]


def reached(params: DeviceParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    found = replies(params, stimulus, trace)
    done = trace["bus_request"] & stimulus["bus_done"]
    writes = trace["bus_write"]
    ends = np.flatnonzero(done)
    follow = ends[1:][np.diff(ends) < 20], ends[:-1][np.diff(ends) < 20]
    ahead = trace["bus_address"][follow[0]] - trace["bus_address"][follow[1]]
    pairs = list(zip(found[1:], found[:-1], strict=True))
    return {
        **{f"status {s.name}": any(r.status is s for r in found) for s in Status},
        **{f"operation {o.name}": any(r.operation == o for r in found) for o in Operation},
        "a reply of the most words": any(len(r.words) == 4 * params.words for r in found),
        "the most words written": any(
            r.operation == Operation.WRITE and r.count == params.words for r in found
        ),
        "a repeated reply with words": any(a == b and a.words for a, b in pairs),
        "a repeated reply without its words": any(
            (a.sequence, a.count) == (b.sequence, b.count) and b.words and a.count and not a.words
            for a, b in pairs
        ),
        "an error after some words": any(r.status is Status.BUS and r.count for r in found),
        "a write": bool((done & writes).any()),
        "a read": bool((done & (1 - writes)).any()),
        "the bus waits": bool((trace["bus_request"] & (1 - stimulus["bus_done"])).any()),
        "the next address": bool((ahead == 1).any()),
        "the same address": bool((ahead == 0).any()),
        "the host waits": bool((stimulus["rx_valid"] & (1 - trace["rx_ready"])).any()),
        "the line waits": bool((trace["tx_valid"] & (1 - stimulus["tx_ready"])).any()),
    }


TWIN = Twin(
    name="link.device",
    golden=Device,
    gateware=Gateware,
    cases={
        "64 words": DeviceParams(),
        "8 words": DeviceParams(8),
        "2 words": DeviceParams(2),
        "128 words": DeviceParams(128),
    },
    stimulus=stimulus,
    reached=reached,
    parts=(Crc32, Deframer, Framer),
)
