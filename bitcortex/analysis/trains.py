"""Spike trains: what the statistics accept, and the step of every spike."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bitcortex import check
from bitcortex.network.run import Run

Groups = Run | Mapping[str, ArrayLike] | ArrayLike  # what the plots accept
LONGEST_STEP_S = 1e3  # a larger dt is a mistake of unit
SHORTEST_STEP_S = 1e-12


def as_bits(name: str, value: ArrayLike) -> NDArray[np.bool_]:
    """Return an array of 0 and 1 of any shape as bool, without a copy where possible.

    Raises
    ------
    ValueError
        If an entry is neither 0 nor 1; the message gives its index.
    """
    array = np.asarray(value)
    if array.dtype == np.bool_:
        return array
    if array.dtype == np.uint8:
        wrong = array > 1
    elif array.dtype.kind in "iuf":
        wrong = (array != 0) & (array != 1)  # NaN too
    else:
        raise TypeError(f"{name} must be an array of 0 and 1, not of {array.dtype}")
    if wrong.any():
        index = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise ValueError(
            f"{name}[{', '.join(map(str, index))}] must be 0 or 1, not {array[index]}. "
            "Spike times and counts must be turned into steps of at most one spike first."
        )
    return array.view(np.bool_) if array.dtype == np.uint8 else array.astype(np.bool_)


def as_trains(trains: ArrayLike) -> NDArray[np.bool_]:
    """Return spike trains as bool, shape (n_neurons, n_steps).

    Raises
    ------
    ValueError
        If the array does not have two axes, or an entry is neither 0 nor 1.
    """
    array = as_bits("trains", trains)
    if array.ndim != 2:
        raise ValueError(
            f"trains must have shape (n_neurons, n_steps), not {array.shape}. "
            "A single train is train[None, :]; Run.spikes is (steps, neurons): use its .T."
        )
    return array


def step_s(dt: float) -> float:
    """Return dt, the length of a step in s, checked."""
    return check.real("dt", dt, SHORTEST_STEP_S, LONGEST_STEP_S, "It is a step in seconds.")


def spike_steps(trains: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64], int, int]:
    """Return neuron and step of every spike, by neuron and then by step.

    Returns
    -------
    tuple
        Neurons, steps (both of length n_spikes), n_neurons, n_steps.
    """
    array = as_trains(trains)
    n_neurons, n_steps = array.shape
    flat = np.flatnonzero(array)
    neuron = flat // max(n_steps, 1)
    return neuron, flat - neuron * n_steps, n_neurons, n_steps


def as_groups(data: Groups, dt: float | None) -> tuple[dict[str, NDArray[np.bool_]], float]:
    """Return named groups of trains and the step in s.

    Parameters
    ----------
    data
        A Run (its populations; dt is its own), a mapping of names to trains, or trains alone
        (one group, "neurons").
    dt
        Length of a step in s; needed unless the data is a Run.

    Raises
    ------
    ValueError
        If dt is missing, there is no group, or groups differ in their number of steps.
    """
    if isinstance(data, Run):
        groups = {name: as_trains(data.spikes(name).T) for name in data.populations}
        dt = data.dt_s
    elif isinstance(data, Mapping):
        groups = {str(name): as_trains(trains) for name, trains in data.items()}
    else:
        groups = {"neurons": as_trains(data)}
    if dt is None:
        raise ValueError("dt must be given for arrays. It is a step in seconds; a Run has its own.")
    if not groups:
        raise ValueError("groups must hold at least one array of trains, not none")
    lengths = {name: trains.shape[1] for name, trains in groups.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"groups must have equal numbers of steps, not {lengths}")
    return groups, step_s(dt)
