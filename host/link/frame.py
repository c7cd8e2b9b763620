"""Codec of frames: requests to bytes, bytes to replies."""

import zlib
from dataclasses import dataclass

from bitcortex.network.frames import (
    CRC_BYTES,
    ESCAPE,
    FLAG,
    FLIP,
    REPLY,
    REPLY_BYTES,
    RETURNS,
    STATUS_BITS,
    Operation,
    Status,
)

_ESCAPES = tuple((bytes([byte]), bytes([ESCAPE, byte ^ FLIP])) for byte in (ESCAPE, FLAG))
_LONGEST = 2 * (REPLY_BYTES + 4 * 255 + CRC_BYTES)  # bytes between two flags


@dataclass(frozen=True)
class Reply:
    """A reply, its CRC checked."""

    sequence: int  # of the request
    operation: int  # of the request
    status: Status
    size: int  # log2 of the most words of a frame
    count: int  # words done
    words: bytes  # little-endian, 4 each; as many as count, or none


def stuff(body: bytes) -> bytes:
    """Return the frame of a body: CRC, escapes, and a flag at either end."""
    data = body + zlib.crc32(body).to_bytes(CRC_BYTES, "little")
    for special, escaped in _ESCAPES:  # the escape first
        data = data.replace(special, escaped)
    return bytes([FLAG]) + data + bytes([FLAG])


@dataclass(frozen=True)
class Request:
    """A request, as it is sent and repeated.

    Parameters
    ----------
    sequence
        Number, 0 to 255.
    operation
        What to do, an `Operation`.
    address
        In bytes, 0 to 2**32 - 1.
    count
        Words, 0 to 255; the device refuses 0 and what is more than it can hold.
    words
        Little-endian, 4 bytes each.
    """

    sequence: int
    operation: int
    address: int
    count: int
    words: bytes = b""

    def encode(self) -> bytes:
        """Return its frame."""
        head = bytes((self.sequence, self.operation, self.count)) + self.address.to_bytes(
            4, "little"
        )
        return stuff(head + self.words)


class Splitter:
    """Cuts a stream of bytes into frames; what is damaged is counted and left out."""

    def __init__(self) -> None:
        self.damaged = 0  # frames so far
        self._rest = b""

    def clear(self) -> None:
        """Forget a frame that has begun."""
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Return the bodies of the frames that these bytes end, CRC checked and taken off."""
        *frames, self._rest = (self._rest + data).split(bytes([FLAG]))
        if len(self._rest) > _LONGEST:  # noise without a flag
            self._rest = self._rest[-1:]
            self.damaged += 1
        bodies = []
        for frame in filter(None, frames):
            body = unstuff(frame)
            if body is None:
                self.damaged += 1
            else:
                bodies.append(body)
        return bodies


def unstuff(frame: bytes) -> bytes | None:
    """Return the body of what stood between two flags, or None if it is damaged."""
    data = frame
    for special, escaped in reversed(_ESCAPES):  # the escape last
        data = data.replace(escaped, special)
    body, crc = data[:-CRC_BYTES], data[-CRC_BYTES:]
    if len(data) <= CRC_BYTES or zlib.crc32(body) != int.from_bytes(crc, "little"):
        return None
    return body


def decode(body: bytes) -> Reply | None:
    """Return the reply in a body, or None if it is none."""
    if len(body) < REPLY_BYTES or not body[1] & REPLY:
        return None
    sequence, operation, status, count = body[:REPLY_BYTES]
    words = body[REPLY_BYTES:]
    operation ^= REPLY
    try:
        known = Status(status & (1 << STATUS_BITS) - 1)
    except ValueError:
        return None
    if len(words) not in (0, 4 * count):
        return None
    return Reply(sequence, operation, known, status >> STATUS_BITS, count, words)


def complete(reply: Reply) -> bool:
    """Return whether a reply has the words that its status and operation promise."""
    wanted = reply.status is Status.OK and reply.operation in RETURNS
    return len(reply.words) == (4 * reply.count if wanted else 0)


def answers(reply: Reply, request: Request) -> bool:
    """Return whether a reply is the one to a request."""
    if (reply.sequence, reply.operation) != (request.sequence, request.operation):
        return False
    if request.operation == Operation.CANCEL or reply.status is not Status.OK:
        return not reply.words
    echoed = request.operation != Operation.HELLO or reply.words == request.words
    return complete(reply) and reply.count == request.count and echoed
