"""Spike-train statistics, stochastic-computing statistics, plots and HTML reports."""

from bitcortex.analysis import plots
from bitcortex.analysis.counts import (
    correlation,
    covariance,
    fano_factor,
    spike_counts,
    synchrony,
    windowed_fano_factor,
)
from bitcortex.analysis.intervals import cv2, cv_isi, isi, lv, lvr
from bitcortex.analysis.rates import firing_rate, instantaneous_rate, population_rate
from bitcortex.analysis.report import Report
from bitcortex.analysis.spectrum import power_spectrum
from bitcortex.analysis.streams import error_vs_length, log_log_slope, scc, scc_matrix

# Elephant's names of the same statistics.
mean_firing_rate = firing_rate
cv = cv_isi
fanofactor = fano_factor
correlation_coefficient = correlation
welch_psd = power_spectrum

__all__ = [
    "Report",
    "correlation",
    "correlation_coefficient",
    "covariance",
    "cv",
    "cv2",
    "cv_isi",
    "error_vs_length",
    "fano_factor",
    "fanofactor",
    "firing_rate",
    "instantaneous_rate",
    "isi",
    "log_log_slope",
    "lv",
    "lvr",
    "mean_firing_rate",
    "plots",
    "population_rate",
    "power_spectrum",
    "scc",
    "scc_matrix",
    "spike_counts",
    "synchrony",
    "welch_psd",
    "windowed_fano_factor",
]
