"""Real weights become signed codes, and what that loses."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

BITS = 8  # of a weight's magnitude
ONE = 1 << BITS  # code of an input of 1; weights end one below


@dataclass(frozen=True)
class WeightReport:
    """What became of a matrix of weights when it was rounded to codes.

    Errors are absolute, of a weight in [-1, 1]; one code is 1/256.
    """

    weights: int  # in all
    zeroed: int  # not 0 before and 0 after
    saturated: int  # of a magnitude that rounds to 1, held at 255/256
    max_error: float  # of a weight
    rms_error: float  # over all weights

    def __str__(self) -> str:
        return (
            f"{self.weights} weights: {self.zeroed} became 0, {self.saturated} saturated, "
            f"largest error {self.max_error:.5f}, rms error {self.rms_error:.5f}"
        )


def quantise(
    weights: ArrayLike, shape: tuple[int, int], name: str = "weights"
) -> tuple[NDArray[np.int16], WeightReport]:
    """Return signed codes of weights, magnitude floor(256 |w| + 1/2) up to 255, and a report.

    Parameters
    ----------
    weights
        Reals in [-1, 1].
    shape
        That they must have.
    name
        Of the weights, for the errors.

    Raises
    ------
    ValueError
        If the shape differs, a weight is NaN or out of range, or all that are not 0 round to 0.
    """
    array = np.asarray(weights, np.float64)
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, not {array.shape}")
    if (wrong := np.argwhere(~(np.abs(array) <= 1.0))).size:  # NaN fails too
        j, i = (int(k) for k in wrong[0])
        raise ValueError(f"{name}[{j}, {i}] must be in [-1, 1], not {array[j, i]}")
    rounded = np.floor(np.abs(array) * ONE + 0.5)
    codes = (np.sign(array) * np.minimum(rounded, ONE - 1)).astype(np.int16)
    if array.any() and not codes.any():
        raise ValueError(
            f"{name} must not all round to 0: the largest is {np.abs(array).max():g} and one code "
            f"is 1/{ONE}. Scale them up"
        )
    error = np.abs(codes / ONE - array)
    report = WeightReport(
        weights=array.size,
        zeroed=int(((array != 0.0) & (codes == 0)).sum()),
        saturated=int((rounded == ONE).sum()),
        max_error=float(error.max()),
        rms_error=float(np.sqrt((error**2).mean())),
    )
    return codes, report
