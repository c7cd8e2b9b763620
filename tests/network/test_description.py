"""Bad descriptions get errors that name the thing, the rule and the way out."""

from collections.abc import Callable

import numpy as np
import pytest

from bitcortex.network import (
    LIF,
    HomeostaticLIF,
    Izhikevich,
    Network,
    StochasticLIF,
    Streams,
    Uniform,
    lower,
)
from bitcortex.network.neurons import Neuron
from bitcortex.sim.simulate import simulate


def pair(**neuron: float | str) -> Network:
    net = Network("pair", seed=1)
    net.source("stimulus", np.full((20, 4), 0.5))
    net.population("cells", 3, LIF(**neuron))  # type: ignore[arg-type]
    net.project("stimulus", "cells", Uniform(1.0, 2.0))
    return net


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        (lambda n: n.source("s", [[0.5, 1.5]]), r"rates of s\[0, 1\] must be a probability"),
        (lambda n: n.source("s", [[0.5, float("nan")]]), r"rates of s\[0, 1\] must be a prob"),
        (lambda n: n.source("s", [0.5, 0.5]), r"must have shape \(steps, channels\), not \(2,\)"),
        (lambda n: n.source("s", np.zeros((0, 3))), "must have shape"),
        (lambda n: n.source("cells", [[0.5]]), "name must be new, not 'cells'"),
        (lambda n: n.source("two words", [[0.5]]), "name must be a word"),
        (lambda n: n.population("p", 0, LIF()), r"size of p must be in 1\.\.1048576, not 0"),
        (lambda n: n.population("p", 1, LIF(), "neutral"), "must be one of excitatory, inhib"),
        (lambda n: n.project("nobody", "cells", 1.0), "source must be one of stimulus, cells"),
        (lambda n: n.project("cells", "stimulus", 1.0), "target must be one of cells, not"),
        (lambda n: n.project("cells", "cells", -1.0), "must be finite and not negative"),
        (lambda n: n.project("cells", "cells", float("nan")), "must be finite and not negative"),
        (lambda n: n.project("cells", "cells", np.ones((3, 4))), r"must have shape \(3, 3\)"),
        (lambda n: n.project("cells", "cells", 1.0, 1.5), r"probability must be in \[0, 1\]"),
        (lambda n: n.project("stimulus", "cells", 1.0), "once, not twice"),
    ],
)
def test_mistakes(mistake: Callable[[Network], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        mistake(pair())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LIF(tau_ms=0.0), "tau_ms must be in"),
        (lambda: LIF(v_reset_mv=20.0), "v_reset_mv must be below v_threshold_mv"),
        (lambda: LIF(leak="up"), "leak must be one of floor, nearest, stochastic, tutorial"),
        (lambda: LIF(data_width=40), r"data_width must be in 8\.\.32, not 40"),
        (lambda: StochasticLIF(noise_mv=-1.0), "noise_mv must be in"),
        (lambda: HomeostaticLIF(v_threshold_min_mv=30.0), "must hold"),
        (lambda: Izhikevich(a=2.0), "a must be in"),
        (lambda: Streams(length=0), r"length must be in 1\.\.65536, not 0"),
        (lambda: Streams(mode="random"), "mode must be one of sobol, lfsr"),
        (lambda: Uniform(2.0, 1.0), "high must be in"),
        (lambda: Uniform(-1.0, 1.0), "Weights are magnitudes"),
        (lambda: Network("n", seed=-1), "seed must be in"),
        (lambda: Network("n", dt_ms=0.0), "dt_ms must be in"),
    ],
)
def test_parameters(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_lower_refuses_what_it_cannot_hold() -> None:
    with pytest.raises(ValueError, match="must have a population"):
        lower(Network("empty"))
    net = Network("lonely")
    net.population("p", 1, LIF())
    with pytest.raises(ValueError, match="population p must have a projection"):
        lower(net)
    with pytest.raises(ValueError, match="Raise data_width"):
        lower(pair(v_threshold_mv=1e5))
    with pytest.raises(ValueError, match="tau_ms must give a leak that its bits hold"):
        lower(pair(tau_ms=0.01))
    with pytest.raises(ValueError, match="refractory_ms must be at most 255 steps"):
        lower(pair(refractory_ms=300.0))


def test_weights_that_all_vanish() -> None:
    net = pair()
    net.population("other", 2, LIF())
    net.project("cells", "other", 0.0)
    with pytest.raises(ValueError, match="weights into other must not all be 0"):
        lower(net)


@pytest.mark.parametrize("width", [16, 24, 32])
def test_a_fine_unit_leaves_room_for_noise_and_adaptation(width: int) -> None:
    """The engines refuse noise and steps of the threshold of too many units; lower() avoids it."""
    for neuron in (
        HomeostaticLIF(v_reset_mv=0.0, data_width=width, step_mv=30.0, target_hz=300.0),
        StochasticLIF(data_width=width, noise_mv=100.0),
    ):
        net = Network("n")
        net.source("s", np.full((5, 1), 1.0))
        net.population("p", 2, neuron)
        net.project("s", "p", 3.0)
        lowered = lower(net)
        assert simulate(lowered.plan, 5, "golden").steps == 5
        assert all(abs(loss.error) < 0.01 for loss in lowered.losses)


def test_values_out_of_proportion() -> None:
    with pytest.raises(ValueError, match="p: noise_mv must be at most"):
        lower(one(1.0, StochasticLIF(noise_mv=1e6)))
    with pytest.raises(ValueError, match="p: v_threshold_mv must be at least a unit above"):
        lower(one(1e9, LIF()))


def one(weight: float, neuron: Neuron) -> Network:
    net = Network("one")
    net.source("s", np.full((5, 1), 0.5))
    net.population("p", 1, neuron)
    net.project("s", "p", weight)
    return net


def test_rates_that_became_zero_are_counted() -> None:
    net = one(3.0, LIF())
    net.source("rare", np.array([[0.001, 0.5]] * 3))
    (loss,) = [x for x in lower(net).losses if x.thing == "rare.rates (mean)"]
    assert loss.note == "3 rates below 1/512 became 0"
    assert loss.got == 0.25


def test_numpy_integers() -> None:
    net = Network("n", seed=np.int64(1))
    net.source("s", np.full((5, 1), 0.5))
    streams = Streams(length=np.int64(64), bits=np.int64(8))
    net.population("p", np.int64(1), LIF(data_width=np.int64(16)), streams=streams)
    net.project("s", "p", 3.0)
    plain = one(3.0, LIF())
    plain.name = "n"
    assert lower(net).plan.digest == lower(plain).plan.digest


def test_losses_are_reported() -> None:
    lowered = lower(pair())
    things = {loss.thing for loss in lowered.losses}
    assert {"cells.tau_ms", "cells.v_threshold_mv", "cells.refractory_ms"} <= things
    assert all(abs(loss.error) < 0.01 for loss in lowered.losses)
    assert "cells.v_threshold_mv" in lowered.table()
    coarse = lower(pair(refractory_ms=1.4))
    (loss,) = [x for x in coarse.losses if x.thing == "cells.refractory_ms"]
    assert loss.got == 1.0
    assert loss.error == pytest.approx(-0.4 / 1.4)


def test_weights_that_became_zero_are_counted() -> None:
    net = Network("wide")
    net.source("s", np.full((2, 3), 0.5))
    net.population("p", 1, LIF())
    net.project("s", "p", np.array([[100.0, 0.1, 0.1]]))
    (loss,) = [x for x in lower(net).losses if "weights" in x.thing]
    assert loss.note == "2 weights became 0"


def test_dale() -> None:
    net = Network("ei")
    net.source("s", np.full((2, 3), 0.5))
    net.population("e", 4, LIF())
    net.population("i", 2, LIF(), "inhibitory")
    net.project("s", "e", Uniform(1.0, 2.0))
    net.project("i", "e", Uniform(1.0, 2.0))
    net.project("e", "i", Uniform(1.0, 2.0))
    plan = lower(net).plan
    weights = plan.population("e").weights
    assert weights.shape == (4, 5)
    assert (weights[:, :3] > 0).all()
    assert (weights[:, 3:] < 0).all()
    assert (plan.population("i").weights > 0).all()
    cut = plan.without("i", "e").population("e").weights
    assert (cut[:, :3] == weights[:, :3]).all()
    assert (cut[:, 3:] == 0).all()


def test_seeds() -> None:
    first, again, other = lower(pair()).plan, lower(pair()).plan, lower(pair(), seed=2).plan
    assert first.digest == again.digest
    assert first.digest != other.digest
    assert (first.population("cells").weights != other.population("cells").weights).any()


def test_the_tutorials_leak_is_reported() -> None:
    net = Network("fine", dt_ms=0.1)
    net.source("s", np.full((2, 3), 0.5))
    net.population("p", 1, LIF(tau_ms=20.0, leak="tutorial"))
    net.project("s", "p", Uniform(1.0, 2.0))
    lowered = lower(net)
    assert lowered.plan.population("p").neuron["alpha"] == 2**16 - 256
    (loss,) = [x for x in lowered.losses if x.thing == "p.tau_ms"]
    assert loss.error == pytest.approx(0.277, abs=0.01)  # 25.5 ms instead of 20


def test_a_tutorial_leak_of_0_is_refused() -> None:
    with pytest.raises(ValueError, match="tau_ms must give a leak"):
        lower(pair(tau_ms=300.0, leak="tutorial"))
