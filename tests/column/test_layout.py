"""How a Plan lies on lanes: the zeros that weights and drives have in common, words of bitmaps."""

from dataclasses import replace

import numpy as np
import pytest

from bitcortex.models.column.host import contents
from bitcortex.models.column.layout import Layout
from bitcortex.models.column.params import CoreParams, Space
from bitcortex.network import LIF, Network, lower
from bitcortex.network.brunel import brunel_ai
from bitcortex.network.connectivity import AllToAll, Stratified
from bitcortex.network.connectivity_plan import MAX_WEIGHT
from bitcortex.network.event_plan import EventPlan


def plan(weight: int, drive: int, constant: int, stored: tuple[int, ...] = ()) -> EventPlan:
    """Return a plan with these inputs in units, and stored weights if there are any."""
    net = Network("inputs", dt_ms=0.1, seed=1)
    net.population("e", 9, LIF())
    net.connect("e", "e", AllToAll(), 1.0, store="stored" if stored else "bitmap")
    net.poisson("e", 900.0, 1.0)
    made = lower(net).plan
    (p,), (e,) = made.projections, made.populations
    if stored:
        count = len(p.connectivity.weights)
        change = {"weights": np.resize(np.array(stored, np.int32), count)}
    else:
        change = {"weight": weight}
    p = replace(p, connectivity=replace(p.connectivity, **change))
    e = replace(e, drive=drive, constant=constant)
    return replace(made, projections=(p,), populations=(e,))


@pytest.mark.parametrize(
    ("inputs", "shift"),
    [
        ((2048, 2048, 0), 11),
        ((-12288, 2048, 4096), 11),
        ((1024, 2731, 0), 0),
        ((1024, 2048, 1), 0),
        ((1024, 2048, -6), 1),
        ((-MAX_WEIGHT, 1024, 1024), 0),
        ((-(1 << 22), 1 << 22, -(1 << 22)), 22),
        ((0, 0, 0), 0),
        ((0, 0, -8), 3),
    ],
)
def test_shift_is_the_zeros_of_all(inputs: tuple[int, int, int], shift: int) -> None:
    layout = Layout(plan(*inputs), 4)
    weight, drive, constant = inputs
    assert layout.shift == shift
    assert layout.drives == (drive >> shift,)
    assert layout.constants == (constant >> shift,)
    ((job,),) = layout.jobs.values()
    assert job.weight << shift == weight
    assert -1 << layout.weight_width - 1 < job.weight < 1 << layout.weight_width - 1
    assert layout.neurons[0].current_width == layout.current_width + shift


@pytest.mark.parametrize(("weights", "shift"), [((64, -4096, 192), 6), ((64, -4096, 3), 0)])
def test_stored_weights_are_written_shifted(weights: tuple[int, ...], shift: int) -> None:
    params = CoreParams(plan(0, 1 << 10, 0, weights), 4)
    assert params.layout.shift == shift
    words = [data >> 32 for space, *_, data in contents(params) if space == Space.ENTRY]
    found = {word - (word >> 31 << 32) << shift for word in words}
    assert found == set(weights)


def test_procedural_weights_and_kicks_are_shifted() -> None:
    net = Network("rows", dt_ms=0.1, seed=1)
    net.population("e", 99, LIF())
    net.connect("e", "e", Stratified(0.1), 1.0)
    net.poisson("e", 900.0, 3.0)
    params = CoreParams(lower(net).plan, 4)
    shift = params.layout.shift
    assert shift > 4
    rows = params.procedural(0)
    assert rows is not None
    assert rows.rows[0].weight << shift == params.plan.projections[0].connectivity.weight
    assert params.kick_table[0][1] << shift == params.plan.populations[0].drive


def test_sums_of_brunel_networks_fit_one_block_ram() -> None:
    """Of 16 bits, on iCE40: J, g J and the drive are multiples of one power of two."""
    layout = Layout(lower(brunel_ai()).plan, 8)
    assert layout.shift == 10
    assert layout.sum_width <= 16


def test_words_of_spram_are_halves_of_words() -> None:
    net = Network("words", dt_ms=0.1, seed=3)
    net.population("e", 200, LIF())
    net.connect("e", "e", AllToAll(), 1.0, store="bitmap")
    made = lower(net).plan
    wide, narrow = Layout(made, 4), Layout(made, 4, spram=True)
    assert (wide.words, narrow.words) == (2, 4)
    pairs = narrow.bitmap_memory.reshape(4, -1, 2)
    assert narrow.bitmap_memory.max() < 1 << 16
    assert np.array_equal(pairs[..., 0] | pairs[..., 1] << 16, wide.bitmap_memory)
