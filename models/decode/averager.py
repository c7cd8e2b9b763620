"""Averager: counts the ones of a bitstream, window after window."""

from dataclasses import dataclass

from bitcortex import check
from bitcortex.models.model import Model


@dataclass(frozen=True)
class AveragerParams:
    """Parameters of an averager.

    Parameters
    ----------
    length
        Bits of a window, 1 to 2**24; any number, but a power of two makes the count a binary
        fraction.
    """

    length: int = 256  # bits of a window

    def __post_init__(self) -> None:
        check.integer("length", self.length, 1, 2**24)

    @property
    def width(self) -> int:
        """Bits of the count, 0 to length."""
        return self.length.bit_length()


class Averager(Model):
    """The number of ones in each window of `length` bits.

    Ports: ``valid`` (in, 1) marks a bit, ``bitstream`` (in, 1) is it; ``clear`` (in, 1) starts a
    window anew and wins, so that a bit in its cycle is not counted. ``count`` (out, width) is that
    of the last whole window, until the next one ends; ``done`` (out, 1) marks its first cycle.

    **Timing**: ``count`` and ``done`` come a cycle after a window's last bit, and the next window
    begins at once: a bit per cycle.

    **Arithmetic**: exact; p is estimated by count / length, without a divider where length is a
    power of two.

    **Error**: none of its own; that of the stream's mean, see `models.encode.source`.
    """

    INPUTS = ("valid", "bitstream", "clear")
    OUTPUTS = ("count", "done")

    def __init__(self, params: AveragerParams) -> None:
        super().__init__(params)
        self.reset()

    def reset(self) -> None:
        self.count = self.done = 0
        self.seen = self.ones = 0  # in this window

    def tick(self, valid: int, bitstream: int, clear: int) -> tuple[int, int]:
        shown = (self.count, self.done)
        self.done = 0
        if clear:
            self.seen = self.ones = 0
        elif valid:
            self.seen += 1
            self.ones += bitstream
            if self.seen == self.params.length:
                self.count, self.done = self.ones, 1
                self.seen = self.ones = 0
        return shown
