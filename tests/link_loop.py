"""A device in the same process: the golden model or the compiled gateware, behind a transport."""

from collections import deque
from collections.abc import Callable
from functools import cache

import numpy as np
from migen import Case, If, Memory, Module, Signal

from bitcortex.gateware.emit import Verilog, emit
from bitcortex.gateware.link.device import Device as Gateware
from bitcortex.models.link.device import Device, DeviceParams
from bitcortex.sim.rtl.harness import Harness

WORDS = 256
MEMORY, COUNTS, APPEND, TAKE = 0x0000, 0x1000, 0x2000, 0x3000  # byte addresses
NOTHING = 0x4000
CYCLE_S = 1e-7


class Target:
    """What is on the bus: a memory, writes of each of its words, and two registers with a memory.

    A word written to `APPEND` changes it, in an order-sensitive way; every read of `TAKE` counts.
    """

    def __init__(self) -> None:
        self.memory = [0] * WORDS
        self.counts = [0] * WORDS
        self.append = self.take = 0

    def read(self, address: int) -> int | None:
        """Return a word, or None for an error."""
        at = address >> 2 & WORDS - 1
        region = address & ~0xFFF
        if region == MEMORY:
            return self.memory[at]
        if region == COUNTS:
            return self.counts[at]
        if region == APPEND:
            return self.append
        if region == TAKE:
            self.take += 1
            return self.take - 1
        return None

    def write(self, address: int, word: int) -> bool:
        """Write a word and return True, or False for an error."""
        at = address >> 2 & WORDS - 1
        region = address & ~0xFFF
        if region == MEMORY:
            self.memory[at] = word
            self.counts[at] += 1
        elif region == APPEND:
            self.append = (self.append * 3 + word) & 0xFFFFFFFF
        else:
            return False
        return True


class Bench(Module):  # type: ignore[misc]
    """A device with a `Target`, and a FIFO in front of it."""

    def __init__(self, params: DeviceParams, gateware: type[Gateware]) -> None:
        self.rx_valid, self.rx_data = Signal(), Signal(8)
        self.tx_valid, self.tx_data, self.idle = Signal(), Signal(8), Signal()
        self.submodules.device = device = gateware(params)
        fifo = Memory(8, 4096)
        write, read = fifo.get_port(write_capable=True), fifo.get_port(async_read=True)
        self.specials += fifo, write, read
        produce, consume = Signal(12), Signal(12)
        self.comb += [
            write.adr.eq(produce),
            write.dat_w.eq(self.rx_data),
            write.we.eq(self.rx_valid),
            read.adr.eq(consume),
            device.rx_valid.eq(produce != consume),
            device.rx_data.eq(read.dat_r),
            device.tx_ready.eq(1),
            self.tx_valid.eq(device.tx_valid),
            self.tx_data.eq(device.tx_data),
            self.idle.eq((produce == consume) & device.rx_ready & ~device.tx_valid),
        ]
        self.sync += [
            If(self.rx_valid, produce.eq(produce + 1)),
            If(device.rx_valid & device.rx_ready, consume.eq(consume + 1)),
        ]
        self._target(device)

    def _target(self, device: Gateware) -> None:
        memory, counts = Memory(32, WORDS, init=[0] * WORDS), Memory(32, WORDS, init=[0] * WORDS)
        word, count = (m.get_port(write_capable=True, async_read=True) for m in (memory, counts))
        self.specials += memory, counts, word, count
        append, take, phase = Signal(32), Signal(32), Signal(3)
        region = device.bus_address[10:]
        does, writes = Signal(), Signal()
        self.comb += [
            word.adr.eq(device.bus_address[:8]),
            count.adr.eq(device.bus_address[:8]),
            device.bus_done.eq(does),
            does.eq(device.bus_request & (phase[:2] != 0)),  # some at once, some later
            writes.eq(does & device.bus_write),
            word.we.eq(writes & (region == MEMORY >> 12)),
            count.we.eq(word.we),
            word.dat_w.eq(device.bus_data_w),
            count.dat_w.eq(count.dat_r + 1),
            device.bus_error.eq((region > 3) | (device.bus_write & region[0])),
            Case(
                region[:2],
                {
                    0: device.bus_data_r.eq(word.dat_r),
                    1: device.bus_data_r.eq(count.dat_r),
                    2: device.bus_data_r.eq(append),
                    3: device.bus_data_r.eq(take),
                },
            ),
        ]
        self.sync += [
            phase.eq(phase + 1),
            If(writes & (region == 2), append.eq(append * 3 + device.bus_data_w)),
            If(does & ~device.bus_write & (region == 3), take.eq(take + 1)),
        ]


@cache
def bench(params: DeviceParams, gateware: type[Gateware]) -> Verilog:
    """Return the bench as Verilog."""
    module = Bench(params, gateware)
    return emit(module, ("rx_valid", "rx_data"), ("tx_valid", "tx_data", "idle"), "link_bench")


class Faults:
    """Damages bytes: each with a probability is dropped, repeated, preceded by another, changed."""

    KINDS = ("drop", "duplicate", "insert", "flip")

    def __init__(self, rng: np.random.Generator, rates: dict[str, float]) -> None:
        self.rng = rng
        self.edges = np.cumsum([rates.get(kind, 0.0) for kind in self.KINDS])
        self.injected = 0

    def __call__(self, data: bytes) -> bytes:
        """Return what arrives."""
        chance = self.rng.random(len(data))
        hits = np.flatnonzero(chance < self.edges[-1])
        if not len(hits):
            return data
        self.injected += len(hits)
        made = []
        at = 0
        for hit in hits.tolist():
            byte = data[hit : hit + 1]
            made.append(data[at:hit])
            kind = int(np.searchsorted(self.edges, chance[hit], side="right"))
            if kind == 1:
                made.append(byte + byte)
            elif kind == 2:
                made.append(self.rng.bytes(1) + byte)
            elif kind == 3:
                made.append(bytes([byte[0] ^ 1 << int(self.rng.integers(0, 8))]))
            at = hit + 1
        made.append(data[at:])
        return b"".join(made)


def intact(data: bytes) -> bytes:
    """Return what arrives over a good line."""
    return data


def in_time() -> bool:
    """Return whether what the device sent comes only after the host has lost its patience."""
    return False


class LoopTransport:
    """A golden device with a target behind a transport; its time is that of its cycles."""

    byte_s = 0.0

    def __init__(
        self,
        params: DeviceParams,
        there: Callable[[bytes], bytes] = intact,
        back: Callable[[bytes], bytes] = intact,
        late: Callable[[], bool] = in_time,
    ) -> None:
        self.there, self.back, self.late = there, back, late
        self.held: deque[bytes] = deque()  # on their way to the host
        self.now = 0.0
        self.closed = False
        self.power_on(params)

    def power_on(self, params: DeviceParams) -> None:
        """Start, or start again."""
        self.target = Target()
        self.device = Device(params)
        self.pending = b""

    def clock(self) -> float:
        """Return seconds since the start."""
        return self.now

    def write(self, data: bytes) -> None:
        """Send bytes."""
        self.pending += self.there(data)

    def read(self, timeout_s: float) -> bytes:
        """Run until the device waits for bytes, and return what it has sent."""
        if sent := self.run():
            self.held.append(self.back(sent))
        data = self.held.popleft() if self.held and not self.late() else b""
        self.now += 0.0 if data else timeout_s
        return data

    def close(self) -> None:
        """Stop."""
        self.closed = True

    def run(self) -> bytes:
        """Let the device take all bytes, and return its own."""
        device, sent, at, quiet = self.device, bytearray(), 0, 0
        while quiet < 4:
            valid = int(at < len(self.pending))
            byte = self.pending[at] if valid else 0
            data, error = 0, 0
            request = device.bus_request
            if request:
                address = device.header >> 26 << 2
                if device.operation in (2, 4):
                    error = int(not self.target.write(address, device.word))
                else:
                    found = self.target.read(address)
                    data, error = found or 0, int(found is None)
            ready, tx_valid, tx_data, *_ = device.tick(valid, byte, 1, data, request, error)
            at += valid & ready
            if tx_valid:
                sent.append(tx_data)
            quiet = quiet + 1 if ready and not tx_valid and at == len(self.pending) else 0
            self.now += CYCLE_S
        self.pending = b""
        return bytes(sent)


class VerilogTransport(LoopTransport):
    """The compiled gateware with its target behind a transport."""

    gateware: type[Gateware] = Gateware

    def power_on(self, params: DeviceParams) -> None:
        """Start, or start again."""
        self.harness = Harness(bench(params, self.gateware))
        self.pending = b""
        self.cycles = 0

    def close(self) -> None:
        """Stop."""
        self.harness.close()

    def run(self) -> bytes:
        """Let the device take all bytes, and return its own."""
        sent = []
        idle = False
        while not idle:
            part, self.pending = self.pending[:2048], self.pending[2048:]
            rows = np.zeros((len(part) + 96, 3), np.uint64)
            rows[: len(part), 1] = 1
            rows[: len(part), 2] = np.frombuffer(part, np.uint8)
            out = self.harness.run_packed(rows)
            sent.append(out[out[:, 0] == 1, 1].astype(np.uint8).tobytes())
            idle = bool(out[-1, 2] and out[-2, 2]) and not self.pending
            self.cycles += len(rows)
            self.now += len(rows) * CYCLE_S
        return b"".join(sent)
