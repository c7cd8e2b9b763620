"""Dense layer with faults: counts spelled out, and ports against the definition."""

import numpy as np
import pytest
from numpy.typing import NDArray

from bitcortex.gateware.layer.faulty_dense import FaultyDense as Gateware
from bitcortex.models.faults import Faults
from bitcortex.models.layer import dense
from bitcortex.models.layer.dense import Dense, DenseParams
from bitcortex.models.layer.faulty_dense import FIRST, FaultyDense, forward
from bitcortex.models.layer.streams import Streams

PARAMS = DenseParams(5, 3, length=32, n_spikes=2, seed=21)
IDLE = dict.fromkeys(FaultyDense.INPUTS, 0)
RNG = np.random.default_rng(0)
WEIGHTS = RNG.integers(-255, 256, (3, 5))
WEIGHTS[0, 0] = 0
CODES = np.array([*RNG.integers(0, 257, 3), 1, 0])
WORDS = Streams(PARAMS.streams).next()
MANY = Faults(bit_flips=0.2, stuck_at_0=0.1, stuck_at_1=0.1, seed=3)
KINDS = [
    Faults(bit_flips=0.1),
    Faults(bit_flips=1.0),
    Faults(stuck_at_0=0.3, seed=2),
    Faults(stuck_at_1=0.3, seed=2),
    Faults(bit_flips=0.4, places=("products",)),
    MANY,
]


@pytest.mark.parametrize("faults", KINDS)
def test_forward_is_its_definition(faults: Faults) -> None:
    number = 7
    stuck = faults.stuck(PARAMS.lines)[0]
    want = np.zeros((2, 3), np.int64)
    for j in range(3):
        for k, (x, w) in enumerate(zip(*WORDS, strict=True)):
            flip = faults.flips(PARAMS.lines, number * 96 + j * 32 + k, 1)[0]
            for i in range(5):
                on = x < CODES[i] if i < 3 else CODES[i] == 1
                bits = [on, w < abs(WEIGHTS[j, i]), WEIGHTS[j, i] < 0]
                carried = [
                    (bool(bit) and not stuck[5 * n + i]) ^ flip[5 * n + i]
                    for n, bit in enumerate(bits)
                ]
                product = ((carried[0] and carried[1]) and not stuck[15 + i]) ^ flip[15 + i]
                want[int(carried[2]), j] += product
    assert (np.array(forward(PARAMS, WEIGHTS, CODES, *WORDS, faults, number)) == want).all()


def test_without_faults_it_is_the_dense_layer() -> None:
    found = forward(PARAMS, WEIGHTS, CODES, *WORDS, Faults())
    assert np.array_equal(found, dense.forward(PARAMS, WEIGHTS, CODES, *WORDS))


def test_rate_1_inverts_every_line() -> None:
    excitatory, inhibitory = forward(PARAMS, WEIGHTS, CODES, *WORDS, Faults(bit_flips=1.0))
    x = ~dense.input_streams(PARAMS, CODES, WORDS[0])
    for j, weights in enumerate(WEIGHTS):
        product = ~(x & ~(WORDS[1] < np.abs(weights)[:, None]))
        assert excitatory[j] == product[weights < 0].sum()
        assert inhibitory[j] == product[weights >= 0].sum()


def run_pass(layer: Dense, masks: list[dict[str, int]]) -> list[tuple[int, int]]:
    """Make a pass with these ports from cycle to cycle; return the counts."""
    for j, i in np.ndindex(3, 5):
        layer.write_weight(j, i, int(WEIGHTS[j, i]))
    for i in range(3):
        layer.write_code(i, int(CODES[i]))
    rows = []
    for t in range(PARAMS.cycles + 1):
        ports = {"start": int(t == 0), "spikes": 1} | masks[t]
        rows.append(layer.tick(**(IDLE | ports)))
    return [(row[3], row[4]) for row in rows if row[1]]


@pytest.mark.parametrize("faults", KINDS)
def test_ports_are_the_definition(faults: Faults) -> None:
    """Masks of the lines at the documented cycles; in all others nobody looks."""
    stuck = as_integer(faults.stuck(PARAMS.lines)[0])
    flips = [as_integer(row) for row in faults.flips(PARAMS.lines, 0, 96)]
    noise = (1 << 20) - 1
    masks = [{"stuck": noise, "flip": noise} for _ in range(PARAMS.cycles + 1)]
    for k, flip in enumerate(flips):
        masks[FIRST + k] = {"stuck": stuck, "flip": flip}
    want = zip(*forward(PARAMS, WEIGHTS, CODES, *WORDS, faults), strict=True)
    assert run_pass(FaultyDense(PARAMS), masks) == list(want)


def as_integer(bits: NDArray[np.bool_]) -> int:
    return sum(int(bit) << k for k, bit in enumerate(bits))


def test_ports() -> None:
    layer = Gateware(DenseParams(20, 3))
    assert len(layer.stuck) == len(layer.flip) == 80
    assert (*Dense.INPUTS, "stuck", "flip") == FaultyDense.INPUTS
    assert not hasattr(dense.Dense(PARAMS), "stuck")


def test_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match=r"weights must have shape \(3, 5\), not \(5, 3\)"):
        forward(PARAMS, WEIGHTS.T, CODES, *WORDS, Faults())
