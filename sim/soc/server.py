"""A virtual board on a port of the network or a pseudo-terminal: one host at a time."""

import os
import select
import socket
import threading
import tty
from types import TracebackType
from typing import Any, Protocol, Self

from bitcortex import check
from bitcortex.errors import UserError
from bitcortex.host.link.transport import IN_USE, datagrams
from bitcortex.sim.soc.virtual import VirtualBoard

_IDLE_S = 0.2  # between two looks at whether to stop
_SEND_S = 5.0  # until a host that does not read is given up
_READ = 1 << 16


class Line(Protocol):
    """Where hosts come from."""

    address: str  # for `bitcortex.open`

    def receive(self, timeout_s: float) -> bytes:
        """Return bytes of the host, or nothing after a time; begin and end its visit."""

    def send(self, data: bytes) -> None:
        """Send bytes to the host, if there is one."""

    def close(self) -> None:
        """Give everything back."""


class TcpLine:
    """A TCP port. A second host is told that the board is in use.

    Parameters
    ----------
    port
        0 for any that is free.
    host
        Where to listen; this machine only by default, because there is no password.

    Raises
    ------
    UserError
        If the port is taken.
    """

    def __init__(self, port: int = 0, host: str = "127.0.0.1") -> None:
        check.integer("port", port, 0, 65535)
        try:
            self._server = socket.create_server((host, port), reuse_port=False)
        except OSError as error:
            raise _taken(host, port, error) from None
        self.address = f"tcp://{host}:{self._server.getsockname()[1]}"
        self._client: socket.socket | None = None
        self._refused: list[socket.socket] = []  # until they have read why

    def receive(self, timeout_s: float) -> bytes:
        """Return bytes of the host, or nothing after a time; begin and end its visit."""
        # The host comes first: one that has left makes room for the next.
        sockets = [*([self._client] if self._client else []), *self._refused, self._server]
        for ready in select.select(sockets, [], [], timeout_s)[0]:
            if ready is self._server:
                self._accept()
            elif ready in self._refused:
                if not _some(ready):
                    self._refused.remove(ready)
                    ready.close()
            elif data := _some(ready):
                return data
            else:
                self._leave()
        return b""

    def _accept(self) -> None:
        client, _ = self._server.accept()
        client.settimeout(_SEND_S)
        if self._client is None:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._client = client
            return
        try:
            client.sendall(IN_USE)
            client.shutdown(socket.SHUT_WR)
            self._refused.append(client)
        except OSError:
            client.close()

    def _leave(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def send(self, data: bytes) -> None:
        """Send bytes to the host, if there is one."""
        if self._client is None:
            return
        try:
            self._client.sendall(data)
        except OSError:
            self._leave()

    def close(self) -> None:
        """Give everything back."""
        self._leave()
        for client in self._refused:
            client.close()
        self._server.close()


class UdpLine:
    """A UDP port, as a board on Ethernet has one; replies go to where the last datagram came from.

    Parameters
    ----------
    port, host
        Of `TcpLine`.

    Raises
    ------
    UserError
        If the port is taken.
    """

    def __init__(self, port: int = 0, host: str = "127.0.0.1") -> None:
        check.integer("port", port, 0, 65535)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.bind((host, port))
        except OSError as error:
            self._socket.close()
            raise _taken(host, port, error) from None
        self.address = f"udp://{host}:{self._socket.getsockname()[1]}"
        self._host: Any = None

    def receive(self, timeout_s: float) -> bytes:
        """Return bytes of the host, or nothing after a time."""
        if not select.select([self._socket], [], [], timeout_s)[0]:
            return b""
        try:
            data, self._host = self._socket.recvfrom(_READ)
        except OSError:  # the host has left
            return b""
        return data

    def send(self, data: bytes) -> None:
        """Send bytes to the host."""
        try:
            for datagram in datagrams(data):
                self._socket.sendto(datagram, self._host)
        except OSError:
            pass  # lost, as datagrams are

    def close(self) -> None:
        """Give everything back."""
        self._socket.close()


def _taken(host: str, port: int, error: OSError) -> UserError:
    return UserError(
        f"port {port} of {host} cannot be listened at: {error.strerror or error}. "
        "Choose another --port"
    )


def _some(client: socket.socket) -> bytes:
    """Return bytes that have come; nothing if the other side has left."""
    try:
        return client.recv(_READ)
    except OSError:
        return b""


class PtyLine:
    """A pseudo-terminal, which programs open as they open a serial port."""

    def __init__(self) -> None:
        self._master, self._slave = os.openpty()  # the slave stays open: hosts come and go
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.address = os.ttyname(self._slave)

    def receive(self, timeout_s: float) -> bytes:
        """Return bytes of the host, or nothing after a time."""
        if not select.select([self._master], [], [], timeout_s)[0]:
            return b""
        return os.read(self._master, _READ)

    def send(self, data: bytes) -> None:
        """Send bytes; those for which nobody has read the ones before are lost, as on a UART."""
        while data and select.select([], [self._master], [], _SEND_S)[1]:
            data = data[os.write(self._master, data) :]

    def close(self) -> None:
        """Give everything back."""
        os.close(self._master)
        os.close(self._slave)


class Server:
    """Hands bytes to and fro between a line and a virtual board.

    As a context manager it serves in a thread of its own.

    Parameters
    ----------
    board, line
        Both are closed in the end.
    """

    def __init__(self, board: VirtualBoard, line: Line) -> None:
        self.board = board
        self.line = line
        self.cycles = 0  # of the board, once it has stopped
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self.serve, daemon=True)

    @property
    def address(self) -> str:
        """For `bitcortex.open`."""
        return self.line.address

    def serve(self) -> None:
        """Serve until `stop`."""
        more = False
        while not self._stop.is_set():
            data = self.line.receive(0.0 if more else _IDLE_S)
            if data or more:
                more = self.board.offer(data)
                self.line.send(self.board.take())

    def stop(self) -> None:
        """Let `serve` return, and give everything back; may be called twice."""
        if self._stop.is_set():
            return
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self.cycles = self.board.cycles
        self.line.close()
        self.board.close()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self.stop()
