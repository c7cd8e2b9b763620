"""Sweeps: the file, going on, failures, and any executor."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sweep_jobs
from filelock import FileLock

from bitcortex.errors import ToolError, UserError
from bitcortex.sweep import Results, Sweep, load
from bitcortex.sweep import sweep as module

AXES = {"x": [3, 1, 2], "y": [1, 2]}
LINES = 7  # of its file


class Inline(Executor):
    """Runs calls at once, newest points first, and counts those that wait."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Future[Any], Callable[..., Any], tuple[Any, ...]]] = []
        self.most = self.calls = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.waiting.append((future, fn, args))
        self.most = max(self.most, len(self.waiting))
        threading.Timer(0.001, self.work).start()
        return future

    def work(self) -> None:
        future, fn, args = self.waiting.pop()
        self.calls += 1
        if not future.set_running_or_notify_cancel():
            return
        try:
            future.set_result(fn(*args))
        except BaseException as error:
            future.set_exception(error)


def power() -> Sweep:
    return Sweep(sweep_jobs.power, AXES)


def values(results: Results) -> list[Any]:
    return [(dict(o.point), o.result) for o in results.outcomes]


def test_results_are_in_the_order_of_the_axes(tmp_path: Path) -> None:
    results = power().run(tmp_path / "a.jsonl", Inline())
    assert results.complete
    assert [o.index for o in results.outcomes] == list(range(6))
    assert results.array("value").tolist() == [[3, 9], [1, 1], [2, 4]]
    assert np.isnan(results.array("undefined")).all()
    assert results.outcomes[1].result == {
        "value": 9, "parts": [3, 2], "undefined": None, "array": [0, 1],
    }  # fmt: skip
    with pytest.raises(ValueError, match="key must be one of array, parts, undefined, value"):
        results.array("speed")
    with pytest.raises(TypeError, match="parts must be a number to be in an array"):
        results.array("parts")


@pytest.mark.full
def test_every_executor_gives_the_same(tmp_path: Path) -> None:
    found = [power().run(tmp_path / "pool.jsonl", workers=1)]
    with ThreadPoolExecutor(3) as threads:
        found.append(power().run(tmp_path / "threads.jsonl", threads))
    with ProcessPoolExecutor(1, get_context("spawn")) as processes:
        found.append(power().run(tmp_path / "processes.jsonl", processes))
    found.append(power().run(tmp_path / "inline.jsonl", Inline()))
    assert all(values(results) == values(found[0]) for results in found)
    assert len({results.digest for results in found}) == 1
    other = Sweep(sweep_jobs.power, {"x": [3, 1, 2], "y": [1, 3]})
    assert other.run(tmp_path / "other.jsonl", Inline()).digest != found[0].digest


def test_a_sweep_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    whole = power().run(path, Inline())
    text = path.read_bytes()
    lines = text.splitlines(keepends=True)
    assert len(lines) == LINES
    for size in (0, 5, len(lines[0]) - 1, len(lines[0]), len(b"".join(lines[:3])) + 7, len(text)):
        path.write_bytes(text[:size])  # a process that was killed at any byte
        there = max(0, text[:size].count(b"\n") - 1)
        executor, done = Inline(), []
        results = power().run(path, executor, progress=done.append)
        assert executor.calls == 6 - there == done.count(1) - (there == 1)
        assert done[0] == there
        assert sum(o.resumed for o in results.outcomes) == there
        assert values(results) == values(load(path)) == values(whole)
        assert len(path.read_bytes().splitlines()) == LINES


def test_what_is_being_written_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    power().run(path, Inline())
    path.write_bytes(path.read_bytes()[:-9])
    before = path.read_bytes()
    results = load(path)
    assert results.missing == 1
    assert not results.complete
    assert np.isnan(results.array("value")).sum() == 1
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("sweep", "message"),
    [
        (Sweep(sweep_jobs.power, {"x": [3, 1, 9], "y": [1, 2]}),
         r"axes x is \[3, 1, 2\] there, \[3, 1, 9\] here\. Use another file, or delete this one"),
        (Sweep(sweep_jobs.power, {"y": [1, 2], "x": [3, 1, 2]}),
         "the order of axes is x, y there, y, x here"),
        (Sweep(sweep_jobs.power, {"x": [3, 1, 2]}, {"y": 1}),
         r"axes y is \[1, 2\] there, not given here; fixed y is not given there, 1 here"),
        (Sweep(sweep_jobs.power, {"x": [3.0, 1, 2], "y": [1, 2]}), r"axes x is \[3, 1, 2\] there"),
        (Sweep(sweep_jobs.moody, {"x": [3, 1, 2]}),
         'job is "sweep_jobs:power" there, "sweep_jobs:moody" here; the text of the job was'),
    ],
)  # fmt: skip
def test_a_file_of_another_sweep_is_refused(tmp_path: Path, sweep: Sweep, message: str) -> None:
    path = tmp_path / "a.jsonl"
    power().run(path, Inline())
    before = path.read_bytes()
    with pytest.raises(UserError, match=message):
        sweep.run(path, Inline())
    assert path.read_bytes() == before


def test_another_version_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.jsonl"
    power().run(path, Inline())
    monkeypatch.setattr(module, "__version__", "9.9")
    with pytest.raises(UserError, match=r'version is "0\.1\.0" there, "9\.9" here'):
        power().run(path, Inline())
    with pytest.raises(ToolError, match=r"a worker has bitcortex 0\.1\.0.* with 9\.9\. Install"):
        power().run(tmp_path / "new.jsonl", Inline())


def test_another_text_of_the_job_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.jsonl"
    power().run(path, Inline())
    monkeypatch.setattr(module, "source_of", lambda job: "1234")
    with pytest.raises(UserError, match="the text of the job was changed since"):
        power().run(path, Inline())
    with pytest.raises(ToolError, match=r"a worker has another sweep_jobs\.power than the one"):
        power().run(tmp_path / "new.jsonl", Inline())


def damaged(path: Path, at: int, line: str) -> str:
    lines = path.read_text().splitlines()
    lines[at] = line
    path.write_text("\n".join(lines) + "\n")
    return path.read_text()


@pytest.mark.parametrize(
    ("at", "line", "message"),
    [
        (0, '{"format": "of something"}', "must be the file of a sweep of this version"),
        (0, "a,b,c", "must be the file of a sweep of this version of bitcortex, and is not"),
        (2, '{"index": ', r"damaged in line 3\. Delete that line, and its point is run again"),
        (2, '{"index": 99}', "damaged in line 3: it has no point"),
        (2, '{"index": 0, "point": {"x": 1, "y": 1}, "result": {}}', "line 3: it must be of"),
        (2, '{"index": 0, "point": {"x": 3, "y": 1}}', "line 3: it must be of"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, at: int, line: str, message: str) -> None:
    path = tmp_path / "a.jsonl"
    power().run(path, Inline())
    before = damaged(path, at, line)
    for call in (lambda: power().run(path, Inline()), lambda: load(path)):
        with pytest.raises(UserError, match=message):
            call()
    assert path.read_text() == before


def test_only_one_may_write(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with (
        FileLock(f"{path}.lock"),
        pytest.raises(UserError, match="is being written by another sweep"),
    ):
        power().run(path, Inline())
    assert power().run(path, Inline()).complete
    with pytest.raises(UserError, match="must be in a folder that exists"):
        power().run(tmp_path / "none" / "a.jsonl", Inline())


def test_failures_are_kept_and_tried_again_when_asked(tmp_path: Path) -> None:
    path, wrong = tmp_path / "a.jsonl", tmp_path / "wrong"
    sweep = Sweep(sweep_jobs.moody, {"x": [1, 2, 3]}, {"wrong": str(wrong)})
    for how, message in (
        ("raise", "ValueError: x must not be 2, not 2"),
        ("quit", "SystemExit: 4"),
        ("wrong", "TypeError: the result of a job, no must be made of numbers, strings"),
    ):
        wrong.write_text(how)
        results = sweep.run(path, Inline(), retry_failed=True)
        (failed,) = results.failed
        assert failed.point == {"x": 2}
        assert failed.error.startswith(message)
        assert "Traceback" in failed.traceback
        assert not results.complete
        assert results.missing == 0
    executor = Inline()
    (failed,) = sweep.run(path, executor).failed
    assert failed.resumed
    assert executor.calls == 0
    wrong.unlink()
    assert sweep.run(path, executor, retry_failed=True).complete
    assert executor.calls == 1
    assert load(path).array("value").tolist() == [1, 2, 3]
    assert len(path.read_text().splitlines()) == 1 + 3 + 3  # nothing is overwritten


def test_points_are_handed_over_a_few_at_a_time(tmp_path: Path) -> None:
    executor = Inline()
    sweep = Sweep(sweep_jobs.power, {"x": range(60)})
    assert sweep.run(tmp_path / "a.jsonl", executor, ahead=5).complete
    assert executor.most <= 5
    assert executor.calls == 60
    with pytest.raises(ValueError, match=r"ahead must be in 1\.\.1000000, not 0"):
        sweep.run(tmp_path / "b.jsonl", executor, ahead=0)
    assert not (tmp_path / "b.jsonl").exists()


def test_a_sweep_can_be_stopped(tmp_path: Path) -> None:
    path, done = tmp_path / "a.jsonl", []
    sweep = Sweep(sweep_jobs.power, {"x": range(60)})
    results = sweep.run(path, Inline(), ahead=4, progress=done.append, stop=lambda: len(done) > 9)
    assert 9 <= len(results.outcomes) <= 14
    executor = Inline()
    assert sweep.run(path, executor).complete
    assert executor.calls == 60 - len(results.outcomes)


def test_ctrl_c_keeps_what_is_done(tmp_path: Path) -> None:
    path, done = tmp_path / "a.jsonl", []
    sweep = Sweep(sweep_jobs.power, {"x": range(60)})

    def interrupted(points: int) -> None:
        done.append(points)
        if len(done) == 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        sweep.run(path, Inline(), ahead=4, progress=interrupted)
    (note,) = caught.value.__notes__
    assert note == f"9 of 60 points are in {path}. Run the same again to go on"
    assert len(load(path).outcomes) == 9


def test_a_broken_executor_is_an_error(tmp_path: Path) -> None:
    class Breaking(Inline):
        def work(self) -> None:
            if self.calls < 2:
                super().work()
            else:
                self.waiting.pop()[0].set_exception(BrokenProcessPool("a child process died"))

    with pytest.raises(
        ToolError, match=r"the executor failed at x=1, y=1, not the job: BrokenProcessPool: a child"
    ):
        power().run(tmp_path / "a.jsonl", Breaking(), ahead=1)
    results = power().run(tmp_path / "a.jsonl", Inline())
    assert results.complete
    assert sum(o.resumed for o in results.outcomes) == 2


def test_a_job_that_processes_cannot_import(tmp_path: Path) -> None:
    def local(x: int) -> dict[str, Any]:
        return {"x": x}

    with pytest.raises(ValueError, match="job must be a function that processes can import"):
        Sweep(local, {"x": [1]}).run(tmp_path / "a.jsonl")
    assert Sweep(local, {"x": [1]}).run(tmp_path / "a.jsonl", Inline()).complete
    with pytest.raises(ValueError, match="workers must be None with an executor"):
        Sweep(local, {"x": [1]}).run(tmp_path / "a.jsonl", Inline(), workers=2)


def test_lines_are_json(tmp_path: Path) -> None:
    power().run(tmp_path / "a.jsonl", Inline())
    first, *others = map(json.loads, (tmp_path / "a.jsonl").read_text().splitlines())
    assert first["job"] == "sweep_jobs:power"
    assert first["axes"] == AXES
    assert all({"index", "point", "result", "seconds"} == set(line) for line in others)
