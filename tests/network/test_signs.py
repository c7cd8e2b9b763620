"""Sources of mixed signs, and membranes with more headroom."""

import numpy as np
import pytest

from bitcortex.network import LIF, Network, lower
from bitcortex.network.connectivity import AllToAll, Explicit
from bitcortex.sim.simulate import simulate


def mixed(headroom: float = 1.25) -> Network:
    rng = np.random.default_rng(1)
    net = Network("mixed", dt_ms=0.1, seed=1, headroom=headroom)
    cells = net.population("cells", 40, LIF(), "mixed")
    steps, channels = rng.integers(0, 300, 1500), rng.integers(0, 30, 1500)
    trains = net.recorded("trains", 30, steps, channels, "mixed")
    for source, size in ((trains, 30), (cells, 40)):
        pre, post = rng.integers(0, size, 400), rng.integers(0, 40, 400)
        weight = rng.normal(0.8, 1.5, 400)
        net.connect(source, cells, Explicit(pre, post), weight, rng.integers(1, 5, 400) * 0.1)
    return net


def test_weights_have_their_own_signs_on_engines() -> None:
    plan = lower(mixed()).plan
    weights = np.concatenate([p.connectivity.weights for p in plan.projections])
    assert (weights < 0).sum() > 200 < (weights > 0).sum()
    golden, numba = (simulate(plan, 320, engine) for engine in ("golden", "numba"))
    assert len(golden.events.step) > 100
    assert golden.hash == numba.hash


@pytest.mark.full
def test_gateware_has_them() -> None:
    plan = lower(mixed()).plan
    assert simulate(plan, 320, "rtl").hash == simulate(plan, 320, "golden").hash


def test_headroom_makes_the_unit_larger() -> None:
    units = [lower(mixed(h)).losses[0].wanted for h in (1.25, 2.5, 20.0)]
    assert units[1] / units[0] == 2.0
    assert units[2] / units[0] == 16.0
    with pytest.raises(ValueError, match=r"headroom must be in \[1, 1000\], not 0.5"):
        Network("low", headroom=0.5)


def test_one_sign_takes_magnitudes_only() -> None:
    net = Network("one", dt_ms=0.1)
    cells = net.population("cells", 2, LIF())
    with pytest.raises(ValueError, match="make the source inhibitory instead, or mixed"):
        net.connect(cells, cells, AllToAll(), -1.0)
