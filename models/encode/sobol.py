"""Sobol sequences in Gray-code order."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bitcortex import check
from bitcortex.models.model import Model

# Joe and Kuo 2008 (new-joe-kuo-6): degree, coefficients of the primitive polynomial, initial m_i.
_JOE_KUO = {
    2: (1, 0, (1,)),
    3: (2, 1, (1, 3)),
    4: (3, 1, (1, 3, 1)),
    5: (3, 2, (1, 1, 1)),
    6: (4, 1, (1, 1, 3, 3)),
    7: (4, 4, (1, 3, 5, 13)),
    8: (5, 2, (1, 1, 5, 5, 17)),
    9: (5, 4, (1, 1, 5, 5, 5)),
    10: (5, 7, (1, 1, 7, 11, 19)),
}
DIMENSIONS = 1 + len(_JOE_KUO)


def direction_numbers(dimension: int, width: int) -> tuple[int, ...]:
    """Return V[0..width-1] of a dimension, 1 to 10; V[0] has the most significant bit set.

    The numbers are those of S. Joe and F. Y. Kuo, "Constructing Sobol sequences with better
    two-dimensional projections", SIAM J. Sci. Comput. 30 (2008), as in scipy.
    """
    check.integer("dimension", dimension, 1, DIMENSIONS)
    check.integer("width", width, 1, 32)
    if dimension == 1:
        return tuple(1 << (width - 1 - i) for i in range(width))
    degree, coefficients, initial = _JOE_KUO[dimension]
    m = list(initial)
    for i in range(degree, width):
        value = m[i - degree] ^ (m[i - degree] << degree)
        for k in range(1, degree):
            if coefficients >> (degree - 1 - k) & 1:
                value ^= m[i - k] << k
        m.append(value)
    return tuple(m[i] << (width - 1 - i) for i in range(width))


def sequence(dimension: int, width: int, length: int, start: int = 0) -> NDArray[np.uint32]:
    """Return `length` words of a dimension from word `start` on; the period is 2**width."""
    check.integer("length", length, 1, 2**24)
    check.integer("start", start, 0, 2**32 - 1)
    index = np.arange(start, start + length, dtype=np.uint64) % np.uint64(1 << width)
    gray = index ^ (index >> np.uint64(1))
    words = np.zeros(length, np.uint32)
    for bit, number in enumerate(direction_numbers(dimension, width)):
        words ^= np.where(gray >> np.uint64(bit) & np.uint64(1), number, 0).astype(np.uint32)
    return words


@dataclass(frozen=True)
class SobolParams:
    """Parameters of a Sobol source.

    Parameters
    ----------
    dimension
        Of the sequence, 1 to 10. Streams that are multiplied need different dimensions.
    width
        Bits of a word, 2 to 32; the period is 2**width.
    """

    dimension: int = 1  # of the sequence, from 1
    width: int = 16  # bits of a word

    def __post_init__(self) -> None:
        check.integer("dimension", self.dimension, 1, DIMENSIONS)
        check.integer("width", self.width, 2, 32)


class Sobol(Model):
    """A word of a low-discrepancy sequence per enabled cycle.

    Ports: ``enable`` (in, 1) goes on to the next word; ``restart`` (in, 1) returns to the first one
    and wins. ``mask`` (in, width) is the digital shift; ``value`` (out, width) is the present
    word XOR ``mask``.

    **Timing**: ``value`` follows ``mask`` in the same cycle and ``enable`` in the next.

    **Arithmetic**: word l + 1 = word l XOR V[c], c = number of the lowest 0 in l; word 0 = 0.

    **Error**: in 2**m words from a multiple of 2**m on, the top m bits take every value once.
    """

    INPUTS = ("enable", "restart", "mask")
    OUTPUTS = ("value",)

    def __init__(self, params: SobolParams) -> None:
        super().__init__(params)
        self.numbers = direction_numbers(params.dimension, params.width)
        self.reset()

    def reset(self) -> None:
        self.index = 0  # of the present word
        self.word = 0  # before the mask

    def tick(self, enable: int, restart: int, mask: int) -> tuple[int]:
        value = self.word ^ mask
        if restart:
            self.reset()
        elif enable:
            lowest_zero = (~self.index & (self.index + 1)).bit_length() - 1
            # The last word has no 0: the last direction number leads back to word 0.
            self.word ^= self.numbers[min(lowest_zero, self.params.width - 1)]
            self.index = (self.index + 1) % 2**self.params.width
        return (value,)
