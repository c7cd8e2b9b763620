"""Errors of products and dot products, by the functions of the benchmark, and its output."""

import json
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bitcortex.analysis import log_log_slope

ROOT = Path(__file__).parent.parent.parent
SCRIPT = ROOT / "benchmarks" / "sc_error.py"


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    return runpy.run_path(str(SCRIPT))


def test_product_of_two_sobol_dimensions(script: dict[str, Any]) -> None:
    lengths = script["LENGTHS"]  # 64 to 4096
    errors = [script["product_error"](script["sobol"], length, 3000) for length in lengths]
    assert errors[lengths.index(256)] <= 0.003
    assert errors[lengths.index(1024)] <= 0.0008
    assert log_log_slope(lengths, errors) <= -0.9


def test_product_of_ramp_and_sobol(script: dict[str, Any]) -> None:
    assert script["product_error"](script["ramp"], 256, 3000) <= 0.003


def test_product_of_two_lfsrs(script: dict[str, Any]) -> None:
    assert script["product_error"](script["lfsr"], 256, 3000) <= 0.025


def test_product_of_one_lfsr_is_wrong_at_every_length(script: dict[str, Any]) -> None:
    """The negative control: E min(p, q) - pq = 1/12."""
    for length in (256, 1024):
        assert 0.07 < script["product_error"](script["one_lfsr"], length, 600) < 0.1


@pytest.mark.parametrize(("length", "bound"), [(256, 0.13), (1024, 0.04)])
def test_dot_product_of_64(script: dict[str, Any], length: int, bound: float) -> None:
    assert script["dot_error"](script["sobol"], length, 300, True, False) <= bound


def test_shifts_pay(script: dict[str, Any]) -> None:
    for make in (script["sobol"], script["lfsr"]):
        shifted, bare = (script["dot_error"](make, 256, 150, s, False) for s in (True, False))
        assert shifted < 0.5 * bare


def test_json_of_the_command() -> None:
    command = [sys.executable, str(SCRIPT), "--json", "--pairs", "30", "--vectors", "30"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    result = json.loads(done.stdout)
    assert done.returncode == (0 if result["ok"] else 1)
    assert result["ok"] == all(item["ok"] for item in result["items"])
    keys = {"workload", "engine", "length", "mean_abs_error", "bound", "slope", "slope_bound", "ok"}
    keys |= {"seconds_median", "ratio_to_reference", "rate_hz", "cv_isi", "peak_mb"}
    assert all(set(item) == keys for item in result["items"])
    assert {item["workload"] for item in result["items"]} == {"product", "dot product"}


def test_wrong_arguments_of_the_command() -> None:
    command = [sys.executable, str(SCRIPT), "--pairs", "0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--pairs must be at least 1, not 0" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_figure_above_its_bound_is_not_ok(
    script: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    measure = script["measure"]
    wrong = {"two LFSRs": script["one_lfsr"]}
    monkeypatch.setitem(measure.__globals__, "PAIRS", wrong)
    monkeypatch.setitem(measure.__globals__, "DOTS", {})
    items = measure(30, 30, lambda what: None)
    assert [item["ok"] for item in items] == [True, False, True, True]


@pytest.mark.full
def test_table_of_the_docs_is_the_output_of_the_command() -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() in (ROOT / "docs" / "encode.md").read_text()
