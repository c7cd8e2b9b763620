"""CRC-32 of a frame, a byte per cycle."""

from dataclasses import dataclass

from bitcortex.models.model import Model

INITIAL = 0xFFFFFFFF  # register before the first byte
RESIDUE = 0xDEBB20E3  # register after a body and its CRC, if both are intact
_POLYNOMIAL = 0xEDB88320  # of IEEE 802.3, bit 31 is the coefficient of 1


def shifted(value: int) -> int:
    """Return a register, or a byte on its way out, after eight bits: polynomial division."""
    for _ in range(8):
        value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)
    return value


TABLE = tuple(shifted(byte) for byte in range(256))


def update(crc: int, byte: int) -> int:
    """Return the register after one more byte."""
    return crc >> 8 ^ TABLE[(crc ^ byte) & 0xFF]


@dataclass(frozen=True)
class Crc32Params:
    """The CRC has no parameters."""


class Crc32(Model):
    """The CRC-32 of a stream of bytes (IEEE 802.3, the one of zlib).

    Ports: ``clear`` (in, 1) starts anew and wins; ``valid`` (in, 1) takes ``data`` (in, 8), or with
    ``shift`` (in, 1) moves the register down by a byte; ``low`` (out, 8) is the next byte of the
    CRC, to be sent and followed by a shift; ``intact`` (out, 1): the bytes ended with their CRC.

    **Timing**: a byte per cycle, latency 1.

    **Error**: a damaged frame passes with probability 2**-32.
    """

    INPUTS = ("clear", "valid", "shift", "data")
    OUTPUTS = ("low", "intact")

    def __init__(self, params: Crc32Params) -> None:
        super().__init__(params)
        self.reset()

    def reset(self) -> None:
        self.crc = INITIAL

    def outputs(self) -> tuple[int, int]:
        """Return what the ports show in this cycle."""
        return (~self.crc & 0xFF, int(self.crc == RESIDUE))

    def tick(self, clear: int, valid: int, shift: int, data: int) -> tuple[int, int]:
        shown = self.outputs()
        if clear:
            self.crc = INITIAL
        elif valid:
            self.crc = self.crc >> 8 if shift else update(self.crc, data)
        return shown
