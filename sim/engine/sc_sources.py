"""Source words of a stochastic-computing layer as Numba kernels: rx and rw of every pass.

The definition is `docs/decisions/0002-streams`. The state is two integers, the points of the Sobol
mode are constant, and `sources` is callable from other ``@njit`` code, so that a whole simulation
can run in one compiled loop.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bitcortex.models.encode.lfsr import LfsrParams
from bitcortex.models.encode.seeds import derive
from bitcortex.models.encode.sobol import sequence
from bitcortex.sim.engine import simd

SOBOL, LFSR = 0, 1  # modes
_SHIFTS = 17  # of the mask LFSR per pass
_WIDTHS = (32, 16, 17)  # of the mask LFSR and of the two word LFSRs
_MASK, _MASK_X, _MASK_W = (LfsrParams(width=width).mask for width in _WIDTHS)

Bytes = NDArray[np.uint8]


def padded(length: int) -> int:
    """Return the number of source words held for a stream, a multiple of 512."""
    return -(-length // 512) * 512


def words(length: int) -> int:
    """Return the number of 64-bit words that hold a stream, a multiple of 8."""
    return padded(length) // 64


def initial_state(seed: int, mode: int) -> NDArray[np.int64]:
    """Return the power-on state of a layer's registers, shape (2,)."""
    if mode == SOBOL:
        return np.array([derive(seed, _WIDTHS[0], "mask"), 0])
    return np.array([derive(seed, _WIDTHS[1], "rx"), derive(seed, _WIDTHS[2], "rw")])


def new_sources(length: int) -> tuple[Bytes, Bytes]:
    """Return rx and rw, padded with 255: no weight has a one there."""
    rx, rw = np.full((2, padded(length)), 255, np.uint8)
    return rx, rw


def sobol_points(length: int, bits: int) -> Bytes:
    """Return the unmasked words of Sobol dimensions 1 and 2, shape (2, length)."""
    width = max(bits, (length - 1).bit_length())
    both = [sequence(dimension, width, length) >> np.uint32(width - bits) for dimension in (1, 2)]
    return np.array(both, np.uint8)


@njit(cache=True)
def _shifted(state: int, width: int, mask: int, full_period: bool) -> int:
    """Return the state of an LFSR after one shift."""
    feedback = simd.parity(state & mask)
    if full_period and state & ((1 << width - 1) - 1) == 0:
        feedback ^= 1
    following: int = (state << 1 | feedback) & ((1 << width) - 1)
    return following


@njit(cache=True)
def sources(
    mode: int,
    bits: int,
    state: NDArray[np.int64],
    points: Bytes,
    length: int,
    rx: Bytes,
    rw: Bytes,
) -> None:
    """Write the source words of one pass and advance the state to the next pass."""
    if mode == SOBOL:
        mask_x = np.uint8(state[0] & ((1 << bits) - 1))
        mask_w = np.uint8(state[0] >> bits & ((1 << bits) - 1))
        for k in range(length):
            rx[k] = points[0, k] ^ mask_x
            rw[k] = points[1, k] ^ mask_w
        value = state[0]
        for _ in range(_SHIFTS):
            value = _shifted(value, 32, _MASK, False)
        state[0] = value
    else:
        x, w = state[0], state[1]
        for k in range(length):
            rx[k] = x >> (16 - bits)
            rw[k] = w >> (17 - bits)
            x = _shifted(x, 16, _MASK_X, True)
            w = _shifted(w, 17, _MASK_W, True)
        state[0], state[1] = x, w
