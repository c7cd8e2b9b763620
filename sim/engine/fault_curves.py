"""How much of the digits is still recognised, against the rate of faults."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bitcortex import check
from bitcortex.models.faults import PLACES, RATES, Faults
from bitcortex.models.layer.dense import DenseParams
from bitcortex.models.layer.fixed_dense import FixedDenseParams
from bitcortex.sim.engine.digits import (
    ARITHMETICS,
    CLASSES,
    INPUTS,
    Digits,
    Progress,
    Reals,
    classify,
    train,
)

KINDS = (*RATES, "variability")
FAULT_RATES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2)


@dataclass(frozen=True)
class FaultCurve:
    """Accuracy against the rate of one kind of fault, of bitstreams and of fixed point."""

    kind: str  # of `KINDS`
    rates: tuple[float, ...]
    accuracy: dict[str, Reals]  # by arithmetic: (rates, repeats), each repeat with its own seed
    hashes: dict[str, list[list[str]]]  # of the counts, as `accuracy`: equal on all engines
    exposed: dict[str, int]  # by arithmetic: bits per image that may flip
    lines: dict[str, int]  # by arithmetic: wires that carry them, one after the other
    float_accuracy: float
    images: int  # held out, per repeat

    def flips(self, arithmetic: str) -> Reals:
        """Return the expected number of flips per image at every rate."""
        return np.array(self.rates) * self.exposed[arithmetic]


def accuracy_by_fault_rate(
    rates: Sequence[float] = FAULT_RATES,
    repeats: int = 5,
    engine: str = "numba",
    kind: str = "bit_flips",
    places: tuple[str, ...] = PLACES,
    length: int = 128,
    digits: Digits | None = None,
    progress: Progress = lambda images: None,
) -> FaultCurve:
    """Measure the accuracy of bitstreams and of fixed point at several rates of a fault.

    Parameters
    ----------
    rates
        Of the fault `kind`.
    repeats
        Runs over all held-out images, with seeds 1 to `repeats` of faults and streams, at least 1.
    engine
        ``numba``, ``golden`` or ``rtl``: the curves are the same.
    kind
        ``bit_flips``, ``stuck_at_0``, ``stuck_at_1`` or ``variability``; see `Faults`.
    places
        Where lines flip or stick.
    length
        Bits of a stream.
    digits, progress
        As for `classify`.

    Raises
    ------
    ValueError
        If there is no such kind, place or engine, or a rate is out of range.
    """
    check.one_of("kind", kind, KINDS)
    check.integer("repeats", repeats, 1, 1000)
    for rate in rates:
        make_faults(kind, rate, 1, places)  # refuse now, not in an hour
    digits = train() if digits is None else digits
    accuracy, hashes = {}, {}
    for arithmetic in ARITHMETICS:
        table = [
            [
                classify(engine, length, "sobol", seed, digits, progress,
                         make_faults(kind, rate, seed, places), arithmetic)
                for seed in range(1, repeats + 1)
            ]
            for rate in rates
        ]  # fmt: skip
        accuracy[arithmetic] = np.array([[one.accuracy for one in row] for row in table])
        hashes[arithmetic] = [[one.hash for one in row] for row in table]
    dense, fixed = DenseParams(INPUTS, CLASSES, length), FixedDenseParams(INPUTS, CLASSES)
    lines = {"sc": _lines(dense, places), "fixed": _lines(fixed, places)}
    uses = {"sc": CLASSES * length, "fixed": CLASSES * INPUTS}
    return FaultCurve(
        kind=kind,
        rates=tuple(rates),
        accuracy=accuracy,
        hashes=hashes,
        exposed={name: lines[name] * uses[name] for name in ARITHMETICS},
        lines=lines,
        float_accuracy=digits.float_accuracy,
        images=len(digits.labels),
    )


def make_faults(kind: str, rate: float, seed: int, places: tuple[str, ...]) -> Faults:
    """Return faults of one kind."""
    how: dict[str, Any] = {kind: rate}
    return Faults(**how, seed=seed, places=places)


def _lines(params: DenseParams | FixedDenseParams, places: tuple[str, ...]) -> int:
    return sum(count for place, count in params.lines if place in places)
