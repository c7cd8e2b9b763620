"""A FIFO between two clock domains."""

from dataclasses import dataclass

from bitcortex import check
from bitcortex.models.model import Model


@dataclass(frozen=True)
class CrossingParams:
    """How much may be on its way.

    Parameters
    ----------
    width
        Bits of a word.
    bits
        2 ** `bits` words.
    """

    width: int
    bits: int = 3

    def __post_init__(self) -> None:
        check.integer("width", self.width, 1, 64)
        check.integer("bits", self.bits, 1, 8)


class Crossing(Model):
    """Words go in at one clock and come out at another, in their order.

    Its two pointers cross in Gray code, through two registers each (Cummings, "Simulation and
    Synthesis Techniques for Asynchronous FIFO Design", SNUG 2002). This model has one clock for
    both sides; with two, words take longer or shorter. Both sides must be reset together: else
    words come that nobody sent, or come again.

    Ports: ``tx_valid`` (in, 1) offers ``tx_data`` (in, `width`), which ``tx_ready`` (out, 1)
    takes. ``valid`` (out, 1) offers ``data`` (out, `width`), which ``ready`` (in, 1) takes.

    **Timing**: a word comes four cycles after the one in which it was taken, and its room three
    after it left.
    """

    INPUTS = ("tx_valid", "tx_data", "ready")
    OUTPUTS = ("tx_ready", "valid", "data")
    params: CrossingParams

    def __init__(self, params: CrossingParams) -> None:
        super().__init__(params)
        self.memory = [0] * (1 << params.bits)
        self.reset()

    def reset(self) -> None:
        self.put = self.taken = 0  # words since the beginning
        self.put_seen = self.taken_seen = (0, 0)  # by the other side, and on the way there
        self.valid = self.data = 0

    def tick(self, tx_valid: int, tx_data: int, ready: int) -> tuple[int, ...]:
        size = len(self.memory)
        room = int(self.put - self.taken_seen[0] < size)
        shown = (room, self.valid, self.data if self.valid else 0)
        put, taken = self.put, self.taken
        self.taken += self.valid & ready
        self.valid = int(self.taken < self.put_seen[0])
        self.data = self.memory[self.taken % size]
        if tx_valid and room:
            self.memory[self.put % size] = tx_data
            self.put += 1
        self.put_seen = (self.put_seen[1], put)
        self.taken_seen = (self.taken_seen[1], taken)
        return shown
