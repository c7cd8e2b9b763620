"""From bytes of the line to bytes of a frame's body."""

from dataclasses import dataclass

from bitcortex.models.model import Model
from bitcortex.network.frames import ESCAPE, FLAG, FLIP


@dataclass(frozen=True)
class DeframerParams:
    """The deframer has no parameters."""


class Deframer(Model):
    """Takes flags and escapes out of a stream of bytes, and stops after a frame.

    Ports: ``rx_valid`` (in, 1) offers ``rx_data`` (in, 8), which ``rx_ready`` (out, 1) takes.
    ``valid`` (out, 1) shows ``data`` (out, 8) of a body. ``ends`` (out, 1), never with a byte: a
    flag has ended a frame of at least one byte; ``aborted`` (out, 1, valid with it): after an
    escape. ``rx_ready`` is then 0 until ``resume`` (in, 1).

    A flag always is one, even after an escape; flags in a row are one. So the next frame is whole
    whatever came before its first flag.

    **Timing**: a byte per cycle, latency 1; ready again in the cycle after ``resume``.
    """

    INPUTS = ("rx_valid", "rx_data", "resume")
    OUTPUTS = ("rx_ready", "valid", "data", "ends", "aborted")

    def __init__(self, params: DeframerParams) -> None:
        super().__init__(params)
        self.reset()

    def reset(self) -> None:
        self.rx_ready = 1
        self.valid = self.data = self.ends = self.aborted = 0
        self.some = self.escape = 0

    def outputs(self) -> tuple[int, int, int, int, int]:
        """Return what the ports show in this cycle."""
        return (self.rx_ready, self.valid, self.data, self.ends, self.aborted)

    def tick(self, rx_valid: int, rx_data: int, resume: int) -> tuple[int, int, int, int, int]:
        shown = (self.rx_ready, self.valid, self.data, self.ends, self.aborted)
        taken = rx_valid and self.rx_ready
        self.valid = self.ends = 0
        if resume:
            self.rx_ready = 1
        if taken:
            flag, escape = rx_data == FLAG, rx_data == ESCAPE
            self.valid = int(not flag and not escape)
            self.ends = int(flag and self.some)
            self.data = rx_data ^ FLIP if self.escape else rx_data
            self.aborted = self.escape
            if self.ends:
                self.rx_ready = 0
            self.some = int(not flag)
            self.escape = int(escape)
        return shown
