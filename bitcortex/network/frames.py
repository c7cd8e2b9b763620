"""Bytes and numbers of the framed link, for both of its ends (docs/decisions/0008-boards.md).

A frame is a body between flags; in the body, a flag or an escape is an escape and the byte XOR
`FLIP` (RFC 1662). Numbers are little-endian.

====== ========================================================================================
frame  body
====== ========================================================================================
request  sequence (1), operation (1), count (1), byte address (4), words (4 each), CRC-32 (4)
reply    sequence (1), operation + `REPLY` (1), size and status (1), count (1), words, CRC-32 (4)
====== ========================================================================================

A request has words if its operation is in `SENDS`. A reply has words if its status is OK and its
operation is in `RETURNS`; else its count is how many words were done.
"""

from enum import IntEnum

FLAG = 0x7E  # begins and ends a frame
ESCAPE = 0x7D  # the next byte is XOR FLIP
FLIP = 0x20
REPLY = 0x80  # added to the operation in a reply
REQUEST_BYTES = 7  # of a request before its words
REPLY_BYTES = 4  # of a reply before its words
CRC_BYTES = 4
STATUS_BITS = 4  # of the third byte of a reply; above them, log2 of the most words of a frame


class Operation(IntEnum):
    """What a request asks for."""

    HELLO = 0  # begin a session with this sequence number, and return the words
    READ = 1  # words at addresses counting up
    WRITE = 2  # words at addresses counting up
    READ_FIXED = 3  # words at one address, a FIFO
    WRITE_FIXED = 4  # words at one address
    CANCEL = 14  # unknown to every device: takes the sequence number, does nothing, has no words


class Status(IntEnum):
    """How a request went."""

    OK = 0  # done
    BUS = 1  # the bus answered with an error, after `count` words
    COUNT = 2  # no word, too many, or not as many as came
    ADDRESS = 3  # not a multiple of four
    OPERATION = 4  # unknown
    SESSION = 6  # no hello since the device was started; nothing was done
    SEQUENCE = 7  # neither the last nor the next sequence number; nothing was done


SENDS = frozenset({Operation.HELLO, Operation.WRITE, Operation.WRITE_FIXED})
RETURNS = frozenset({Operation.HELLO, Operation.READ, Operation.READ_FIXED})
