"""Worker processes: they die, they are killed, and they never outlive their owner."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
import sweep_jobs

from bitcortex.errors import ToolError
from bitcortex.sweep import ProcessPool, Sweep

TESTS = Path(__file__).parent.parent
POINTS = 100


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("die", r"WorkerDied: its process died of SIGKILL\. Out of memory\?"),
        ("exit", "WorkerDied: its process ended with exit code 3"),
    ],
)
def test_a_worker_that_dies_fails_its_point_alone(tmp_path: Path, how: str, message: str) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text(how)
    sweep = Sweep(sweep_jobs.moody, {"x": range(8)}, {"wrong": str(wrong)})
    results = sweep.run(tmp_path / "a.jsonl", workers=2)
    assert results.missing == 0
    (failed,) = results.failed
    assert failed.point == {"x": 2}
    assert failed.error == message.replace("\\", "")
    wrong.unlink()
    assert sweep.run(tmp_path / "a.jsonl", workers=1, retry_failed=True).complete


def test_a_worker_has_one_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_NUM_THREADS", "2")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    sweep = Sweep(sweep_jobs.environment, {"x": [1]})
    (outcome,) = sweep.run(tmp_path / "a.jsonl", workers=1).outcomes
    assert outcome.result == {"numba": "1", "owner": os.getpid()}
    assert os.environ["NUMBA_NUM_THREADS"] == "2"
    assert "OMP_NUM_THREADS" not in os.environ


def test_the_number_of_workers_is_checked() -> None:
    with pytest.raises(ValueError, match=r"workers must be in 1\.\.1024, not 0"):
        ProcessPool(0)


def test_a_script_without_a_guard_is_told_so(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from bitcortex.sweep import Sweep\nimport sweep_jobs\n"
        f"Sweep(sweep_jobs.power, {{'x': [1, 2]}}).run({str(tmp_path / 'a')!r}, workers=1)\n"
    )
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=300, env=environment()
    )
    assert done.returncode == 1
    assert "ToolError: a worker did not start" in done.stderr
    assert "below if __name__ == '__main__':" in done.stderr


def environment() -> dict[str, str]:
    path = os.pathsep.join([str(TESTS), str(TESTS.parent), os.environ.get("PYTHONPATH", "")])
    return os.environ | {"PYTHONPATH": path}


def started(out: Path, log: Path, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "bitcortex", "sweep", "sweep_jobs:logged"]
    command += ["--axis", "x=0:9:10", "--axis", "y=0:9:10", "--set", f"log={log}"]
    return subprocess.Popen(
        [*command, "--out", str(out), "--workers", "2", "--json", *more],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(),
        start_new_session=True,
    )  # fmt: skip


def finished(out: Path) -> list[tuple[int, int]]:
    """Return the points whose lines are whole."""
    text = out.read_text() if out.exists() else ""
    lines = map(json.loads, text[: text.rfind("\n") + 1].splitlines()[1:])
    return [(line["point"]["x"], line["point"]["y"]) for line in lines]


def calls(log: Path) -> list[tuple[int, int, int]]:
    x_y_pid = [tuple(map(int, line.split())) for line in log.read_text().splitlines()]
    return [(x, y, pid) for x, y, pid in x_y_pid]


def until(out: Path, points: int) -> None:
    end = time.monotonic() + 300
    while len(finished(out)) < points:
        assert time.monotonic() < end, "the sweep does not advance"
        time.sleep(0.005)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_sweep_that_is_killed_goes_on_and_repeats_nothing(tmp_path: Path) -> None:
    out, log = tmp_path / "a.jsonl", tmp_path / "log"
    kept = []
    for points, kill in ((35, os.kill), (70, os.killpg)):  # the owner alone, then all at once
        with started(out, log) as process:
            until(out, points)
            kill(process.pid, signal.SIGKILL)
            assert process.wait(60) == -signal.SIGKILL
        end = time.monotonic() + 60
        while any(alive(pid) for *_, pid in calls(log)):
            assert time.monotonic() < end, "workers outlive their owner"
            time.sleep(0.01)
        kept.append(finished(out))
        assert points <= len(kept[-1]) < POINTS
    with started(out, log) as process:
        text, said = process.communicate(timeout=300)
    assert process.returncode == 0, said
    found = json.loads(text)  # nothing but the result is on standard output
    assert found["ok"]
    assert [item["result"]["sum"] for item in found["items"]] == [
        x + y for x in range(10) for y in range(10)
    ]
    assert sum(item["resumed"] for item in found["items"]) == len(kept[1])
    times = Counter((x, y) for x, y, _ in calls(log))
    assert len(times) == len(finished(out)) == POINTS
    for before, after in ((kept[0], kept[1]), (kept[1], finished(out))):
        assert after[: len(before)] == before
    again = {point for point, count in times.items() if count > 1}
    assert not again & set(kept[0])  # finished before the first kill: called once, ever
    # What was handed over when it was killed, at most two points per worker, was run again.
    assert sum(times.values()) <= POINTS + 2 * 4


def test_ctrl_c_finishes_what_runs(tmp_path: Path) -> None:
    out, log = tmp_path / "a.jsonl", tmp_path / "log"
    with started(out, log) as process:
        until(out, 20)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: workers get it, too
        text, said = process.communicate(timeout=300)
    assert process.returncode == 1
    items = json.loads(text)["items"]
    assert 20 <= len(items) < POINTS
    assert f"{len(items)} of 100 points are done. To go on: bitcortex sweep" in said
    assert len(calls(log)) == len(items) == len(finished(out))  # nothing was dropped


def test_the_error_of_an_executor_is_not_a_failed_point(tmp_path: Path) -> None:
    class Failing(ProcessPool):
        def _start(self) -> None:  # type: ignore[override]
            raise ToolError("a worker did not start: no reason")

    with Failing(1) as pool, pytest.raises(ToolError, match="a worker did not start: no reason"):
        Sweep(sweep_jobs.power, {"x": [1]}).run(tmp_path / "a.jsonl", pool)
    assert len((tmp_path / "a.jsonl").read_text().splitlines()) == 1
