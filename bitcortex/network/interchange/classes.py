"""Neurons with equal constants are a population."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bitcortex.network.interchange.report import Part, Refusal

MOST = 64  # populations of one foreign group


def classes(name: str, columns: Sequence[ArrayLike]) -> list[Part]:
    """Return a group's neurons by their constants, in the order of their first neurons.

    Parameters
    ----------
    name
        Of the group; its populations are called so, or name_0, name_1 and so on.
    columns
        Constants, each of shape (neurons,).

    Raises
    ------
    Refusal
        If there are more than `MOST` different neurons.
    """
    rows = np.stack([np.asarray(c, np.float64) for c in columns], axis=1)
    _, first, which = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    if len(first) > MOST:
        raise Refusal(
            f"{len(first)} of its neurons have constants of their own, and a population has one "
            "set",
            f"Use at most {MOST} different ones",
        )
    rank = np.argsort(np.argsort(first))
    number = rank[which.ravel()]
    if len(first) == 1:
        return [Part(name, np.arange(len(rows)))]
    return [Part(f"{name}_{k}", np.flatnonzero(number == k)) for k in range(len(first))]


def places(parts: Sequence[Part], size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return for every neuron of a group which part it is in, and where in it."""
    part, place = np.zeros(size, np.int64), np.zeros(size, np.int64)
    for k, each in enumerate(parts):
        part[each.indices] = k
        place[each.indices] = np.arange(len(each.indices))
    return part, place
