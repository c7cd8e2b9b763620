"""Counter as a source: a ramp, a van der Corput sequence, or ramps with finer and finer offsets."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bitcortex import check
from bitcortex.models.model import Model


@dataclass(frozen=True)
class CounterParams:
    """Parameters of a counter source.

    Parameters
    ----------
    width
        Bits of the counter and of a word, 2 to 32; the period is 2**width.
    ramp
        The low `ramp` bits of the counter are the high bits of the word, in order; the other bits
        follow in reversed order. `width` is a plain up-counter, 0 the van der Corput sequence, and
        m between: ramps of 2**m words, each with its own offset below the ramp's step.
    """

    width: int = 16  # of counter and word
    ramp: int = 16  # counter bits that stay in order

    def __post_init__(self) -> None:
        check.integer("width", self.width, 2, 32)
        check.integer("ramp", self.ramp, 0, self.width)

    @property
    def order(self) -> tuple[int, ...]:
        """The bit of the counter that is bit 0, 1, ... of the word."""
        return (*reversed(range(self.ramp, self.width)), *range(self.ramp))


def words(params: CounterParams, length: int, start: int = 0) -> NDArray[np.int64]:
    """Return `length` words from count `start` on, shape (length,)."""
    count = np.arange(start, start + length, dtype=np.int64)
    made = np.zeros(length, np.int64)
    for bit, source in enumerate(params.order):
        made |= (count >> source & 1) << bit
    return made


class Counter(Model):
    """A word per enabled cycle, each of 2**width values once per period.

    Ports: ``enable`` (in, 1) counts; ``restart`` (in, 1) returns to count 0 and wins. ``value``
    (out, width) is the count with its bits in the order of the parameters.

    **Timing**: ``value`` changes in the cycle after ``enable`` or ``restart``.

    **Error**: a ramp compared with a code is one run of ones and one of zeros, right to
    one in every 2**ramp words. Multiply it with a Sobol stream (together they are the Hammersley
    set), never with another ramp.
    """

    INPUTS = ("enable", "restart")
    OUTPUTS = ("value",)

    def __init__(self, params: CounterParams) -> None:
        super().__init__(params)
        self.reset()

    def reset(self) -> None:
        self.count = 0

    def tick(self, enable: int, restart: int) -> tuple[int]:
        value = sum((self.count >> bit & 1) << i for i, bit in enumerate(self.params.order))
        if restart:
            self.count = 0
        elif enable:
            self.count = (self.count + 1) % 2**self.params.width
        return (value,)
