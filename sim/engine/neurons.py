"""The kinds of neurons as Numba loops over a population, bit for bit `bitcortex.models.neuron`.

Every kernel is ``update(numbers, state, current, noise, spikes)``: `numbers` the parameters as
int64, `state` the fields, int64 (fields, n), changed; `current` int64 (n,); `noise` the state of
the population's LFSR, int64 (1,), moved on by one word per neuron; `spikes` uint8 (n,).
All intermediate values fit int64: the widest is the Izhikevich square, 2 * 24 + 14 bits.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bitcortex.models.encode.lfsr import LfsrParams
from bitcortex.models.neuron.homeostatic import THETA_FRACTION, HomeostaticParams
from bitcortex.models.neuron.izhikevich import COEFFICIENT, SQUARE, IzhikevichParams
from bitcortex.models.neuron.lif import FRACTION, LifParams
from bitcortex.models.neuron.noise import LEAP, WIDTH
from bitcortex.models.neuron.stochastic_lif import MEAN, SHIFT, StochasticLifParams
from bitcortex.sim.engine.simd import parity

Longs = NDArray[np.int64]
Kernel = Callable[[Longs, Longs, Longs, Longs, NDArray[np.uint8]], None]

_MASK = LfsrParams(width=WIDTH).mask
_ALL = (1 << WIDTH) - 1
_HALF = 1 << (FRACTION - 1)
FLOOR, NEAREST, STOCHASTIC = range(3)


@njit(cache=True)
def _next_word(noise: Longs) -> int:
    """Return the current word of the noise LFSR and shift it `LEAP` times."""
    word: int = noise[0]
    value = word
    for _ in range(LEAP):
        value = (value << 1 | parity(value & _MASK)) & _ALL
    noise[0] = value
    return word


@njit(cache=True)
def _lif(
    numbers: Longs, state: Longs, current: Longs, noise: Longs, spikes: NDArray[np.uint8]
) -> None:
    alpha, leak, low, high = numbers[0], numbers[1], numbers[2], numbers[3]
    threshold, reset, hold, scale = numbers[4], numbers[5], numbers[6], numbers[7]
    v, refractory = state[0], state[1]
    for j in range(v.size):
        word = _next_word(noise)
        spikes[j] = 0
        if refractory[j] > 0:
            v[j] = reset
            refractory[j] -= 1
            continue
        kick = current[j]
        if scale >= 0:  # a stochastic LIF; a plain one has -1
            total = (word & 255) + (word >> 8 & 255) + (word >> 16 & 255) + (word >> 24) - MEAN
            kick += (total * scale + (1 << (SHIFT - 1))) >> SHIFT
        rounding = 0
        if leak == NEAREST:
            rounding = _HALF
        elif leak == STOCHASTIC:
            rounding = word & ((1 << FRACTION) - 1)
        total = ((v[j] * alpha + rounding) >> FRACTION) + kick
        v[j] = min(max(total, low), high)
        if v[j] >= threshold:
            spikes[j] = 1
            v[j] = reset
            refractory[j] = hold


@njit(cache=True)
def _homeostatic(
    numbers: Longs, state: Longs, current: Longs, noise: Longs, spikes: NDArray[np.uint8]
) -> None:
    alpha, leak, low, high = numbers[0], numbers[1], numbers[2], numbers[3]
    reset, hold = numbers[5], numbers[6]
    theta_low, theta_high, up, down = numbers[7], numbers[8], numbers[9], numbers[10]
    v, refractory, theta = state[0], state[1], state[2]
    for j in range(v.size):
        word = _next_word(noise)
        spikes[j] = 0
        if refractory[j] > 0:
            v[j] = reset
            refractory[j] -= 1
        else:
            rounding = 0
            if leak == NEAREST:
                rounding = _HALF
            elif leak == STOCHASTIC:
                rounding = word & ((1 << FRACTION) - 1)
            total = ((v[j] * alpha + rounding) >> FRACTION) + current[j]
            v[j] = min(max(total, low), high)
            if v[j] >= theta[j] >> THETA_FRACTION:
                spikes[j] = 1
                v[j] = reset
                refractory[j] = hold
        theta[j] = min(max(theta[j] + up * spikes[j] - down, theta_low), theta_high)


@njit(cache=True)
def _izhikevich(
    numbers: Longs, state: Longs, current: Longs, noise: Longs, spikes: NDArray[np.uint8]
) -> None:
    a, b, c, d, fraction = numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]
    low, high, peak, dt_shift = numbers[5], numbers[6], numbers[7], numbers[8]
    rest = 140 << fraction
    v, u = state[0], state[1]
    for j in range(v.size):
        x, y = v[j], u[j]
        for _ in range(2):
            square = (x * x * SQUARE) >> (COEFFICIENT + fraction)
            slope = square + 5 * x + rest - y + current[j]
            x = min(max(x + (slope >> (1 + dt_shift)), low), peak)
        y += (a * (((b * x) >> COEFFICIENT) - y)) >> (COEFFICIENT + dt_shift)
        spikes[j] = 0
        if x >= peak:
            spikes[j] = 1
            x = c
            y += d
        v[j] = x
        u[j] = min(max(y, low), high)


def kernel(params: Any) -> tuple[Kernel, Longs]:
    """Return the kernel of a parameter object of any kind, and its parameters as int64.

    Raises
    ------
    TypeError
        If the kind has no kernel.
    """
    width = params.data_width
    low, high = -(1 << (width - 1)), (1 << (width - 1)) - 1
    if isinstance(params, IzhikevichParams):
        numbers = [params.a, params.b, params.c, params.d, params.fraction, low, high, params.peak]
        numbers.append(params.dt_shift)
        return _izhikevich, np.array(numbers, np.int64)
    if isinstance(params, LifParams | StochasticLifParams | HomeostaticParams):
        leak = ("floor", "nearest", "stochastic").index(params.leak)
        numbers = [params.alpha, leak, low, high, params.v_threshold, params.v_reset]
        numbers.append(params.refractory)
        if isinstance(params, HomeostaticParams):
            bounds = (params.threshold_min, params.threshold_max)
            numbers += [bound << THETA_FRACTION for bound in bounds]
            return _homeostatic, np.array([*numbers, params.step_up, params.step_down], np.int64)
        numbers.append(params.noise_scale if isinstance(params, StochasticLifParams) else -1)
        return _lif, np.array(numbers, np.int64)
    raise TypeError(f"no Numba kernel for {type(params).__name__}")
