"""Twin of the loader."""

import numpy as np

from bitcortex.gateware.column.loader import Loader as Gateware
from bitcortex.models.column.loader import SPACES, Loader, LoaderParams
from bitcortex.models.model import Trace
from bitcortex.network.words import LANE_AT, RECORDED, SPACE_AT, WIDE_AT
from bitcortex.sim.twin import Stimulus, Twin

SPELL = 512  # cycles of one mood
PATIENCE = 40  # cycles after an error, until the host begins anew


def stimulus(params: LoaderParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Runs of all spaces and lengths, now and then one with a fault; after an error, a new start.

    The golden model says when a word is taken and the next one comes.
    """

    def spells(*moods: float) -> np.ndarray:
        """Return for every cycle whether a draw is below the mood of its spell."""
        mood = np.repeat(rng.choice(moods, cycles // SPELL + 1), SPELL)[:cycles]
        return (rng.random(cycles) < mood).astype(np.int64)

    valid, ready, busy = (
        spells(1.0, 1.0, 0.6),
        spells(1.0, 1.0, 0.5, 0.5, 0.15, 0.0),
        spells(*[0.0] * 30, 0.5),
    )
    clear = (rng.random(cycles) < 0.0002).astype(np.int64)
    rst = (rng.random(cycles) < 0.0001).astype(np.int64)
    data = np.zeros(cycles, np.int64)
    model, words, since = Loader(params), [0], 0
    for cycle in range(cycles):
        if since == PATIENCE:
            (rst, clear)[rng.random() < 0.5][cycle] = 1
        data[cycle] = words[-1]
        taken, *_ = model.tick(
            int(clear[cycle]), int(valid[cycle]), words[-1], int(busy[cycle]), int(ready[cycle])
        )
        since = since + 1 if model.error else 0
        if taken:
            words.pop()
        if clear[cycle] or rst[cycle]:
            model.reset()
            words, since = [], 0
        if not words:
            words = _run(params, rng)[::-1]
    return {
        "clear": clear, "in_valid": valid, "in_data": data, "busy": busy, "feed_ready": ready,
        "rst": rst,
    }  # fmt: skip


def _run(params: LoaderParams, rng: np.random.Generator) -> list[int]:
    """Return a header, an address and entries: of every 40, one with a fault."""
    spaces: list[int] = [*range(SPACES), *([RECORDED] * 4 if params.recorded else [])]
    space, lane = int(rng.choice(spaces)), int(rng.integers(0, params.lanes))
    wide = int(rng.random() < 0.4 and space != RECORDED)
    length = int(rng.integers(1, 12 if rng.random() < 0.9 else 40))
    top = (1 << params.address_bits) - 1
    first = int(rng.choice([0, top, int(rng.integers(0, top + 1))]))
    announced, fault = length, rng.integers(0, 7) if rng.random() < 0.025 else None
    if fault == 0:
        space = int(rng.integers(SPACES, 16))
    elif fault == 1:
        lane = int(rng.integers(params.lanes, 128))
    elif fault == 2:
        announced = 0
    elif fault == 3:
        first |= 1 << int(rng.integers(params.address_bits, 32))
    elif fault == 4:
        space, wide = RECORDED, 1
    elif fault is not None:  # many entries, most of which are never told
        announced = 1 << int(rng.integers(6, 20))
        announced += int(rng.integers(0, 3)) if fault == 5 else -1
    head = space << SPACE_AT | wide << WIDE_AT | lane << LANE_AT | announced
    return [head, first, *rng.integers(0, 1 << 32, length * (1 + wide)).tolist()]


def reached(params: LoaderParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    writes, feeds = trace["host_we"] == 1, trace["feed_valid"] == 1
    waits = feeds & (stimulus["feed_ready"] == 0)
    return {
        "a malformed header": bool((trace["error"] == 1).any()),
        "a write while busy": bool((trace["error"] == 2).any()),
        "a recorded spike that waits too long": bool((trace["error"] == 3).any())
        == params.recorded,
        "a wide write": bool((np.asarray(trace["host_data"][writes]) >> 32 > 0).any()),
        "the last lane": bool((trace["host_lane"][writes] == params.lanes - 1).any()),
        "every space": set(trace["host_space"][writes].tolist()) == set(range(SPACES)),
        "a recorded spike": bool(feeds.any()) == params.recorded,
        "which waits": bool(waits.any()) == params.recorded,
        "a mark": bool((trace["feed_mark"][feeds] == 1).any()) == params.recorded,
        "cleared": bool((stimulus["clear"] == 1).any()),
    }


TWIN = Twin(
    name="column.loader",
    golden=Loader,
    gateware=Gateware,
    cases={
        "4 lanes": LoaderParams(4, 9, 7, 3, patience_bits=6),
        "8 lanes, nothing recorded": LoaderParams(8, 1, 1, 1, recorded=False),
        "64 lanes": LoaderParams(64, 24, 20, 11, patience_bits=7),
    },
    stimulus=stimulus,
    reached=reached,
    survivors={
        f"inv Q[{bit}] of `always @(posedge sys_clk) begin` for loader_waited[0]": (
            "a counter that runs through every block of its values in another order reaches the "
            "last one in the same cycle"
        )
        for bit in range(5)
    },
)
