"""ADDIE (adaptive digital element): the running mean of a bitstream, without windows."""

from dataclasses import dataclass

from bitcortex import check
from bitcortex.models.model import Model


@dataclass(frozen=True)
class AddieParams:
    """Parameters of an ADDIE.

    Parameters
    ----------
    bits
        Of the estimate, 2 to 24; its time constant is 2**bits bits of the stream.
    """

    bits: int = 8  # of the estimate

    def __post_init__(self) -> None:
        check.integer("bits", self.bits, 2, 24)


class Addie(Model):
    """A counter that follows the mean of a bitstream, by stochastic negative feedback.

    Source: B. R. Gaines, "Stochastic computing systems", Advances in Information Systems Science
    2 (1969).

    Ports: ``valid`` (in, 1) marks a bit, ``bitstream`` (in, 1) is it, ``word`` (in, bits) a uniform
    random word that is independent of it; ``clear`` (in, 1) returns to 1/2 and wins. ``count``
    (out, bits + 1), 0 to 2**bits, estimates p by count / 2**bits.

    **Timing**: ``count`` changes in the cycle after ``valid``; a bit per cycle.

    **Arithmetic**: ``count += bitstream - (word < count)``, which stays in its range by itself:
    at 0 nothing is taken away, and at 2**bits always one.

    **Error**: an exponential mean with time constant 2**bits bits, unbiased once settled; for
    independent bits its variance is p (1 - p) / 2**bits, that of a window of 2**bits.
    """

    INPUTS = ("valid", "bitstream", "word", "clear")
    OUTPUTS = ("count",)

    def __init__(self, params: AddieParams) -> None:
        super().__init__(params)
        self.reset()

    def reset(self) -> None:
        self.count = 2 ** (self.params.bits - 1)

    def tick(self, valid: int, bitstream: int, word: int, clear: int) -> tuple[int]:
        count = self.count
        if clear:
            self.reset()
        elif valid:
            self.count += bitstream - int(word < count)
        return (count,)
