"""Comparing variants: processes, expectations, verdicts, and what is missing."""

import json
from functools import cache
from pathlib import Path

import pytest

from bitcortex.brunel import VARIANTS, BrunelParams, compare, find, report
from bitcortex.brunel.compare import Answer, Task, judge, measure
from bitcortex.cli.main import main
from bitcortex.errors import ToolError

ROOT = Path(__file__).parents[2]
MINE = """
from bitcortex.brunel import run_voltage, variant, voltage

@variant("V21", "mine", "voltage", oracle="own")
def translate_v21(bp):
    return voltage(bp, noise_std=0.5)

translate_v21.runs(run_voltage)
"""


@cache
def measured(name: str) -> str:
    return json.dumps(measure(task(name)), allow_nan=False)


def task(name: str, **more: object) -> Task:
    return Task(name, "brunel_seed", 150, 2, 0.1, **more)  # type: ignore[arg-type]


def test_an_item_has_everything() -> None:
    item = judge(json.loads(measured("V18")), task("V18"), compare.float64)
    assert item["ok"] is True
    assert abs(item["error"]) < 0.02
    assert item["expectation"] == "float64"
    assert item["hashes"][0] != item["hashes"][1]
    assert item["synapses"][0] > 150 * 15
    assert item["peak_mb"] > 10
    assert item["seconds_mean"] > 0
    text = report.tables([item])
    assert "| V18 | Numba engine |" in text
    assert "WRONG" not in text


def test_a_wrong_rate_is_not_ok() -> None:
    item = json.loads(measured("V18"))
    high = lambda *_: Answer(item["rate_hz"] * 1.03, "", "a test")  # noqa: E731
    found = judge(dict(item), task("V18"), high)
    assert found["ok"] is False
    assert "WRONG" in report.tables([found])
    assert not compare.all_ok([found])


def test_spikes_are_compared_where_the_program_is_the_same() -> None:
    item = measure(task("V10"))
    assert judge(dict(item), task("V10"), compare.float64)["expected_hz"] is None  # circular
    for hashes, verdict in ((item["hashes"], True), (["0", "0"], False)):
        given = iter(hashes)
        answer = lambda *_: Answer(item["rate_hz"], next(given), "Brian2")  # noqa: B023, E731
        found = judge(dict(item), task("V10"), answer)
        assert found["spike_for_spike"] is verdict
        assert found["ok"] is verdict


def test_a_missing_package_is_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> None:
        raise ToolError("torch is not installed. Try: pip install 'bitcortex[torch]'")

    monkeypatch.setattr(find("V19"), "run", missing)
    item = judge(measure(task("V19")), task("V19"), compare.float64)
    assert item["missing"].startswith("torch is not installed")
    assert item["rate_hz"] is item["ok"] is item["seconds_mean"] is None
    assert "missing: torch is not installed" in report.tables([item])


def test_bench_runs_a_variant_of_ones_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.py"
    path.write_text(MINE)
    try:
        asked = ["bench", "V21", "--preset", "brunel_seed", "--n", "150", "--seeds", "1"]
        asked += ["--seconds", "0.1", "--load", str(path), "--markdown", str(tmp_path / "t.md")]
        assert main([*asked, "--json"]) == 0
        result = json.loads(capsys.readouterr().out)
        assert result["ok"]
        (item,) = result["items"]
        assert item["variant"] == "V21"
        assert item["expectation"] == "float64 with normal noise"
        assert "| V21 | mine |" in (tmp_path / "t.md").read_text()
    finally:
        VARIANTS.pop("V21", None)


def test_bench_prints_the_mapping(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--mapping", "--json"]) == 0
    items = json.loads(capsys.readouterr().out)["items"]
    assert [item["preset"] for item in items] == ["brunel_seed", "brunel_ai"]
    assert "leak_k 1 (-21.88%)" in items[0]["markdown"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (["V99"], "variant must be one of V1, V2"),
        (["V1", "--n", "5"], "n must be in 20..100000, not 5"),
        (["V1", "--seeds", "0"], "seeds must be in 1..1000, not 0"),
        (["V1", "--load", "no_such_file.py"], "no_such_file.py"),
    ],
)
def test_wrong_calls(asked: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", *asked]) == 2
    assert message in capsys.readouterr().err


def test_other_networks_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import brian2_benchmark

    for name in ("V1", "V3", "V18", "V20"):
        brian2_benchmark.check_same(name, BrunelParams.seed(200))
    with pytest.raises(ValueError, match=r"V8 has another refractory\. Leave it out"):
        brian2_benchmark.check_same("V8", BrunelParams.seed(200))
    with pytest.raises(ValueError, match="not V2: SC layer, steady rates"):
        brian2_benchmark.check_same("V2", BrunelParams.seed(200))


def test_no_factor_between_rates_that_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import brian2_benchmark

    items = [{"rate_hz": rate, "seconds_mean": 1.0, "speed_up": None, "note": ""}
             for rate in (100.0, 101.0, 104.0)]  # fmt: skip
    brian2_benchmark.judge(items)
    assert [item["speed_up"] for item in items] == [None, 1.0, None]
    assert items[2]["note"] == "rates differ"


@pytest.mark.full
@pytest.mark.parametrize("preset", ["brunel_seed", "brunel_ai"])
def test_all_variants_at_a_thousand_neurons(preset: str) -> None:
    """Without Brian2; benchmarks/snn_comparison.py has it."""
    tasks = [Task(name, preset, seconds=compare.SECONDS[preset]) for name in VARIANTS]
    items = compare.compare(tasks, jobs=2)
    assert [item["variant"] for item in items] == list(VARIANTS)
    wrong = [(i["variant"], i["rate_hz"], i["expected_hz"]) for i in items if i["ok"] is False]
    assert not wrong
    silent = [i["variant"] for i in items if not i["missing"] and not i["rate_hz"]]
    assert not silent
