"""From bytes of the line to datagrams, one for each frame."""

from dataclasses import dataclass

from bitcortex import check
from bitcortex.models.model import Model
from bitcortex.network.frames import FLAG


@dataclass(frozen=True)
class DatagramsParams:
    """How long a datagram may be.

    Parameters
    ----------
    bits
        Of the length: 2 ** `bits` bytes at most. A reply of 64 words has 531 at most.
    least
        Bytes of a datagram, with which it fills the shortest frame of Ethernet.
    """

    bits: int = 10
    least: int = 18

    def __post_init__(self) -> None:
        check.integer("bits", self.bits, 2, 10)  # an Ethernet frame carries 1,472 bytes
        check.integer("least", self.least, 2, 1 << self.bits)


class Datagrams(Model):
    """Collects bytes until a frame ends, or there is no more room, and sends them as a datagram.

    Ports: ``tx_valid`` (in, 1) offers ``tx_data`` (in, 8), which ``tx_ready`` (out, 1) takes.
    ``valid`` (out, 1) offers ``data`` (out, 8), which ``ready`` (in, 1) takes; ``last`` (out, 1)
    with the last byte of a datagram; ``length`` (out, `bits` + 1), bytes of it, from the first one
    on. A datagram ends with a flag that is not its first byte, and with more flags if it is short.

    **Timing**: a datagram begins in the cycle after its last byte came; a byte per cycle.
    """

    INPUTS = ("tx_valid", "tx_data", "ready")
    OUTPUTS = ("tx_ready", "valid", "data", "last", "length")
    params: DatagramsParams

    def __init__(self, params: DatagramsParams) -> None:
        super().__init__(params)
        self.memory = [0] * (1 << params.bits)
        self.reset()

    def reset(self) -> None:
        self.sends = self.length = self.place = 0

    def tick(self, tx_valid: int, tx_data: int, ready: int) -> tuple[int, ...]:
        length = max(self.length, self.params.least)
        last = int(self.sends and self.place == length - 1)
        data = self.memory[self.place] if self.place < self.length else FLAG
        shown = (int(not self.sends), self.sends, data if self.sends else 0, last, length)
        if tx_valid and not self.sends:
            self.memory[self.length] = tx_data
            full = self.length == len(self.memory) - 1
            self.sends = int(full or (tx_data == FLAG and self.length > 0))
            self.length += 1
        elif ready and self.sends:
            self.place += 1
            if last:
                self.reset()
        return shown
