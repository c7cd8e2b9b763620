"""Inter-spike intervals and how irregular they are.

The measures of irregularity need at least two intervals (three spikes) and are NaN below; they do
not depend on the step. A Poisson process has CV = CV2 = LV = 1, a clock 0.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bitcortex import check
from bitcortex.analysis.trains import spike_steps, step_s
from bitcortex.network.run import Events

MIN_INTERVALS = 2  # with one, CV would be 0 for any train, and CV2 and LV have no term


def isi(trains: ArrayLike, dt: float) -> list[NDArray[np.float64]]:
    """Return the inter-spike intervals of every neuron, in order.

    Parameters
    ----------
    trains
        Shape (n_neurons, n_steps), 0/1.
    dt
        Step in s.

    Returns
    -------
    list of numpy.ndarray
        One array per neuron, s; empty below two spikes. ``numpy.concatenate`` pools them.
        Equals ``elephant.statistics.isi``.
    """
    dt = step_s(dt)
    interval, neuron, n_neurons = _intervals(trains)
    ends = np.cumsum(np.bincount(neuron, minlength=n_neurons))
    return np.split(interval * dt, ends[:-1]) if n_neurons else []


def cv_isi(trains: ArrayLike) -> NDArray[np.float64]:
    """Return the coefficient of variation of the intervals: standard deviation over mean.

    The standard deviation is the population's (divided by n), as in ``elephant.statistics.cv``
    (which is 0 for a single interval, where this is NaN).

    Parameters
    ----------
    trains
        Shape (n_neurons, n_steps), 0/1.

    Returns
    -------
    numpy.ndarray
        Shape (n_neurons,); NaN below two intervals.
    """
    interval, neuron, n_neurons = _intervals(trains)
    mean = _mean(interval, neuron, n_neurons, MIN_INTERVALS)
    variance = _mean((interval - mean[neuron]) ** 2, neuron, n_neurons, MIN_INTERVALS)
    return np.sqrt(variance) / mean


def cv_isi_events(events: Events, first: int, size: int) -> NDArray[np.float64]:
    """Return `cv_isi` of neurons `first` .. `first + size - 1` of a list of spikes.

    For runs whose raster would not fit memory.
    """
    mine = (events.neuron >= first) & (events.neuron < first + size)
    step, neuron = events.step[mine], events.neuron[mine] - first
    order = np.lexsort((step, neuron))
    step, neuron = step[order], neuron[order]
    same = neuron[1:] == neuron[:-1]
    interval = np.diff(step)[same].astype(np.float64)
    neuron = neuron[1:][same]
    mean = _mean(interval, neuron, size, MIN_INTERVALS)
    variance = _mean((interval - mean[neuron]) ** 2, neuron, size, MIN_INTERVALS)
    return np.sqrt(variance) / mean


def cv2(trains: ArrayLike) -> NDArray[np.float64]:
    """Return CV2, the mean of ``2 |I' - I| / (I' + I)`` over neighbouring intervals.

    Source: Holt et al., J. Neurophysiol. 75, 1996. Equals ``elephant.statistics.cv2``.

    Parameters
    ----------
    trains
        Shape (n_neurons, n_steps), 0/1.

    Returns
    -------
    numpy.ndarray
        Shape (n_neurons,); NaN below two intervals.
    """
    first, second, neuron, n_neurons = _neighbours(trains)
    return _mean(2.0 * np.abs(second - first) / (first + second), neuron, n_neurons)


def lv(trains: ArrayLike) -> NDArray[np.float64]:
    """Return the local variation, the mean of ``3 (I - I')² / (I + I')²`` over neighbours.

    Source: Shinomoto et al., Neural Comput. 15, 2003. Equals ``elephant.statistics.lv``.

    Parameters
    ----------
    trains
        Shape (n_neurons, n_steps), 0/1.

    Returns
    -------
    numpy.ndarray
        Shape (n_neurons,); NaN below two intervals.
    """
    first, second, neuron, n_neurons = _neighbours(trains)
    return _mean(3.0 * ((first - second) / (first + second)) ** 2, neuron, n_neurons)


def lvr(trains: ArrayLike, dt: float, refractory: float = 0.005) -> NDArray[np.float64]:
    """Return the revised local variation, in which a refractory period is discounted.

    Source: Shinomoto et al., PLoS Comput. Biol. 5, 2009. Equals ``elephant.statistics.lvr``.

    Parameters
    ----------
    trains
        Shape (n_neurons, n_steps), 0/1.
    dt
        Step in s.
    refractory
        The refractoriness constant R in s.

    Returns
    -------
    numpy.ndarray
        Shape (n_neurons,); NaN below two intervals.
    """
    dt = step_s(dt)
    check.real("refractory", refractory, 0.0, math.inf, "It is a time in seconds.")
    first, second, neuron, n_neurons = _neighbours(trains)
    total = first + second
    term = ((first - second) / total) ** 2 * (1.0 + 4.0 * refractory / (total * dt))
    return _mean(3.0 * term, neuron, n_neurons)


def _intervals(trains: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Return every interval in steps, its neuron, and the number of neurons."""
    neuron, step, n_neurons, _ = spike_steps(trains)
    same = neuron[1:] == neuron[:-1]
    return np.diff(step)[same], neuron[1:][same], n_neurons


def _neighbours(
    trains: ArrayLike,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64], int]:
    """Return every pair of neighbouring intervals in steps, its neuron, and how many neurons."""
    interval, neuron, n_neurons = _intervals(trains)
    same = neuron[1:] == neuron[:-1]
    value = interval.astype(np.float64)
    return value[:-1][same], value[1:][same], neuron[1:][same], n_neurons


def _mean(
    value: NDArray[np.generic], neuron: NDArray[np.int64], n_neurons: int, minimum: int = 1
) -> NDArray[np.float64]:
    """Return the mean of the values of every neuron; NaN where there are fewer than `minimum`."""
    count = np.bincount(neuron, minlength=n_neurons)
    total = np.bincount(neuron, weights=value, minlength=n_neurons)
    mean = np.full(n_neurons, np.nan)
    np.divide(total, count, out=mean, where=count >= minimum)
    return mean
