"""Firing rates of neurons and of populations."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bitcortex import check
from bitcortex.analysis.trains import as_trains, step_s

KERNEL_CUTOFF = 5.0  # standard deviations of the Gaussian kernel, as in Elephant


def firing_rate(trains: ArrayLike, dt: float) -> NDArray[np.float64]:
    """Return the mean firing rate of every neuron, spikes over duration.

    Parameters
    ----------
    trains
        Shape (n_neurons, n_steps), 0/1.
    dt
        Step in s.

    Returns
    -------
    numpy.ndarray
        Shape (n_neurons,), Hz; NaN for trains of no steps. Equals
        ``elephant.statistics.mean_firing_rate``.
    """
    array = as_trains(trains)
    duration = array.shape[1] * step_s(dt)
    if not duration:
        return np.full(len(array), np.nan)
    rate: NDArray[np.float64] = np.count_nonzero(array, axis=1) / duration
    return rate


def population_rate(
    trains: ArrayLike, dt: float, window: float | None = None
) -> NDArray[np.float64]:
    """Return the firing rate averaged over neurons, at every step.

    Parameters
    ----------
    trains
        Shape (n_neurons, n_steps), 0/1.
    dt
        Step in s.
    window
        Width in s of a centred moving average, rounded to steps and at least one; none by default.
        At both ends the average is over the steps there are, so a constant rate stays constant.

    Returns
    -------
    numpy.ndarray
        Shape (n_steps,), Hz; NaN for a population of no neurons. Without a window it equals
        ``elephant.statistics.time_histogram(trains, dt, output="rate")``.
    """
    array = as_trains(trains)
    n_neurons, n_steps = array.shape
    dt = step_s(dt)
    if n_neurons == 0:
        return np.full(n_steps, np.nan)
    spikes: NDArray[np.int64] = array.sum(axis=0, dtype=np.int64)
    if window is None:
        width = 1
    else:
        hint = "It is a width in seconds, of at least one step."
        check.real("window", window, dt, math.inf, hint)
        width = round(min(window / dt, 2.0 * n_steps + 1.0))
    total = np.concatenate([[0], np.cumsum(spikes)])
    start = np.clip(np.arange(n_steps) - width // 2, 0, n_steps)
    stop = np.clip(np.arange(n_steps) - width // 2 + width, 0, n_steps)
    mean: NDArray[np.float64] = (total[stop] - total[start]) / ((stop - start) * n_neurons * dt)
    return mean


def instantaneous_rate(trains: ArrayLike, dt: float, sigma: float) -> NDArray[np.float64]:
    """Return the rate of every neuron as a sum of Gaussian kernels, one per spike.

    The kernel is cut at 5 standard deviations and not corrected at the ends.

    Parameters
    ----------
    trains
        Shape (n_neurons, n_steps), 0/1.
    dt
        Step in s.
    sigma
        Standard deviation of the kernel in s.

    Returns
    -------
    numpy.ndarray
        Shape (n_neurons, n_steps), Hz. Equals ``elephant.statistics.instantaneous_rate`` with
        ``GaussianKernel(sigma)`` where 5 sigma is a whole number of steps.
    """
    array = as_trains(trains)
    dt = step_s(dt)
    check.real("sigma", sigma, dt / 10, math.inf, "It is a width in seconds.")
    n_steps = array.shape[1]
    half = math.ceil(round(KERNEL_CUTOFF * sigma / dt, 9))
    offsets = np.arange(-half, half + 1) * dt
    kernel = np.exp(-0.5 * (offsets / sigma) ** 2) / (sigma * math.sqrt(2.0 * math.pi))
    size = 1 << max(n_steps + 2 * half - 1, 0).bit_length()  # no wrap-around
    spectrum = np.fft.rfft(array, size, axis=1) * np.fft.rfft(kernel, size)
    rate = np.fft.irfft(spectrum, size, axis=1)[:, half : half + n_steps]
    return np.maximum(rate, 0.0)  # rounding of the FFT
