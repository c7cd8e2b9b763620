"""From the name of a port to a board."""

import re
from pathlib import Path

from bitcortex.errors import BundleError
from bitcortex.host.board import Board
from bitcortex.host.bundle import Bundle
from bitcortex.host.link import Link, SerialTransport, TcpTransport, Transport, UdpTransport
from bitcortex.host.products import ALIASES, PRODUCTS
from bitcortex.network.addresses import LINK_PORT

FORMS = "virtual:BOARD, /dev/ttyUSB0, COM3, an IP address, udp:// or tcp://HOST:PORT, or a bundle"
_NETWORK = re.compile(
    r"(?:(?P<kind>tcp|udp)://(?P<host>[\w.-]+)|(?P<ip>\d+\.\d+\.\d+\.\d+))(?::(?P<port>\d+))?"
)
_COM = re.compile(r"COM\d+", re.IGNORECASE)


def is_port(target: str) -> bool:
    """Return whether a target is a serial port or an address on the network."""
    serial = target.startswith("/dev/") or _COM.fullmatch(target)
    return bool(serial or _NETWORK.fullmatch(target))


def transport(target: str, baudrate: int = 1_000_000) -> Transport:
    """Return an open line to a port.

    Raises
    ------
    ValueError
        If it is neither a serial port nor an address.
    LinkError
        If it cannot be opened.
    """
    if not is_port(target):
        raise ValueError(f"target must be one of {FORMS}, not {target!r}")
    if found := _NETWORK.fullmatch(target):
        kind = TcpTransport if found["kind"] == "tcp" else UdpTransport
        return kind(found["host"] or found["ip"], int(found["port"] or LINK_PORT))
    return SerialTransport(target, baudrate)


def connect(
    target: str,
    bundle: Bundle,
    baudrate: int = 1_000_000,
    timeout_s: float = 10.0,
    step_timeout_s: float = 10.0,
) -> Board:
    """Open a board.

    Parameters
    ----------
    target
        A serial port, ``udp://host:port`` or an IP address for a board on Ethernet, or
        ``tcp://host:port`` for a server.
    bundle
        Of the bitstream that the board holds.
    baudrate
        Of a serial port.
    timeout_s
        Seconds that a request may go unanswered.
    step_timeout_s
        Seconds after which a step that has not ended is an error.

    Raises
    ------
    ValueError
        If it is no port.
    LinkError
        If nothing answers there.
    BundleError
        If the board has a CPU.
    BoardError
        If the board is not what its bundle says.
    """
    if bundle.report.get("cpu"):
        raise BundleError(
            f"the bundle must be for a {bundle.board} with a link, not with a CPU. Use its "
            "console: bitcortex.host.console.Console, or a terminal program"
        )
    link = Link(transport(target, baudrate), timeout_s=timeout_s)
    return Board(link, bundle, target, step_timeout_s)


def find_port(board: str) -> str | None:
    """Return the first serial port with the USB id of a board, or None."""
    from serial.tools import list_ports

    product = PRODUCTS.get(ALIASES.get(board, board))  # a bundle may be of a board not known here
    wanted = product.usb if product else None
    ports = sorted(list_ports.comports(), key=lambda port: str(port.device))
    return next((str(p.device) for p in ports if (p.vid, p.pid) == wanted), None)


def is_bundle(target: str) -> bool:
    """Return whether a target looks like the path of a bundle."""
    path = Path(target)
    return target.endswith(".zip") or (path.is_dir() and not target.startswith("/dev/"))
