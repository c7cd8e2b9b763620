"""Fixed-point dense layer with faults: sums spelled out, and ports against the definition."""

import numpy as np
import pytest

from bitcortex.models.faults import Faults
from bitcortex.models.layer import fixed_dense
from bitcortex.models.layer.faulty_fixed_dense import (
    FIRST,
    FaultyFixedDense,
    as_bits,
    as_numbers,
    forward,
)
from bitcortex.models.layer.fixed_dense import FixedDenseParams
from bitcortex.models.neuron.field import as_signed

PARAMS = FixedDenseParams(5, 3)
IDLE = dict.fromkeys(FaultyFixedDense.INPUTS, 0)
RNG = np.random.default_rng(0)
WEIGHTS = RNG.integers(-255, 256, (3, 5))
CODES = np.array([0, 256, 255, 7, 100])
KINDS = [
    Faults(bit_flips=0.1),
    Faults(bit_flips=1.0),
    Faults(stuck_at_0=0.3, seed=2),
    Faults(stuck_at_1=0.3, seed=2),
    Faults(bit_flips=0.2, stuck_at_0=0.1, stuck_at_1=0.1, seed=3),
]


def as_integers(faults: Faults, first: int, uses: int) -> tuple[int, list[int]]:
    """Return what the two ports carry."""
    rows = [faults.stuck(PARAMS.lines)[0], *faults.flips(PARAMS.lines, first, uses)]
    stuck, *flips = (sum(int(bit) << k for k, bit in enumerate(row)) for row in rows)
    return stuck, flips


@pytest.mark.parametrize("faults", KINDS)
def test_forward_is_its_definition(faults: Faults) -> None:
    number = 4
    stuck, flips = as_integers(faults, number * 15, 15)
    for j in range(3):
        total = 0
        for i in range(5):
            flip = flips[5 * j + i]
            x = (min(int(CODES[i]), 255) & ~stuck ^ flip) & 0xFF
            w = as_signed(int(WEIGHTS[j, i]) & ~(stuck >> 8) ^ flip >> 8, 9)
            total += as_signed(x * w & ~(stuck >> 17) ^ flip >> 17, 17)
        assert forward(PARAMS, WEIGHTS, CODES, faults, number)[j] == total


def test_without_faults_it_is_the_layer_without() -> None:
    found = forward(PARAMS, WEIGHTS, CODES, Faults())
    assert (found == fixed_dense.forward(PARAMS, WEIGHTS, CODES)).all()


def test_rate_1_inverts_every_line() -> None:
    """In two's complement, ~n is -1 - n."""
    x = 255 - np.minimum(CODES, 255)
    want = (-1 - x * (-1 - WEIGHTS)).sum(axis=1)
    assert (forward(PARAMS, WEIGHTS, CODES, Faults(bit_flips=1.0)) == want).all()


@pytest.mark.parametrize("faults", KINDS)
def test_ports_are_the_definition(faults: Faults) -> None:
    """Masks of the lines at the documented cycles; in all others nobody looks."""
    layer = FaultyFixedDense(PARAMS)
    for j, i in np.ndindex(3, 5):
        layer.write_weight(j, i, int(WEIGHTS[j, i]))
        layer.write_code(i, int(CODES[i]))
    stuck, flips = as_integers(faults, 0, 15)
    noise = (1 << 34) - 1
    masks = [{"stuck": noise, "flip": noise} for _ in range(PARAMS.cycles + 1)]
    for k, flip in enumerate(flips):
        masks[FIRST + k] = {"stuck": stuck, "flip": flip}
    rows = [layer.tick(**(IDLE | {"start": int(t == 0)} | mask)) for t, mask in enumerate(masks)]
    want = forward(PARAMS, WEIGHTS, CODES, faults).tolist()
    assert [row[3] for row in rows if row[1]] == want


def test_bits_and_numbers() -> None:
    numbers = np.array([-65536, -1, 0, 1, 65535])
    assert (as_numbers(as_bits(numbers, 17)) == numbers).all()
    assert as_numbers(as_bits(np.array([200]), 8), signed=False).tolist() == [200]
    assert [as_signed(n, 9) for n in (255, 256, 511, -1, 512)] == [255, -256, -1, -1, 0]
