"""Verify twins: every case over many cycles, mutants of the first, two processes at a time."""

import multiprocessing
import queue
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from bitcortex import check
from bitcortex.errors import ToolError
from bitcortex.sim.rtl.harness import Harness
from bitcortex.sim.twin import CHUNK, Equality, Twin, compare, find
from bitcortex.sim.verify.mutants import LIMIT, Score, score

WORKERS = 2
REQUIRED = 0.95  # of the mutants must be killed
ENGINES = ("golden", "rtl")
Job = tuple[str, str | None]  # a twin, and one of its cases, or None for its mutants
_WINDOW = (60, 20)  # cycles of waveform before and after a difference


@dataclass
class Verdict:
    """What is known about one twin."""

    name: str
    cases: dict[str, Equality] = field(default_factory=dict)
    score: Score | None = None  # of the first case; None if no mutants were asked for
    error: str = ""  # of a tool
    waveform: Path | None = None  # around the first difference

    @property
    def equal(self) -> bool:
        """Whether no case differs, and each reached all its conditions."""
        found = self.cases.values()
        return not self.error and all(e.difference is None and not missed(e) for e in found)

    @property
    def ok(self) -> bool:
        """Whether it is equal and enough mutants were killed."""
        return self.equal and (self.score is None or self.score.ratio >= REQUIRED)


def missed(equality: Equality) -> list[str]:
    """Return the conditions that a run should have reached and did not."""
    return [condition for condition, hit in equality.reached.items() if not hit]


def verify(
    modules: Sequence[str],
    cycles: int,
    mutants: int = 200,
    waves: Path | None = None,
    progress: Callable[[int], object] = lambda cycles: None,
) -> list[Verdict]:
    """Compare golden model and gateware of every case of some twins, and run their mutants.

    Parameters
    ----------
    modules
        Names of twins.
    cycles
        Clock cycles of every case.
    mutants
        Of the first case, 0 to 250.
    waves
        Folder for the waveforms of differences.
    progress
        Called with the number of cycles done since the last call, of `work` in total.

    Raises
    ------
    ValueError
        If a name is unknown or a number out of range.
    ToolError
        If a tool fails and there is one module only; otherwise it is in the module's verdict.
    """
    check.integer("cycles", cycles, 1, 2**40)
    check.integer("mutants", mutants, 0, LIMIT)
    twins = [find(name) for name in modules]
    jobs: list[Job] = []
    for twin in twins:
        jobs += [(twin.name, case) for case in twin.cases]
        if mutants:
            jobs.append((twin.name, None))
    verdicts = {twin.name: Verdict(twin.name) for twin in twins}
    for (name, case), found in _results(jobs, cycles, mutants, progress):
        verdict = verdicts[name]
        if isinstance(found, ToolError):
            if len(twins) == 1:
                raise found
            verdict.error = str(found)
        elif isinstance(found, Score):
            verdict.score = found
        else:
            verdict.cases[str(case)] = found
    for twin in twins:
        _order(twin, verdicts[twin.name], cycles, waves)
    return list(verdicts.values())


def work(modules: Sequence[str], cycles: int, mutants: int) -> int:
    """Return how many cycles `verify` reports to `progress`."""
    return sum(cycles * (len(find(name).cases) + bool(mutants)) for name in modules)


def window(twin: Twin, case: str, cycle: int, cycles: int, path: Path) -> Path:
    """Write the waveform (VCD) of the cycles around one of a comparison over `cycles`.

    A clock cycle takes ten units of time, so that cycle n begins at time 10 n.
    """
    params = twin.cases[case]
    start = max(0, cycle - _WINDOW[0])
    stop = cycle + _WINDOW[1]
    stimulus = twin.stimulus(params, np.random.default_rng(1), cycles)  # as `compare` draws it
    path.parent.mkdir(parents=True, exist_ok=True)
    with Harness(twin.emit(params), waves=True) as harness:
        for at in range(0, start, CHUNK):
            harness.run({k: v[at : min(start, at + CHUNK)] for k, v in stimulus.items()})
        harness.record(path)
        harness.run({k: v[start:stop] for k, v in stimulus.items()})
    return path


def _order(twin: Twin, verdict: Verdict, cycles: int, waves: Path | None) -> None:
    """Put the cases in their order, and write the waveform of the first that differs."""
    verdict.cases = {case: verdict.cases[case] for case in twin.cases if case in verdict.cases}
    for case, equality in verdict.cases.items():
        if equality.difference and waves:
            path = waves / f"{twin.name}.{case}.vcd".replace(" ", "_")
            verdict.waveform = window(twin, case, equality.difference.cycle, cycles, path)
            return


def _results(
    jobs: Sequence[Job], cycles: int, mutants: int, progress: Callable[[int], object]
) -> Iterator[tuple[Job, Equality | Score | ToolError]]:
    """Yield what came of every job; a worker that dies takes only its own job with it."""
    left = []
    for job, found in _pool(jobs, WORKERS, cycles, mutants, progress):
        if isinstance(found, BrokenProcessPool):  # this job or its neighbour killed a worker
            left.append(job)
        else:
            yield job, found
    for job in left:
        for _, found in _pool([job], 1, cycles, mutants, progress):
            if isinstance(found, BrokenProcessPool):
                yield job, ToolError(f"{job[0]}, {job[1] or 'mutants'}: the process died")
            else:
                yield job, found


def _pool(
    jobs: Sequence[Job],
    workers: int,
    cycles: int,
    mutants: int,
    progress: Callable[[int], object],
) -> Iterator[tuple[Job, Equality | Score | ToolError | BrokenProcessPool]]:
    # A fresh interpreter per worker: forking a process with threads (progress bars) may deadlock.
    context = multiprocessing.get_context("spawn")
    ticks: Any = context.Queue()
    with ProcessPoolExecutor(workers, context, initializer=_start, initargs=(ticks,)) as pool:
        futures: dict[Future[Any], Job] = {}
        for job in jobs:
            try:
                futures[pool.submit(_job, *job, cycles, mutants)] = job
            except BrokenProcessPool as error:
                yield job, error
        waiting = set(futures)
        try:
            while waiting:
                done, waiting = wait(waiting, timeout=0.1)
                _drain(ticks, progress)
                for future in done:
                    try:
                        yield futures[future], future.result()
                    except (ToolError, BrokenProcessPool) as error:
                        yield futures[future], error
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    _drain(ticks, progress)


def _drain(ticks: Any, progress: Callable[[int], object]) -> None:
    while True:
        try:
            progress(ticks.get_nowait())
        except queue.Empty:
            return


_ticks: Any = None  # of a worker process


def _start(ticks: Any) -> None:
    global _ticks
    _ticks = ticks


def _job(name: str, case: str | None, cycles: int, mutants: int) -> Equality | Score:
    """Run in a worker: a case, or the mutants if there is none."""
    twin = find(name)
    if case is None:
        return score(twin, cycles, mutants, progress=_ticks.put)
    return compare(twin, case, cycles, progress=_ticks.put)
