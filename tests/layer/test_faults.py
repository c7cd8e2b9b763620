"""Faults: what is drawn, that draws look random, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chi2, chisquare

from bitcortex.models.faults import ONE, PLACES, Faults, apply, as_faults, row
from bitcortex.models.layer.dense import DenseParams
from bitcortex.network.keys import mix

LINES = DenseParams(16, 2, length=8).lines
COUNT = 64
USES = 20_000


def test_a_flip_is_its_definition() -> None:
    faults = Faults(bit_flips=0.3, seed=9)
    first = (1 << 32) - 2  # the high word of the number of a use counts, too
    found = faults.flips(LINES, first, 4)
    for c in range(4):
        for s in range(COUNT):
            draw = mix(row(first + c, faults.row_key) ^ int(faults.columns(LINES)[s]))
            assert found[c, s] == (draw < int(0.3 * ONE + 0.5))


def test_any_part_may_be_asked_for() -> None:
    faults = Faults(bit_flips=0.1, stuck_at_1=0.1)
    whole = faults.flips(LINES, 100, 50)
    assert (faults.flips(LINES, 120, 7) == whole[20:27]).all()
    assert (faults.flips(LINES, 100, 50) == whole).all()


@pytest.mark.parametrize("rate", [0.01, 0.2, 0.5])
def test_flips_are_uniform_over_lines_and_uses(rate: float) -> None:
    """Chi-square of the flips per line, and per block of uses: neither unlikely nor too good."""
    flips = Faults(bit_flips=rate, seed=5).flips(LINES, 0, USES)
    assert abs(flips.mean() - rate) < 5 * np.sqrt(rate * (1 - rate) / flips.size)
    for counts, trials in (
        (flips.sum(axis=0), USES),
        (flips.reshape(100, -1).sum(axis=1), flips.size // 100),
    ):
        statistic = ((counts - trials * rate) ** 2 / (trials * rate * (1 - rate))).sum()
        assert 1e-4 < chi2.cdf(statistic, len(counts)) < 1 - 1e-4


def test_flips_are_independent() -> None:
    """Of other lines, of the uses before and after, and of other seeds; no pair stands out."""
    flips = Faults(bit_flips=0.5, seed=6).flips(LINES, 0, USES)
    signs = np.where(flips, 1.0, -1.0)
    lines = signs.T @ signs / np.sqrt(USES)
    pairs = lines[np.triu_indices(COUNT, 1)]
    assert 1e-4 < chi2.cdf((pairs**2).sum(), len(pairs)) < 1 - 1e-4
    assert np.abs(pairs).max() < 5.5  # of 2,016 normal numbers
    for lag in (1, 2, 8, 128):
        serial = (signs[lag:] * signs[:-lag]).sum(axis=0) / np.sqrt(USES - lag)
        assert 1e-4 < chi2.cdf((serial**2).sum(), COUNT) < 1 - 1e-4
    other = Faults(bit_flips=0.5, seed=7).flips(LINES, 0, USES)
    assert abs((signs * np.where(other, 1.0, -1.0)).mean()) < 5 / np.sqrt(signs.size)
    runs = np.bincount(flips.reshape(-1, 4) @ [1, 2, 4, 8], minlength=16)
    assert chisquare(runs).pvalue > 1e-4  # four lines of one use


def test_stuck_lines() -> None:
    many = (("inputs", 20_000), ("weights", 20_000), ("products", 10_000))
    faults = Faults(stuck_at_0=0.1, stuck_at_1=0.2, seed=4)
    stuck, value = faults.stuck(many)
    assert not (value & ~stuck).any()
    assert (stuck & ~value).mean() == pytest.approx(0.1, abs=0.01)
    assert value.mean() == pytest.approx(0.2, abs=0.01)
    assert (faults.flips(many, 3, 2) == value).all()  # nothing flips
    line = np.arange(50_000) % 2 == 0
    assert (apply(line, stuck, value) == np.where(stuck, value, line)).all()


def test_extremes_and_places() -> None:
    assert not Faults().in_lines
    assert not Faults(variability=0.5).in_lines
    assert not Faults().flips(LINES, 0, 3).any()
    assert Faults(bit_flips=1.0).flip_threshold == ONE
    assert Faults(bit_flips=1.0).flips(LINES, 0, 3).all()
    stuck, value = Faults(stuck_at_0=1.0).stuck(LINES)
    assert stuck.all()
    assert not value.any()
    stuck, value = Faults(stuck_at_1=1.0).stuck(LINES)
    assert value.all()
    some = Faults(bit_flips=1.0, places=("weights",))
    assert np.flatnonzero(some.flips(LINES, 0, 1)[0]).tolist() == list(range(16, 48))
    both = Faults(bit_flips=1.0, stuck_at_0=1.0)
    assert not both.flips(LINES, 0, 3).any()  # a line that is stuck does not flip


def test_the_seed_matters() -> None:
    faults = Faults(bit_flips=0.1, stuck_at_0=0.3)
    other = replace(faults, seed=2)
    assert (faults.flips(LINES, 0, 9) != other.flips(LINES, 0, 9)).any()
    assert (faults.stuck(LINES)[0] != other.stuck(LINES)[0]).any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"bit_flips": 1.1}, r"bit_flips must be in \[0, 1\], not 1\.1"),
        ({"bit_flips": float("nan")}, "bit_flips must be in"),
        ({"stuck_at_0": -0.1}, "stuck_at_0 must be in"),
        ({"stuck_at_0": 0.6, "stuck_at_1": 0.5}, "No line is stuck at both 0 and 1"),
        ({"variability": 3.0}, r"variability must be in \[0, 2\]"),
        ({"seed": -1}, "seed must be in"),
        ({"places": ("wires",)}, "places must be one of inputs, weights, products, not 'wires'"),
        ({"places": ()}, "places must be a tuple of inputs, weights, products"),
        ({"places": "inputs"}, "places must be a tuple of .* not 'inputs'"),
    ],
)
def test_wrong_faults(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Faults(**arguments)  # type: ignore[arg-type]


def test_something_else_is_no_fault() -> None:
    assert as_faults(None) == Faults()
    assert Faults().places == PLACES
    with pytest.raises(TypeError, match=r"faults must be a Faults, not 0\.05\. Try Faults\(bit_"):
        as_faults(0.05)  # type: ignore[arg-type]
