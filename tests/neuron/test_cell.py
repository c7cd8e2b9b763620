"""One neuron of any kind: protocol, noise words in order, area and speed."""

import numpy as np
import pytest

from bitcortex.boards.area import measure
from bitcortex.boards.devices import find_device
from bitcortex.models.encode.lfsr import Lfsr
from bitcortex.models.neuron.cell import Cell, CellParams
from bitcortex.models.neuron.kinds import KINDS, kind, kind_of
from bitcortex.models.neuron.lif import LifParams
from bitcortex.models.neuron.neuron import Neuron
from bitcortex.models.neuron.noise import noise_params
from bitcortex.sim.twin import find


@pytest.mark.parametrize("case", find("neuron.cell").cases)
def test_steps_are_updates_with_words_in_order(case: str) -> None:
    """The n-th step taken gets the n-th word, however long the pauses are."""
    params = find("neuron.cell").cases[case]
    neuron, unit = params.neuron, KINDS[kind_of(params.neuron)]
    cell, lfsr = Cell(params), Lfsr(noise_params(params.seed))
    state = tuple(field.reset for field in neuron.state_fields)
    rng = np.random.default_rng(0)
    for kick in rng.integers(-2_000, 12_000, 60).tolist():
        assert cell.tick(1, kick)[0] == 1
        for _ in range(unit.pipeline.LATENCY - 1):
            ready, valid, *_ = cell.tick(int(rng.integers(0, 2)), 77)  # refused
            assert (ready, valid) == (0, 0)
        (word,) = lfsr.tick(1, 0, 0)
        state, spike = unit.update(neuron, state, kick, word & ((1 << neuron.noise_bits) - 1))
        assert cell.tick(0, 0) == (1, 1, spike, state[0])
        for _ in range(int(rng.integers(0, 3))):
            assert cell.tick(0, 0) == (1, 0, spike, state[0])  # holds


def test_a_step_may_begin_where_one_ends() -> None:
    cell = Cell(CellParams(LifParams(alpha=1 << 16, v_threshold=1_000)))
    shown = [cell.tick(1, 10) for _ in range(10)]
    assert [row[1] for row in shown] == [0, 0, 0, 1, 0, 0, 1, 0, 0, 1]
    assert [row[3] for row in shown[3::3]] == [10, 20, 30]


def test_neuron_is_a_cell_without_a_clock() -> None:
    neuron = Neuron(LifParams(leak="stochastic", alpha=65_209), seed=5)
    cell = Cell(CellParams(neuron.params, seed=5))
    for _ in range(2):
        for _ in range(100):
            cell.tick(1, 30)
            cell.tick(0, 0)
            cell.tick(0, 0)
            spike = neuron.update(30)
            assert cell.tick(0, 0)[2:] == (spike, neuron.field("v"))
        neuron.reset_state()
        cell.reset()


def test_kinds() -> None:
    assert list(KINDS) == ["lif", "stochastic_lif", "homeostatic", "izhikevich"]
    assert kind("lif").params is LifParams
    assert kind_of(LifParams()) == "lif"
    with pytest.raises(ValueError, match=r"kind of neuron must be one of lif, .*, not 'hodgkin'"):
        kind("hodgkin")
    with pytest.raises(TypeError, match=r"neuron must be parameters of one of lif, .*, not dict"):
        CellParams({})
    with pytest.raises(ValueError, match="seed must be in"):
        CellParams(LifParams(), seed=-1)


# Area: out of context, median of five placements.


@pytest.mark.full
def test_lif_on_ecp5() -> None:
    twin = find("neuron.cell")
    area = measure(twin.emit(twin.cases["lif"]), find_device("ecp5-85"), seeds=5)
    assert area.fmax_median_mhz >= 110.0
    assert area.lut <= 180
    assert area.dsp <= 1
    assert area.bram == 0


@pytest.mark.full
def test_lif_on_ice40_without_multiplier() -> None:
    twin = find("neuron.cell")
    area = measure(twin.emit(twin.cases["lif shift-add"]), find_device("ice40up5k"), seeds=5)
    assert area.fmax_median_mhz >= 24.0
    assert area.lut <= 300
    assert area.dsp == 0
