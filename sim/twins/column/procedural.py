"""Twin of the procedural rows."""

import numpy as np

from bitcortex.gateware.column.procedural import Procedural as Gateware
from bitcortex.models.column.procedural import Procedural, ProceduralParams, RowParams
from bitcortex.models.model import Trace
from bitcortex.network.keys import BANKS, MASK
from bitcortex.sim.twin import Stimulus, Twin


def stimulus(params: ProceduralParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Random keys, and keys that hit a boundary between two targets exactly; slow readers.

    A draw is 16 of 32 bits, and a target a few of those: at random, most errors of a low bit would
    never show. Half of the keys therefore make the word of one candidate the first, or the one
    before the first, that leads to some target.
    """
    choice = rng.integers(0, 1 << params.projection_width, cycles)
    known = np.minimum(choice, len(params.rows) - 1)

    def of(name: str) -> np.ndarray:
        return np.array([getattr(r, name) for r in params.rows], np.int64)[known]

    a = rng.integers(0, 1 << 32, cycles)
    a = np.where(rng.random(cycles) < 0.1, np.int64(1) << rng.integers(0, 32, cycles), a)
    b = rng.integers(0, 1 << 32, cycles)
    n = rng.integers(0, of("strata") * BANKS // params.lanes)
    x = params.lane + params.lanes * n
    stride, fraction = of("stride"), of("fraction")
    k = x // BANKS
    # Targets of stratum k begin where (k << 16) + draw is the least with a product of m << 16 + f.
    m = (k * stride >> fraction) + rng.integers(0, (stride >> fraction) + 1)
    draw = -(-(m << 16 + fraction) // stride) - (k << 16)
    word = (np.clip(draw, 0, 1 << 16) << 16) - rng.integers(0, 2, cycles)
    b = np.where(rng.random(cycles) < 0.5, word - a * x, b) & MASK

    spell = 256
    pace = np.repeat(rng.choice([0.01, 0.1, 1.0], cycles // spell + 1), spell)[:cycles]
    reader = np.repeat(rng.choice([0.2, 0.8, 1.0], cycles // spell + 1), spell)[:cycles]
    return {
        "job_valid": (rng.random(cycles) < pace).astype(np.int64),
        "job_projection": choice,
        "job_a": a,
        "job_b": b,
        "event_ready": (rng.random(cycles) < reader).astype(np.int64),
        "rst": (rng.random(cycles) < 0.0005).astype(np.int64),
    }


def reached(params: ProceduralParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    valid, slot = trace["event_valid"], trace["event_slot"]
    ids = slot * params.lanes + params.lane
    given = stimulus["event_ready"]
    found = {
        "jobs waiting full": bool((stimulus["job_valid"] & (1 - trace["job_ready"])).any()),
        "idle": bool(trace["idle"].any()),
        "stalled": bool((valid & (1 - given)).any()),
        "an event in every cycle": bool((np.convolve(valid & given, np.ones(3)) == 3).any()),
        "a candidate that is no target": bool(((1 - valid) & (np.diff(slot, prepend=0) != 0)).any())
        or all(
            r.base == r.first and r.strata * r.stride == r.size << r.fraction for r in params.rows
        ),
    }
    for i, row in enumerate(params.rows):
        mine = (ids >= row.first) & (ids < row.end) & (trace["event_weight"] == row.weight)
        hit = set(ids[(valid == 1) & mine].tolist())
        every = [j for j in range(row.first, row.end) if j % params.lanes == params.lane]
        found[f"first target of row {i}"] = not every or every[0] in hit
        found[f"last target of row {i}"] = not every or every[-1] in hit
    return found


TWIN = Twin(
    name="column.procedural",
    golden=Procedural,
    gateware=Gateware,
    cases={
        "lane 11 of 16": ProceduralParams(
            16, 11, 100, 12,
            (
                RowParams(0, 1600, 9, 0, 5),
                RowParams(70, 1_400, 26_003, 13, -20),
                RowParams(1023, 300, 19, 2, 2047),
            ),
        ),
        "lane 5 of 8, Brunel, 1,000": ProceduralParams(
            8, 5, 125, 16,
            (RowParams(0, 1000, 81_920, 13, 128), RowParams(0, 1000, 81_920, 13, -640)),
        ),
        "lane 43 of 64, one candidate": ProceduralParams(
            64, 43, 4, 8, (RowParams(3, 200, 131_071, 14, -1), RowParams(64, 128, 2, 0, 1)), 2
        ),
        "lane 0 of 4, all connected": ProceduralParams(
            4, 0, 50, 4, (RowParams(0, 64, 1, 0, -8), RowParams(65, 135, 1 << 16, 16, 7)), 16
        ),
        "lane 2 of 4, one row": ProceduralParams(4, 2, 1000, 32, (RowParams(1, 3997, 7, 1, -9),)),
        "lane 27 of 32, Brunel, 10,000": ProceduralParams(
            32, 27, 313, 16,
            (RowParams(0, 10_000, 81_920, 13, 128), RowParams(0, 10_000, 81_920, 13, -640)),
        ),
    },
    stimulus=stimulus,
    reached=reached,
    survivors={
        "const1 A[1] of `procedural_procedural_total0 + (procedural4 <<< 3'd4)` for "
        "procedural_procedural_total1[0]": (
            "the low 4 bits of the first word are left out, and what is added to it afterwards, "
            "4 a, has no carry out of bit 1"
        ),
        "const0 Q[1] of `always @(posedge sys_clk) begin` for procedural_place_bits[7]": (
            "bit 8 of the neuron is part of the fraction in row 1; in rows 0 and 2 it is part of "
            "the id, whose largest candidate is below it"
        ),
        "cnot1 Q[0] by [1] of `always @(posedge sys_clk) begin` for procedural8[0]": (
            "exchanges rows 2 and 3, and a number beyond the last row is the last row"
        ),
        "const0 A[0] of `if (procedural7) begin` for an inner wire": (
            "the place among the banks is 0 whenever no job is at work"
        ),
    },
)  # fmt: skip
