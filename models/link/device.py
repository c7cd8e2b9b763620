"""The device's end of the framed link: every request executed exactly once, or answered why not."""

from dataclasses import dataclass
from enum import IntEnum

from bitcortex.models.link.crc32 import Crc32, Crc32Params
from bitcortex.models.link.deframer import Deframer, DeframerParams
from bitcortex.models.link.framer import Framer, FramerParams
from bitcortex.models.model import Model
from bitcortex.network.frames import REPLY, REQUEST_BYTES, STATUS_BITS, Operation, Status

SIZES = (2, 4, 8, 16, 32, 64, 128)


@dataclass(frozen=True)
class DeviceParams:
    """Parameters of a device.

    Parameters
    ----------
    words
        Most words of a frame, a power of two, 2 to 128.
    """

    words: int = 64

    def __post_init__(self) -> None:
        if self.words not in SIZES:
            raise ValueError(f"words must be one of {', '.join(map(str, SIZES))}, not {self.words}")

    @property
    def size(self) -> int:
        """Log2 of the words."""
        return self.words.bit_length() - 1

    @property
    def buffer_bytes(self) -> int:
        """Bytes of the memory: a half for the request, a half for the reply."""
        return 8 * self.words


class State(IntEnum):
    """What the device is doing."""

    RECEIVE = 0  # bytes of a request
    CHECK = 1  # decide what to do with it
    FETCH = 2  # a word of the request from the memory
    BUS = 3  # one cycle to complete the word, then the bus
    STORE = 4  # a word of the reply into the memory
    NEXT = 5  # another word, or the reply
    LOAD = 6  # a byte of the reply from wherever it is
    OFFER = 7  # that byte to the framer


class Section(IntEnum):
    """Part of a reply."""

    START = 0  # a flag
    HEAD = 1  # sequence, operation, status, count
    WORDS = 2
    CRC = 3
    STOP = 4  # a flag


def fetches(operation: int) -> int:
    """Return whether the request of a known operation has words."""
    return ~operation & 1


def stores(operation: int) -> int:
    """Return whether the reply of a known operation has words; that of a cancel has none."""
    return int(bool(operation & 1) or not operation & 6)


class Device(Model):
    """Answers requests of the host with bus cycles and replies.

    Ports: ``rx_valid`` (in, 1) offers ``rx_data`` (in, 8), which ``rx_ready`` (out, 1) takes;
    ``tx_valid`` (out, 1) offers ``tx_data`` (out, 8), which ``tx_ready`` (in, 1) takes.
    ``bus_request`` (out, 1) asks for a write (``bus_write``, out, 1) of ``bus_data_w`` (out, 32)
    or a read of ``bus_data_r`` (in, 32, valid with ``bus_done``) at word ``bus_address`` (out, 30);
    all stay until ``bus_done`` (in, 1), which may come in the first cycle; with ``bus_error``
    (in, 1) it failed. Without a request, ``bus_done`` means nothing.

    - Nothing happens before the CRC of a whole frame has been checked. A damaged frame, one cut
      off by an escape and one shorter than a request leave no trace.
    - A hello opens a session: its sequence number is the last one. The next one is executed. The
      last one again gets the stored reply: words, count and status live where no request, damaged
      or not, is written; an operation without words in its reply gets it without them. Any other
      number, or none yet, is answered with its status.
    - While a request is executed or answered, bytes wait (``rx_ready`` is 0).

    **Timing**: a byte in per cycle, a byte out every second; per word 4 cycles to fetch, 2 and
    the bus, 4 to store, 1 more.
    """

    INPUTS = ("rx_valid", "rx_data", "tx_ready", "bus_data_r", "bus_done", "bus_error")
    OUTPUTS = (
        "rx_ready",
        "tx_valid",
        "tx_data",
        "bus_request",
        "bus_write",
        "bus_address",
        "bus_data_w",
    )

    def __init__(self, params: DeviceParams) -> None:
        super().__init__(params)
        self.deframer = Deframer(DeframerParams())
        self.framer = Framer(FramerParams())
        self.crc = Crc32(Crc32Params())
        self.request = [0] * (4 * params.words)
        self.reply = [0] * (4 * params.words)
        self.reset()

    def reset(self) -> None:
        self.deframer.reset()
        self.framer.reset()
        self.crc.reset()
        self.state = State.RECEIVE
        self.section = Section.START
        self.header = 0  # sequence, operation, count, address, as they came
        self.place = -REQUEST_BYTES  # of a byte in the words
        self.whole = self.fits = self.good = 0
        self.word = self.fetched = self.read = self.bus_request = 0
        self.live = self.last = 0  # a session, and its last sequence number
        self.refused = 0  # neither executed nor repeated
        self.status = self.done = self.follows = 0  # of the stored reply
        self.data = self.flag = 0  # for the framer

    @property
    def operation(self) -> int:
        """Operation of the request."""
        return self.header >> 8 & 0xFF

    @property
    def count(self) -> int:
        """Count of the request."""
        return self.header >> 16 & 0xFF

    def tick(
        self,
        rx_valid: int,
        rx_data: int,
        tx_ready: int,
        bus_data_r: int,
        bus_done: int,
        bus_error: int,
    ) -> tuple[int, int, int, int, int, int, int]:
        request, write, address = self.bus_request, fetches(self.operation), self.header >> 26
        word, state, section = self.word, self.state, self.section
        if self.fetched:  # the byte that was read in the cycle before
            self.word = self.word >> 8 | self.read << 24
        self.fetched = int(state == State.FETCH)

        crc = (0, 0, 0, 0)
        resume = offer = 0
        if state == State.RECEIVE:
            crc = (0, self.deframer.valid, 0, self.deframer.data)
            self.receive()
        elif state == State.CHECK:
            crc = (1, 0, 0, 0)
            resume = int(not self.good)
            self.check()
        elif state == State.FETCH:
            self.read = self.request[self.place]
            self.turn()
            if not self.place & 3:
                self.state = State.BUS
        elif state == State.BUS:
            self.bus(bus_data_r, bus_done, bus_error)
        elif state == State.STORE:
            self.reply[self.place] = self.word & 0xFF
            self.word >>= 8
            self.turn()
            if not self.place & 3:
                self.place += 4
                self.state = State.NEXT
        elif state == State.NEXT:
            self.next()
        elif state == State.LOAD:
            self.load()
        else:
            offer = 1
            stops = section == Section.STOP
            if taken := self.framer.ready(self.data, self.flag):
                self.offered()
            resume = int(taken and stops)
            crc = (int(stops), int(taken and not self.flag), int(section == Section.CRC), self.data)

        self.crc.tick(*crc)
        rx_ready = self.deframer.tick(rx_valid, rx_data, resume)[0]
        _, tx_valid, tx_data = self.framer.tick(offer, self.data, self.flag, tx_ready)
        return (rx_ready, tx_valid, tx_data, request, write, address, word)

    def turn(self) -> None:
        """Go to the next byte of the same word."""
        self.place = self.place & ~3 | (self.place + 1) & 3

    def answer(self) -> None:
        """Begin a reply."""
        self.place = 0
        self.state = State.LOAD

    def receive(self) -> None:
        """Take a byte of a request: seven of the header, then words and CRC."""
        if self.deframer.valid:
            byte, place = self.deframer.data, self.place
            if place < 0:
                self.header = self.header >> 8 | byte << 48
            elif place < len(self.request):
                self.request[place] = byte
            self.fits = int(place == 4 * (self.count if fetches(self.operation) else 0) + 3)
            if place == 3:
                self.whole = 1
            if place < len(self.request) + 4:  # the CRC of the longest frame has come
                self.place += 1
        if self.deframer.ends:
            self.good = int(self.whole and self.crc.outputs()[1] and not self.deframer.aborted)
            self.state = State.CHECK

    def check(self) -> None:
        """Decide: drop, execute, repeat the reply, or refuse."""
        self.whole = 0
        if not self.good:
            self.place = -REQUEST_BYTES
            self.state = State.RECEIVE
            return
        sequence = self.header & 0xFF
        ahead = (sequence - self.last) & 0xFF
        fresh = self.operation == Operation.HELLO or (self.live and ahead == 1)
        self.refused = int(not fresh and not (self.live and ahead == 0))
        self.answer()
        if fresh:
            self.live, self.last = 1, sequence
            self.done = self.follows = 0
            self.status = self.verdict()
            if self.status == Status.OK:
                self.state = State.FETCH if fetches(self.operation) else State.BUS

    def verdict(self) -> Status:
        """Return what is wrong with a request, if anything."""
        if self.operation > Operation.WRITE_FIXED:
            return Status.OPERATION
        if not 1 <= self.count <= self.params.words or not self.fits:
            return Status.COUNT
        return Status.ADDRESS if self.header >> 24 & 3 else Status.OK

    def bus(self, data: int, done: int, error: int) -> None:
        """Read or write a word; a hello does neither."""
        if self.operation == Operation.HELLO:
            self.state = State.STORE
        elif not self.bus_request:
            self.bus_request = 1
        elif done:
            self.bus_request = 0
            self.word = data
            if error:
                self.status, self.done = Status.BUS, self.place >> 2
                self.answer()
            elif stores(self.operation):
                self.state = State.STORE
            else:
                self.place += 4
                self.state = State.NEXT

    def next(self) -> None:
        """Go on with the next word, or reply."""
        if self.operation <= Operation.WRITE:
            self.header = (self.header + (1 << 26)) & (1 << 56) - 1
        if self.place >> 2 == self.count:
            self.done, self.follows = self.count, stores(self.operation)
            self.answer()
        else:
            self.state = State.FETCH if fetches(self.operation) else State.BUS

    def load(self) -> None:
        """Get the next byte of the reply."""
        self.flag = int(self.section in (Section.START, Section.STOP))
        if self.section == Section.HEAD:
            refusal = Status.SEQUENCE if self.live else Status.SESSION
            status = refusal if self.refused else self.status
            self.data = (
                self.header & 0xFF,
                self.operation | REPLY,
                self.params.size << STATUS_BITS | status,
                0 if self.refused else self.done,
            )[self.place & 3]
            self.turn()
        elif self.section == Section.WORDS:
            self.data = self.reply[self.place]
            self.place += 1
        elif self.section == Section.CRC:
            self.data = self.crc.outputs()[0]
            self.turn()
        self.state = State.OFFER

    def offered(self) -> None:
        """Go to the next byte of the reply, or back to receiving."""
        self.state = State.LOAD
        if self.place & 3:
            return
        if self.section == Section.START:
            self.section = Section.HEAD
        elif self.section == Section.HEAD:
            words = self.follows and not self.refused and stores(self.operation)
            self.section = Section.WORDS if words else Section.CRC
        elif self.section == Section.WORDS:
            if self.place >> 2 == self.done:
                self.section = Section.CRC
        elif self.section == Section.CRC:
            self.section = Section.STOP
        else:
            self.section = Section.START
            self.place = -REQUEST_BYTES
            self.state = State.RECEIVE
