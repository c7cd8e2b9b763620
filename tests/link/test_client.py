"""The link returns what the board holds, or says why it cannot."""

import socket
import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from link_loop import APPEND, MEMORY, NOTHING, TAKE, LoopTransport

from bitcortex.errors import BusError, LinkError, RestartError, UserError
from bitcortex.host.link import Link, TcpTransport
from bitcortex.models.link.device import DeviceParams


class Tap:
    """A line that can be cut: calls of it return nothing while `open` is false."""

    def __init__(self) -> None:
        self.open = True
        self.bytes = 0

    def __call__(self, data: bytes) -> bytes:
        self.bytes += len(data)
        return data if self.open else b""


class Board:
    """A golden device with a link, and a tap in either direction."""

    def __init__(self, words: int = 16, timeout_s: float = 2.0) -> None:
        self.there, self.back = Tap(), Tap()
        self.transport = LoopTransport(DeviceParams(words), self.there, self.back)
        self.link = self.open(timeout_s)

    def open(self, timeout_s: float = 2.0) -> Link:
        return Link(self.transport, timeout_s=timeout_s, clock=self.transport.clock)


@given(st.integers(0, 200), st.lists(st.integers(0, 2**32 - 1), max_size=50))
@settings(max_examples=20, deadline=None)
def test_words_come_back(at: int, words: list[int]) -> None:
    board = Board()
    board.link.write(MEMORY + 4 * at, words)
    found = board.link.read(MEMORY + 4 * at, len(words))
    assert found.dtype == np.uint32
    assert found.tolist() == words
    assert sum(board.transport.target.counts) == len(words)


def test_fixed_addresses_and_single_words() -> None:
    board = Board()
    assert board.link.read_fixed(TAKE, 40).tolist() == list(range(40))
    board.link.write_fixed(APPEND, [1, 2])
    board.link.write(MEMORY, 7)
    board.link.write(MEMORY + 4, np.array([8], np.uint32))
    assert board.link.read(APPEND).tolist() == [5]
    assert board.transport.target.memory[:2] == [7, 8]
    assert board.link.statistics.words_written == 4
    assert board.link.statistics.words_read == 41


def test_frames_get_longer_while_all_goes_well() -> None:
    board = Board(64)
    assert board.link.frame_words == 8
    board.link.read(MEMORY, 200)
    assert board.link.frame_words == 64
    assert board.link.statistics.transactions == 6  # of 8, 16, 32, 64, 64 and 16 words
    assert board.link.statistics.retries == 0


def test_frames_get_shorter_where_they_get_lost() -> None:
    board = Board(64)
    board.link.read(MEMORY, 200)
    lost = 3

    def lose(data: bytes) -> bytes:
        nonlocal lost
        lost -= 1
        return b"" if lost >= 0 else data

    board.transport.there = lose
    board.link.read(MEMORY, 64)
    assert board.link.frame_words == 32
    assert board.link.statistics.retries == 3
    assert board.link.statistics.timeouts == 3
    board.link.read(MEMORY, 8 * 32)
    assert board.link.frame_words == 64


@pytest.mark.parametrize("cut", ["there", "back"])
def test_a_line_on_which_nothing_long_gets_through(cut: str) -> None:
    """It was good when the session began: what is in flight is given up, and done in pieces."""
    board = Board(64)
    board.link.read(MEMORY, 200)
    assert board.link.frame_words == 64
    before = board.transport.target.take
    setattr(board.transport, cut, lambda data: data if len(data) < 60 else data[:-20])
    words = list(range(1000, 1100))
    board.link.write(MEMORY, words)
    board.link.write_fixed(APPEND, [1, 2])
    assert board.transport.target.counts[:101] == [1] * 100 + [0]
    assert board.transport.target.append == 5
    assert board.link.frame_words <= (8 if cut == "there" else 64)
    board.link.frame_words = 64
    assert board.link.read(MEMORY, 100).tolist() == words
    assert board.link.frame_words <= (64 if cut == "there" else 8)
    if cut == "there":
        board.link.frame_words = 64
        assert board.link.read_fixed(TAKE, 100).tolist() == list(range(before, before + 100))


def test_words_of_a_fifo_are_not_given_up() -> None:
    """Executed, and their reply lost six times: the device still has them."""
    board = Board(64)
    lost = 7

    def lose(data: bytes) -> bytes:
        nonlocal lost
        lost -= len(data) > 20
        return data if lost < 0 or len(data) < 20 else b""

    board.transport.back = lose
    assert board.link.read_fixed(TAKE, 8).tolist() == list(range(8))
    assert lost == -1
    assert board.transport.target.take == 8
    assert board.link.read_fixed(TAKE, 2).tolist() == [8, 9]


def test_a_lost_reply_is_asked_for_again() -> None:
    board = Board()
    replies = []

    def first_only_later(data: bytes) -> bytes:
        replies.append(data)
        return b"" if len(replies) < 3 else data

    board.transport.back = first_only_later
    board.link.write_fixed(APPEND, 5)
    assert board.transport.target.append == 5
    assert replies[0] == replies[2]


def test_a_late_reply_is_not_taken_for_another() -> None:
    board = Board()
    board.link.write(MEMORY, [1, 2])
    board.transport.back = lambda data: data + data
    assert board.link.read(MEMORY).tolist() == [1]
    assert board.link.read(MEMORY + 4).tolist() == [2]
    late: list[bytes] = []

    def hold(data: bytes) -> bytes:
        late.append(data)
        return late[-2] if len(late) > 1 else b""

    board.transport.back = hold
    assert board.link.read(MEMORY).tolist() == [1]
    assert board.link.read(MEMORY + 4).tolist() == [2]
    assert board.link.statistics.stale


def test_a_damaged_reply_is_asked_for_again_soon() -> None:
    board = Board()
    wrong = [True]

    def damage(data: bytes) -> bytes:
        if wrong and data:
            wrong.clear()
            return data[:3] + bytes([data[3] ^ 1]) + data[4:]
        return data

    board.transport.back = damage
    before = board.transport.now
    assert board.link.read(MEMORY).tolist() == [0]
    assert board.link.statistics.damaged == 1
    assert board.transport.now - before < 0.05


def test_silence_ends_at_the_deadline() -> None:
    board = Board(timeout_s=2.0)
    board.there.open = False
    before = board.transport.now
    with pytest.raises(LinkError, match=r"did not answer in 2 s, \d+ requests. Is it powered"):
        board.link.read(MEMORY)
    assert board.transport.now - before == pytest.approx(2.0, abs=0.01)
    assert issubclass(LinkError, UserError)


def test_nobody_there() -> None:
    transport = LoopTransport(DeviceParams(), there=lambda data: b"")
    with pytest.raises(LinkError, match="the board did not answer in 1 s"):
        Link(transport, timeout_s=1.0, clock=transport.clock)
    assert transport.closed


@pytest.mark.parametrize("cut", ["there", "back"])
def test_what_failed_is_not_executed_later(cut: str) -> None:
    """Given up, it has been executed or never will be; and the numbers agree again."""
    board = Board()
    board.link.write_fixed(APPEND, 1)
    getattr(board, cut).open = False
    with pytest.raises(LinkError):
        board.link.write_fixed(APPEND, 2)
    value = board.transport.target.append
    assert value == {"there": 1, "back": 5}[cut]
    getattr(board, cut).open = True
    assert board.link.read(APPEND).tolist() == [value]
    board.link.write_fixed(APPEND, 3)
    assert board.transport.target.append == 3 * value + 3


def test_what_failed_first_is_not_executed_later() -> None:
    board = Board()
    board.back.open = False
    with pytest.raises(LinkError):
        board.link.write_fixed(APPEND, 2)
    board.back.open = True
    assert board.link.read(APPEND).tolist() == [2]


def test_a_restart_is_noticed() -> None:
    board = Board()
    board.link.write(MEMORY, 1)
    board.transport.power_on(DeviceParams(16))
    for _ in range(2):
        with pytest.raises(RestartError, match=r"restarted, and what it held is lost. Open it ag"):
            board.link.read(MEMORY)
    assert board.open().read(MEMORY).tolist() == [0]


def test_a_restart_is_noticed_after_a_failure() -> None:
    board = Board()
    board.link.write(MEMORY, 1)
    board.there.open = False
    with pytest.raises(LinkError):
        board.link.write(MEMORY, 2)
    board.there.open = True
    board.transport.power_on(DeviceParams(16))
    with pytest.raises(RestartError):
        board.link.read(MEMORY)


def test_a_restart_before_anything_was_done_costs_nothing() -> None:
    board = Board()
    board.transport.power_on(DeviceParams(16))
    board.link.write(MEMORY, 3)
    assert board.transport.target.memory[0] == 3


def test_a_board_that_restarts_again_and_again() -> None:
    board = Board()

    def restart(data: bytes) -> bytes:
        board.transport.power_on(DeviceParams(16))
        return data

    board.transport.there = restart
    with pytest.raises(RestartError, match="again and again"):
        board.link.read(MEMORY)


def test_a_new_host_begins_anew() -> None:
    """Also where the old one stopped in the middle of a frame."""
    board = Board()
    board.link.write(MEMORY, [1, 2, 3])
    board.transport.write(b"\x7e\x05\x02\x7d")
    assert board.open().read(MEMORY, 3).tolist() == [1, 2, 3]
    with pytest.raises(RestartError, match="another program has opened the board"):
        board.link.read(MEMORY)


def test_a_reply_to_an_older_hello_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same sequence number in both: the words tell them apart."""
    board = Board()
    numbers = iter([b"\x05", b"aaaa", b"\x05", b"bbbb"])
    monkeypatch.setattr("os.urandom", lambda size: next(numbers))
    kept: list[bytes] = []

    def keep(data: bytes) -> bytes:
        kept.append(data)
        return data

    board.transport.back = keep
    board.open()
    sent: list[bytes] = []

    def old_first(data: bytes) -> bytes:
        sent.append(data)
        return kept[0] if len(sent) == 1 else data

    board.transport.back = old_first
    link = board.open()
    assert link.statistics.stale == 1
    assert link.read(MEMORY).tolist() == [0]


def test_nothing_at_an_address() -> None:
    board = Board()
    with pytest.raises(BusError, match=r"address 0x00004000 cannot be read: .* after 2 words"):
        board.link.read(NOTHING - 8, 4)
    with pytest.raises(BusError, match="address 0x00004000 cannot be written"):
        board.link.write_fixed(NOTHING, 1)
    assert board.link.read(MEMORY).tolist() == [0]


def test_mistakes() -> None:
    link = Board().link
    with pytest.raises(ValueError, match="address must be a multiple of 4, not 0x2"):
        link.read(2)
    with pytest.raises(ValueError, match="address must be in"):
        link.read(0xFFFF_FFFC, 2)
    with pytest.raises(ValueError, match="count must be in"):
        link.read(0, -1)
    with pytest.raises(ValueError, match=r"words\[1\] must be in 0..4294967295, not -1"):
        link.write(0, [1, -1])
    with pytest.raises(TypeError, match="words must be integers, not float64"):
        link.write(0, [1.5])
    with pytest.raises(ValueError, match="words must be a number or a list"):
        link.write(0, [[1]])
    with pytest.raises(ValueError, match="timeout_s must be in"):
        Board(timeout_s=0.0)


def test_it_closes_the_transport() -> None:
    board = Board()
    with board.link as link:
        link.read(MEMORY)
    assert board.transport.closed


def test_real_time() -> None:
    """With the machine's clock, silence ends too."""

    class Silent:
        byte_s = 1e-5

        def write(self, data: bytes) -> None: ...

        def read(self, timeout_s: float) -> bytes:
            time.sleep(min(timeout_s, 0.01))
            return b"\x7eabc"

        def close(self) -> None: ...

    start = time.monotonic()
    with pytest.raises(LinkError, match="did not answer"):
        Link(Silent(), timeout_s=0.3, reply_s=0.05)
    assert time.monotonic() - start < 2.0


def test_over_tcp() -> None:
    """The whole way, with the machine's clock and a board in another thread."""
    board = LoopTransport(DeviceParams(16))

    def serve(listening: socket.socket) -> None:
        peer, _ = listening.accept()
        with peer:
            while data := peer.recv(4096):
                board.write(data)
                peer.sendall(board.run())

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = threading.Thread(target=serve, args=(listening,))
        server.start()
        with Link(TcpTransport("127.0.0.1", listening.getsockname()[1])) as link:
            link.write(MEMORY, np.arange(100))
            assert link.read(MEMORY, 100).tolist() == list(range(100))
        server.join(10.0)
    assert not server.is_alive()
    assert board.target.counts[:101] == [1] * 100 + [0]
