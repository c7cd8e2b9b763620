"""The loader: a stream of words becomes the host's writes to a column engine."""

import zlib
from dataclasses import dataclass

from bitcortex import check
from bitcortex.models.column.params import CoreParams, Space
from bitcortex.models.model import Model
from bitcortex.network.words import (
    DELAY_AT,
    LANE_AT,
    MAX_COUNT,
    RECORDED,
    SPACE_AT,
    WIDE_AT,
)

HEADER, ADDRESS, LOW, HIGH = range(4)  # what the next word is
MALFORMED, REFUSED, STARVED = 1, 2, 3  # errors
SPACES = len(Space)
WORD = 0xFFFF_FFFF


@dataclass(frozen=True)
class LoaderParams:
    """Parameters of a loader.

    Parameters
    ----------
    lanes
        Of the engine, a power of two, 1 to 64.
    address_bits
        Of a host address, 1 to 31.
    id_bits, delay_bits
        Of a recorded spike's channel and of the number of its delay, 1 to 20 and 1 to 11.
    recorded
        Whether the engine takes recorded spikes.
    patience_bits
        A recorded spike waits for ``2**patience_bits - 1`` cycles at most, 2 to 30.
    """

    lanes: int = 8
    address_bits: int = 16
    id_bits: int = 12
    delay_bits: int = 4
    recorded: bool = True
    patience_bits: int = 18

    def __post_init__(self) -> None:
        if self.lanes not in (1, 2, 4, 8, 16, 32, 64):
            raise ValueError(f"lanes must be 1, 2, 4, 8, 16, 32 or 64, not {self.lanes}")
        check.integer("address_bits", self.address_bits, 1, 31)
        check.integer("id_bits", self.id_bits, 1, DELAY_AT)
        check.integer("patience_bits", self.patience_bits, 2, 30)
        check.integer(
            "delay_bits", self.delay_bits, 1, 31 - DELAY_AT,
            "Give the synapses of the network fewer different delays",
        )  # fmt: skip

    @classmethod
    def of(cls, params: CoreParams) -> "LoaderParams":
        """Return those of the loader of an engine.

        Raises
        ------
        ValueError
            If there are recorded sources and more delays than a word can number.
        """
        recorded = bool(params.plan.recorded)
        delay_bits = params.delay_bits if recorded else 1
        return cls(params.lanes, params.address_bits, params.id_bits, delay_bits, recorded)

    @property
    def lane_bits(self) -> int:
        """Bits of a lane's number."""
        return max(1, self.lanes.bit_length() - 1)


class Loader(Model):
    """Writes what a stream of words says.

    Ports: ``in_valid`` (in, 1) shows a word ``in_data`` (in, 32), and keeps showing it until
    ``in_ready`` (out, 1) says that it was taken. A header, an address and the entries that it
    announces (see `bitcortex.network.words`) become writes with ``host_we`` (out, 1) of
    ``host_data`` (out, 64) to ``host_space``, ``host_lane``, ``host_address`` (out), addresses
    counting up; or, in the space of recorded spikes, ``feed_valid`` (out, 1) with ``feed_mark``,
    ``feed_delay``, ``feed_id`` (out), each of which waits for ``feed_ready`` (in, 1). ``crc`` (out,
    32) is the CRC-32 of all words, bytes in the order of their value, and ``loaded`` (out, 32) is
    their number. ``error`` (out, 2) is 1 after a header whose space, lane or address is not there,
    or that has no entries, 2 after a write while the engine is ``busy`` (in, 1), and 3 after a
    recorded spike that waited too long; all that follows is then taken and ignored. ``clear``
    (in, 1) makes it all as after a reset.

    **Timing**: a word per four cycles, a byte of the CRC in each; a recorded spike more if it
    waits. The engine's memory is written in the cycle after its word was taken.
    """

    INPUTS = ("clear", "in_valid", "in_data", "busy", "feed_ready")
    OUTPUTS = (
        "in_ready", "host_we", "host_space", "host_lane", "host_address", "host_data",
        "feed_valid", "feed_mark", "feed_delay", "feed_id", "crc", "loaded", "error",
    )  # fmt: skip

    def __init__(self, params: LoaderParams) -> None:
        super().__init__(params)
        self.reset()

    def reset(self) -> None:
        self.state, self.byte = HEADER, 0
        self.space = self.wide = self.lane = self.count = self.address = 0
        self.host_we = self.low = self.high = self.waited = 0
        self.crc = self.loaded = self.error = 0

    def tick(
        self, clear: int, in_valid: int, in_data: int, busy: int, feed_ready: int
    ) -> tuple[int, ...]:
        params = self.params
        last = in_valid and self.byte == 3
        records = self.space == RECORDED
        feeds = int(last and self.state == LOW and records and not self.error)
        expired = feeds and not feed_ready and self.waited == (1 << params.patience_bits) - 1
        taken = int(last and (not feeds or feed_ready or expired))
        shown = (
            taken, self.host_we, self.space, self.lane, self.address, self.high << 32 | self.low,
            feeds, in_data >> 31, in_data >> DELAY_AT & ((1 << params.delay_bits) - 1),
            in_data & ((1 << params.id_bits) - 1), self.crc, self.loaded, self.error,
        )  # fmt: skip
        wrote, self.host_we = self.host_we, 0
        if wrote:
            self.address = (self.address + 1) & ((1 << params.address_bits) - 1)
        if taken and not self.error:
            self._take(in_data, busy, records)
        self.waited = self.waited + 1 if feeds and not taken else 0
        if expired:
            self.error = STARVED
        if taken or (in_valid and not last):
            self.crc = zlib.crc32(bytes([in_data >> 8 * self.byte & 0xFF]), self.crc)
            self.byte = (self.byte + 1) & 3
        if taken:
            self.loaded = (self.loaded + 1) & WORD
        if clear:
            self.reset()
        return shown

    def _take(self, word: int, busy: int, records: bool) -> None:
        """Do what a word says."""
        params = self.params
        if self.state == HEADER:
            space, lane = word >> SPACE_AT, word >> LANE_AT & 0x7F
            self.space, self.wide = space, word >> WIDE_AT & 1
            self.lane, self.count = lane & (params.lanes - 1), word & MAX_COUNT
            known = space < SPACES or (params.recorded and space == RECORDED and not self.wide)
            if not known or lane >= params.lanes or not self.count:
                self.error = MALFORMED
            self.state = ADDRESS
        elif self.state == ADDRESS:
            self.address = word & ((1 << params.address_bits) - 1)
            if word >> params.address_bits:
                self.error = MALFORMED
            self.state = LOW
        elif self.state == LOW and self.wide:
            self.low, self.state = word, HIGH
        else:
            if self.state == HIGH:
                self.high = word
            else:
                self.low, self.high = word, 0
            if not records:
                self.host_we = 1 - busy
                if busy:
                    self.error = REFUSED
            self.count -= 1
            self.state = LOW if self.count else HEADER
