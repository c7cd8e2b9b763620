"""The steady rates of Brunel's network: what variants in probabilities compute."""

import math
from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from bitcortex.brunel.params import BrunelParams
from bitcortex.brunel.work import Work

Reals = NDArray[np.float64]
Sums = Callable[[Reals], tuple[Reals, Reals]]
LOWEST, HIGHEST, FINE = -200.0, 6.0, 1e-3  # of the tabulated integral
START_HZ = 30.0
DAMPING, ROUNDS, KEPT = 0.2, 150, 50  # of the iteration; the mean of the last ones counts


def steady(params: BrunelParams, sums: Sums, size: int) -> Reals:
    """Return the rates at which everybody fires as the others make it, Hz, shape (size,).

    Parameters
    ----------
    params
        Of the network.
    sums
        From the rates of all neurons to the sums over the excitatory and over the inhibitory
        inputs of each, Hz: exact, or stochastic computing.
    size
        Neurons.
    """
    rates, kept = np.full(size, START_HZ), np.zeros(size)
    for k in range(ROUNDS):
        rates = rates + DAMPING * (transfer(params, *sums(rates)) - rates)
        if k >= ROUNDS - KEPT:
            kept += rates / KEPT
    return kept


def transfer(params: BrunelParams, excitatory: Reals, inhibitory: Reals) -> Reals:
    """Return the rate of a LIF neuron under Poisson inputs, Hz (Siegert 1951; Brunel 2000, eq. 21).

    Kicks are taken for white noise, which is good for J well below the threshold.

    Parameters
    ----------
    params
        Of the network.
    excitatory, inhibitory
        Sums of the rates of the inputs, without the external ones, Hz.
    """
    tau, j, k = params.tau_mem * 1e-3, params.weight_exc, params.weight_inh
    outer = params.c_exc * params.external_rate_hz
    mean = tau * (j * (excitatory + outer) - k * inhibitory)
    spread = np.sqrt(tau * (j * j * (excitatory + outer) + k * k * inhibitory))
    low, high = (params.reset - mean) / spread, (params.threshold - mean) / spread
    area = _integral(high) - _integral(low)
    interval = params.refractory_steps * params.dt * 1e-3 + tau * math.sqrt(math.pi) * area
    return np.where(high > HIGHEST, 0.0, 1.0 / np.maximum(interval, 1e-9))


def _integral(u: Reals) -> Reals:
    """Return the integral of exp(u^2) (1 + erf u) from `LOWEST`, up to `HIGHEST`.

    Below the table it is that of 1 / (sqrt(pi) |u|): neurons driven by their mean alone.
    """
    grid, integral = _table()
    below = np.log(np.minimum(u, LOWEST) / LOWEST) / math.sqrt(math.pi)
    return np.interp(np.clip(u, LOWEST, HIGHEST), grid, integral) - below


@cache
def _table() -> tuple[Reals, Reals]:
    """Return a grid of u, and the integral of exp(u^2) (1 + erf u) up to there."""
    grid = np.arange(LOWEST, HIGHEST + FINE / 2, FINE)
    values = np.array([_grown(u) for u in grid])
    steps = (values[1:] + values[:-1]) * FINE / 2
    return grid, np.concatenate([[0.0], np.cumsum(steps)])


def _grown(u: float) -> float:
    """Return exp(u^2) (1 + erf u), by its asymptotic series far below 0."""
    if u > -10.0:
        return math.exp(u * u) * math.erfc(-u)
    x = u * u
    return (1 - 1 / (2 * x) + 3 / (4 * x * x)) / (-u * math.sqrt(math.pi))


def adjacency(work: Work) -> tuple[Reals, Reals]:
    """Return who excites and who inhibits whom, float64 (targets, sources), 0 and 1."""
    n, n_exc = work.params.n_total, work.params.n_exc
    indptr, targets = work.synapses
    matrix = np.zeros((n, n))
    matrix[targets, np.repeat(np.arange(n), np.diff(indptr))] = 1.0
    inhibitory = matrix.copy()
    inhibitory[:, :n_exc] = 0.0
    return matrix - inhibitory, inhibitory


def exact(excitatory: Reals, inhibitory: Reals) -> Sums:
    """Return the sums of these synapses in float64."""
    return lambda rates: (excitatory @ rates, inhibitory @ rates)
