"""Faulty devices that hold weights: stuck off or on, and conductances that vary."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bitcortex.models.encode.seeds import derive
from bitcortex.models.faults import Faults

Reals = NDArray[np.float64]


class Devices(NamedTuple):
    """What each device of an array does to the magnitude that is written to it."""

    off: NDArray[np.bool_]  # 0, whatever is written
    on: NDArray[np.bool_]  # 1, whatever is written
    factor: Reals  # of the others: log-normal, mean 1


def draw_devices(
    shape: tuple[int, int],
    stuck_off: float,
    stuck_on: float,
    variability: float,
    seed: int,
    *path: str,
) -> Devices:
    """Return an array of devices; `path` tells arrays of one seed apart."""
    rng = np.random.default_rng(derive(seed, 63, "devices", *path))
    lot = rng.random(shape)
    factor = np.exp(rng.normal(-(variability**2) / 2, variability, shape))
    return Devices(lot < stuck_off, lot >= 1.0 - stuck_on, factor)


def hold(magnitude: Reals, devices: Devices) -> Reals:
    """Return what devices hold of magnitudes in [0, 1]: at most 1."""
    varied = np.minimum(magnitude * devices.factor, 1.0)
    return np.where(devices.on, 1.0, np.where(devices.off, 0.0, varied))


def vary(weights: Reals, faults: Faults, *path: str) -> Reals:
    """Return weights in [-1, 1] with the variability of `faults`; the signs stay."""
    if not faults.variability:
        return weights
    devices = draw_devices(weights.shape, 0.0, 0.0, faults.variability, faults.seed, *path)
    return np.copysign(hold(np.abs(weights), devices), weights)
