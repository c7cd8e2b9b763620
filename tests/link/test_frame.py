"""The codec returns what it was given, and never what was damaged."""

from hypothesis import given
from hypothesis import strategies as st

from bitcortex.host.link.frame import Reply, Request, Splitter, complete, decode, stuff
from bitcortex.network.frames import ESCAPE, FLAG, Operation, Status

BODIES = st.lists(st.binary(min_size=1, max_size=60), max_size=5)


@given(BODIES, st.integers(1, 7))
def test_bodies_come_back_in_any_pieces(bodies: list[bytes], size: int) -> None:
    line = b"".join(map(stuff, bodies))
    splitter = Splitter()
    found = [b for k in range(0, len(line), size) for b in splitter.feed(line[k : k + size])]
    assert found == bodies
    assert splitter.damaged == 0


@given(st.binary(min_size=1, max_size=60), st.data())
def test_a_changed_byte_is_found(body: bytes, data: st.DataObject) -> None:
    line = bytearray(stuff(body))
    at = data.draw(st.integers(0, len(line) - 1))
    line[at] ^= data.draw(st.integers(1, 255))
    splitter = Splitter()
    found = splitter.feed(bytes(line)) + splitter.feed(stuff(b"next"))
    assert found[-1] == b"next"
    assert found[:-1] in ([], [body])  # the body only where the first flag was hit
    assert found[:-1] == [] or at in (0, len(line) - 1)


@given(st.binary(max_size=60))
def test_no_flag_inside(body: bytes) -> None:
    line = stuff(body)
    assert line[0] == line[-1] == FLAG
    assert FLAG not in line[1:-1]


def test_request() -> None:
    """The bytes of 0008-boards.md."""
    line = Request(5, Operation.WRITE, 0x1000_0004, 1, b"\x7e\x7d\x01\x02").encode()
    head = bytes([FLAG, 5, 2, 1, 4, 0, 0, 0x10])
    assert line.startswith(head + bytes([ESCAPE, 0x5E, ESCAPE, 0x5D, 1, 2]))


def test_reply() -> None:
    assert decode(bytes([9, 0x81, 0x60, 1, 1, 2, 3, 4])) == Reply(
        9, Operation.READ, Status.OK, 6, 1, b"\x01\x02\x03\x04"
    )
    for wrong in (
        b"",
        b"\x09\x81\x60",
        b"\x09\x01\x60\x00",
        b"\x09\x81\x6f\x00",
        b"\x09\x81\x60\x02abc",
    ):
        assert decode(wrong) is None


def test_complete() -> None:
    assert complete(Reply(0, Operation.READ, Status.OK, 6, 1, b"abcd"))
    assert not complete(Reply(0, Operation.READ, Status.OK, 6, 1, b""))
    assert complete(Reply(0, Operation.READ, Status.BUS, 6, 1, b""))
    assert not complete(Reply(0, Operation.WRITE, Status.OK, 6, 1, b"abcd"))


def test_noise_without_a_flag_is_bounded() -> None:
    splitter = Splitter()
    for _ in range(100):
        assert splitter.feed(bytes(1000)) == []
    assert splitter.damaged
    assert splitter.feed(stuff(b"a")) == [b"a"]
