"""Power spectra by Welch's method."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bitcortex import check
from bitcortex.analysis.trains import step_s


def power_spectrum(
    signal: ArrayLike, dt: float, n_segments: int = 8, len_segment: int | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the one-sided power spectral density along the last axis, by Welch's method.

    Segments of equal length overlap by half; each has its mean removed and is multiplied by a
    periodic Hann window; the periodograms are averaged. Source: Welch, IEEE Trans. Audio
    Electroacoust. 15, 1967. Equals ``elephant.spectral.welch_psd`` and ``scipy.signal.welch``
    with their defaults.

    Parameters
    ----------
    signal
        Shape (..., n_steps): ``population_rate(trains, dt)`` for the spectrum of a population,
        trains for one spectrum per neuron.
    dt
        Step in s.
    n_segments
        Into how many segments to cut the signal, at least 1.
    len_segment
        Steps per segment, at least 2 and at most n_steps; replaces `n_segments`.

    Returns
    -------
    tuple of numpy.ndarray
        Frequencies, shape (n_frequencies,), Hz, from 0 to 1 / (2 dt); densities, shape
        (..., n_frequencies), unit of the signal squared per Hz.

    Raises
    ------
    ValueError
        If the signal is too short for the segments, or not finite.
    """
    dt = step_s(dt)
    values = np.asarray(signal, dtype=np.float64)
    if values.ndim == 0:
        raise ValueError("signal must have at least one axis, time, not none")
    if not np.isfinite(values).all():
        raise ValueError("signal must be finite, but holds NaN or infinity")
    n_steps = values.shape[-1]
    length = _segment_length(n_steps, n_segments, len_segment)
    hop = length - length // 2
    window = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(length) / length)
    starts = range(0, n_steps - length + 1, hop)
    power = np.zeros((*values.shape[:-1], length // 2 + 1))
    for start in starts:
        segment = values[..., start : start + length]
        segment = (segment - segment.mean(axis=-1, keepdims=True)) * window
        power += np.abs(np.fft.rfft(segment, axis=-1)) ** 2
    power *= dt / (len(starts) * np.sum(window**2))
    power[..., 1 : (length + 1) // 2] *= 2.0  # negative frequencies; 0 and Nyquist have none
    return np.arange(length // 2 + 1) / (length * dt), power


def _segment_length(n_steps: int, n_segments: int, len_segment: int | None) -> int:
    if len_segment is not None:
        hint = f"The signal has {n_steps} steps."
        return check.integer("len_segment", len_segment, 2, max(n_steps, 2), hint)
    check.integer("n_segments", n_segments, 1, 2**31)
    length = int(n_steps / (n_segments - 0.5 * (n_segments - 1)))
    if length < 2:
        raise ValueError(
            f"n_segments must leave segments of at least 2 steps, not {n_segments} for a signal "
            f"of {n_steps} steps. Use fewer segments or a longer signal."
        )
    return length
