"""The deframer returns what was framed, whatever came before."""

from hypothesis import given
from hypothesis import strategies as st

from bitcortex.host.link.frame import stuff
from bitcortex.models.link.deframer import Deframer, DeframerParams

BODY = st.binary(min_size=1, max_size=40) | st.lists(
    st.sampled_from([0x7E, 0x7D, 0x5E, 0x5D, 0x20]), min_size=1, max_size=20
).map(bytes)


def frames(line: bytes) -> list[bytes]:
    """Return the bodies with their CRCs; an aborted one is None."""
    model = Deframer(DeframerParams())
    found, body = [], bytearray()
    todo = list(line)
    for _ in range(3 * len(line) + 3):
        ready, valid, data, ends, aborted = model.outputs()
        assert not (valid and ends)
        if valid:
            body.append(data)
        if ends:
            assert not ready
            if not aborted:
                found.append(bytes(body))
            body.clear()
        byte = todo[0] if todo else 0
        model.tick(int(bool(todo)), byte, ends)
        if todo and ready:
            todo.pop(0)
    assert not todo
    return found


@given(st.lists(BODY, max_size=4))
def test_bodies_come_back(bodies: list[bytes]) -> None:
    found = frames(b"".join(map(stuff, bodies)))
    assert [body[:-4] for body in found] == bodies


@given(BODY, BODY)
def test_noise_does_not_cost_the_next_frame(noise: bytes, body: bytes) -> None:
    assert frames(noise + stuff(body))[-1][:-4] == body


def test_flags_in_a_row_are_one() -> None:
    assert frames(b"\x7e\x7e\x7e\x01\x7e\x7e\x02\x7e") == [b"\x01", b"\x02"]


def test_an_escape_before_the_flag_aborts() -> None:
    assert frames(b"\x7e\x01\x7d\x7e\x02\x7e") == [b"\x02"]
    assert frames(b"\x7e\x7d\x7e\x02\x7e") == [b"\x02"]
