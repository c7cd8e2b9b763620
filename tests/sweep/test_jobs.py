"""The jobs that come with sweeps say what the rest of bitcortex says."""

import inspect

import numpy as np
import pytest

from bitcortex import analysis
from bitcortex.boards.area import measure
from bitcortex.boards.devices import find_device
from bitcortex.network import presets
from bitcortex.sim.simulate import simulate
from bitcortex.sim.twin import compare, find
from bitcortex.sweep import jobs


def test_statistics_are_those_of_analysis() -> None:
    found = jobs.simulate("brunel-ai", seconds=0.2, warm_s=0.05, n=200, seed=3)
    run = simulate(presets.brunel_ai(200, 3), 0.25)
    late = run.raster[500:].T
    assert found["hash"] == run.hash
    assert found["spikes"] == len(run.events.step)
    assert found["neurons"] == 200
    assert found["rate_hz"] == pytest.approx(late.sum() / 200 / 0.2)
    assert found["rate_hz.inh"] == pytest.approx(late[160:].sum() / 40 / 0.2)
    assert found["cv_isi"] == pytest.approx(np.nanmean(analysis.cv_isi(late)))
    assert found["synchrony"] == pytest.approx(analysis.synchrony(late, 10))
    together = analysis.spike_counts(late, 10).sum(axis=0)
    assert found["fano"] == pytest.approx(together.var() / together.mean())


def test_a_silent_network_has_no_irregularity() -> None:
    found = jobs.simulate("brunel", seconds=0.05, n=50, eta=0.1)
    assert found["spikes"] == 0
    assert found["cv_isi"] is None
    assert np.isnan(found["synchrony"])
    assert np.isnan(found["fano"])


def test_a_stimulus_says_how_long() -> None:
    assert jobs.simulate("column")["hash"] == simulate(presets.column(), 500).hash


@pytest.mark.parametrize(
    ("network", "arguments", "message"),
    [
        ("nothing", {}, "network must be one of brunel, column, hierarchy"),
        ("brunel", {"speed": 1}, "a parameter of brunel must be one of n, j_mv, g, eta, delay_ms"),
        ("brunel", {"seconds": -1.0}, "seconds must be in"),
        ("brunel", {"seconds": 0.0}, "seconds must be more than 0 after 0 s of warm-up"),
    ],
)
def test_wrong_simulations(network: str, arguments: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        jobs.simulate(network, **arguments)  # type: ignore[arg-type]


def test_brunel_without_parameters_is_the_preset() -> None:
    made = jobs.NETWORKS["brunel"](n=100)
    assert "eta" in inspect.signature(jobs.NETWORKS["brunel"]).parameters
    assert simulate(made, 500).hash == simulate(presets.brunel_seed(100), 500).hash


def test_verify_is_verify() -> None:
    found = jobs.verify("encode.lfsr", "w16", 20_000, seed=2)
    assert found["hash"] == compare(find("encode.lfsr"), "w16", 20_000, seed=2).hash
    assert found["ok"]
    assert found["wrong"] == found["missed"] == []
    assert found["cases"] == 1
    assert not jobs.verify("encode.lfsr", "w16", 3)["ok"]  # so short that nothing is reached
    with pytest.raises(ValueError, match="case must be one of w"):
        jobs.verify("encode.lfsr", "w99")


@pytest.mark.full
def test_area_is_area() -> None:
    twin = find("encode.lfsr")
    both = measure(twin.emit(next(iter(twin.cases.values()))), find_device("ice40up5k"), 2)
    for seed in (1, 2):
        found = jobs.area("encode.lfsr", "ice40up5k", seed=seed)
        assert found["lut"] == both.lut
        assert found["fmax_mhz"] == both.fmax_mhz[seed - 1]


def test_a_wrong_seed_of_a_placement() -> None:
    with pytest.raises(ValueError, match=r"seed must be in 1\.\.99, not 0"):
        jobs.area("encode.lfsr", seed=0)
