"""Bytes go through ports and sockets, and every failure says what to do."""

import errno
import os
import pty
import socket
import tty
from collections.abc import Iterator

import pytest

from bitcortex.errors import LinkError
from bitcortex.host.link import SerialTransport, TcpTransport, UdpTransport
from bitcortex.host.link.transport import _refusal


@pytest.fixture
def terminal() -> Iterator[tuple[int, str]]:
    """The other end of a serial port, and the port's name."""
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    yield ours, os.ttyname(theirs)
    os.close(ours)
    os.close(theirs)


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def test_serial(terminal: tuple[int, str]) -> None:
    ours, name = terminal
    transport = SerialTransport(name, 115_200)
    assert transport.read(0.01) == b""
    transport.write(b"\x00\x7e\xff")
    assert os.read(ours, 10) == b"\x00\x7e\xff"
    os.write(ours, b"\x11\x13\x7d")
    assert transport.read(1.0) + transport.read(0.01) == b"\x11\x13\x7d"
    assert transport.byte_s == pytest.approx(10 / 115_200)
    transport.close()
    transport.close()


def test_serial_in_use(terminal: tuple[int, str]) -> None:
    _, name = terminal
    transport = SerialTransport(name, 115_200)
    with pytest.raises(LinkError, match=r"is in use by another program. Close it"):
        SerialTransport(name, 115_200)
    transport.close()


def test_serial_missing() -> None:
    with pytest.raises(LinkError, match=r"no-such-port must be a serial port, .* Found: "):
        SerialTransport("/dev/no-such-port")


def test_serial_lists_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bitcortex.host.link.transport.ports", lambda: ["/dev/ttyUSB1"])
    with pytest.raises(LinkError, match="Found: /dev/ttyUSB1"):
        SerialTransport("/dev/no-such-port")


def test_serial_not_allowed() -> None:
    """Nothing is forbidden to root, so the message alone is tested."""
    text = _refusal("/dev/ttyUSB0", OSError(errno.EACCES, "Permission denied"))
    assert "dialout" in text
    assert "udev rule" in text
    assert "could not be opened: odd" in _refusal("/dev/ttyUSB0", OSError("odd"))


def test_serial_vanishes() -> None:
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    transport = SerialTransport(os.ttyname(theirs), 115_200)
    os.close(theirs)
    os.close(ours)
    with pytest.raises(LinkError, match=r"was lost .* Plug the board in again"):
        transport.read(0.1)
    with pytest.raises(LinkError, match="was lost"):
        transport.write(b"a")
    transport.close()


def test_serial_baudrate() -> None:
    with pytest.raises(ValueError, match="baudrate must be in"):
        SerialTransport("/dev/no-such-port", 0)


def test_tcp(server: socket.socket) -> None:
    transport = TcpTransport("127.0.0.1", server.getsockname()[1])
    peer, _ = server.accept()
    with peer:
        assert transport.read(0.01) == b""
        transport.write(b"ab")
        assert peer.recv(10) == b"ab"
        peer.sendall(b"cd")
        assert transport.read(1.0) == b"cd"
    with pytest.raises(LinkError, match=r"was lost \(closed by the other side\). Open it again"):
        transport.read(1.0)
    transport.close()
    for use in (lambda: transport.write(b"a"), lambda: transport.read(0.0)):
        with pytest.raises(LinkError, match="was lost"):
            use()
    transport.close()


def test_tcp_refused(server: socket.socket) -> None:
    port = server.getsockname()[1]
    server.close()
    with pytest.raises(LinkError, match=f"127.0.0.1:{port} refused the connection: nothing lis"):
        TcpTransport("127.0.0.1", port)


def test_tcp_unknown_host() -> None:
    with pytest.raises(LinkError, match=r"no-such-host\.invalid is no known host"):
        TcpTransport("no-such-host.invalid", 1)


def test_tcp_bad_port() -> None:
    with pytest.raises(ValueError, match="port must be in"):
        TcpTransport("127.0.0.1", 0)


def test_udp() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as board:
        board.bind(("127.0.0.1", 0))
        transport = UdpTransport("127.0.0.1", board.getsockname()[1])
        assert transport.read(0.01) == b""
        transport.write(bytes(2000))
        first, host = board.recvfrom(4096)
        assert len(first) < 1472
        assert len(first) + len(board.recv(4096)) == 2000
        board.sendto(b"\x7e\x00", host)
        assert transport.read(1.0) == b"\x7e\x00"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.sendto(b"no", host)
        assert transport.read(0.05) == b""
    transport.write(b"nobody")
    transport.write(b"listens")  # and it may again: no error before the deadline
    assert transport.read(0.05) == b""
    transport.close()
    transport.close()
    with pytest.raises(LinkError, match=r"the network to 127.0.0.1:\d+ was lost .*Open it again"):
        transport.read(0.01)


def test_udp_to_nowhere() -> None:
    with pytest.raises(LinkError, match=r"no such host\.invalid is no known host"):
        UdpTransport("no such host.invalid", 4242)
    with pytest.raises(ValueError, match=r"port must be in 1..65535"):
        UdpTransport("127.0.0.1", 0)
