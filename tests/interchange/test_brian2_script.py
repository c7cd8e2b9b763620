"""`--from-brian2 script.py`: scripts become runs, fits and boards; mistakes are said."""

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import brian2_oracle as oracle
import pytest

import bitcortex as bc
from bitcortex.cli.main import main
from bitcortex.errors import ToolError, UserError
from bitcortex.network import lower
from bitcortex.network.interchange.brian2_script import from_script, stopped
from bitcortex.network.interchange.brian2_values import brian2
from bitcortex.sim.simulate import simulate

RING = oracle.EXAMPLES / "ring.py"


@pytest.fixture
def b() -> ModuleType:
    return oracle.fresh()


def items(capsys: pytest.CaptureFixture[str], *argv: str) -> list[dict[str, Any]]:
    assert main([*argv, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["items"]
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize(
    ("name", "populations"),
    [
        ("brunel", {"neurons": 500}),
        ("feedforward", {"chain": 300, "noise": 60}),
        ("recorded", {"cells_0": 34, "cells_1": 33, "cells_2": 33}),
    ],
)
def test_scripts(b: ModuleType, name: str, populations: dict[str, int]) -> None:
    network, report, seconds = from_script(oracle.EXAMPLES / f"{name}.py")
    assert {n: p.size for n, p in network.populations.items()} == populations
    assert network.name == name
    assert seconds == {"brunel": 1.0, "feedforward": 0.5, "recorded": 0.4}[name]
    assert not report.refused


def test_a_script_gives_the_same_network_every_time(b: ModuleType) -> None:
    first, again = (lower(from_script(oracle.EXAMPLES / "delays.py")[0]).plan for _ in range(2))
    assert first.digest == again.digest


def test_run_takes_the_time_of_the_script(
    b: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    (item,) = items(capsys, "run", "--from-brian2", str(RING))
    network, report, _ = from_script(RING)
    assert item["steps"] == 1000
    assert item["hash"] == simulate(network, 1000, "golden").hash
    assert item["imported"] == report.items()
    (short,) = items(capsys, "run", "--from-brian2", str(RING), "--steps", "50", "--seed", "3")
    assert short["steps"] == 50


def test_fit_and_build_say_whether_it_fits(
    b: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    (item,) = items(capsys, "fit", "--from-brian2", str(RING), "--board", "ulx3s")
    assert item["fits"]
    assert item["network"] == "ring"
    assert item["imported"]


def test_the_report_is_printed(b: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--from-brian2", str(RING), "--steps", "10"]) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert "ring.threshold mapped v > 15*mV v >= the next multiple of the unit" in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1", "must call run(), or have one Network; it has 0"),
        ("1 / 0", "line 1: ZeroDivisionError: division by zero"),
        ("raise SystemExit(3)", "ended with exit code 3 before its run()"),
        (
            "from brian2 import *\nG = NeuronGroup(1, 'dv/dt = v**2/ms : 1', threshold='v > 1', "
            "reset='v = 0', method='euler')\ntry:\n    run(1*ms)\nexcept Exception:\n    pass",
            "neurongroup.equations: dv/dt = v**2/ms : 1 it is not linear in v",
        ),
    ],
)
def test_mistakes(
    b: ModuleType, text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "script.py"
    script.write_text(text)
    assert main(["run", "--from-brian2", str(script), "--json"]) == 2
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {"ok": False, "items": []}
    assert said in " ".join(captured.err.split())
    assert "Traceback" not in captured.err


def test_no_script(b: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nothing\.py was not found\. Give a Brian2 script"):
        stopped(tmp_path / "nothing.py")


def test_a_network_that_never_runs(b: ModuleType, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(RING.read_text().replace("run(100 * ms)", "net = Network(collect())"))
    script.write_text(script.read_text().replace("import Neu", "import Network, collect, Neu"))
    network, report, seconds = from_script(script)
    assert seconds is None
    assert not report.refused
    assert lower(network).plan.neurons == 40


def test_what_it_prints_does_not_mix_with_json(
    b: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "script.py"
    script.write_text("print('hello')\n" + RING.read_text())
    assert main(["run", "--from-brian2", str(script), "--steps", "1", "--json"]) == 0
    captured = capsys.readouterr()
    assert captured.out.count("\n") == 1
    assert "hello" in captured.err


def test_a_network_or_a_script(capsys: pytest.CaptureFixture[str]) -> None:
    for argv in (["run"], ["run", "column", "--from-brian2", "x.py"], ["fit"]):
        with pytest.raises(SystemExit):
            main(argv)
    assert "one of the arguments" in capsys.readouterr().err


def test_brian2_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "brian2", None)
    with pytest.raises(ToolError, match=r"need brian2.*pip install 'bitcortex\[brian2\]'"):
        brian2()


def test_brian2_does_not_import(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "brian2.py").write_text("import numpy\nnumpy.ndarray.ptp_that_is_gone\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in [m for m in sys.modules if m == "brian2" or m.startswith("brian2.")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ToolError, match=r"does not import: .*ptp_that_is_gone.*numpy < 2\.4"):
        brian2()


def test_nir_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    from bitcortex.network.interchange.nir import from_nir

    monkeypatch.setitem(sys.modules, "nir", None)
    with pytest.raises(ToolError, match=r"need nir.*pip install 'bitcortex\[nir\]'"):
        from_nir(None, 1.0)


@pytest.mark.full
@pytest.mark.parametrize("name", ["ring", "delays"])
def test_virtual_boards_give_numbas_spikes(
    b: ModuleType, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = ("run", "--from-brian2", str(oracle.EXAMPLES / f"{name}.py"), "--steps", "600")
    found = {
        engine: items(capsys, *argv, "--engine", engine)[0]["hash"]
        for engine in ("numba", "virtual:ulx3s")
    }
    assert len(set(found.values())) == 1, found


@pytest.mark.full
@pytest.mark.timeout(3600)  # synthesis, placement, and a virtual board
def test_a_script_becomes_a_bundle(
    b: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One command from a script to a bundle, of which a virtual board gives Numba's spikes."""
    argv = ("build", "--board", "ulx3s", "--from-brian2", str(RING), "--lanes", "2")
    (item,) = items(capsys, *argv, "--build", "--seeds", "1", "--output-dir", str(tmp_path))
    network, _, _ = from_script(RING)
    with bc.open("virtual:ulx3s", bundle=item["folder"]) as board:
        run = board.run(network, 1000)
    assert run.hash == simulate(network, 1000, "numba").hash
