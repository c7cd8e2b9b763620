"""One call for every engine: `simulate(network, steps, engine=...)`."""

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bitcortex import check
from bitcortex.errors import ToolError, UserError
from bitcortex.models.faults import Faults, as_faults
from bitcortex.models.recorder.hash import hash_events
from bitcortex.network.description import Network
from bitcortex.network.duration import steps_of as steps_of
from bitcortex.network.event_plan import EventPlan
from bitcortex.network.lower import lower
from bitcortex.network.plan import Plan
from bitcortex.network.run import Events, Run, weights_of
from bitcortex.network.snapshot import Snapshot
from bitcortex.sim import checkpoints
from bitcortex.sim.faulty_plan import with_faults
from bitcortex.sim.pieces import Pieces, Progress, Stream
from bitcortex.sim.rtl.cache import cache_root

ENGINES = ("golden", "numba", "rtl")
TARGETS = "Or a board: virtual:ulx3s, /dev/ttyUSB0, tcp://host:port"
CHUNK = 50  # steps between the first two reports of progress
PATIENCE = 0.2  # seconds between two reports, about

AnyPlan = Plan | EventPlan


class Engine(Protocol):
    """Runs a Plan in chunks: ``run(a)`` then ``run(b)`` is ``run(a + b)``."""

    name: str

    def run(self, steps: int) -> NDArray[np.uint8]:
        """Take `steps` steps and return the raster, shape (steps, neurons)."""
        ...

    def signals(self) -> dict[str, NDArray[np.int64]]:
        """Return the internals of the last step, in the order of cause and effect.

        Keys are ``population.signal``: counts, then state fields, then spikes; values have shape
        (size,).
        """
        ...

    def close(self) -> None:
        """Free what the engine holds."""
        ...


class EventEngine(Protocol):
    """Runs an EventPlan in chunks."""

    name: str

    def run(self, steps: int) -> Events:
        """Take `steps` steps and return their spikes; steps are counted from this call."""
        ...

    def snapshot(self) -> Snapshot:
        """Return everything that the next steps depend on."""
        ...

    def restore(self, snapshot: Snapshot) -> None:
        """Go on from a snapshot of any engine of the same Plan."""
        ...

    def close(self) -> None:
        """Free what the engine holds."""
        ...


def make_engine(name: str, plan: Plan) -> Engine:
    """Return an engine by name; ``auto`` is ``numba``.

    Raises
    ------
    ValueError
        If there is no such engine.
    ToolError
        If what the rtl engine needs is not installed.
    """
    if _is_target(name):
        raise ValueError(f"{plan.name} must be event-driven to run on {name}. Use engine='rtl'")
    check.one_of("engine", name, ("auto", *ENGINES))
    if name == "golden":
        from bitcortex.sim.engine.golden import GoldenEngine

        return GoldenEngine(plan)
    if name == "rtl":
        try:
            from bitcortex.sim.engine.rtl import RtlEngine
        except ModuleNotFoundError as error:
            raise _missing(error) from error

        return RtlEngine(plan)
    from bitcortex.sim.engine.numba import NumbaEngine

    return NumbaEngine(plan)


def make_event_engine(
    name: str, plan: EventPlan, threads: int = 1, lanes: int | None = None
) -> EventEngine:
    """Return an engine of an event-driven Plan by name; ``auto`` is a board if one is found.

    Parameters
    ----------
    name, plan
        What to run.
    threads
        Of numba.
    lanes
        Of rtl and of virtual boards: a power of two, 1 to 64; 8, or the board's, if None.
    """
    if _is_target(name):
        return _board(name, plan, lanes)
    check.one_of("engine", name, ("auto", *ENGINES), TARGETS)
    if name == "golden":
        from bitcortex.sim.engine.golden_events import GoldenEventEngine

        return GoldenEventEngine(plan)
    if name == "rtl":
        try:
            from bitcortex.sim.engine.rtl_events import RtlEventEngine
        except ModuleNotFoundError as error:
            raise _missing(error) from error

        return RtlEventEngine(plan, 8 if lanes is None else lanes)
    if name == "auto" and (board := _found(plan)) is not None:
        return board
    from bitcortex.sim.engine.numba_events import NumbaEventEngine

    return NumbaEventEngine(plan, threads)


def _is_target(name: str) -> bool:
    """Return whether an engine is a board, or the bundle of one."""
    return ":" in name or "/" in name or name.endswith(".zip")


def _board(target: str, plan: EventPlan, lanes: int | None) -> EventEngine:
    """Return a board as an engine."""
    try:
        from bitcortex.sim.engine.board import BoardEngine
        from bitcortex.sim.soc import targets

        return BoardEngine(targets.open(target, plan, lanes=lanes))
    except ModuleNotFoundError as error:
        raise _missing(error) from error


def _found(plan: EventPlan) -> EventEngine | None:
    """Return a board that holds a Plan; None if there is none, or no bundle of it."""
    if not os.environ.get("BITCORTEX_BOARD") and not (cache_root() / "bundles").exists():
        return None
    try:
        from bitcortex.sim.engine.board import BoardEngine
        from bitcortex.sim.soc import targets
    except ModuleNotFoundError:
        return None
    board = targets.find(plan)
    return None if board is None else BoardEngine(board)


def _missing(error: ModuleNotFoundError) -> ToolError:
    return ToolError(f"the rtl engine needs {error.name}. Try: pip install 'bitcortex[rtl]'")


def simulate(
    network: Network | AnyPlan,
    seconds_or_steps: float | int,
    engine: str = "auto",
    seed: int | None = None,
    progress: Progress = lambda steps: None,
    threads: int = 1,
    lanes: int | None = None,
    checkpoint: str | Path | None = None,
    stream: Stream | None = None,
    faults: Faults | None = None,
) -> Run:
    """Simulate a network and return its spikes.

    Parameters
    ----------
    network
        A description, or a Plan made from one.
    seconds_or_steps
        A float is seconds, an int is steps.
    engine
        ``golden``, ``numba``, ``rtl``, a board (``virtual:ulx3s``, ``/dev/ttyUSB0``; see
        `bitcortex.open`), or ``auto``: a board if one is found that was built for this network,
        else numba; `Run.engine` says which. All give the same spikes.
    seed
        Replaces the network's seed; not allowed with a Plan.
    progress
        Called with the number of steps done since the last call.
    threads
        Of numba, for event-driven networks. The result does not depend on it.
    lanes
        Of rtl and virtual boards, for event-driven networks. The result does not depend on it.
    checkpoint
        A file that the run is saved to every few seconds, and goes on from if it is there, with
        any engine; event-driven networks only. It stays when the run is complete.
    stream
        Called with one piece of the run after the other, as soon as it is there: a `Run` whose
        steps are counted from its own beginning, and whose hash is that of all spikes so far. The
        spikes are then not kept, and the result has their `counts`. False ends the run.
    faults
        Of the weights: `Faults(variability=...)`, on any engine; none if None. They are in the
        Plan that runs (`bitcortex.sim.faulty_plan`), and a board is built for that one.

    Raises
    ------
    ValueError
        If `faults` are of lines, the network cannot be lowered, the engine is unknown or the
        duration does not fit.
    UserError
        If the checkpoint is damaged, of another Plan, or beyond the duration.
    """
    if isinstance(network, Plan | EventPlan):
        if seed is not None:
            raise ValueError("seed must be None with a Plan, which has its seeds inside")
        plan: AnyPlan = network
    else:
        plan = lower(network, seed).plan
    plan = with_faults(plan, as_faults(faults))
    steps = steps_of(plan, seconds_or_steps)
    if isinstance(plan, EventPlan):
        running = make_event_engine(engine, plan, threads, lanes)
        pieces = Pieces(running.name, plan, progress, stream)
        try:
            _run_events(running, plan, steps, pieces, checkpoint)
            learned = running.snapshot().learned if plan.plastic else ()
        finally:
            running.close()
        return replace(pieces.run(), weights=weights_of(plan, learned))
    if checkpoint is not None:
        raise ValueError("checkpoint must be None: only event-driven networks have one")
    stepping = make_engine(engine, plan)
    pieces = Pieces(stepping.name, plan, progress, stream)
    try:
        while pieces.steps < steps and pieces.go_on:
            pieces.add(Events.of(stepping.run(min(CHUNK, steps - pieces.steps))))
    finally:
        stepping.close()
    return pieces.run()


def _run_events(
    running: EventEngine,
    plan: EventPlan,
    steps: int,
    pieces: Pieces,
    checkpoint: str | Path | None,
) -> None:
    """Run, and save checkpoints."""
    if checkpoint is not None:
        pieces.kept = []
        if Path(checkpoint).exists():
            snapshot, before = checkpoints.load(checkpoint, plan)
            if before.steps > steps:
                raise UserError(
                    f"{checkpoint} has {before.steps} steps, more than the {steps} asked for. "
                    "Ask for more steps, or delete the file"
                )
            running.restore(snapshot)
            pieces.add(before)
    saved = pieces.restart()
    chunk = CHUNK
    while pieces.steps < steps and pieces.go_on:
        began = time.perf_counter()
        pieces.add(running.run(min(chunk, steps - pieces.steps)))
        now = time.perf_counter()
        if now - began < PATIENCE:
            chunk *= 2
        ends = pieces.steps == steps or not pieces.go_on
        if checkpoint is not None and (now - saved > checkpoints.INTERVAL or ends):
            checkpoints.save(checkpoint, plan, running.snapshot(), pieces.events())
            saved = now


def spike_hash(raster: NDArray[np.uint8]) -> str:
    """Return the running hash of a raster, 16 hexadecimal digits."""
    steps, neurons = np.nonzero(raster)
    return f"{hash_events(steps, neurons):016x}"
