"""`bitcortex sweep`: jobs by name, what it prints, and mistakes in the call."""

import json
from pathlib import Path

import pytest

from bitcortex.cli import sweep as verb
from bitcortex.cli.main import main
from bitcortex.sweep.worker import Job


def test_points_failures_and_going_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong, out = tmp_path / "wrong", tmp_path / "a.jsonl"
    wrong.write_text("raise")
    words = ["sweep", "sweep_jobs:moody", "--axis", "x=1:3:3", "--set", f"wrong={wrong}"]
    words += ["--out", str(out), "--workers", "1"]
    assert main([*words, "--json"]) == 1
    text, said = capsys.readouterr()
    first, failed, last = json.loads(text)["items"]  # what the job prints is not there
    assert first["result"] == {"value": 1}
    assert first["point"] == {"x": 1}
    assert not first["resumed"]
    assert failed["result"] is None
    assert failed["error"] == "ValueError: x must not be 2, not 2"
    assert last["seconds"] >= 0
    assert "to run failed points again: --retry-failed" in said
    assert main(words) == 1
    assert "x=2: ValueError: x must not be 2" in (printed := capsys.readouterr().out)
    assert "2 points, 1 failed; 3 were in the file before" in printed
    wrong.unlink()
    assert main([*words, "--retry-failed"]) == 0
    assert "3 points, 0 failed; 2 were in the file before" in capsys.readouterr().out


def test_a_result_that_says_it_is_wrong(tmp_path: Path) -> None:
    words = ["sweep", "verify", "--axis", "cycles=3,20000", "--set", "module=encode.lfsr"]
    words += ["--set", "case=w16", "--out", str(tmp_path / "a.jsonl"), "--workers", "1"]
    assert main(words) == 1  # three cycles reach nothing


def test_jobs_by_name() -> None:
    from bitcortex.sweep import jobs

    chosen: dict[str, Job] = {
        "brunel": jobs.simulate, "brunel-ai": jobs.simulate, "column": jobs.simulate,
        "verify": jobs.verify, "area": jobs.area,
    }  # fmt: skip
    for name, job in chosen.items():
        assert verb._job(name) is job
    assert "neuron.lif" in verb._all("module")
    assert "ice40up5k" in verb._all("device")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["brunel", "--axis", "speed=1"], "a parameter of brunel must be one of n, j_mv, g"),
        (["brunel", "--axis", "g"], "an axis must be NAME=START:STOP:COUNT"),
        (["brunel", "--axis", "g=1", "--axis", "g=2"], "--axis g must be given once"),
        (["brunel", "--axis", "g=1", "--set", "eta"], "--set must be NAME=VALUE, not 'eta'"),
        (["brunel", "--axis", "g=1", "--set", "g=2"], "g must be an axis or fixed, not both"),
        (["brunel"], "a sweep must have an axis"),
        (["nothing", "--axis", "g=1"], "a job must be one of verify, area, brunel, column"),
        (["sweep_jobs:nothing", "--axis", "x=1"], "sweep_jobs has none of that name"),
        (["no_such_module:job", "--axis", "x=1"], "No module named 'no_such_module'"),
        (["verify", "--axis", "speed=1"], "must be those of bitcortex.sweep.jobs:verify"),
        (["brunel", "--axis", "g=1", "--workers", "0"], "workers must be in 1..1024, not 0"),
        (["brunel", "--axis", "g=1", "--workers", "2", "--dask", "x"],
         "--workers must not be given with --dask"),
    ],
)  # fmt: skip
def test_wrong_calls(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "a.jsonl"
    assert main(["sweep", *words, "--out", str(out)]) == 2
    assert message in " ".join(capsys.readouterr().err.split())
    assert not out.exists()


def test_the_file_of_another_sweep(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "a.jsonl"
    words = ["sweep", "sweep_jobs:power", "--out", str(out), "--workers", "1", "--axis"]
    assert main([*words, "x=1,2"]) == 0
    assert main([*words, "x=1,3"]) == 2
    assert "axes x is [1, 2] there, [1, 3] here" in " ".join(capsys.readouterr().err.split())
