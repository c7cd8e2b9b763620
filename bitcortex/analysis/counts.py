"""Spike counts: variance, correlation, synchrony."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bitcortex import check
from bitcortex.analysis.trains import spike_steps

MIN_BINS = 2  # below, a variance over bins is undefined


def spike_counts(trains: ArrayLike, bin_steps: int) -> NDArray[np.int64]:
    """Return the number of spikes in every bin.

    Parameters
    ----------
    trains
        Shape (n_neurons, n_steps), 0/1.
    bin_steps
        Steps per bin. Steps that do not fill a last bin are left out.

    Returns
    -------
    numpy.ndarray
        Shape (n_neurons, n_steps // bin_steps).
    """
    check.integer("bin_steps", bin_steps, 1, 2**62)
    neuron, step, n_neurons, n_steps = spike_steps(trains)
    n_bins = n_steps // bin_steps
    whole = step < n_bins * bin_steps
    place = neuron[whole] * n_bins + step[whole] // bin_steps
    return np.bincount(place, minlength=n_neurons * n_bins).reshape(n_neurons, n_bins)


def fano_factor(trains: ArrayLike) -> float:
    """Return the Fano factor of the spike counts across trains: variance over mean.

    The rows are repetitions of one neuron, or neurons that are alike; the variance is the
    population's (divided by n). 1 for Poisson trains of one rate. Equals
    ``elephant.statistics.fanofactor``.

    Parameters
    ----------
    trains
        Shape (n_trains, n_steps), 0/1.

    Returns
    -------
    float
        NaN if there is no spike.
    """
    neuron, _, n_trains, _ = spike_steps(trains)
    count = np.bincount(neuron, minlength=n_trains)
    return float(count.var() / count.mean()) if count.any() else float("nan")


def windowed_fano_factor(trains: ArrayLike, bin_steps: int) -> NDArray[np.float64]:
    """Return the Fano factor of every neuron over consecutive windows of one run.

    Parameters
    ----------
    trains
        Shape (n_neurons, n_steps), 0/1.
    bin_steps
        Steps per window; an incomplete last one is left out.

    Returns
    -------
    numpy.ndarray
        Shape (n_neurons,); NaN for a neuron without a spike and below two windows.
    """
    count = spike_counts(trains, bin_steps)
    factor = np.full(len(count), np.nan)
    if count.shape[1] >= MIN_BINS:
        mean = count.mean(axis=1)
        np.divide(count.var(axis=1), mean, out=factor, where=mean > 0)
    return factor


def covariance(trains: ArrayLike, bin_steps: int) -> NDArray[np.float64]:
    """Return the covariance matrix of binned spike counts (divided by bins - 1).

    Equals ``elephant.spike_train_correlation.covariance``.

    Parameters
    ----------
    trains
        Shape (n_neurons, n_steps), 0/1.
    bin_steps
        Steps per bin; an incomplete last one is left out.

    Returns
    -------
    numpy.ndarray
        Shape (n_neurons, n_neurons); all NaN below two bins.
    """
    count = spike_counts(trains, bin_steps).astype(np.float64)
    n_neurons, n_bins = count.shape
    if n_bins < MIN_BINS:
        return np.full((n_neurons, n_neurons), np.nan)
    count -= count.mean(axis=1, keepdims=True)
    matrix: NDArray[np.float64] = count @ count.T / (n_bins - 1)
    return matrix


def correlation(trains: ArrayLike, bin_steps: int) -> NDArray[np.float64]:
    """Return the matrix of Pearson's correlation coefficients of binned spike counts.

    Equals ``elephant.spike_train_correlation.correlation_coefficient``.

    Parameters
    ----------
    trains
        Shape (n_neurons, n_steps), 0/1.
    bin_steps
        Steps per bin; an incomplete last one is left out.

    Returns
    -------
    numpy.ndarray
        Shape (n_neurons, n_neurons), in [-1, 1]; NaN in the rows and columns of neurons whose
        count is the same in every bin (silent ones among them), all NaN below two bins.
    """
    count = spike_counts(trains, bin_steps).astype(np.float64)
    n_neurons, n_bins = count.shape
    if n_bins < MIN_BINS:
        return np.full((n_neurons, n_neurons), np.nan)
    varies = np.ptp(count, axis=1) > 0
    count -= count.mean(axis=1, keepdims=True)
    norm = np.full((n_neurons, 1), np.nan)
    norm[varies] = np.linalg.norm(count[varies], axis=1, keepdims=True)
    count /= norm
    matrix: NDArray[np.float64] = count @ count.T
    np.clip(matrix, -1.0, 1.0, out=matrix)
    np.fill_diagonal(matrix, np.where(varies, 1.0, np.nan))
    return matrix


def synchrony(trains: ArrayLike, bin_steps: int) -> float:
    """Return the synchrony measure chi of a population, from binned spike counts.

    The standard deviation of the population mean over the root mean variance of single neurons:
    1 if all do the same, about 1 / sqrt(n_neurons) if they are independent. Source: Golomb,
    Scholarpedia 2(1):1347, 2007, with counts in place of potentials.

    Parameters
    ----------
    trains
        Shape (n_neurons, n_steps), 0/1.
    bin_steps
        Steps per bin; an incomplete last one is left out.

    Returns
    -------
    float
        In [0, 1]; NaN if no neuron's count varies.
    """
    count = spike_counts(trains, bin_steps)
    if count.shape[1] < MIN_BINS or len(count) == 0:
        return float("nan")
    single = float(count.var(axis=1).mean())
    return float(np.sqrt(count.mean(axis=0).var() / single)) if single > 0 else float("nan")
