"""The loader: a stream of words becomes the host's writes to a column engine."""

from functools import reduce
from operator import or_, xor

from migen import Case, Cat, If, Module, Mux, Signal

from bitcortex.models.column.loader import (
    ADDRESS,
    HEADER,
    HIGH,
    LOW,
    MALFORMED,
    REFUSED,
    SPACES,
    STARVED,
    LoaderParams,
)
from bitcortex.network.words import (
    COUNT_BITS,
    DELAY_AT,
    LANE_AT,
    RECORDED,
    SPACE_AT,
    WIDE_AT,
)

POLYNOMIAL = 0xEDB8_8320  # of CRC-32, the highest power in the lowest bit


def crc_byte(state, byte):
    """Return the CRC's 32 bits after a byte: of each, which bits of both add up to it."""
    terms = [{k} for k in range(32)]
    for k in range(8):
        terms[k] = {k, 32 + k}
    for _ in range(8):
        lowest, terms = terms[0], [*terms[1:], set()]
        terms = [t ^ lowest if POLYNOMIAL >> k & 1 else t for k, t in enumerate(terms)]
    bits = [*(state[k] for k in range(32)), *(byte[k] for k in range(8))]
    return Cat(*(reduce(xor, [bits[k] for k in sorted(term)]) for term in terms))


class Loader(Module):
    """Writes what a stream of words says. See `bitcortex.models.column.loader`.

    **Timing**: a word stays for four cycles, in which its bytes go into the CRC; in the last one it
    is decoded.
    """

    def __init__(self, params: LoaderParams):
        self.clear = Signal()  # as after a reset
        self.in_valid = Signal()  # a word, until it is taken
        self.in_data = Signal(32)  # this one
        self.busy = Signal()  # the engine must not be written to
        self.feed_ready = Signal()  # the engine takes the recorded spike
        self.in_ready = Signal()  # the word is taken
        self.host_we = Signal()  # write
        self.host_space = Signal(4)  # to this memory
        self.host_lane = Signal(params.lane_bits)  # of this lane
        self.host_address = Signal(params.address_bits)  # at this address
        self.host_data = Signal(64)  # this
        self.feed_valid = Signal()  # a recorded spike
        self.feed_mark = Signal()  # or the end of those of a step
        self.feed_delay = Signal(params.delay_bits)  # number of its delay
        self.feed_id = Signal(params.id_bits)  # its channel
        self.crc = Signal(32)  # of all words
        self.loaded = Signal(32)  # their number
        self.error = Signal(2)  # why words are ignored

        # # #

        word, byte = self.in_data, Signal(2)
        state, wide, count = Signal(max=4), Signal(), Signal(COUNT_BITS)
        last, acts, records = Signal(), Signal(), Signal()
        waits, expired, waited = Signal(), Signal(), Signal(params.patience_bits)
        self.comb += [
            records.eq(self.host_space == RECORDED),
            last.eq(self.in_valid & (byte == 3)),
            self.feed_valid.eq(last & (state == LOW) & records & (self.error == 0)),
            waits.eq(self.feed_valid & ~self.feed_ready),
            expired.eq(waits & (waited == 2**params.patience_bits - 1)),
            self.in_ready.eq(last & (~waits | expired)),
            acts.eq(self.in_ready & (self.error == 0)),
            self.feed_mark.eq(word[31]),
            self.feed_delay.eq(word[DELAY_AT:]),
            self.feed_id.eq(word),
        ]

        # The CRC takes a byte per cycle, the last one when the word goes.
        crc, part = Signal(32, reset=0xFFFF_FFFF), Signal(8)
        self.comb += [
            Case(byte, {k: part.eq(word[8 * k : 8 * k + 8]) for k in range(4)}),
            self.crc.eq(~crc),
        ]
        self.sync += [
            If(
                self.in_valid & (~last | self.in_ready),
                crc.eq(crc_byte(crc, part)),
                byte.eq(byte + 1),
            ),
            If(self.in_ready, self.loaded.eq(self.loaded + 1)),
        ]

        # What a word says, in its last cycle.
        space, lane = word[SPACE_AT:], word[LANE_AT:WIDE_AT]
        known, beyond = Signal(), Signal()
        feeds = (space == RECORDED) & ~word[WIDE_AT] if params.recorded else 0
        self.comb += [
            known.eq((space < SPACES) | feeds),
            beyond.eq(reduce(or_, [word[k] for k in range(params.address_bits, 32)])),
        ]
        entry = [
            count.eq(count - 1),
            state.eq(Mux(count == 1, HEADER, LOW)),
            If(~records, If(self.busy, self.error.eq(REFUSED)).Else(self.host_we.eq(1))),
        ]
        low, high = self.host_data[:32], self.host_data[32:]
        self.sync += [
            self.host_we.eq(0),
            If(self.host_we, self.host_address.eq(self.host_address + 1)),
            If(
                acts,
                Case(
                    state,
                    {
                        HEADER: [
                            self.host_space.eq(space),
                            wide.eq(word[WIDE_AT]),
                            self.host_lane.eq(lane),
                            count.eq(word),
                            If(
                                ~known | (lane >= params.lanes) | (word[:COUNT_BITS] == 0),
                                self.error.eq(MALFORMED),
                            ),
                            state.eq(ADDRESS),
                        ],
                        ADDRESS: [
                            self.host_address.eq(word),
                            If(beyond, self.error.eq(MALFORMED)),
                            state.eq(LOW),
                        ],
                        LOW: [
                            low.eq(word),
                            If(wide, state.eq(HIGH)).Else(high.eq(0), *entry),
                        ],
                        HIGH: [high.eq(word), *entry],
                    },
                ),
            ),
        ]
        # A bus that waits for ever could not be freed: not even the reset would come through.
        self.sync += [
            If(waits, waited.eq(waited + 1)).Else(waited.eq(0)),
            If(expired, self.error.eq(STARVED)),
        ]
        registers = (
            byte, state, wide, count, waited, crc, self.host_we, self.host_space, self.host_lane,
            self.host_address, self.host_data, self.loaded, self.error,
        )  # fmt: skip
        self.sync += If(self.clear, [r.eq(r.reset) for r in registers])
