"""The device's end of the framed link: every request executed exactly once, or answered why not."""

from migen import READ_FIRST, C, Case, Cat, If, Memory, Module, Mux, Signal

from bitcortex.gateware.link.crc32 import Crc32
from bitcortex.gateware.link.deframer import Deframer
from bitcortex.gateware.link.framer import Framer
from bitcortex.models.link.crc32 import Crc32Params
from bitcortex.models.link.deframer import DeframerParams
from bitcortex.models.link.device import DeviceParams, Section, State
from bitcortex.models.link.framer import FramerParams
from bitcortex.network.frames import REPLY, REQUEST_BYTES, STATUS_BITS, Operation, Status


class Device(Module):
    """Answers requests of the host with bus cycles and replies. See `bitcortex.models.link.device`.

    One memory of bytes, one port to write and one to read, holds the words of the request in its
    lower half and those of the reply in its upper one; one counter is the place in either. One
    CRC serves both directions, because a reply begins only after a request has ended.

    **Timing**: a byte in per cycle, a byte out every second; per word 4 cycles to fetch, 2 and the
    bus, 4 to store, 1 more.
    """

    def __init__(self, params: DeviceParams):
        self.rx_valid = Signal()  # a byte of the line
        self.rx_data = Signal(8)
        self.tx_ready = Signal()  # the line takes a byte
        self.bus_data_r = Signal(32)  # a word that was read
        self.bus_done = Signal()  # the end of a bus cycle
        self.bus_error = Signal()  # it failed
        self.rx_ready = Signal()  # the byte is taken
        self.tx_valid = Signal()  # a byte for the line
        self.tx_data = Signal(8)
        self.bus_request = Signal()  # a bus cycle, until done
        self.bus_write = Signal()  # writes
        self.bus_address = Signal(30)  # this word
        self.bus_data_w = Signal(32)

        # # #

        self.params = params
        self.state = Signal(3)
        self.section = Signal(3)  # of a reply
        # Place in the words, in bytes; a request begins seven bytes before them.
        self.start = -REQUEST_BYTES % (1 << params.size + 4)
        self.place = Signal(params.size + 4, reset=self.start)
        self.header = Signal(8 * REQUEST_BYTES)
        self.sequence, self.operation, self.count = (self.header[k : k + 8] for k in (0, 8, 16))
        self.fetches = Signal()  # the request has words
        self.stores = Signal()  # the reply has words
        self.all = Signal()  # words are as many as there are to be
        self.word = Signal(32)
        self.fetched = Signal()  # a byte was read for the word
        self.read_byte = Signal(8)
        self.whole = Signal()  # request of at least a header and a CRC
        self.fits = Signal()  # request of as many words as it says
        self.good = Signal()  # request to be looked at
        self.live = Signal()  # a session
        self.last = Signal(8)  # its last sequence number
        self.refused = Signal()  # neither executed nor repeated
        self.status = Signal(3)  # of the stored reply
        self.done = Signal(8)  # of the stored reply, words
        self.follows = Signal()  # words of the stored reply
        self.data = Signal(8)  # for the framer
        self.flag = Signal()  # for the framer

        self.submodules.deframer = self.deframer = Deframer(DeframerParams())
        self.submodules.framer = self.framer = Framer(FramerParams())
        self.submodules.crc = self.crc = Crc32(Crc32Params())
        wanted = Signal(8)  # words
        self.comb += [
            # Of the known operations 0 to 4.
            self.fetches.eq(~self.operation[0]),
            self.stores.eq(self.operation[0] | (self.operation[1:3] == 0)),
            If(self.fetches | (self.state != State.RECEIVE), wanted.eq(self.count)),
            self.all.eq(self.place[2:] == wanted),
            self.bus_write.eq(self.fetches),
            self.bus_address.eq(self.header[26:]),
            self.bus_data_w.eq(self.word),
        ]
        self._memory()
        self._line()
        self.sync += [
            # The byte that was read in the cycle before.
            self.fetched.eq(self.state == State.FETCH),
            If(self.fetched, self._shift(self.read_byte)),
            Case(
                self.state,
                {
                    State.RECEIVE: self._receive(),
                    State.CHECK: self._check(),
                    State.FETCH: [self._turn(), If(self._last(), self.state.eq(State.BUS))],
                    State.BUS: self._bus(),
                    State.STORE: self._store(),
                    State.NEXT: self._next(),
                    State.LOAD: [self._load(), self.state.eq(State.OFFER)],
                    State.OFFER: If(self.framer.ready, self.state.eq(State.LOAD), self._offered()),
                },
            ),
        ]

    def _memory(self):
        """The words of the request come from the line, those of the reply from the bus."""
        memory = Memory(8, self.params.buffer_bytes)
        memory.collides = "undefined"
        read = memory.get_port(mode=READ_FIRST)
        write = memory.get_port(write_capable=True, mode=READ_FIRST)
        self.specials += memory, read, write
        stores, receives = Signal(), Signal()
        offset = self.place[:-2]
        self.comb += [
            stores.eq(self.state == State.STORE),
            # Neither the header, nor the CRC behind the most words.
            receives.eq(
                (self.state == State.RECEIVE) & self.deframer.valid & (self.place[-2:] == 0)
            ),
            write.adr.eq(Cat(offset, stores)),
            write.dat_w.eq(Mux(stores, self.word[:8], self.deframer.data)),
            write.we.eq(stores | receives),
            read.adr.eq(Cat(offset, self.state[2])),  # in STORE and later
            self.read_byte.eq(read.dat_r),
        ]

    def _line(self):
        """Bytes from the line go to the CRC, others come from it."""
        deframer, framer, crc = self.deframer, self.framer, self.crc
        offers, stops, taken = Signal(), Signal(), Signal()
        self.comb += [
            deframer.rx_valid.eq(self.rx_valid),
            deframer.rx_data.eq(self.rx_data),
            self.rx_ready.eq(deframer.rx_ready),
            self.tx_valid.eq(framer.tx_valid),
            self.tx_data.eq(framer.tx_data),
            framer.tx_ready.eq(self.tx_ready),
            framer.valid.eq(offers),
            framer.data.eq(self.data),
            framer.flag.eq(self.flag),
            offers.eq(self.state == State.OFFER),
            stops.eq(offers & (self.section == Section.STOP)),
            taken.eq(offers & framer.ready),
            deframer.resume.eq((stops & taken) | ((self.state == State.CHECK) & ~self.good)),
            crc.clear.eq((self.state == State.CHECK) | stops),
            crc.shift.eq(offers & (self.section == Section.CRC)),
            If(
                self.state == State.RECEIVE,
                crc.valid.eq(deframer.valid),
                crc.data.eq(deframer.data),
            ).Else(
                crc.valid.eq(taken & ~self.flag),
                crc.data.eq(self.data),
            ),
        ]

    def _last(self):
        """Return whether the place is at the last byte of a word."""
        return self.place[:2] == 3

    def _turn(self):
        """Go to the next byte of the same word."""
        return self.place[:2].eq(self.place[:2] + 1)

    def _shift(self, byte):
        """Take a byte from the top into the word, and one out of it at the bottom."""
        return self.word.eq(Cat(self.word[8:], byte))

    def _answer(self):
        """Begin a reply, from the first byte of a word."""
        return [self.place[2:].eq(0), self.state.eq(State.LOAD)]

    def _again(self):
        """Fetch or read the next word."""
        return self.state.eq(Mux(self.fetches, State.FETCH, State.BUS))

    def _receive(self):
        """Take a byte of a request: seven of the header, then words and CRC."""
        deframer, beyond = self.deframer, Signal()
        # The CRC of the longest frame has come.
        self.comb += beyond.eq((self.place[-2:] == 1) & self.place[2])
        return [
            If(
                deframer.valid,
                If(self.place[-1], self.header.eq(Cat(self.header[8:], deframer.data))),
                self.fits.eq(self.all & self._last()),
                If(self.place == 3, self.whole.eq(1)),
                If(~beyond, self.place.eq(self.place + 1)),
            ),
            self.good.eq(self.whole & self.crc.intact & ~deframer.aborted),
            If(deframer.ends, self.state.eq(State.CHECK)),
        ]

    def _check(self):
        """Decide: drop, execute, repeat the reply, or refuse."""
        ahead, fresh, repeated = Signal(8), Signal(), Signal()
        short, verdict = Signal(), Signal(3)
        self.comb += [
            ahead.eq(self.sequence - self.last),
            fresh.eq((self.operation == Operation.HELLO) | (self.live & (ahead == 1))),
            repeated.eq(self.live & (ahead == 0)),
            short.eq((self.count == 0) | (self.count > self.params.words) | ~self.fits),
            If(self.operation > Operation.WRITE_FIXED, verdict.eq(Status.OPERATION))
            .Elif(short, verdict.eq(Status.COUNT))
            .Elif(self.header[24:26] != 0, verdict.eq(Status.ADDRESS)),
        ]
        return [
            self.whole.eq(0),
            If(
                self.good,
                self._answer(),
                self.place[:2].eq(0),
                self.refused.eq(~fresh & ~repeated),
                If(
                    fresh,
                    self.live.eq(1),
                    self.last.eq(self.sequence),
                    self.status.eq(verdict),
                    self.done.eq(0),
                    self.follows.eq(0),
                    If(verdict == Status.OK, self._again()),
                ),
            ).Else(self.place.eq(self.start), self.state.eq(State.RECEIVE)),
        ]

    def _bus(self):
        """Read or write a word; a hello does neither."""
        return (
            If(self.operation == Operation.HELLO, self.state.eq(State.STORE))
            .Elif(
                ~self.bus_request,
                self.bus_request.eq(1),
            )
            .Elif(
                self.bus_done,
                self.bus_request.eq(0),
                self.word.eq(self.bus_data_r),
                If(
                    self.bus_error,
                    self.status.eq(Status.BUS),
                    self.done.eq(self.place[2:]),
                    self._answer(),
                )
                .Elif(self.stores, self.state.eq(State.STORE))
                .Else(self.place[2:].eq(self.place[2:] + 1), self.state.eq(State.NEXT)),
            )
        )

    def _store(self):
        """Move a byte of the word into the memory."""
        return [
            self._shift(C(0, 8)),
            self._turn(),
            # The last byte carries into the number of the word.
            If(self._last(), self.place.eq(self.place + 1), self.state.eq(State.NEXT)),
        ]

    def _next(self):
        """Go on with the next word, or reply."""
        return [
            If(self.operation <= Operation.WRITE, self.header[26:].eq(self.header[26:] + 1)),
            If(
                self.all,
                self.done.eq(self.count),
                self.follows.eq(self.stores),
                self._answer(),
            ).Else(self._again()),
        ]

    def _load(self):
        """Get the next byte of the reply."""
        refusal = Cat(self.live, C(Status.SESSION >> 1, 2))  # or Status.SEQUENCE
        status = Cat(Mux(self.refused, refusal, self.status), C(0, STATUS_BITS - 3))
        head = {
            0: self.data.eq(self.sequence),
            1: self.data.eq(self.operation | REPLY),
            2: self.data.eq(Cat(status, C(self.params.size, 8 - STATUS_BITS))),
            3: self.data.eq(Mux(self.refused, 0, self.done)),
        }
        sections = {
            Section.HEAD: [Case(self.place[:2], head), self._turn()],
            Section.WORDS: [self.data.eq(self.read_byte), self.place.eq(self.place + 1)],
            Section.CRC: [self.data.eq(self.crc.low), self._turn()],
        }
        flag = (self.section == Section.START) | (self.section == Section.STOP)
        return [self.flag.eq(flag), Case(self.section, sections)]

    def _offered(self):
        """Go to the next byte of the reply, or back to receiving."""
        words = self.follows & ~self.refused & self.stores
        sections = {
            Section.START: self.section.eq(Section.HEAD),
            Section.HEAD: self.section.eq(Mux(words, Section.WORDS, Section.CRC)),
            Section.WORDS: If(self.place[2:] == self.done, self.section.eq(Section.CRC)),
            Section.CRC: self.section.eq(Section.STOP),
            Section.STOP: [
                self.section.eq(Section.START),
                self.place.eq(self.start),
                self.state.eq(State.RECEIVE),
            ],
        }
        return If(self.place[:2] == 0, Case(self.section, sections))
