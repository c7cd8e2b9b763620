"""Weights that vary in a network: the same spikes on every engine, other ones than without."""

from dataclasses import replace

import numpy as np
import pytest

import bitcortex as bc
from bitcortex import Faults
from bitcortex.network import lower, presets
from bitcortex.network.brunel import brunel_seed
from bitcortex.network.event_plan import EventPlan
from bitcortex.network.plan import Plan
from bitcortex.sim.faulty_plan import with_faults

FAULTS = Faults(variability=0.3, seed=2)


def test_column_on_two_engines() -> None:
    network = presets.column(seed=1)
    golden, numba = (
        bc.simulate(network, 400, engine, faults=FAULTS) for engine in ("golden", "numba")
    )
    clean = bc.simulate(network, 400, "numba")
    assert golden.hash == numba.hash != clean.hash
    assert bc.simulate(network, 400, "numba", faults=Faults()).hash == clean.hash
    other = bc.simulate(network, 400, "numba", faults=replace(FAULTS, seed=3))
    assert other.hash != numba.hash


def test_brunel_on_two_engines() -> None:
    network = brunel_seed(n=200)
    golden, numba = (
        bc.simulate(network, 300, engine, faults=FAULTS) for engine in ("golden", "numba")
    )
    assert golden.hash == numba.hash != bc.simulate(network, 300, "numba").hash
    assert len(golden.spikes("exc")[0]) > 0


@pytest.mark.full
@pytest.mark.parametrize(
    ("network", "steps"), [(presets.column(seed=1), 60), (brunel_seed(n=200), 300)]
)
def test_on_the_gateware(network: bc.Network, steps: int) -> None:
    golden, rtl = (bc.simulate(network, steps, e, faults=FAULTS) for e in ("golden", "rtl"))
    assert golden.hash == rtl.hash


def test_weights_of_a_plan_vary_and_keep_their_signs() -> None:
    plan = lower(presets.column(seed=1)).plan
    assert isinstance(plan, Plan)
    varied = with_faults(plan, FAULTS)
    assert isinstance(varied, Plan)
    assert varied.digest != plan.digest
    for old, new in zip(plan.populations, varied.populations, strict=True):
        assert not (np.sign(old.weights) * np.sign(new.weights) < 0).any()
        assert (old.weights != new.weights).any()


def test_synapses_of_an_event_plan_vary() -> None:
    plan = lower(brunel_seed(n=500)).plan
    assert isinstance(plan, EventPlan)
    varied = with_faults(plan, FAULTS)
    assert isinstance(varied, EventPlan)
    for old, new in zip(plan.projections, varied.projections, strict=True):
        first = plan.first_neuron(old.target)
        rows = [c.connectivity.row(3, first, c.seed) for c in (old, new)]
        assert (rows[0][0] == rows[1][0]).all()  # the same targets
        ratio = rows[1][1] / rows[0][1]
        assert (ratio > 0).all()
        assert np.log(ratio).std() == pytest.approx(0.3, abs=0.1)


def test_lines_of_a_network_are_refused() -> None:
    message = r"must be of its weights, not of lines.*Use variability=, or a layer: SCDenseLayer\("
    with pytest.raises(ValueError, match=message):
        bc.simulate(brunel_seed(n=100), 10, faults=Faults(bit_flips=0.01))
    with pytest.raises(TypeError, match=r"faults must be a Faults, not 0\.1"):
        bc.simulate(brunel_seed(n=100), 10, faults=0.1)  # type: ignore[arg-type]
