"""The spike hash of models/recorder/hash.py, compiled."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from bitcortex.models.recorder.hash import INITIAL


@njit(cache=True)
def _update(h: np.uint64, step: NDArray[np.int64], neuron: NDArray[np.int64]) -> np.uint64:
    for i in range(len(step)):
        h ^= np.uint64(step[i]) | np.uint64(neuron[i]) << np.uint64(32)
        h ^= h << np.uint64(13)
        h ^= h >> np.uint64(7)
        h ^= h << np.uint64(17)
    return h


def hash_spikes(step: NDArray[np.int64], neuron: NDArray[np.int64], start: int = INITIAL) -> int:
    """Return the hash after spikes in order of step, then neuron."""
    return int(_update(np.uint64(start), step.astype(np.int64), neuron.astype(np.int64)))
