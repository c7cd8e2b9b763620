"""`bitcortex run`, `demo` and the dispatcher: output for machines and people, and mistakes."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bitcortex.cli.main import VERBS, main
from bitcortex.cli.result import Result

RUN_KEYS = {"population", "neurons", "steps", "rate_hz", "cv_isi", "hash", "engine", "seconds"}


def as_json(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, dict[str, object]]:
    code = main([*argv, "--json"])
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    result = json.loads(out)
    assert set(result) == {"ok", "items"}
    return code, result


def test_run_items(capsys: pytest.CaptureFixture[str]) -> None:
    code, result = as_json(capsys, "run", "mixed", "--steps", "100")
    assert code == 0
    assert result["ok"] is True
    items = result["items"]
    assert isinstance(items, list)
    assert [item["population"] for item in items] == ["detailed", "fast"]
    for item in items:
        assert set(item) >= RUN_KEYS
        assert item["engine"] == "numba"
        assert item["steps"] == 100
        assert len(item["hash"]) == 16


def test_engines_and_seeds(capsys: pytest.CaptureFixture[str]) -> None:
    def spike_hash(*argv: str) -> str:
        items = as_json(capsys, "run", "mixed", "--steps", "80", *argv)[1]["items"]
        assert isinstance(items, list)
        return str(items[0]["hash"])

    assert spike_hash("--engine", "golden") == spike_hash()
    assert spike_hash("--seed", "7") != spike_hash()


def test_files(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    plan, npz, png = (str(tmp_path / name) for name in ("plan.json", "run.npz", "raster.png"))
    argv = ("run", "mixed", "--steps", "60")
    first = as_json(capsys, *argv, "--save-plan", plan, "--plot", png)[1]["items"]
    as_json(capsys, *argv, "--record", npz)
    again = as_json(capsys, "run", plan, "--steps", "60")[1]["items"]
    assert isinstance(first, list)
    assert isinstance(again, list)
    assert first[0]["hash"] == again[0]["hash"]
    assert Path(npz).stat().st_size > 100
    assert Path(png).read_bytes().startswith(b"\x89PNG")


def test_tables_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "mixed", "--steps", "50"]) == 0
    captured = capsys.readouterr()
    assert "spike hash" in captured.out
    assert "detailed" in captured.out
    assert "fast.v_threshold_mv" in captured.err  # the loss table


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["run", "cortex"], "network must be one of column, hierarchy, mixed, brunel_seed"),
        (["run", "none.json"], "none.json was not found"),
        (["run", "mixed", "--engine", "brian2"], "engine must be one of auto, golden, numba, rtl"),
        (["run", "mixed", "--steps", "501"], "steps must be at most the 500 of the stimulus"),
        (["run", "mixed", "--seed", "-1"], "seed must be in"),
        (["verify", "neuron.nobody"], "module must be one of"),
        (["verify", "--network", "column", "--all"], "give --network alone"),
        (["verify", "--network", "mixed", "--engines", "numba"], "at least two different engines"),
        (["verify", "--network", "mixed", "--engines", "golden,golden"], "two different engines"),
        (["verify", "--network", "mixed", "--steps", "0"], "must have at least two"),
        (["area", "neuron.nobody", "--device", "ecp5-85"], "module must be one of"),
        (["area", "encode.lfsr", "--device", "virtex"], "virtex"),
    ],
)
def test_mistakes(capsys: pytest.CaptureFixture[str], argv: list[str], message: str) -> None:
    assert main([*argv, "--json"]) == 2
    captured = capsys.readouterr()
    assert message in " ".join(captured.err.split())
    assert "Traceback" not in captured.err
    assert json.loads(captured.out)["ok"] is False


@pytest.mark.parametrize(("package", "extra"), [("litex", "rtl"), ("matplotlib", "demo")])
def test_a_missing_package_is_named(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    package: str,
    extra: str,
) -> None:
    def fail(*anything: object) -> None:
        raise ModuleNotFoundError(f"No module named '{package}.x'", name=f"{package}.x")

    monkeypatch.setattr("bitcortex.cli.run.run", fail)
    assert main(["run", "mixed", "--json"]) == 2
    captured = capsys.readouterr()
    text = " ".join(captured.err.split())
    assert f"{package} is not installed. Try: pip install 'bitcortex[{extra}]'" in text
    assert json.loads(captured.out) == {"ok": False, "items": []}


@pytest.mark.parametrize("argv", [["run"], ["run", "mixed", "--steps", "many"], ["fly"]])
def test_json_of_a_wrong_call(capsys: pytest.CaptureFixture[str], argv: list[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main([*argv, "--json"])
    assert stop.value.code == 2
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {"ok": False, "items": []}
    assert "usage: bitcortex" in captured.err


def test_damaged_plan_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    path.write_text('{"format": "bitcortex-plan", "version": 9}')
    assert main(["run", str(path)]) == 2
    assert "is a Plan of version 9" in " ".join(capsys.readouterr().err.split())


def test_verify_network(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    argv = ("verify", "--network", "mixed", "--steps", "60", "--waves", str(tmp_path))
    code, result = as_json(capsys, *argv, "--engines", "golden,numba")
    assert code == 0
    (item,) = result["items"]  # type: ignore[misc]
    assert set(item) >= {"name", "engines", "cycles", "hash", "equal", "mutants", "killed"}
    assert item["equal"] is True
    assert all(case["spikes"] > 0 for case in item["cases"])


def test_help_is_fast_and_has_examples() -> None:
    for verb in VERBS:
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "bitcortex", verb, "--help"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert f"bitcortex {verb}" in done.stdout
        assert "examples:" in done.stdout
        assert time.perf_counter() - start < 5.0  # Numba alone takes longer than a loaded machine
    code = "import sys, bitcortex.cli.main as m; m._parser(); print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_json_has_no_nan() -> None:
    text = Result(True, [{"a": float("nan"), "b": [1.0, float("inf")]}]).json()
    assert json.loads(text) == {"ok": True, "items": [{"a": None, "b": [1.0, None]}]}


def test_demo(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, result = as_json(capsys, "demo", "--out", str(tmp_path))
    assert code == 0
    items = result["items"]
    assert isinstance(items, list)
    assert {(i["workload"], i["engine"]) for i in items} == {
        (w, e) for w in ("column", "digits") for e in ("golden", "numba", "rtl")
    }
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["equal"] is True
    assert len(set(summary["spike_hash"].values())) == 1
    assert summary["digits"]["predictions_equal"] is True
    assert summary["digits"]["accuracy"]["rtl"] >= 0.95
    report = (tmp_path / "report.html").read_text()
    assert "data:image/png;base64," in report
    assert "http://" not in report.replace("http://www.w3.org", "")
    for name in ("column", "column_statistics", "hierarchy", "mixed", "digits"):
        assert (tmp_path / f"{name}.png").stat().st_size > 5000
