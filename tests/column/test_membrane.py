"""Membrane pipeline of several kinds: latency, the update of one neuron, resets, errors, size."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bitcortex.boards.area import measure
from bitcortex.boards.devices import find_device
from bitcortex.models.column.membrane import Membrane, MembraneParams
from bitcortex.models.neuron.lif import LifParams, update
from bitcortex.sim.twin import find

KINDS = (
    LifParams(12, 15, alpha=65_000, v_threshold=900, v_reset=-40, refractory=4),
    LifParams(12, 15, alpha=50_000, leak="floor", v_threshold=2047, refractory=0),
    LifParams(12, 15, alpha=0, v_threshold=1, v_reset=-2048, refractory=200),
)


def step(kind: int, current: int, v: int, left: int) -> tuple[int, int, int]:
    """Return spike, membrane and steps left of one update, which is alone in the pipeline."""
    model = Membrane(MembraneParams(KINDS))
    shown = [model.tick(int(not cycle), kind, current, v, left) for cycle in range(6)]
    assert [valid for valid, *_ in shown] == [0, 0, 0, 0, 1, 0]
    assert shown[-1][1:] == shown[-2][1:]  # held
    return shown[-1][1:]


@given(st.integers(0, 2), st.integers(-(1 << 14), (1 << 14) - 1), st.integers(-2048, 2047),
       st.integers(0, 255))  # fmt: skip
def test_is_the_update_of_its_kind(kind: int, current: int, v: int, left: int) -> None:
    (v_next, left_next), spike = update(KINDS[kind], (v, left), current, 0)
    assert step(kind, current, v, left) == (spike, v_next, left_next)


def test_beyond_the_last_kind_is_the_last() -> None:
    assert step(3, 5, 0, 0) == step(2, 5, 0, 0) == (1, -2048, 200)


def test_one_update_per_cycle_in_order() -> None:
    rng = np.random.default_rng(3)
    model = Membrane(MembraneParams(KINDS))
    asked = [
        (int(rng.integers(3)), int(rng.integers(-999, 999)), int(rng.integers(-2048, 2048)), 0)
        for _ in range(200)
    ]
    found = [model.tick(1, *inputs) for inputs in asked]
    for (kind, current, v, left), (valid, *result) in zip(asked, found[4:], strict=False):
        (v_next, left_next), spike = update(KINDS[kind], (v, left), current, 0)
        assert (valid, result) == (1, [spike, v_next, left_next])


def test_reset_forgets_updates_on_their_way() -> None:
    model = Membrane(MembraneParams(KINDS))
    for _ in range(7):
        model.tick(1, 2, 5, 0, 0)
    model.reset()
    assert [model.tick(0, 0, 0, 0, 0) for _ in range(6)] == [(0, 0, 0, 0)] * 6


def test_errors() -> None:
    with pytest.raises(ValueError, match=r"number of kinds must be in 1\.\.64, not 0"):
        MembraneParams(())
    with pytest.raises(ValueError, match="kinds must have one data_width and one current_width"):
        MembraneParams((LifParams(), LifParams(20)))
    with pytest.raises(ValueError, match="leak must be one of floor, nearest, not 'stochastic'"):
        MembraneParams((LifParams(leak="stochastic"),))


@pytest.mark.parametrize("count", [1, 8])
def test_size_and_speed(count: int) -> None:
    """One multiplier block, and no slower when every kind has its own constants."""
    kinds = tuple(
        LifParams(16, 22, alpha=65_209 - 50 * k, v_threshold=20_000 + 777 * k, v_reset=-100 * k)
        for k in range(count)
    )
    verilog = find("column.membrane").emit(MembraneParams(kinds))
    area = measure(verilog, find_device("ecp5-85"), seeds=2)
    assert area.dsp == 1
    assert area.lut <= 120
    assert area.fmax_best_mhz > 120
