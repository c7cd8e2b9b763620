"""Rules that say which neurons are connected, and kinds of synapses, as a user describes them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bitcortex import check


@dataclass(frozen=True)
class Bernoulli:
    """Every pair is connected with `probability`, independently."""

    probability: float

    def __post_init__(self) -> None:
        check.real("probability", self.probability, 0.0, 1.0)


@dataclass(frozen=True)
class FixedInDegree:
    """Every target has `count` different sources, drawn uniformly."""

    count: int

    def __post_init__(self) -> None:
        check.integer("count", self.count, 0, 2**24)


@dataclass(frozen=True)
class AllToAll:
    """Every pair is connected."""


@dataclass(frozen=True)
class OneToOne:
    """Source i is connected to target i; both sides have equal sizes."""


@dataclass(frozen=True)
class Stratified:
    """Every pair is connected with `probability`, out-degrees nearly constant: procedural rows.

    In-degrees are binomial as with `Bernoulli`. Needs no memory in gateware: rows are made anew at
    every spike (docs/decisions/0005-events.md). Probabilities of 1 or below 0.5 only.
    """

    probability: float

    def __post_init__(self) -> None:
        check.real("probability", self.probability, 1e-4, 1.0)


@dataclass(frozen=True)
class Explicit:
    """A list of synapses.

    Parameters
    ----------
    sources, targets
        Indices within the populations, of equal lengths; a pair may occur more than once.
    """

    sources: ArrayLike
    targets: ArrayLike

    def pairs(
        self, shape: tuple[int, int], label: str
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the checked indices of the connection that errors call `label`.

        Raises
        ------
        ValueError
            If lengths differ or an index is out of range.
        """
        found = []
        for name, values, size in zip(
            ("sources", "targets"), (self.sources, self.targets), shape, strict=True
        ):
            array = np.asarray(values)
            if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
                raise ValueError(
                    f"{name} of {label} must be a list of integers, not {array.dtype} of shape "
                    f"{array.shape}"
                )
            if array.size and not (array.min() >= 0 and array.max() < size):
                raise ValueError(
                    f"{name} of {label} must be in 0..{size - 1}, not {array.min()}..{array.max()}"
                )
            found.append(array.astype(np.int64))
        if len(found[0]) != len(found[1]):
            raise ValueError(
                f"sources and targets of {label} must have equal lengths, not {len(found[0])} "
                f"and {len(found[1])}"
            )
        return found[0], found[1]


Rule = Bernoulli | FixedInDegree | AllToAll | OneToOne | Stratified | Explicit


@dataclass(frozen=True)
class Fixed:
    """A spike adds the weight."""


@dataclass(frozen=True)
class Release:
    """A spike adds the weight with `probability` (stochastic vesicle release; 16 bits)."""

    probability: float

    def __post_init__(self) -> None:
        check.real("probability", self.probability, 0.0, 1.0)


@dataclass(frozen=True)
class Bitstream:
    """A spike adds the weight times the fraction of ones in `length` bits, 2 to 16.

    Each bit is a 1 with `probability`; it is worth ``weight / length``.
    """

    length: int
    probability: float

    def __post_init__(self) -> None:
        check.integer("length", self.length, 2, 16)
        check.real("probability", self.probability, 0.0, 1.0)


Synapse = Fixed | Release | Bitstream
