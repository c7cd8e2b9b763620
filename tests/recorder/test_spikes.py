"""Counts, hash and files of the recorder."""

from pathlib import Path

import numpy as np
import pytest

import bitcortex as bc
from bitcortex.errors import UserError
from bitcortex.models.recorder.hash import INITIAL, hash_events, update
from bitcortex.models.recorder.spikes import Spikes, SpikesParams
from bitcortex.sim.simulate import spike_hash


def recorded(seed: int = 1) -> bc.BitstreamSpikeRecorder:
    recorder = bc.BitstreamSpikeRecorder(12)
    for row in np.random.default_rng(seed).random((40, 12)) < 0.2:
        recorder.record(row.astype(int))
    return recorder


def test_hash_is_a_bijection_of_its_state() -> None:
    """One spike more or less, or two swapped, always changes the hash."""
    rng = np.random.default_rng(1)
    states = {int(h) for h in rng.integers(0, 1 << 63, 2000)}
    assert len({update(h, 3, 5) for h in states}) == len(states)
    assert hash_events([], []) == INITIAL
    assert hash_events([0, 0], [1, 2]) != hash_events([0, 0], [2, 1])
    assert hash_events([0], [1]) != hash_events([1], [0])


def test_recorder_agrees_with_its_golden_model() -> None:
    recorder = recorded()
    data = recorder.get_data()
    assert data.shape == (12, 40)
    model = Spikes(SpikesParams(12, 16, 16))
    for _ in range(12):
        model.tick(0, 0, 0, 0, 0, 0, 0)
    events = [(int(t), int(n)) for t, n in np.argwhere(data.T)]
    out = []
    for step, neuron in events:
        shown = model.tick(0, 1, step, neuron, 1, 0, 0)
        assert shown[1] == 1  # ready
        out += [shown[3:5]] * shown[2]
    for _ in range(2):
        shown = model.tick(0, 0, 0, 0, 1, 0, 0)
        out += [shown[3:5]] * shown[2]
    assert out == events
    assert f"{shown[-1]:016x}" == recorder.hash == spike_hash(data.T)
    assert model.counts == recorder.counts.tolist()


def test_save_and_load(tmp_path: Path) -> None:
    recorder = recorded()
    recorder.save(tmp_path / "spikes.npz")
    read = bc.BitstreamSpikeRecorder.load(tmp_path / "spikes.npz")
    assert (read.get_data() == recorder.get_data()).all()
    assert read.hash == recorder.hash


def test_damaged_files(tmp_path: Path) -> None:
    path = tmp_path / "spikes.npz"
    recorded().save(path)
    data = path.read_bytes()
    np.save(tmp_path / "array.npy", recorded().get_data())
    array = (tmp_path / "array.npy").read_bytes()
    for wrong in (*(data[:size] for size in range(0, len(data), 7)), b"no archive", array):
        path.write_bytes(wrong)
        with pytest.raises(UserError, match="is not a complete spike recording"):
            bc.BitstreamSpikeRecorder.load(path)
    np.savez_compressed(path, spikes=recorded(2).get_data(), hash=recorded(1).hash)
    with pytest.raises(UserError, match="was altered"):
        bc.BitstreamSpikeRecorder.load(path)
    np.savez_compressed(path, spikes=np.zeros((3, 4, 5), np.uint8), hash="0")
    with pytest.raises(UserError, match="is not a complete spike recording"):
        bc.BitstreamSpikeRecorder.load(path)
    with pytest.raises(FileNotFoundError):
        bc.BitstreamSpikeRecorder.load(tmp_path / "none.npz")


def test_a_flipped_bit_is_found_or_harmless(tmp_path: Path) -> None:
    """Archives have bytes without meaning, dates for one; never may other spikes come back."""
    path = tmp_path / "spikes.npz"
    recorder = recorded()
    recorder.save(path)
    data = path.read_bytes()
    found = 0
    for at in range(len(data)):
        path.write_bytes(data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :])
        try:
            read = bc.BitstreamSpikeRecorder.load(path)
        except UserError:
            found += 1
        else:
            assert (read.get_data() == recorder.get_data()).all()
    assert found > len(data) // 2


def test_any_name_of_a_file(tmp_path: Path) -> None:
    recorded().save(tmp_path / "spikes")
    assert bc.BitstreamSpikeRecorder.load(tmp_path / "spikes").hash == recorded().hash
    empty = bc.BitstreamSpikeRecorder(3)
    empty.save(tmp_path / "spikes")
    read = bc.BitstreamSpikeRecorder.load(tmp_path / "spikes")
    assert (read.n_neurons, read.n_steps) == (3, 0)
    with pytest.raises(IsADirectoryError):
        bc.BitstreamSpikeRecorder.load(tmp_path)


def test_counts_total_and_types() -> None:
    recorder = bc.BitstreamSpikeRecorder(3)
    rows: list[object] = [[True, False, True], np.array([1.0, 0.0, 0.0]), (0, 0, 1)]
    for row in rows:
        recorder.record(row)
    assert recorder.counts.tolist() == [2, 0, 2]
    assert recorder.get_data().tolist() == [[1, 1, 0], [0, 0, 0], [1, 0, 1]]
    assert recorder.get_data().dtype == np.uint8


def test_mistakes() -> None:
    recorder = bc.BitstreamSpikeRecorder(3)
    with pytest.raises(ValueError, match=r"spikes must have shape \(3,\), not \(4,\)"):
        recorder.record([0, 1, 0, 1])
    for wrong in (0.5, float("nan"), 2, -1):
        with pytest.raises(ValueError, match="must hold 0 and 1 only"):
            recorder.record([0, wrong, 1])
    assert recorder.hash == bc.BitstreamSpikeRecorder(3).hash  # nothing was recorded
    with pytest.raises(ValueError, match="n_neurons must be in"):
        bc.BitstreamSpikeRecorder(0)
    with pytest.raises(ValueError, match=r"depth must be a power of two, not 12\. Try 16"):
        SpikesParams(depth=12)
    assert recorder.get_data().shape == (3, 0)
