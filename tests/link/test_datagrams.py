"""What the device's framer says becomes a datagram per frame, and the host reads it."""

from hypothesis import given
from hypothesis import strategies as st

from bitcortex.host.link.frame import Splitter, stuff
from bitcortex.models.link.datagrams import Datagrams, DatagramsParams
from bitcortex.network.frames import FLAG


def datagrams(params: DatagramsParams, line: bytes) -> list[bytes]:
    """Return the datagrams that bytes of the line become; lengths and ends agree."""
    model, found, now = Datagrams(params), [], bytearray()
    at = 0
    while at < len(line) or model.sends:
        byte = line[at] if at < len(line) else 0
        taken, valid, data, last, length = model.tick(int(at < len(line)), byte, 1)
        at += taken and at < len(line)
        if valid:
            now.append(data)
            if last:
                assert len(now) == length
                found.append(bytes(now))
                now.clear()
    return found


@given(st.lists(st.binary(min_size=1, max_size=200), max_size=5))
def test_a_datagram_per_frame(bodies: list[bytes]) -> None:
    found = datagrams(DatagramsParams(), b"".join(stuff(body) for body in bodies))
    assert len(found) == len(bodies)
    assert all(len(datagram) >= 18 for datagram in found)
    whole = b"".join(found)
    assert Splitter().feed(whole) == bodies
    assert whole.rstrip(bytes([FLAG])) in b"".join(
        datagram.ljust(18, bytes([FLAG])) for datagram in map(stuff, bodies)
    )


def test_more_bytes_than_there_is_room() -> None:
    first, second = datagrams(DatagramsParams(4, 5), bytes(range(16)) + b"\x01\x7e")
    assert first == bytes(range(16))
    assert second == b"\x01\x7e\x7e\x7e\x7e"
