"""The device executes a request once, whatever happens to its frame or its reply."""

import numpy as np
import pytest
from link_loop import APPEND, CYCLE_S, MEMORY, NOTHING, TAKE, LoopTransport

from bitcortex.host.link.frame import Reply, Request, Splitter, complete, decode, stuff
from bitcortex.models.link.device import DeviceParams
from bitcortex.network.frames import Operation, Status


class Line:
    """A golden device that is asked frame by frame."""

    def __init__(self, words: int = 8, hello: int | None = 0) -> None:
        self.transport = LoopTransport(DeviceParams(words))
        self.target = self.transport.target
        if hello is not None:
            self.ask(hello, Operation.HELLO, 0, 1, b"abcd")

    def send(self, line: bytes) -> list[Reply]:
        """Return the replies to bytes."""
        self.transport.write(line)
        replies = [decode(body) for body in Splitter().feed(self.transport.run())]
        assert None not in replies
        return [reply for reply in replies if reply]

    def ask(
        self, sequence: int, operation: int, address: int, count: int, words: bytes = b""
    ) -> Reply:
        """Return the one reply to a request."""
        (reply,) = self.send(Request(sequence, operation, address, count, words).encode())
        assert (reply.sequence, reply.operation) == (sequence, operation)
        return reply


def little(*words: int) -> bytes:
    return np.array(words, "<u4").tobytes()


def test_write_and_read() -> None:
    line = Line()
    words = little(1, 0x7D7E7D7E, 0xFFFFFFFF)
    assert line.ask(1, Operation.WRITE, MEMORY + 8, 3, words).status is Status.OK
    assert line.target.memory[1:6] == [0, 1, 0x7D7E7D7E, 0xFFFFFFFF, 0]
    reply = line.ask(2, Operation.READ, MEMORY + 8, 3)
    assert (reply.status, reply.count, reply.words) == (Status.OK, 3, words)
    assert reply.size == 3


def test_fixed_address() -> None:
    line = Line()
    line.ask(1, Operation.WRITE_FIXED, APPEND, 3, little(5, 6, 7))
    assert line.target.append == (5 * 3 + 6) * 3 + 7
    assert line.ask(2, Operation.READ_FIXED, TAKE, 3).words == little(0, 1, 2)


def test_hello_returns_its_words() -> None:
    line = Line(hello=None)
    reply = line.ask(77, Operation.HELLO, 0, 2, b"nonce!!!")
    assert (reply.status, reply.words) == (Status.OK, b"nonce!!!")
    assert line.ask(78, Operation.READ, MEMORY, 1).status is Status.OK


def test_a_repeat_is_answered_and_not_executed() -> None:
    line = Line()
    first = line.ask(1, Operation.READ_FIXED, TAKE, 4)
    assert line.ask(1, Operation.READ_FIXED, TAKE, 4) == first
    assert line.target.take == 4
    done = line.ask(2, Operation.WRITE_FIXED, APPEND, 1, little(9))
    assert line.ask(2, Operation.WRITE_FIXED, APPEND, 1, little(9)) == done
    assert line.target.append == 9


def test_a_damaged_repeat_leaves_the_stored_reply() -> None:
    """Other words, another count and address: the reply is not where a request is written."""
    line = Line()
    first = line.ask(1, Operation.READ_FIXED, TAKE, 8)
    other = bytearray(Request(1, Operation.WRITE, MEMORY, 8, bytes(range(100, 132))).encode())
    other[-3] ^= 1
    assert line.send(bytes(other)) == []
    assert line.ask(1, Operation.READ_FIXED, TAKE, 8) == first
    assert line.target.memory[:8] == [0] * 8


def test_a_refused_frame_leaves_the_stored_reply() -> None:
    line = Line()
    first = line.ask(1, Operation.READ_FIXED, TAKE, 2)
    for sequence in (0, 3, 129, 255):
        reply = line.ask(sequence, Operation.READ, MEMORY, 1)
        assert (reply.status, reply.count, reply.words) == (Status.SEQUENCE, 0, b"")
    assert line.ask(1, Operation.READ_FIXED, TAKE, 2) == first


def test_numbers_wrap() -> None:
    line = Line(hello=254)
    for sequence in (255, 0, 1):
        assert line.ask(sequence, Operation.READ_FIXED, TAKE, 1).status is Status.OK
    assert line.target.take == 3


def test_no_session_before_hello() -> None:
    line = Line(hello=None)
    for sequence in (0, 1):
        reply = line.ask(sequence, Operation.WRITE, MEMORY, 1, little(1))
        assert (reply.status, reply.count) == (Status.SESSION, 0)
    assert line.target.memory[0] == 0


def test_cancel() -> None:
    """It takes the number if the device never saw the request, and else gets its status."""
    line = Line()
    assert line.ask(1, Operation.CANCEL, 0, 1).status is Status.OPERATION
    assert line.ask(1, Operation.WRITE_FIXED, APPEND, 1, little(3)).status is Status.OPERATION
    assert line.target.append == 0
    first = line.ask(2, Operation.READ_FIXED, TAKE, 3)
    reply = line.ask(2, Operation.CANCEL, 0, 1)
    assert (reply.status, reply.count, reply.words) == (Status.OK, 3, b"")
    assert line.ask(2, Operation.READ_FIXED, TAKE, 3) == first


@pytest.mark.parametrize(
    ("operation", "address", "count", "words", "status", "done"),
    [
        (Operation.READ, NOTHING, 2, b"", Status.BUS, 0),
        (Operation.READ, NOTHING - 8, 4, b"", Status.BUS, 2),
        (Operation.WRITE, MEMORY + 0xFFC, 2, little(1, 2), Status.BUS, 1),
        (Operation.READ, MEMORY, 0, b"", Status.COUNT, 0),
        (Operation.READ, MEMORY, 9, b"", Status.COUNT, 0),
        (Operation.READ, MEMORY, 1, little(1), Status.COUNT, 0),
        (Operation.WRITE, MEMORY, 2, little(1), Status.COUNT, 0),
        (Operation.WRITE, MEMORY, 1, b"abc", Status.COUNT, 0),
        (Operation.WRITE, MEMORY, 9, little(*range(9)), Status.COUNT, 0),
        (Operation.WRITE, MEMORY, 1, little(*range(60)), Status.COUNT, 0),
        (Operation.READ, MEMORY + 1, 1, b"", Status.ADDRESS, 0),
        (Operation.WRITE, MEMORY + 2, 1, little(1), Status.ADDRESS, 0),
        (5, MEMORY, 1, b"", Status.OPERATION, 0),
        (0x42, MEMORY, 1, b"", Status.OPERATION, 0),
    ],
)
def test_refusals(
    operation: int, address: int, count: int, words: bytes, status: Status, done: int
) -> None:
    line = Line()
    reply = line.ask(1, operation, address, count, words)
    assert (reply.status, reply.count, reply.words) == (status, done, b"")
    assert complete(reply)
    assert line.ask(1, operation, address, count, words) == reply
    assert sum(line.target.counts) == (done if operation == Operation.WRITE else 0)
    assert line.ask(2, Operation.READ, MEMORY, 1).status is Status.OK


def test_what_is_shorter_than_a_request_is_dropped() -> None:
    line = Line()
    for length in range(7):
        assert line.send(stuff(bytes([1, Operation.READ, 1, 0, 0, 0, 0][:length]))) == []
    assert line.ask(1, Operation.READ, MEMORY, 1).status is Status.OK


def test_nothing_happens_before_the_crc_is_checked() -> None:
    line = Line()
    frame = Request(1, Operation.WRITE, MEMORY, 2, little(1, 2)).encode()
    for at in range(1, len(frame) - 1):
        for bit in range(8):
            wrong = bytearray(frame)
            wrong[at] ^= 1 << bit
            assert line.send(bytes(wrong)) == []
    assert line.send(frame[:-1] + b"\x7d\x7e") == []  # cut off by an escape
    assert line.target.counts[:2] == [0, 0]
    (reply,) = line.send(b"\x7e\x7e" + frame + b"\x7e")
    assert reply.status is Status.OK


def test_timing() -> None:
    """Per word, with a bus that answers at once: 7 cycles to write it, 7 to read it."""
    line = Line(64)

    def cycles(sequence: int, operation: int, count: int, words: bytes = b"") -> int:
        before = line.transport.now
        assert line.ask(sequence, operation, MEMORY, count, words).status is Status.OK
        return round((line.transport.now - before) / CYCLE_S)

    one = cycles(1, Operation.WRITE, 1, little(1))
    assert cycles(2, Operation.WRITE, 11, little(*[1] * 11)) - one == 10 * (4 + 7)
    one = cycles(3, Operation.READ, 1)
    assert cycles(4, Operation.READ, 11) - one == 10 * (7 + 2 * 4)


def test_bad_parameters() -> None:
    with pytest.raises(ValueError, match="words must be one of 2, 4, 8, 16, 32, 64, 128, not 3"):
        DeviceParams(3)
