"""Sweeps: a job at every combination of the values of its axes, on any executor."""

import inspect
import json
import os
import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from bitcortex import __version__, check
from bitcortex.errors import ToolError, UserError
from bitcortex.sweep import journal
from bitcortex.sweep.axes import Value, checked
from bitcortex.sweep.pool import ProcessPool, WorkerDied
from bitcortex.sweep.results import Outcome, Results
from bitcortex.sweep.worker import Job, call, plain, source_of

AHEAD = 1000  # points handed to an executor that is not ours, more than it has workers
PATIENCE = 0.1  # seconds between two looks at `stop`


@dataclass(frozen=True)
class Sweep:
    """A function, and the points at which it is called.

    Parameters
    ----------
    job
        ``job(**point)`` returns a dictionary of numbers, strings, lists and dictionaries, which
        must depend on the point alone. Worker processes must be able to import it.
    axes
        Names of arguments, and their values; the points are all combinations, the last axis
        fastest.
    fixed
        Further arguments, the same at every point.

    Raises
    ------
    ValueError
        If an axis is empty or has a value twice, or if the job does not take these arguments.
    TypeError
        If a value is neither a number nor a string nor a bool.
    """

    job: Job
    axes: Mapping[str, Iterable[Value]]
    fixed: Mapping[str, Any] = field(default_factory=dict)
    _values: dict[str, tuple[Value, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not inspect.isfunction(self.job):
            raise TypeError(f"job must be a function, not {self.job!r}")
        object.__setattr__(self, "_values", checked(self.axes))
        object.__setattr__(self, "fixed", plain("fixed", self.fixed))
        if both := sorted({*self._values} & {*self.fixed}):
            raise ValueError(f"{both[0]} must be an axis or fixed, not both")
        try:
            inspect.signature(self.job).bind(**self._arguments(0))
        except TypeError as error:
            known = ", ".join(inspect.signature(self.job).parameters)
            raise ValueError(
                f"axes and fixed arguments must be those of {self.name}, which are {known}: {error}"
            ) from None

    def __len__(self) -> int:
        return prod(len(values) for values in self._values.values())

    @property
    def name(self) -> str:
        """Module and name of the job."""
        module = self.job.__module__
        if module == "__main__":
            path = inspect.getsourcefile(self.job)
            module = Path(path).stem if path else module
        return f"{module}:{self.job.__qualname__}"

    @property
    def identity(self) -> dict[str, Any]:
        """What makes two sweeps the same: a file holds the points of one."""
        return {
            "job": self.name,
            "source": source_of(self.job),
            "version": __version__,
            "axes": {name: list(values) for name, values in self._values.items()},
            "fixed": dict(self.fixed),
        }

    def point(self, index: int) -> dict[str, Value]:
        """Return the values of the axes at a point."""
        check.integer("index", index, 0, len(self) - 1)
        return _point(self._values, index)

    def run(
        self,
        path: str | Path,
        executor: Executor | None = None,
        *,
        workers: int | None = None,
        ahead: int | None = None,
        retry_failed: bool = False,
        progress: Callable[[int], object] = lambda points: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> Results:
        """Run every point that is not in the file yet.

        Every outcome is added to the file when it comes, so that a sweep which was stopped,
        killed too, goes on where it was: run it again.

        Parameters
        ----------
        path
            Of the file.
        executor
            Any `concurrent.futures.Executor`; it is not shut down. `ProcessPool` if None.
        workers
            Processes of that pool; as many as there are cores if None.
        ahead
            Points handed to the executor at a time: 2 per process of the pool, else 1000.
        retry_failed
            Run points again whose job raised, or whose worker died.
        progress
            Called with the number of points done since the last call, those in the file first.
        stop
            Looked at ten times a second; when true, no point is begun any more.

        Returns
        -------
        Results
            The points done, in the order of the axes: the same from every executor.

        Raises
        ------
        UserError
            If the file is of another sweep, damaged, or being written by another process.
        ValueError
            If there is no executor and the job cannot be imported by a process.
        ToolError
            If the executor broke, or has workers with another version.
        """
        # A mistake in the call must not leave a file.
        if ahead is not None:
            check.integer("ahead", ahead, 1, 10**6)
        if executor is not None:
            if workers is not None:
                raise ValueError("workers must be None with an executor, which has its own")
            return self._run(path, executor, ahead or AHEAD, retry_failed, progress, stop)
        workers = os.cpu_count() or 1 if workers is None else workers
        pool = ProcessPool(workers)
        try:
            pickle.dumps(self.job)
        except (pickle.PicklingError, AttributeError, TypeError):
            raise ValueError(
                f"a job must be a function that processes can import, and {self.name} is not. "
                "Define it in a file, outside of other functions"
            ) from None
        with pool:
            return self._run(path, pool, ahead or 2 * workers, retry_failed, progress, stop)

    def _run(
        self,
        path: str | Path,
        executor: Executor,
        ahead: int,
        retry_failed: bool,
        progress: Callable[[int], object],
        stop: Callable[[], bool],
    ) -> Results:
        with journal.Journal(path, self.identity) as file:
            known = _outcomes(file.path, self._values, file.lines)
            if retry_failed:
                known = {index: found for index, found in known.items() if not found.failed}
            progress(len(known))
            todo = (index for index in range(len(self)) if index not in known)
            try:
                for index, line in self._lines(executor, iter(todo), ahead, stop):
                    file.add({"index": index, "point": self.point(index), **line})
                    known[index] = _outcome(index, self.point(index), line)
                    progress(1)
            except KeyboardInterrupt as error:
                error.add_note(
                    f"{len(known):,} of {len(self):,} points are in {path}. Run the same again to "
                    "go on"
                )
                raise
        return Results(self._values, tuple(known[index] for index in sorted(known)))

    def _lines(
        self, executor: Executor, todo: Iterator[int], ahead: int, stop: Callable[[], bool]
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield what comes of every point, in any order; never more than `ahead` are waiting."""
        source = source_of(self.job)
        running: dict[Future[str], int] = {}
        done: SimpleQueue[Future[str]] = SimpleQueue()
        stopped = False
        try:
            while True:
                stopped = stopped or stop()
                while not stopped and len(running) < ahead:
                    index = next(todo, None)
                    if index is None:
                        break
                    try:
                        future = executor.submit(
                            call, self.job, self._arguments(index), __version__, source
                        )
                    except BrokenExecutor as error:
                        raise self._broken(index, error) from error
                    running[future] = index
                    future.add_done_callback(done.put)
                if stopped:
                    for future in running:
                        future.cancel()  # those that have not begun
                if not running:
                    return
                try:
                    future = done.get(timeout=PATIENCE)
                except Empty:
                    continue
                index = running.pop(future)
                if not (future.cancelled() and stopped):
                    yield index, self._line(index, future)
        finally:
            for future in running:
                future.cancel()

    def _line(self, index: int, future: "Future[str]") -> dict[str, Any]:
        """Return what came of a point that is done."""
        try:
            line: dict[str, Any] = json.loads(future.result())
        except ToolError:
            raise
        except Exception as error:  # what the job raises is in the line
            if not isinstance(error, WorkerDied) and type(error).__name__ != "KilledWorker":
                raise self._broken(index, error) from error
            text = f"{type(error).__name__}: {error}"  # ours, or dask's
            return {"error": text, "traceback": "", "seconds": 0.0}
        return line

    def _broken(self, index: int, error: BaseException) -> ToolError:
        at = ", ".join(f"{name}={value!r}" for name, value in self.point(index).items())
        return ToolError(
            f"the executor failed at {at}, not the job: {type(error).__name__}: {error}. What is "
            "done is in the file: run the same again to go on"
        )

    def _arguments(self, index: int) -> dict[str, Any]:
        return {**self.fixed, **_point(self._values, index)}


def load(path: str | Path) -> Results:
    """Read the file of a sweep, complete or not, running or not.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    UserError
        If it is not the file of a sweep, or damaged.
    """
    header, lines = journal.read(path)
    axes = {name: tuple(values) for name, values in header["axes"].items()}
    known = _outcomes(Path(path), axes, lines)
    return Results(axes, tuple(known[index] for index in sorted(known)))


def _point(axes: Mapping[str, tuple[Value, ...]], index: int) -> dict[str, Value]:
    point = {}
    for name, values in reversed(list(axes.items())):
        index, at = divmod(index, len(values))
        point[name] = values[at]
    return dict(reversed(list(point.items())))


def _outcomes(
    path: Path, axes: Mapping[str, tuple[Value, ...]], lines: list[dict[str, Any]]
) -> dict[int, Outcome]:
    """Return outcomes by index; of a point that was tried again, the last."""
    total = prod(len(values) for values in axes.values())
    known = {}
    for number, line in enumerate(lines, 2):
        index = line.get("index")
        if not isinstance(index, int) or not 0 <= index < total:
            raise UserError(f"{path} is damaged in line {number}: it has no point. Delete the line")
        point = _point(axes, index)
        if line.get("point") != point or not ("result" in line or "error" in line):
            raise UserError(
                f"{path} is damaged in line {number}: it must be of {point}. Delete the line"
            )
        known[index] = _outcome(index, point, line, resumed=True)
    return known


def _outcome(
    index: int, point: Mapping[str, Value], line: Mapping[str, Any], resumed: bool = False
) -> Outcome:
    return Outcome(
        index, point, line.get("result"), line.get("error", ""), line.get("traceback", ""),
        line.get("seconds", 0.0), resumed,
    )  # fmt: skip
