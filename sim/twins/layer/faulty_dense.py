"""Twin of the dense layer with faults."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bitcortex.gateware.layer.faulty_dense import FaultyDense as Gateware
from bitcortex.models.faults import Lines
from bitcortex.models.layer.dense import DenseParams
from bitcortex.models.layer.faulty_dense import FaultyDense
from bitcortex.models.model import Trace
from bitcortex.sim.twin import Stimulus, Twin
from bitcortex.sim.twins.layer import dense

BLOCK = 600  # cycles of one density of faults
DENSITIES = (0.0, 0.02, 0.5, 1.0)
Masks = NDArray[Any]


def random_masks(rng: np.random.Generator, cycles: int, lines: int) -> tuple[Masks, Masks]:
    """Return ``stuck`` and ``flip``, blocks of many faults after blocks of few or none."""
    blocks = -(-cycles // BLOCK)
    density = np.repeat(rng.choice(DENSITIES, (blocks, 2)), BLOCK, axis=0)[:cycles]
    whole = [_integers(rng, density[:, k], lines) for k in (0, 1)]
    first = np.arange(cycles) // BLOCK * BLOCK
    held = np.where(first % (2 * BLOCK) == 0, whole[0][first], whole[0])  # half of them permanent
    return held, whole[1]


def _integers(rng: np.random.Generator, density: NDArray[Any], lines: int) -> Masks:
    words: Masks = np.zeros(len(density), np.int64 if lines < 63 else object)
    for k in range(lines):
        bit = (rng.random(len(density)) < density).astype(np.int64)
        words |= bit.astype(words.dtype) << k
    return words


def every_line(stimulus: Stimulus, busy: NDArray[Any], lines: Lines) -> dict[str, bool]:
    """Return whether, while busy, every line flips, sticks at 0 and sticks at 1."""
    total = sum(n for _, n in lines)
    full = (1 << total) - 1
    stuck, flip = (stimulus[name][busy == 1] for name in ("stuck", "flip"))
    if not len(stuck):
        return {}
    return {
        "every line flips": int(np.bitwise_or.reduce(flip & (full ^ stuck))) == full,
        "every line is stuck at 0": int(np.bitwise_or.reduce(stuck & (full ^ flip))) == full,
        "every line is stuck at 1": int(np.bitwise_or.reduce(stuck & flip)) == full,
        "no faults": bool(((stuck == 0) & (flip == 0)).any()),
    }


def stimulus(params: DenseParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """That of the dense layer, with faults; none while it raises the counts to their largest."""
    made = dense.stimulus(params, rng, cycles)
    made["stuck"], made["flip"] = random_masks(rng, cycles, 4 * params.n_inputs)
    size = 2 * params.cycles + 4 * params.n_inputs * params.n_neurons
    if size < 3000:
        for first in range(500, cycles, 4 * size):
            made["stuck"][first : first + size] = made["flip"][first : first + size] = 0
    return made


def reached(params: DenseParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    return dense.reached(params, stimulus, trace) | every_line(
        stimulus, trace["busy"], params.lines
    )


TWIN = Twin(
    name="layer.faulty_dense",
    golden=FaultyDense,
    gateware=Gateware,
    cases={
        "3 + 1 spiking -> 4, 16": DenseParams(4, 4, length=16, n_spikes=1, seed=11),
        "3 -> 3, lfsr 12": DenseParams(3, 3, length=12, mode="lfsr", seed=12),
        "2 -> 1, 1": DenseParams(2, 1, length=1, seed=13),
        "17 -> 3, 40, 5 bits": DenseParams(17, 3, length=40, bits=5, seed=14),
    },
    stimulus=stimulus,
    reached=reached,
    survivors=dense.TWIN.survivors,
)
