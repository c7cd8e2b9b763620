"""Checkpoints that are damaged or of something else are refused, with the way out."""

from pathlib import Path

import pytest

from bitcortex.errors import UserError
from bitcortex.network import LIF, Network, lower, presets
from bitcortex.network.connectivity import Bernoulli
from bitcortex.network.event_plan import EventPlan
from bitcortex.sim import checkpoints
from bitcortex.sim.simulate import simulate


def plan(weight: float = 1.0) -> EventPlan:
    net = Network("net", dt_ms=0.1, seed=1)
    net.population("e", 20, LIF())
    net.connect("e", "e", Bernoulli(0.5), weight)
    return lower(net).plan


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "run.checkpoint"
    simulate(plan(), 20, "golden", checkpoint=path)
    return path


def test_a_damaged_byte_of_a_checkpoint_is_found(saved: Path) -> None:
    raw, made = saved.read_bytes(), plan()
    for at in (*range(40), *range(40, len(raw), 7)):
        damaged = bytearray(raw)
        damaged[at] ^= 1 << at % 8
        saved.write_bytes(damaged)
        with pytest.raises(UserError, match=r"run.checkpoint is not a complete .* Delete it to"):
            checkpoints.load(saved, made)


def test_a_truncated_checkpoint_is_found(saved: Path) -> None:
    raw, made = saved.read_bytes(), plan()
    for length in (*range(40), *range(40, len(raw), 7), len(raw) - 1):
        saved.write_bytes(raw[:length])
        with pytest.raises(UserError, match=r"run.checkpoint is not a complete .* Delete it to"):
            checkpoints.load(saved, made)
    saved.write_bytes(raw + b"\0")
    with pytest.raises(UserError, match="is not a complete checkpoint"):
        simulate(made, 20, "golden", checkpoint=saved)
    saved.write_bytes(raw)
    assert simulate(made, 20, "golden", checkpoint=saved).steps == 20


def test_a_checkpoint_of_another_plan(saved: Path) -> None:
    raw = saved.read_bytes()
    with pytest.raises(
        UserError, match=r"is a checkpoint of the Plan net .* The network was chang"
    ):
        simulate(plan(2.0), 20, "golden", checkpoint=saved)
    assert saved.read_bytes() == raw


def test_a_checkpoint_beyond_the_duration(saved: Path) -> None:
    message = "has 20 steps, more than the 19 asked for. Ask for more steps, or delete the file"
    with pytest.raises(UserError, match=message):
        simulate(plan(), 19, "golden", checkpoint=saved)


def test_layers_have_no_checkpoints(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="checkpoint must be None: only event-driven networks"):
        simulate(presets.column(), 1, checkpoint=tmp_path / "run.checkpoint")
