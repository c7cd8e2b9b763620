"""Does it fit? Answered before synthesis, for every board."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bitcortex.boards.board import Board
from bitcortex.boards.capacity import rams
from bitcortex.boards.console import sdram_of
from bitcortex.boards.estimate import luts
from bitcortex.boards.soc import make_soc, params_of
from bitcortex.gateware.emit import Verilog
from bitcortex.gateware.soc.sdram import Sdram
from bitcortex.models.column.layout import LANES
from bitcortex.models.column.params import CoreParams
from bitcortex.network.event_plan import EventPlan

# Share of the lookup tables above which placement or routing often fails.
MOST = {
    "nextpnr-ecp5": 0.9,
    "nextpnr-ice40": 0.92,
    "nextpnr-himbaechel-gowin": 0.9,
}
LARGEST = 65_536  # neurons that are tried

KEPT = 8  # SoCs
_made: dict[tuple[str, int, bool, str | None, Sdram | None, bool], Verilog] = {}

Scale = Callable[[int], EventPlan]  # neurons to a network of the same kind


@dataclass(frozen=True)
class Need:
    """Something that a design needs, and how much of it a device has."""

    what: str
    needed: int
    there: int

    @property
    def short(self) -> bool:
        """Whether there is too little."""
        return self.needed > self.there

    def __str__(self) -> str:
        return f"{self.needed:,} of {self.there:,} {self.what}"


@dataclass(frozen=True)
class Fit:
    """Whether a network fits a board.

    Parameters
    ----------
    board, lanes
        Of the design.
    lut, bram, spram
        What it needs; lookup tables are estimated (see `bitcortex.boards.estimate`), and there are
        as many as the tools can fill.
    cpu
        Of the SoC, or None.
    sdram
        Whether the network is sent into SDRAM.
    """

    board: Board
    lanes: int
    lut: Need
    bram: Need
    spram: Need
    cpu: str | None = None
    sdram: bool = False

    @property
    def limits(self) -> tuple[Need, ...]:
        """What there is too little of."""
        return tuple(need for need in (self.lut, self.bram, self.spram) if need.short)

    @property
    def ok(self) -> bool:
        """Whether it fits."""
        return not self.limits


def fit(
    board: Board,
    plan: EventPlan,
    lanes: int | None = None,
    verilog: Verilog | None = None,
    cpu: str | None = None,
    sdram: bool = False,
) -> Fit:
    """Return whether a network fits a board.

    Parameters
    ----------
    board
        From `bitcortex.boards.registry`.
    plan
        Of the network.
    lanes
        Of the engine; the board's own if None.
    verilog
        Of the SoC, if it is there already.
    cpu
        Of the SoC, or None.
    sdram
        Whether the network is sent into SDRAM.

    Raises
    ------
    ValueError
        If there is no such CPU or SDRAM on the board.
    """
    params, device = params_of(board, plan, lanes), board.device
    if verilog is None:
        verilog = _verilog(board, params, cpu, sdram)
    needed = rams(verilog, device)
    there = int(MOST[device.tool] * device.luts)
    return Fit(
        board,
        params.lanes,
        Need("lookup tables", luts(verilog, params, device), there),
        Need("block RAMs", needed.blocks, device.blocks),
        Need("SPRAMs", needed.spram, device.spram),
        cpu,
        sdram,
    )


def _verilog(board: Board, params: CoreParams, cpu: str | None, sdram: bool) -> Verilog:
    """Return the SoC of a board, or of another one with the same engine: only clocks differ."""
    chip = sdram_of(board, cpu) if sdram else None
    plan, ethernet = params.plan.digest, board.ethernet is not None
    key = (plan, params.lanes, params.spram, cpu, chip, ethernet)
    if key not in _made:
        while len(_made) >= KEPT:
            del _made[next(iter(_made))]
        _made[key] = make_soc(board, params, cpu=cpu, sdram=sdram).verilog
    return _made[key]


def can_have(board: Board, cpu: str | None, sdram: bool) -> bool:
    """Return whether a board has what a CPU, or SDRAM, needs: a serial port, and a chip."""
    return not (cpu and board.ethernet) and not (sdram and board.sdram is None)


def most_lanes(
    board: Board, plan: EventPlan, below: int, cpu: str | None = None, sdram: bool = False
) -> int | None:
    """Return the most lanes, fewer than `below`, with which a network fits; None if there are none.

    Fewer lanes take fewer lookup tables, and not always fewer block RAMs.
    """
    for lanes in sorted((n for n in LANES if n < below), reverse=True):
        if fit(board, plan, lanes, cpu=cpu, sdram=sdram).ok:
            return lanes
    return None


def largest(
    board: Board,
    scale: Scale,
    lanes: int | None = None,
    step: Callable[[], object] = lambda: None,
    cpu: str | None = None,
    sdram: bool = False,
) -> int:
    """Return the most neurons with which a kind of network fits a board, to 3 %; 0 for none.

    Parameters
    ----------
    board, lanes
        As of `fit`.
    scale
        Returns the network with that many neurons.
    step
        Called after each attempt.
    cpu, sdram
        As of `fit`.
    """

    def fits(neurons: int) -> bool:
        found = fit(board, scale(neurons), lanes, cpu=cpu, sdram=sdram)
        step()
        return found.ok

    return largest_of(fits)


def largest_of(fits: Callable[[int], bool]) -> int:
    """Return the largest number of neurons that fits, to 3 % or 16; 0 for none."""
    low, high = 0, 64  # fits, does not
    while fits(high):
        low, high = high, 2 * high
        if high > LARGEST:
            break
    while high - low > max(16, low // 32):
        middle = (low + high) // 32 * 16
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def refusal(
    found: Fit,
    plan: EventPlan,
    others: Iterable[Board],
    scale: Scale | None = None,
) -> str:
    """Return what a user is told of a network that does not fit.

    Parameters
    ----------
    found
        What was found.
    plan
        Of the network.
    others
        Boards that might do.
    scale
        Returns the network with another number of neurons, if there is such a thing.
    """
    board = found.board
    needs = " and ".join(str(need) for need in found.limits)
    text = f"{plan.name} must fit {board.name}, but needs {needs}, with {found.lanes} lanes."
    if found.cpu and fit(board, plan, found.lanes).ok:
        text += " It fits without --cpu."
    can = board.sdram is not None and not found.sdram
    if found.cpu and can and fit(board, plan, found.lanes, cpu=found.cpu, sdram=True).ok:
        text += " It fits with --sdram."
    if fewer := most_lanes(board, plan, found.lanes, found.cpu, found.sdram):
        text += f" It fits with --lanes {fewer}."
    elif scale is not None and (
        n := largest(board, scale, min(LANES), cpu=found.cpu, sdram=found.sdram)
    ):
        text += f" Of this kind at most {n:,} neurons fit, with --lanes {min(LANES)}."
    able = [b for b in others if b.name != board.name and can_have(b, found.cpu, found.sdram)]
    larger = [b.name for b in able if fit(b, plan, cpu=found.cpu, sdram=found.sdram).ok]
    if larger:
        text += f" It fits {', '.join(larger)}."
    elif not fewer:
        text += " It fits no board here. Try fewer neurons, or a smaller store: docs/column.md."
    return text


def check_fits(
    board: Board,
    plan: EventPlan,
    lanes: int,
    verilog: Verilog,
    others: Iterable[Board] = (),
    scale: Scale | None = None,
    cpu: str | None = None,
    sdram: bool = False,
) -> Fit:
    """Return what a design needs.

    Raises
    ------
    ValueError
        If there is too little of it; the message says of what, and what would fit.
    """
    found = fit(board, plan, lanes, verilog, cpu, sdram)
    if not found.ok:
        raise ValueError(refusal(found, plan, others, scale))
    return found
