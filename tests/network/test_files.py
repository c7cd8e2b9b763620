"""Plans and runs survive a file, and a damaged file is refused."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from bitcortex.errors import ToolError, UserError
from bitcortex.network import Run, lower, presets
from bitcortex.network import plan as plans
from bitcortex.network import run as runs
from bitcortex.network.run import Events
from bitcortex.sim.simulate import simulate

PLAN = lower(presets.mixed()).plan


def test_plan_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    PLAN.save(path)
    read = plans.load(path)
    assert read.digest == PLAN.digest
    assert (read.populations[0].weights == PLAN.populations[0].weights).all()
    assert read.populations[0].neuron == PLAN.populations[0].neuron


def test_digest_depends_on_everything(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    PLAN.save(path)
    tree = json.loads(path.read_text())
    for key, value in (("gain", 3), ("seed", 4), ("length", 5), ("kind", "lif"), ("mode", "lfsr")):
        changed = json.loads(path.read_text())
        changed["populations"][0][key] = value
        assert tree["populations"][0][key] != value
        path.with_name("changed.json").write_text(json.dumps(changed))
        with pytest.raises(UserError, match="was altered"):
            plans.load(path.with_name("changed.json"))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda text: text[: len(text) // 2], "is not a complete JSON file"),
        (lambda text: "", "is not a complete JSON file"),
        (lambda text: "[]", "is not a bitcortex Plan"),
        (lambda text: text.replace('"version": 1', '"version": 99'), "is a Plan of version 99"),
        (lambda text: text.replace('"dt_ns"', '"dt"'), "is a damaged Plan"),
        (lambda text: text.replace('"zlib": "eN', '"zlib": "!!'), "is a damaged Plan"),
        (lambda text: text.replace("1000000", "2000000"), "was altered"),
    ],
)
def test_damaged_plan(tmp_path: Path, damage: object, message: str) -> None:
    path = tmp_path / "plan.json"
    PLAN.save(path)
    path.write_text(damage(path.read_text()))  # type: ignore[operator]
    with pytest.raises(UserError, match=message):
        plans.load(path)


def test_missing_plan(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        plans.load(tmp_path / "none.json")


def example_run() -> Run:
    raster = (np.random.default_rng(1).random((30, 13)) < 0.2).astype(np.uint8)
    return Run("golden", "d", 1e-3, {"a": (0, 10), "b": (10, 3)}, Events.of(raster), "0123", 0.5)


def test_run_round_trip(tmp_path: Path) -> None:
    run = example_run()
    run.save(tmp_path / "run.npz")
    read = runs.load(tmp_path / "run.npz")
    assert (read.raster == run.raster).all()
    assert read.populations == run.populations
    assert read.spikes("b").shape == (30, 3)
    assert read.rate_hz("a") == pytest.approx(run.raster[:, :10].mean() * 1000)
    with pytest.raises(ValueError, match="population must be one of a, b, not 'c'"):
        run.spikes("c")


def test_damaged_run(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    example_run().save(path)
    data = path.read_bytes()
    for wrong in (data[: len(data) // 2], b"", b"hello"):
        path.write_bytes(wrong)
        with pytest.raises(UserError, match="is not a complete bitcortex run"):
            runs.load(path)
    np.save(tmp_path / "array.npy", np.zeros(3))
    with pytest.raises(UserError, match="is not a complete bitcortex run"):
        runs.load(tmp_path / "array.npy")


def test_flipped_bits_of_a_run(tmp_path: Path) -> None:
    """A file with one wrong bit is refused, or the bit did not matter."""
    run, path, rng = example_run(), tmp_path / "run", np.random.default_rng(2)
    run.save(path)
    data, refused = path.read_bytes(), 0
    for _ in range(300):
        wrong = bytearray(data)
        wrong[rng.integers(len(wrong))] ^= 1 << int(rng.integers(8))
        path.write_bytes(wrong)
        try:
            assert (runs.load(path).raster == run.raster).all()
        except UserError:
            refused += 1
    assert refused > 100


def test_flipped_bits_of_a_plan(tmp_path: Path) -> None:
    path, rng = tmp_path / "plan.json", np.random.default_rng(3)
    PLAN.save(path)
    data, refused = path.read_bytes(), 0
    for _ in range(300):
        wrong = bytearray(data)
        wrong[rng.integers(len(wrong))] ^= 1 << int(rng.integers(8))
        path.write_bytes(wrong)
        try:
            assert plans.load(path).digest == PLAN.digest
        except UserError:
            refused += 1
    assert refused > 250


def test_sonata_file(tmp_path: Path) -> None:
    """Read as any SONATA reader would: by names, units and sorting."""
    run = simulate(presets.brunel_ai(150), 400)
    assert len(run.events.step) > 50
    run.save(tmp_path / "spikes.h5")
    with h5py.File(tmp_path / "spikes.h5") as file:
        assert file.attrs["magic"] == 0x0A7A
        assert file.attrs["version"].tolist() == [0, 1]
        assert run.digest in file.attrs["bitcortex"]
        assert list(file["spikes"]) == sorted(run.populations)
        for name in run.populations:
            group = file["spikes"][name]
            enum = h5py.check_enum_dtype(group.attrs.get_id("sorting").dtype)
            assert enum[{v: k for k, v in enum.items()}[group.attrs["sorting"]]] == enum["by_time"]
            times = group["timestamps"]
            assert times.attrs["units"] == "milliseconds"
            step, neuron = np.nonzero(run.spikes(name))
            np.testing.assert_allclose(times[:], step * 0.1, rtol=1e-12)
            assert group["node_ids"][:].tolist() == neuron.tolist()
            assert group["node_ids"].dtype == np.uint64
    counted = replace(run, counts=dict.fromkeys(run.populations, 1))
    with pytest.raises(ValueError, match="spikes must be recorded, not only counted"):
        counted.save(tmp_path / "none.h5")
    assert not (tmp_path / "none.h5").exists()


def test_sonata_without_h5py(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ToolError, match=r"h5py is not installed\. Try: pip install 'bitcortex\["):
        simulate(presets.brunel_ai(64), 5).save(tmp_path / "spikes.hdf5")
