"""Ways to move bytes between the host and a device."""

import errno
import select
import socket
import time
from typing import Any, Protocol

from bitcortex import check
from bitcortex.errors import LinkError

_REFUSED_S = 0.01  # between two looks at a port where nobody listens
_DATAGRAM = 1400  # bytes, fewer than any Ethernet carries
IN_USE = b"bitcortex: in use\n"  # what a server says instead of a first frame, which has a flag
_WRITE_S = 2.0  # more than any port needs for one frame


class Transport(Protocol):
    """Moves bytes; it may lose, repeat and damage them."""

    byte_s: float  # seconds that a byte takes, 0 if that is nothing

    def write(self, data: bytes) -> None:
        """Send bytes.

        Raises
        ------
        LinkError
            If the port is gone.
        """

    def read(self, timeout_s: float) -> bytes:
        """Return what has arrived, at least one byte, or nothing after `timeout_s` seconds.

        Raises
        ------
        LinkError
            If the port is gone.
        """

    def close(self) -> None:
        """Give the port back; may be called twice."""


class SerialTransport:
    """A UART, opened exclusively: two programs on one link would take each other's replies.

    Parameters
    ----------
    port
        ``/dev/ttyUSB0``, ``COM3`` and so on.
    baudrate
        Bits per second.

    Raises
    ------
    LinkError
        If there is no such port (the message lists those there are), another program has it, or
        the user may not open it.
    """

    def __init__(self, port: str, baudrate: int = 1_000_000) -> None:
        check.integer("baudrate", baudrate, 300, 12_000_000)
        import serial  # a board on the network needs none

        self.port = port
        self.byte_s = 10 / baudrate  # with start and stop bit
        self._gone = (serial.SerialException, OSError)
        try:
            self._serial = serial.Serial(
                port, baudrate, timeout=0, write_timeout=_WRITE_S, exclusive=True
            )
        except (serial.SerialException, OSError, ValueError) as error:
            raise LinkError(_refusal(port, error)) from None

    def write(self, data: bytes) -> None:
        """Send bytes."""
        try:
            self._serial.write(data)
        except self._gone as error:
            raise self._vanished(error) from None

    def read(self, timeout_s: float) -> bytes:
        """Return what has arrived, at least one byte, or nothing after `timeout_s` seconds."""
        try:
            self._serial.timeout = max(0.0, timeout_s)
            first = self._serial.read(1)
            waiting = self._serial.in_waiting if first else 0
            data: bytes = first + self._serial.read(waiting) if waiting else first
        except self._gone as error:
            raise self._vanished(error) from None
        return data

    def close(self) -> None:
        """Give the port back."""
        self._serial.close()

    def _vanished(self, error: Exception) -> LinkError:
        return LinkError(
            f"{self.port} was lost ({error}). Plug the board in again, and open it again"
        )


def ports() -> list[str]:
    """Return the names of the serial ports of this machine."""
    from serial.tools import list_ports

    return sorted(port.device for port in list_ports.comports())


def _refusal(port: str, error: Any) -> str:
    """Say why a port could not be opened, and what to do."""
    reason = getattr(error, "errno", None)
    text = str(error)
    if reason == errno.ENOENT or "FileNotFoundError" in text:
        found = ", ".join(ports()) or "none"
        return f"{port} must be a serial port, and there is none. Found: {found}"
    if reason == errno.EACCES or ("PermissionError" in text and "13" in text):
        return (
            f"{port} may not be opened by this user. On Linux: sudo usermod -aG dialout $USER and "
            "log in again, or a udev rule; on Windows another program may have it"
        )
    if reason in (errno.EBUSY, errno.EAGAIN) or "exclusively lock" in text:
        return f"{port} is in use by another program. Close it, a terminal perhaps"
    return f"{port} could not be opened: {text}"


class TcpTransport:
    """A stream of bytes over TCP, as a virtual board or a terminal server offers it.

    Parameters
    ----------
    host, port
        Where it listens.
    timeout_s
        Seconds to wait for the connection.

    Raises
    ------
    LinkError
        If nothing listens there, or the name is unknown.
    """

    def __init__(self, host: str, port: int, timeout_s: float = 5.0) -> None:
        check.integer("port", port, 1, 65535)
        self.name = f"{host}:{port}"
        self.byte_s = 0.0
        self._first = True  # nothing has arrived yet
        try:
            self._socket = socket.create_connection((host, port), timeout_s)
        except ConnectionRefusedError:
            raise LinkError(
                f"{self.name} refused the connection: nothing listens there. Start the board's "
                "server, or check address and port"
            ) from None
        except socket.gaierror as error:
            raise LinkError(f"{host} is no known host: {error.strerror}") from None
        except TimeoutError:
            raise LinkError(f"{self.name} did not answer in {timeout_s:g} s") from None
        except OSError as error:
            raise LinkError(f"{self.name} cannot be reached: {error.strerror or error}") from None
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.settimeout(_WRITE_S)

    def write(self, data: bytes) -> None:
        """Send bytes."""
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise self._vanished(str(error)) from None

    def read(self, timeout_s: float) -> bytes:
        """Return what has arrived, at least one byte, or nothing after `timeout_s` seconds."""
        try:
            if not select.select([self._socket], [], [], max(0.0, timeout_s))[0]:
                return b""
            data = self._socket.recv(1 << 16)
        except (OSError, ValueError) as error:  # ValueError: closed by us
            raise self._vanished(str(error)) from None
        if not data:
            raise self._vanished("closed by the other side")
        if self._first and data.startswith(IN_USE):
            raise LinkError(f"{self.name} is in use by another program. Close that one first")
        self._first = False
        return data

    def close(self) -> None:
        """Give the connection back."""
        self._socket.close()

    def _vanished(self, reason: str) -> LinkError:
        return LinkError(f"the connection to {self.name} was lost ({reason}). Open it again")


def datagrams(data: bytes) -> list[bytes]:
    """Return bytes in pieces that fit a datagram of Ethernet."""
    return [data[first : first + _DATAGRAM] for first in range(0, len(data), _DATAGRAM)]


class UdpTransport:
    """A board on Ethernet: bytes in datagrams, which get lost as bytes do.

    Parameters
    ----------
    host, port
        Where it is.

    Raises
    ------
    LinkError
        If the name is unknown, or no network leads there.
    """

    def __init__(self, host: str, port: int) -> None:
        check.integer("port", port, 1, 65535)
        self.name = f"{host}:{port}"
        self.byte_s = 0.0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.connect((host, port))  # replies of others are not seen
        except socket.gaierror as error:
            self._socket.close()
            raise LinkError(f"{host} is no known host: {error.strerror}") from None
        except OSError as error:
            self._socket.close()
            raise LinkError(f"{self.name} cannot be reached: {error.strerror or error}") from None
        self._socket.settimeout(_WRITE_S)

    def write(self, data: bytes) -> None:
        """Send bytes."""
        try:
            for datagram in datagrams(data):
                self._socket.send(datagram)
        except ConnectionRefusedError:
            pass  # of a datagram before: nobody listens there now, and perhaps soon
        except OSError as error:
            raise self._vanished(error) from None

    def read(self, timeout_s: float) -> bytes:
        """Return what has arrived, at least one byte, or nothing after `timeout_s` seconds."""
        try:
            if not select.select([self._socket], [], [], max(0.0, timeout_s))[0]:
                return b""
            return self._socket.recv(1 << 16)
        except ConnectionRefusedError:
            time.sleep(min(_REFUSED_S, max(0.0, timeout_s)))
            return b""
        except (OSError, ValueError) as error:  # ValueError: closed by us
            raise self._vanished(error) from None

    def close(self) -> None:
        """Give the port back."""
        self._socket.close()

    def _vanished(self, error: Exception) -> LinkError:
        return LinkError(f"the network to {self.name} was lost ({error}). Open it again")
