"""Sobol sequences in Gray-code order."""

import numpy as np
from numpy.typing import NDArray

from bitcortex import check

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
    """Return V[0..width-1] of a dimension (from 1); V[0] has the most significant bit set."""
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


def sequence(dimension: int, width: int, length: int) -> NDArray[np.uint32]:
    """Return the first `length` words of a dimension; the period is 2**width."""
    check.integer("length", length, 1, 2**24)
    index = np.arange(length, dtype=np.uint64) % np.uint64(1 << width)
    gray = index ^ (index >> np.uint64(1))
    words = np.zeros(length, np.uint32)
    for bit, number in enumerate(direction_numbers(dimension, width)):
        words ^= np.where(gray >> np.uint64(bit) & np.uint64(1), number, 0).astype(np.uint32)
    return words
