"""Builds a network for a board: from its Plan to a folder with a bitstream."""

import json
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from os import cpu_count
from pathlib import Path
from time import monotonic
from typing import Any

from bitcortex import __version__, check
from bitcortex.boards import flow
from bitcortex.boards.board import Board
from bitcortex.boards.fit import check_fits
from bitcortex.boards.soc import BoardSoc, make_soc, params_of
from bitcortex.boards.timing import Clock, clocks, failure
from bitcortex.errors import ToolError
from bitcortex.host.bundle import MANIFEST, Bundle, load
from bitcortex.models.column.params import CoreParams
from bitcortex.network import addresses, registers
from bitcortex.network.event_plan import EventPlan
from bitcortex.sim.rtl.cache import content_hash
from bitcortex.sim.rtl.yowasp import Say, prepare, tool_version
from bitcortex.sim.soc.targets import keep
from bitcortex.sim.soc.virtual import bundle_of

SEEDS = 3
MOST_SEEDS = 99
_QUIET: Say = lambda message: None  # noqa: E731


@dataclass(frozen=True)
class Design:
    """A network on a board, before synthesis.

    Parameters
    ----------
    board, params, clock_hz
        What it is made of.
    soc
        Verilog and pins.
    cpu
        Instead of the framed link, or None.
    sdram
        Whether the network is sent into SDRAM.
    """

    board: Board
    params: CoreParams
    clock_hz: int
    soc: BoardSoc
    cpu: str | None = None
    sdram: bool = False

    @property
    def plan(self) -> EventPlan:
        """Plan of the network."""
        return self.params.plan

    @property
    def lanes(self) -> int:
        """Lanes of the engine."""
        return self.params.lanes


@dataclass(frozen=True)
class Build:
    """A bundle with a bitstream, and the folder that it was written to.

    Parameters
    ----------
    folder
        Of the bundle; LiteX's ``csr.csv`` is there, too.
    bundle
        What it holds; its report has the keys that docs/building.md lists.
    """

    folder: Path
    bundle: Bundle

    @property
    def report(self) -> dict[str, Any]:
        """What synthesis, placement and routing have to say."""
        return self.bundle.report


@dataclass(frozen=True)
class _Placed:
    seed: int
    folder: Path
    report: dict[str, Any]
    clocks: tuple[Clock, ...]

    @property
    def margin(self) -> float:
        """How much faster it is than it must be, at the slowest clock."""
        return self.clocks[0].mhz / self.clocks[0].wanted_mhz

    def mhz(self, clock_hz: int) -> float:
        """What the clock reaches that is to have this frequency: there are Ethernet's, too."""
        system = [c for c in self.clocks if abs(c.wanted_mhz / clock_hz * 1e6 - 1) < 0.01]
        return (system or self.clocks)[0].mhz


def check_event_driven(plan: Any) -> EventPlan:
    """Return a Plan that the column engine runs.

    Raises
    ------
    TypeError
        If it is another one.
    """
    if not isinstance(plan, EventPlan):
        raise TypeError(
            f"{plan.name} must be an event-driven network, which the column engine runs. "
            "See docs/events.md"
        )
    return plan


def design(
    board: Board,
    plan: EventPlan,
    lanes: int | None = None,
    clock_hz: int | None = None,
    cpu: str | None = None,
    ip: str | None = None,
    sdram: bool = False,
) -> Design:
    """Return a network on a board.

    Raises
    ------
    TypeError
        If the Plan is not event-driven.
    ValueError
        If the lanes, the clock, the CPU, the IP address or the SDRAM are none that there are, or if
        the network needs a host and there is a CPU instead.
    ToolError
        If there is a CPU, and no compiler for its firmware.
    """
    params = params_of(board, check_event_driven(plan), lanes)
    hz = board.clock_hz if clock_hz is None else clock_hz
    return Design(board, params, hz, make_soc(board, params, hz, cpu, ip, sdram), cpu, sdram)


def build(
    made: Design,
    seeds: int = SEEDS,
    root: Path = Path("build"),
    say: Say = _QUIET,
    step: Callable[[], object] = lambda: None,
) -> Build:
    """Synthesise, place and route a design, and write its bundle.

    What was done before is taken from the cache, stage by stage: the same Verilog is synthesised
    once, the same netlist placed once per seed.

    Parameters
    ----------
    made
        From `design`.
    seeds
        Placements, with seeds 1 to `seeds`, as many at a time as there are processors; the one
        with the most margin is taken.
    root
        The folder is ``root/<board>/<digest>``, the digest that of all that goes into it.
    say
        Told what is going on.
    step
        Called after each of ``seeds + 2`` stages.

    Raises
    ------
    ValueError
        If the number of seeds is out of range, or the design does not fit; the message says what
        would.
    ToolError
        If a tool is missing or fails, or if no placement is fast enough; the message names the
        longest path.
    """
    check.integer("seeds", seeds, 1, MOST_SEEDS)
    check_fits(made.board, made.plan, made.lanes, made.soc.verilog, cpu=made.cpu, sdram=made.sdram)
    began, board = monotonic(), made.board
    prepare("yosys", say)
    prepare(board.device.tool, say)
    say("synthesis")
    netlist = flow.synthesise(board, made.soc)
    step()
    pins = flow.constraints(board, made.soc)
    placed = _place(made, netlist, pins, seeds, say, step)
    best = max(placed, key=lambda p: (p.margin, -p.seed))
    if not best.clocks[0].met:
        raise ToolError(failure(board.name, best.clocks[0], seeds))
    say("bitstream")
    bitstream = flow.pack(board, best.folder)
    step()
    key = content_hash(
        made.plan.digest, str(made.lanes), made.soc.verilog.text, best.folder.name, str(seeds)
    )
    report = _report(made, netlist, placed, best, round(monotonic() - began, 1))
    return _write(made, bitstream, report, root / board.name / key)


def _place(
    made: Design, netlist: Path, pins: str, seeds: int, say: Say, step: Callable[[], object]
) -> list[_Placed]:
    """Return all placements; the first error stops what has not begun."""
    one = partial(flow.place, made.board, netlist, pins, made.clock_hz / 1e6)
    say(f"placement and routing, 0 of {seeds}")
    found = []
    with ThreadPoolExecutor(min(seeds, cpu_count() or 1)) as pool:
        waiting: dict[Future[Path], int] = {pool.submit(one, n): n for n in range(1, seeds + 1)}
        try:
            while waiting:
                for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                    seed, folder = waiting.pop(future), future.result()
                    report = json.loads((folder / "report.json").read_text())
                    found.append(_Placed(seed, folder, report, clocks(report)))
                    best = max(p.mhz(made.clock_hz) for p in found)
                    say(f"placement and routing, {len(found)} of {seeds}, {best:.1f} MHz")
                    step()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return sorted(found, key=lambda p: p.seed)


def _report(
    made: Design, netlist: Path, placed: Sequence[_Placed], best: _Placed, seconds: float
) -> dict[str, Any]:
    board, path = made.board, best.clocks[0].path
    return {
        "board": board.name,
        "part": board.device.part,
        "network": made.plan.name,
        "plan_digest": made.plan.digest,
        "neurons": made.plan.neurons,
        "lanes": made.lanes,
        "clock_hz": made.clock_hz,
        "baudrate": board.baudrate,
        "ip": made.soc.ip,
        "cpu": made.cpu,
        "sdram": made.sdram,
        **flow.used(board, netlist, best.report),
        "lut_available": board.device.luts,
        "bram_available": board.device.blocks,
        "seed": best.seed,
        "fmax_mhz": {str(p.seed): round(p.mhz(made.clock_hz), 2) for p in placed},
        "fmax_best_mhz": round(best.mhz(made.clock_hz), 2),
        "longest_path": str(path) if path else None,
        "seconds_synthesis": round(float((netlist / "seconds").read_text()), 1),
        "seconds_placement": {
            str(p.seed): round(float((p.folder / "seconds").read_text()), 1) for p in placed
        },
        "seconds": seconds,
        "tools": {
            "bitcortex": __version__,
            "yosys": tool_version("yosys"),
            board.device.tool: tool_version(board.device.tool),
        },
    }


def _write(made: Design, bitstream: Path, report: dict[str, Any], folder: Path) -> Build:
    """Write the bundle, and keep it for `bitcortex.open`; what was built before is not new."""
    if (folder / MANIFEST).exists():
        bundle = load(folder)
    else:
        file = f"{made.board.name}{bitstream.suffix}", bitstream.read_bytes()
        bundle = bundle_of(made.board.name, made.clock_hz, made.params, report, file)
        folder.mkdir(parents=True, exist_ok=True)
        write_csr_csv(made, folder / "csr.csv")
        bundle.save(folder)  # its manifest last: a folder with one is complete
    if made.cpu is None:  # the others have no link to open
        keep(bundle)  # each time: the cache may have been emptied
    return Build(folder, bundle)


def write_csr_json(path: Path) -> None:
    """Write registers and addresses as JSON."""
    content = registers.as_json() | {
        "addresses": addresses.ADDRESSES | {"window_bytes": addresses.WINDOW}
    }
    path.write_text(json.dumps(content, indent=1) + "\n")


def write_csr_csv(made: Design, path: Path) -> None:
    """Write LiteX's list of the registers of a design."""
    path.write_text(made.soc.csr_csv)
