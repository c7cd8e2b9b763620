"""The host's end of the framed link: codec, ways to move bytes, client."""

from bitcortex.host.link.client import Link
from bitcortex.host.link.statistics import LinkStatistics
from bitcortex.host.link.transport import SerialTransport, TcpTransport, Transport, UdpTransport

__all__ = ["Link", "LinkStatistics", "SerialTransport", "TcpTransport", "Transport", "UdpTransport"]
