"""`bitcortex run --live --record`: what is shown and written while a network runs."""

import json
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console
from virtual_board import LANES, PLAN

from bitcortex.cli import live
from bitcortex.cli.live import LiveRaster
from bitcortex.cli.main import main
from bitcortex.network import presets
from bitcortex.network import run as runs
from bitcortex.network.run import Events, Run
from bitcortex.network.spike_files import SpikeFile
from bitcortex.sim.simulate import simulate


@pytest.fixture
def argv(tmp_path: Path) -> tuple[str, ...]:
    PLAN.save(tmp_path / "plan.json")
    return ("run", str(tmp_path / "plan.json"), "--json")


def called(capsys: pytest.CaptureFixture[str], *argv: str, code: int = 0) -> tuple[Any, str]:
    """Return the items and the messages of a call."""
    assert main(argv) == code
    captured = capsys.readouterr()
    return json.loads(captured.out)["items"], " ".join(captured.err.split())


def piece(step: list[int], neuron: list[int], steps: int = 40) -> Run:
    """Return a run of two populations, of 8 and of 2 neurons, steps of 1 ms."""
    events = Events(steps, 10, np.array(step, np.int64), np.array(neuron, np.int64))
    return Run("numba", "ab", 1e-3, {"exc": (0, 8), "inh": (8, 2)}, events, "0" * 16, 0.1)


def shown(raster: LiveRaster, run: Run) -> list[str]:
    with raster.console.capture() as capture:
        raster.console.print(raster.picture(run))
    return capture.get().splitlines()


def terminal(width: int = 34, height: int = 8) -> Console:
    return Console(width=width, height=height, force_terminal=True, color_system=None)


def test_braille() -> None:
    dots = np.zeros((4, 4), bool)
    dots[0, 0] = dots[3, 3] = dots[1, 1] = True
    assert live.braille(dots) == ["\u2811\u2880"]
    assert live.braille(np.ones((8, 2), bool)) == ["\u28ff", "\u28ff"]


@pytest.mark.parametrize(
    ("sizes", "lines", "wanted"),
    [([80, 20], 12, [9, 3]), ([1000, 1], 5, [4, 1]), ([1, 1, 1], 2, [1, 1, 1]), ([5], 4, [4])],
)
def test_every_population_has_a_line(sizes: list[int], lines: int, wanted: list[int]) -> None:
    assert live.shares(sizes, lines) == wanted


def test_a_spike_is_where_it_belongs() -> None:
    """20 characters are 40 columns of dots: one step each; 8 neurons in 2 lines, 2 in another."""
    raster = LiveRaster(terminal(height=8), "net", 40)
    run = piece([0, 3, 39, 39], [0, 7, 8, 9])
    with raster.console.capture():
        raster.add(run)
    lines = [line.rstrip() for line in shown(raster, run)]
    assert lines[0].startswith("net on numba, the last 40 ms")
    blank = "\u2800"
    assert lines[1].split() == ["exc", "\u2801" + 19 * blank]  # step 0, neuron 0
    assert lines[2].split(maxsplit=2) == ["6.2", "Hz", blank + "\u2880" + 18 * blank]  # 3 and 7
    assert lines[3].split() == ["inh", 19 * blank + "\u2818"]  # both, in the last column
    with raster.console.capture():
        raster.add(piece([0], [0]))  # the window moves on
    assert shown(raster, run)[1].split() == ["exc", "\u2801" + 19 * blank]


def test_a_sample_of_many_neurons() -> None:
    events = Events(1, 1000, np.zeros(1000, np.int64), np.arange(1000))
    run = Run("numba", "ab", 1e-3, {"exc": (0, 1000)}, events, "0" * 16, 0.1)
    raster = LiveRaster(terminal(height=9), "net", 1)
    with raster.console.capture():
        raster.add(run)
    lines = shown(raster, run)
    assert "16 of 1000" in lines[3]
    assert [line.rstrip()[-1] for line in lines[1:5]] == 4 * ["\u2800"]
    assert [line[13] for line in lines[1:5]] == 4 * ["\u2847"]  # one neuron in each row


def test_the_last_picture_stays() -> None:
    console = terminal()
    with console.capture() as capture, LiveRaster(console, "net", 40) as raster:
        raster.add(piece([1], [1]))
    assert "step 40 of 40, 0.040 s at" in " ".join(capture.get().split())


def test_lines_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str], argv: tuple[str, ...]
) -> None:
    items, messages = called(capsys, *argv, "--steps", "700", "--live")
    wanted = simulate(PLAN, 700)
    assert items[0]["hash"] == wanted.hash
    assert items[0]["rate_hz"] == wanted.rate_hz("exc")
    assert "brunel_ai on numba: step 700 of 700, 0.070 s at" in messages
    assert "x real time, 0 s left, exc " in messages
    assert "\x1b" not in messages


@pytest.mark.parametrize("engine", ["numba", "golden", "virtual:ulx3s"])
@pytest.mark.parametrize("suffix", [".npz", ".h5"])
def test_a_record_is_what_would_be_saved(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, argv: tuple[str, ...], suffix: str,
    engine: str,
) -> None:  # fmt: skip
    path, saved = tmp_path / f"record{suffix}", tmp_path / f"saved{suffix}"
    options = ("--steps", "300", "--engine", engine, "--lanes", str(LANES), "--record", str(path))
    items, _ = called(capsys, *argv, *options)
    wanted = simulate(PLAN, 300, engine, lanes=LANES)
    assert (items[0]["hash"], items[0]["cv_isi"]) == (wanted.hash, None)
    wanted.save(saved)
    if suffix == ".npz":
        found = runs.load(path)
        assert (found.hash, found.steps, found.engine) == (wanted.hash, 300, wanted.engine)
        assert found.events.step.tolist() == wanted.events.step.tolist()
        assert found.spikes("inh").tolist() == wanted.spikes("inh").tolist()
    else:
        h5py = pytest.importorskip("h5py", reason="pip install 'bitcortex[sonata]'")
        with h5py.File(path) as one, h5py.File(saved) as two:
            assert one.attrs["bitcortex"] == two.attrs["bitcortex"]
            for name in wanted.populations:
                for column in ("timestamps", "node_ids"):
                    both = (file[f"spikes/{name}/{column}"][:].tolist() for file in (one, two))
                    assert next(both) == next(both) != []
    assert list(tmp_path.glob("tmp*")) == []


def test_networks_without_events(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "column.npz"
    argv = ("run", "column", "--json", "--steps", "200", "--record", str(path), "--live")
    items, _ = called(capsys, *argv)
    assert runs.load(path).hash == items[0]["hash"] == simulate(presets.column(), 200).hash


def test_ctrl_c_keeps_what_has_been(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, argv: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    path, add = tmp_path / "record.npz", SpikeFile.add

    def interrupted(file: SpikeFile, run: Run) -> None:
        add(file, run)
        if file.steps > 300:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(SpikeFile, "add", interrupted)
    before = signal.getsignal(signal.SIGINT)
    options = ("--steps", "1000000000", "--record", str(path))
    items, messages = called(capsys, *argv, *options, code=1)
    monkeypatch.undo()
    found = runs.load(path)
    assert 300 < found.steps == items[0]["steps"] < 1_000_000
    assert f"ended at step {found.steps:,} of 1,000,000,000" in messages
    assert found.hash == items[0]["hash"] == simulate(PLAN, found.steps).hash
    assert signal.getsignal(signal.SIGINT) is before


def test_a_second_ctrl_c_ends_it_at_once(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, argv: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    path, add = tmp_path / "record.npz", SpikeFile.add

    def twice(file: SpikeFile, run: Run) -> None:
        add(file, run)
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(SpikeFile, "add", twice)
    assert main([*argv, "--steps", "1000", "--record", str(path)]) == 130
    assert "interrupted" in capsys.readouterr().err
    monkeypatch.undo()
    found = runs.load(path)
    assert found.hash == simulate(PLAN, found.steps).hash


def test_memory_does_not_grow(tmp_path: Path) -> None:
    """A result has counts only, and the file has all."""
    with SpikeFile(tmp_path / "r.npz") as file:
        done = simulate(PLAN, 3000, stream=file.add)
        assert not (tmp_path / "r.npz").exists()
    wanted = simulate(PLAN, 3000)
    assert (len(done.events.step), done.steps, done.hash) == (0, 3000, wanted.hash)
    assert done.counts == {p.name: int(wanted.spikes(p.name).sum()) for p in PLAN.populations}
    assert runs.load(tmp_path / "r.npz").events.step.tolist() == wanted.events.step.tolist()


def test_a_checkpoint_goes_on_with_its_record(tmp_path: Path) -> None:
    checkpoint, wanted = tmp_path / "c", simulate(PLAN, 900)
    simulate(PLAN, 500, checkpoint=checkpoint)
    with SpikeFile(tmp_path / "r.npz") as file:
        simulate(PLAN, 900, checkpoint=checkpoint, stream=file.add)
    found = runs.load(tmp_path / "r.npz")
    assert found.hash == wanted.hash
    assert found.events.step.tolist() == wanted.events.step.tolist()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--record", "x.csv"), "--record must be a name ending in .npz, .h5 or .hdf5, not x.csv"),
        (("--record", "no/such/x.npz"), "there is no folder no/such. Make it"),
        (("--live", "--plot", "x.png"), "--plot must not be given with --record or --live"),
    ],
)
def test_mistakes(
    capsys: pytest.CaptureFixture[str], argv: tuple[str, ...], options: tuple[str, ...],
    message: str,
) -> None:  # fmt: skip
    items, messages = called(capsys, *argv, *options, code=2)
    assert items == []
    assert message in messages
