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

__all__ = [
    "Report",
    "correlation",
    "covariance",
    "cv2",
    "cv_isi",
    "error_vs_length",
    "fano_factor",
    "firing_rate",
    "instantaneous_rate",
    "isi",
    "log_log_slope",
    "lv",
    "lvr",
    "plots",
    "population_rate",
    "power_spectrum",
    "scc",
    "scc_matrix",
    "spike_counts",
    "synchrony",
    "windowed_fano_factor",
]
