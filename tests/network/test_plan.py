"""A Plan is checked when it is made, so that every engine may trust it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from bitcortex.models.neuron.kinds import KINDS as MODELS
from bitcortex.network import LIF, Network, Plan, SourcePlan, lower
from bitcortex.network.plan import KINDS


def plan() -> Plan:
    net = Network("n")
    net.source("s", np.full((20, 4), 0.5))
    net.population("p", 3, LIF())
    net.project("s", "p", 3.0)
    return lower(net).plan


def test_kinds_are_the_models() -> None:
    assert set(KINDS) == set(MODELS)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size": -1}, "size of p must be in"),
        ({"size": 4}, "weights of p must have 4 rows, not 3"),
        ({"kind": "hh"}, "kind of p must be one of lif"),
        ({"sign": "both"}, "sign of p must be one of"),
        ({"length": 0}, "length of p must be in"),
        ({"mode": "random"}, "mode of p must be one of"),
        ({"bits": 9}, "bits of p must be in"),
        ({"seed": -1}, "seed of p must be in"),
        ({"gain": 0}, "gain of p must be in"),
        ({"gain": 1.5}, "gain of p must be an integer"),
        ({"gain": 2**38}, "gain of p must be in"),
        ({"sources": ("no",)}, "source of p must be one of s, not 'no'"),
        ({"populations": ("no",)}, "source population of p must be one of"),
        ({"populations": ("p",)}, "weights of p must have 7 columns, not 4"),
        ({"weights": np.full((3, 4), -256, np.int16)}, "magnitude of at most 255, not 256"),
        ({"weights": np.full((3, 4), -(2**15), np.int16)}, "at most 255, not 32768"),
        ({"weights": np.full((3, 4), 1.5)}, "weights of p must be a int16 array"),
        ({"weights": np.zeros((3, 0), np.int16)}, "weights of p must be a int16 array"),
        ({"neuron": {"current_width": 2}}, "current_width of p must be in"),
        ({"neuron": {}}, "current_width of p must be an integer"),
    ],
)
def test_populations(change: dict[str, Any], message: str) -> None:
    good = plan()
    with pytest.raises((ValueError, TypeError), match=message):
        replace(good, populations=(replace(good.populations[0], **change),))


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        (np.full((20, 4), 257, np.uint16), "codes of s must be at most 256, not 257"),
        (np.full((20, 4), -1, np.int16), "codes of s must be a uint16 array"),
        (np.full(20, 1, np.uint16), "codes of s must be a uint16 array"),
        (np.full((20, 5), 1, np.uint16), "weights of p must have 5 columns, not 4"),
    ],
)
def test_sources(codes: np.ndarray[Any, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(plan(), sources=(SourcePlan("s", codes),))


def test_the_whole() -> None:
    good = plan()
    with pytest.raises(ValueError, match="dt_ns must be in"):
        replace(good, dt_ns=0)
    with pytest.raises(ValueError, match="different names"):
        replace(good, populations=good.populations * 2)
    with pytest.raises(ValueError, match="must have a population"):
        replace(good, populations=())


def test_counts_fit_32_bits() -> None:
    """One engine counts in 32 bits: 2**16 words of 2**15 inputs would wrap."""
    population = plan().populations[0]
    weights = np.ones((3, 2**15), np.int16)
    with pytest.raises(ValueError, match=r"inputs times length must be below 2\*\*31"):
        replace(population, weights=weights, length=2**16)


def test_arrays_are_frozen() -> None:
    """A Plan that changed would keep its digest."""
    good = plan()
    with pytest.raises(ValueError, match="read-only"):
        good.populations[0].weights[0, 0] = 1
    mine = np.zeros((20, 4), np.uint16)
    changed = replace(good, sources=(SourcePlan("s", mine),))
    mine[:] = 1
    assert (changed.source("s").codes == 0).all()
