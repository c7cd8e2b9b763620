"""`bitcortex run` and `verify` with event-driven networks."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bitcortex.cli import run as verb
from bitcortex.cli.main import main
from bitcortex.cli.networks import resolve
from bitcortex.network import event_files, lower, presets
from bitcortex.network import run as runs
from bitcortex.sim.simulate import simulate


def items(capsys: pytest.CaptureFixture[str], *argv: str) -> list[dict[str, Any]]:
    """Return the items of a call that is fine."""
    assert main([*argv, "--json"]) == 0
    captured = capsys.readouterr()
    assert captured.out.count("\n") == 1
    found = json.loads(captured.out)["items"]
    assert isinstance(found, list)
    return found


def mistake(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    """Return the message of a call that is refused."""
    assert main([*argv, "--json"]) == 2
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {"ok": False, "items": []}
    assert "Traceback" not in captured.err
    return " ".join(captured.err.split())


@pytest.mark.parametrize("name", ["brunel-ai", "brunel_ai"])
def test_dashes_and_ten_thousand_steps(capsys: pytest.CaptureFixture[str], name: str) -> None:
    found = items(capsys, "run", name)
    assert [item["population"] for item in found] == ["exc", "inh"]
    assert [item["neurons"] for item in found] == [800, 200]
    run = simulate(presets.brunel_ai(), 10_000)
    for item in found:
        assert item["steps"] == verb.EVENT_STEPS == 10_000
        assert item["engine"] == "numba"
        assert item["hash"] == run.hash
        assert item["rate_hz"] == run.rate_hz(item["population"])
        assert 0.8 < item["cv_isi"] < 1.2


@pytest.mark.parametrize("name", ["spiking-column", "potjans-diesmann", "brunel-seed"])
def test_presets(capsys: pytest.CaptureFixture[str], name: str) -> None:
    found = items(capsys, "run", name, "--steps", "400")
    preset = presets.PRESETS[name.replace("-", "_")]()
    assert [item["population"] for item in found] == list(preset.populations)
    assert {item["steps"] for item in found} == {400}


def test_the_result_does_not_depend_on_the_options(capsys: pytest.CaptureFixture[str]) -> None:
    argv = ("run", "spiking-column", "--steps", "700")
    hashes = {
        items(capsys, *argv, *options)[0]["hash"]
        for options in ((), ("--threads", "2"), ("--engine", "golden"), ("--lanes", "16"))
    }
    assert len(hashes) == 1
    assert items(capsys, *argv, "--seed", "7")[0]["hash"] not in hashes


def test_a_run_goes_on_from_its_checkpoint(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = str(tmp_path / "ai.checkpoint")
    argv = ("run", "brunel-ai", "--checkpoint", path)
    items(capsys, *argv, "--steps", "1000")
    assert Path(path).exists()
    longer = items(capsys, *argv, "--steps", "2500", "--threads", "2")
    assert longer[0]["steps"] == 2500
    whole = items(capsys, "run", "brunel-ai", "--steps", "2500")
    for a, b in zip(longer, whole, strict=True):
        assert {k: a[k] for k in a if k != "seconds"} == {k: b[k] for k in b if k != "seconds"}
    message = mistake(capsys, *argv, "--steps", "2000")
    assert "has 2500 steps, more than the 2000 asked for" in message
    message = mistake(capsys, *argv, "--steps", "3000", "--seed", "2")
    assert "The network was changed" in message
    Path(path).write_bytes(Path(path).read_bytes()[:-7])
    assert "is not a complete checkpoint" in mistake(capsys, *argv, "--steps", "3000")


def test_files(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    plan, npz, png = (str(tmp_path / name) for name in ("plan.json", "run.npz", "raster.png"))
    argv = ("run", "spiking-column", "--steps", "600")
    first = items(capsys, *argv, "--save-plan", plan, "--plot", png)
    recorded = items(capsys, *argv, "--record", npz)
    assert recorded[0]["hash"] == first[0]["hash"]
    assert event_files.load(plan).digest == lower(presets.spiking_column()).plan.digest
    assert resolve(plan).plan.digest == event_files.load(plan).digest
    assert items(capsys, "run", plan, "--steps", "600")[0]["hash"] == first[0]["hash"]
    assert items(capsys, "run", plan)[0]["steps"] == 10_000
    assert runs.load(npz).hash == first[0]["hash"]
    assert Path(png).read_bytes().startswith(b"\x89PNG")
    assert "--seed must not be given with a Plan" in mistake(capsys, "run", plan, "--seed", "3")
    text = Path(plan).read_text()
    Path(plan).write_text(text.replace('"dt_ns": 500000', '"dt_ns": 100000'))
    assert "was altered" in mistake(capsys, "run", plan)
    Path(plan).write_text(text[:1000])
    assert "is not a complete JSON file" in mistake(capsys, "run", plan)


def test_no_raster_is_made_unless_it_is_drawn(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(*anything: object) -> None:
        raise AssertionError("a raster of a long run does not fit memory")

    monkeypatch.setattr("bitcortex.network.run.Events.raster", refuse)
    items(capsys, "run", "brunel-ai", "--steps", "500", "--record", str(tmp_path / "run.npz"))


def test_a_picture_that_would_not_fit_memory_is_refused_at_once(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    png = tmp_path / "raster.png"
    argv = ("run", "brunel-ai", "--steps", "1000000", "--plot", str(png))
    message = mistake(capsys, *argv)
    assert "--plot must have at most 500,000,000 neurons times steps, not 1,000,000,000" in message
    assert not png.exists()


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["run", "brunel-aj"], "brunel_ai, brunel_2000, spiking_column, potjans_diesmann"),
        (["run", "brunel-ai", "--steps", "-1"], "steps must be in"),
        (["run", "brunel-ai", "--threads", "0"], "threads must be in"),
        (["run", "brunel-ai", "--engine", "nest"], "engine must be one of"),
        (["run", "column", "--checkpoint", "x"], "only event-driven networks"),
        (["verify", "--network", "brunel-ai", "--steps", "0"], "at least two variants"),
        (["verify", "--network", "brunel-ai", "--lanes", "many"], "--lanes must be numbers"),
    ],
)
def test_mistakes(capsys: pytest.CaptureFixture[str], argv: list[str], message: str) -> None:
    assert message in mistake(capsys, *argv)


def test_verify(capsys: pytest.CaptureFixture[str]) -> None:
    argv = ("verify", "--network", "spiking-column", "--engines", "golden,numba")
    (item,) = items(capsys, *argv, "--steps", "500")
    assert item["equal"] is True
    assert item["cycles"] == 500
    assert [case["case"] for case in item["cases"]] == ["golden", "numba, 1 thread",
                                                        "numba, 2 threads"]  # fmt: skip
    assert all(case["spikes"] > 0 for case in item["cases"])


@pytest.mark.parametrize("name", ["run", "verify"])
def test_help_names_the_presets(capsys: pytest.CaptureFixture[str], name: str) -> None:
    with pytest.raises(SystemExit):
        main([name, "--help"])
    text = re.sub(r"\s+", " ", capsys.readouterr().out)
    for word in ("brunel_ai", "potjans_diesmann", "10,000 if event-driven", "brunel-ai --"):
        assert word in text
