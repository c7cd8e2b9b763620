"""From bytes of a frame's body to bytes of the line."""

from dataclasses import dataclass

from bitcortex.models.model import Model
from bitcortex.network.frames import ESCAPE, FLAG, FLIP


@dataclass(frozen=True)
class FramerParams:
    """The framer has no parameters."""


class Framer(Model):
    """Puts flags and escapes into a stream of bytes.

    Ports: ``valid`` (in, 1) offers ``data`` (in, 8), or a flag if ``flag`` (in, 1), which ``ready``
    (out, 1) takes; it must stay until then. ``tx_valid`` (out, 1) offers ``tx_data`` (out, 8),
    which ``tx_ready`` (in, 1) takes.

    **Timing**: latency 1; a byte every second cycle at most, an escaped one every fourth. ``ready``
    does not depend on ``tx_ready``.
    """

    INPUTS = ("valid", "data", "flag", "tx_ready")
    OUTPUTS = ("ready", "tx_valid", "tx_data")

    def __init__(self, params: FramerParams) -> None:
        super().__init__(params)
        self.reset()

    def reset(self) -> None:
        self.tx_valid = self.tx_data = self.second = 0

    def ready(self, data: int, flag: int) -> int:
        """Return whether a byte is taken in this cycle."""
        special = not flag and data in (FLAG, ESCAPE)
        return int(not self.tx_valid and (self.second or not special))

    def tick(self, valid: int, data: int, flag: int, tx_ready: int) -> tuple[int, int, int]:
        shown = (self.ready(data, flag), self.tx_valid, self.tx_data)
        if self.tx_valid:
            self.tx_valid = int(not tx_ready)
        elif valid:
            self.tx_valid = 1
            if flag:
                self.tx_data = FLAG
            elif self.second:
                self.tx_data = data ^ FLIP
            else:
                self.tx_data = data if shown[0] else ESCAPE
            self.second = int(not shown[0])
        return shown
