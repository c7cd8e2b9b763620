"""What the definitions of dense layers refuse."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

Integers = NDArray[np.integer]


def check_shapes(arrays: Mapping[str, tuple[Integers, tuple[int, ...]]]) -> None:
    """Refuse an array, by name, that does not have its shape.

    Raises
    ------
    ValueError
        If one has another.
    """
    for name, (array, shape) in arrays.items():
        if array.shape != shape:
            raise ValueError(f"{name} must have shape {shape}, not {array.shape}")


def check_values(weights: Integers, top_weight: int, codes: Integers, tops: ArrayLike) -> None:
    """Refuse weights of too large a magnitude, and codes out of 0..tops.

    Raises
    ------
    ValueError
        If there is one.
    """
    if (worst := int(np.abs(weights.astype(np.int64)).max())) > top_weight:
        raise ValueError(
            f"weights must have a magnitude of at most {top_weight}, not {worst}. "
            "Scale them down or use more bits"
        )
    most = np.broadcast_to(tops, codes.shape)
    if (wrong := np.flatnonzero((codes < 0) | (codes > most))).size:
        i = int(wrong[0])
        raise ValueError(f"codes[{i}] must be in 0..{most[i]}, not {int(codes[i])}")
