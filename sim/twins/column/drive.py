"""Twin of the drive."""

import numpy as np
from numpy.typing import NDArray

from bitcortex.gateware.column.drive import Drive as Gateware
from bitcortex.models.column.drive import Drive, DriveParams
from bitcortex.models.model import Trace
from bitcortex.network.lower_events import poisson_table
from bitcortex.sim.twin import Stimulus, Twin


def stimulus(params: DriveParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Seeds first, then slots in order with gaps; looks and new seeds in some of the gaps."""
    at = np.arange(cycles)
    fill = (at > 0) & (at <= params.words)
    valid = (rng.random(cycles) < 0.9) & (at > params.words + 2)
    gap = ~valid & ~np.roll(valid, 1) & ~np.roll(valid, 2) & (at > params.words + 4)
    slot: NDArray[np.int64] = np.cumsum(valid) - valid
    # The first words make every table entry a draw, and its neighbours.
    edges = [e + d for table in params.tables for e in table for d in (-1, 0, 1)]
    chosen = rng.choice(np.array(edges or [0]) % (1 << 16), (cycles, 4)).astype(np.uint64)
    wanted = chosen @ (np.uint64(1) << np.arange(0, 64, 16, dtype=np.uint64))
    data = np.array([_before(int(word)) or 1 for word in wanted], dtype=object)
    kinds = rng.integers(0, len(params.tables), (cycles, 4))
    return {
        "in_valid": valid.astype(np.int64),
        "in_slot": np.where(gap, rng.integers(0, params.words, cycles), slot % params.words),
        "in_kind": kinds @ (1 << np.arange(4) * params.kind_bits),
        "look": (gap & (rng.random(cycles) < 0.5)).astype(np.int64),
        "we": (fill | (gap & (rng.random(cycles) < 0.5))).astype(np.int64),
        "address": np.where(fill, at - 1, rng.integers(0, params.words, cycles)),
        "write_data": data,
    }


def _before(word: int) -> int:
    """Return the xorshift64 state before this one: each shift is undone by repeating it."""
    full = (1 << 64) - 1
    for amount, left in ((17, True), (7, False), (13, True)):
        found, part = word, word
        while part:
            part = (part << amount) & full if left else part >> amount
            found ^= part
        word = found
    return word


def reached(params: DriveParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    counts = trace["out_counts"][trace["out_valid"] == 1]
    fields = np.stack([counts >> k * params.levels & ((1 << params.levels) - 1) for k in range(4)])
    most = max(len(table) for table in params.tables)
    return {
        "no event": bool((fields == 0).any()),
        "every count": set(np.unique(fields)) >= set(range(most + 1)),
        "a generator looked at": bool((trace["word"] != 0).any()),
    }


TWIN = Twin(
    name="column.drive",
    golden=Drive,
    gateware=Gateware,
    cases={
        "64 lanes, 1 kind": DriveParams(((30_000, 52_000, 63_000),), 64, 3),
        "32 lanes, Poisson(2)": DriveParams((poisson_table("case", 2.0),), 32, 7),
        "4 lanes, 3 kinds": DriveParams(
            (poisson_table("case", 0.2), (40_000,), poisson_table("case", 5.0)), 4, 0
        ),
    },
    stimulus=stimulus,
    reached=reached,
)
