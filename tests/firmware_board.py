"""A small virtual board with a CPU, compiled once for all tests."""

from functools import cache

import numpy as np

from bitcortex.boards.console import rom_of
from bitcortex.host.bundle import Bundle
from bitcortex.network import lower
from bitcortex.network.event_plan import EventPlan
from bitcortex.network.image import Words
from bitcortex.network.presets import brunel_ai
from bitcortex.network.run import Run
from bitcortex.sim.soc.console import VirtualConsole
from bitcortex.sim.soc.virtual import bundle_of, params_of

BOARD = "ulx3s-85f"
CLOCK_HZ = 50_000_000
PLAN: EventPlan = lower(brunel_ai(50)).plan
PARAMS = params_of(BOARD, PLAN, 1)
BUNDLE: Bundle = bundle_of(BOARD, CLOCK_HZ, PARAMS)


@cache
def _rom() -> Words:
    return rom_of(BOARD, CLOCK_HZ, PARAMS)


def rom() -> Words:
    """Return the content of the ROM of the board, to be changed at will."""
    return _rom().copy()


def powered() -> VirtualConsole:
    """Return a virtual board that was just powered on."""
    return VirtualConsole(BOARD, PARAMS, rom())


def rates(run: Run) -> list[str]:
    """Return what the firmware must print of a run: integers only, half up."""
    lines = []
    dt_ns = round(run.dt_s * 1e9)
    for name, (first, size) in run.populations.items():
        events = run.events.neuron
        spikes = int(np.sum((events >= first) & (events < first + size)))
        above, under = spikes * 10**10, size * run.steps * dt_ns
        tenths = (2 * above + under) // (2 * under)
        assert abs(tenths / 10 - run.rate_hz(name)) <= 0.05 + 1e-9
        lines.append(f"{name} {tenths // 10}.{tenths % 10} Hz")
    return lines
