"""Twin of the drive."""

import numpy as np

from bitcortex.gateware.column.drive import Drive as Gateware
from bitcortex.models.column.drive import Drive, DriveParams
from bitcortex.models.model import Trace
from bitcortex.network.drive_table import poisson_table
from bitcortex.sim.twin import Stimulus, Twin

SPELL = 48  # cycles, so that every generator of 16 lanes or more is used again


def stimulus(params: DriveParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Seeds first. Then spells of slots in order, of writes and looks, and of all at random."""
    at = np.arange(cycles)
    fill = at < params.words
    spell = np.repeat(rng.random(cycles // SPELL + 1), SPELL)[:cycles]
    ready = at > params.words + 1  # the last word is written a cycle late
    runs, wild = ready & (spell < 0.6), ready & (spell > 0.97)
    valid = (runs & (rng.random(cycles) < 0.95)) | (wild & (rng.random(cycles) < 0.5))
    host = ready & ~runs & (rng.random(cycles) < 0.6)
    anywhere = rng.integers(0, params.words, cycles)
    # Half of the words written give draws at the table entries and next to them.
    edges = np.array([e + d for table in params.tables for e in table for d in (-1, 0, 1)] or [0])
    drawn = rng.integers(0, 1 << 16, (cycles, 4))
    drawn = np.where(rng.random((cycles, 4)) < 0.5, rng.choice(edges, (cycles, 4)), drawn)
    data = rng.integers(0, 1 << 64, cycles, np.uint64, endpoint=False).astype(object)
    for cycle in np.flatnonzero(fill | host):
        word = sum((int(u) & 0xFFFF) << 16 * k for k, u in enumerate(drawn[cycle]))
        data[cycle] = retreat(word) or 1
    kinds = rng.integers(0, len(params.tables), (cycles, 4))
    if len(params.tables) < 1 << params.kind_bits:
        beyond = rng.random((cycles, 4)) < 0.01
        kinds = np.where(beyond, (1 << params.kind_bits) - 1, kinds)
    return {
        "in_valid": valid.astype(np.int64),
        "in_slot": np.where(runs, (np.cumsum(valid) - valid) % params.words, anywhere),
        "in_kind": kinds @ (1 << np.arange(4) * params.kind_bits),
        "look": (ready & (rng.random(cycles) < 0.3)).astype(np.int64),
        "we": (fill | host).astype(np.int64),
        "address": np.where(fill, at % params.words, rng.integers(0, params.words, cycles)),
        "write_data": data,
        "rst": ((rng.random(cycles) < 0.001) & ready).astype(np.int64),
    }


def retreat(word: int) -> int:
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
    zeros = min(table.count(0) for table in params.tables)
    most = max(len(table) for table in params.tables)
    valid, we = stimulus["in_valid"], stimulus["we"]
    row = np.convolve(valid, np.ones(params.words + 1))
    conditions = {
        "every count": set(np.unique(fields)) == set(range(zeros, most + 1)),
        "a generator looked at": bool((trace["word"] != 0).any()),
        "written in the cycle of an advance": bool((valid[:-2] & we[2:]).any()),
        "no pause between two uses of a generator": bool((row > params.words).any()),
    }
    if len(params.tables) < 1 << params.kind_bits:
        highest = stimulus["in_kind"] & ((1 << params.kind_bits) - 1)
        conditions["a kind beyond the last"] = bool((highest >= len(params.tables)).any())
    return conditions


TWIN = Twin(
    name="column.drive",
    golden=Drive,
    gateware=Gateware,
    cases={
        "64 lanes, 2 kinds": DriveParams(((30_000, 52_000, 63_000), (40_000,)), 64, 3),
        "32 lanes, Poisson(2)": DriveParams((poisson_table("case", 2.0),), 32, 7),
        "4 lanes, 3 kinds": DriveParams(
            (poisson_table("case", 0.2), (40_000,), poisson_table("case", 5.0)), 4, 0
        ),
        "16 lanes, 63 entries": DriveParams(
            ((0, 0, 0, *range(1000, 65_000, 1100), 65_535), (0, 0, 65_535)), 16, 1
        ),
        "32 lanes, 20 kinds": DriveParams(
            tuple(tuple(range(k * 1000, 60_000, 25_000)) for k in range(20)), 32, 0
        ),
        "8 lanes, no drive": DriveParams(((),), 8, 1),
    },
    stimulus=stimulus,
    reached=reached,
    shows="generators are read in any order here, as no step does",
)
