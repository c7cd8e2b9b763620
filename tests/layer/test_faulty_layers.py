"""Layers with faults, for users: the same on every engine, and each kind does what it says."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import bitcortex as bc
from bitcortex import Faults, FixedPointDenseLayer, SCDenseLayer, SCRecurrentLayer
from bitcortex.sim.engine.digits import Digits, classify, train
from bitcortex.sim.engine.fault_curves import accuracy_by_fault_rate

ENGINES = ["golden", "numba", "rtl"]
RNG = np.random.default_rng(3)
WEIGHTS = RNG.uniform(-1.0, 1.0, (6, 7))
INPUTS = np.vstack([RNG.random((4, 7)), np.zeros(7), np.ones(7)])
KINDS = {
    "flips": Faults(bit_flips=0.05),
    "all flip": Faults(bit_flips=1.0),
    "stuck at 0": Faults(stuck_at_0=0.3, seed=4),
    "stuck at 1": Faults(stuck_at_1=0.3, seed=4),
    "variability": Faults(variability=0.5),
    "all": Faults(0.02, 0.02, 0.02, 0.3, seed=5),
    "products": Faults(bit_flips=0.05, places=("products",)),
}


def sc_counts(engine: str, faults: Faults | None, mode: str = "sobol") -> Any:
    with SCDenseLayer(7, 6, 40, mode, 8, WEIGHTS, engine, faults) as layer:
        batch = layer.forward_both(INPUTS)
        more = layer.forward_both(INPUTS[0])  # another pass, other flips
        layer.reseed()
        assert (layer.forward_both(INPUTS[0]) == batch[0]).all()
        return np.vstack([batch, more[None]])


def fixed_sums(engine: str, faults: Faults | None) -> Any:
    with FixedPointDenseLayer(7, 6, WEIGHTS, engine, faults) as layer:
        batch = layer.forward_sums(INPUTS)
        more = layer.forward_sums(INPUTS[0])
        layer.restart()
        assert (layer.forward_sums(INPUTS[0]) == batch[0]).all()
        return np.vstack([batch, more[None]])


@pytest.mark.parametrize("make", [sc_counts, fixed_sums])
@pytest.mark.parametrize("kind", KINDS)
def test_every_engine_has_the_same_faults(make: Any, kind: str) -> None:
    found = [make(engine, KINDS[kind]) for engine in ENGINES]
    assert (found[0] == found[1]).all()
    assert (found[0] == found[2]).all()
    assert (found[0] != make("numba", None)).any()
    other = make("numba", replace(KINDS[kind], seed=77))
    assert (other != found[0]).any() != (kind == "all flip")


@pytest.mark.parametrize("engine", ENGINES)
def test_no_faults(engine: str) -> None:
    for none in (Faults(), Faults(seed=9, places=("inputs",))):
        assert (sc_counts(engine, none) == sc_counts("golden", None)).all()
        assert (fixed_sums(engine, none) == fixed_sums("golden", None)).all()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_rate_that_never_hits_is_no_fault(engine: str) -> None:
    """The datapath with faults, in which nothing happens: a rate of 2**-32 or so."""
    rare = Faults(bit_flips=2.0**-32)
    assert rare.in_lines
    assert (sc_counts(engine, rare) == sc_counts("golden", None)).all()
    assert (fixed_sums(engine, rare) == fixed_sums("golden", None)).all()


def test_lfsr_streams() -> None:
    faults = Faults(bit_flips=0.1)
    found = [sc_counts(engine, faults, "lfsr") for engine in ENGINES]
    assert (found[0] == found[1]).all()
    assert (found[0] == found[2]).all()


def test_vectorized_layer() -> None:
    faults = Faults(0.05, 0.01, 0.01, 0.2)
    how: dict[str, Any] = {"length": 40, "seed": 8, "mode": "lfsr", "faults": faults}
    ours = SCDenseLayer(7, 6, **how)
    theirs = bc.VectorizedSCLayer(7, 6, **how)
    counts = ours.forward_counts(INPUTS)
    assert (counts == np.subtract(*theirs.forward_counts(INPUTS))).all()
    theirs.reset()
    assert theirs.forward(INPUTS) == pytest.approx(counts / (7 * 40))
    with pytest.raises(ValueError, match=r"x\[1, 0\] must be a probability"):
        theirs.forward([[0.5] * 7, [1.5] * 7])
    same = bc.VectorizedSCLayer(7, 6, **(how | {"fresh": False, "faults": Faults(0.3)}))
    assert (same.forward(INPUTS[0]) != same.forward(INPUTS[0])).any()  # flips are always new


def test_recurrent_layer() -> None:
    steps = np.random.default_rng(9).random((5, 3))
    found = []
    for engine in ENGINES:
        with SCRecurrentLayer(3, 5, 64, engine=engine, faults=Faults(0.1, variability=0.2)) as one:
            found.append(np.array([one.step(x) for x in steps]))
    assert (found[0] == found[1]).all()
    assert (found[0] == found[2]).all()
    clean = SCRecurrentLayer(3, 5, 64)
    assert (found[0] != [clean.step(x) for x in steps]).any()


def test_memristive_layer_takes_faults_of_lines() -> None:
    faults = Faults(bit_flips=0.1, seed=3)
    how: dict[str, Any] = {"weights": np.abs(WEIGHTS), "length": 40, "faults": faults}
    layer = bc.MemristiveDenseLayer(7, 6, stuck_on=0.1, **how)
    same = SCDenseLayer(7, 6, **(how | {"weights": layer.conductances}))
    assert (layer.forward_both(INPUTS) == same.forward_both(INPUTS)).all()
    how["faults"] = Faults(variability=0.1)
    with pytest.raises(ValueError, match=r"must have a variability of 0, not 0\.1.*variability="):
        bc.MemristiveDenseLayer(7, 6, **how)


def test_variability_is_that_of_memristive_devices() -> None:
    """A log-normal factor of mean 1 per weight; the signs stay, and so do the written weights."""
    weights = np.full((50, 80), 0.25) * np.where(np.arange(80) % 2, 1.0, -1.0)
    layer = FixedPointDenseLayer(80, 50, weights, faults=Faults(variability=0.2, seed=2))
    one = np.eye(80)
    held = layer.forward_sums(one).T / 255  # codes of the weights
    assert (np.sign(held) == np.sign(weights)).all()
    ratios = np.abs(held) / 64
    assert ratios.mean() == pytest.approx(1.0, abs=0.02)
    assert np.log(ratios).std() == pytest.approx(0.2, abs=0.02)
    assert (layer.weights == weights).all()


def few(images: int) -> Digits:
    digits = train()
    cut = {name: getattr(digits, name)[:images] for name in ("inputs", "labels")}
    return replace(digits, float_predictions=digits.float_predictions[:images], **cut)


@pytest.mark.full
@pytest.mark.parametrize("arithmetic", ["sc", "fixed"])
def test_digits_on_every_engine(arithmetic: str) -> None:
    digits = few(50)
    faults = Faults(bit_flips=0.05, seed=1)
    found = [
        classify(engine, digits=digits, faults=faults, arithmetic=arithmetic) for engine in ENGINES
    ]
    assert found[0].hash == found[1].hash == found[2].hash
    clean = classify("numba", digits=digits, arithmetic=arithmetic)
    assert clean.hash != found[0].hash
    none = classify("numba", digits=digits, arithmetic=arithmetic, faults=Faults())
    assert none.hash == clean.hash
    other = classify("numba", digits=digits, faults=replace(faults, seed=2), arithmetic=arithmetic)
    assert other.hash != found[0].hash


@pytest.mark.full
@pytest.mark.parametrize("arithmetic", ["sc", "fixed"])
@pytest.mark.parametrize("rate", [0.0, 0.01, 0.02, 0.05, 0.1, 0.2])
def test_all_digits_on_every_engine(arithmetic: str, rate: float) -> None:
    faults = Faults(bit_flips=rate)
    hashes = {classify(engine, faults=faults, arithmetic=arithmetic).hash for engine in ENGINES}
    assert len(hashes) == 1


def test_curves_have_the_shape_that_the_docs_show() -> None:
    curve = accuracy_by_fault_rate(repeats=1)
    sc, fixed = (curve.accuracy[name].mean(axis=1) for name in ("sc", "fixed"))
    assert curve.rates == (0.0, 0.01, 0.02, 0.05, 0.1, 0.2)
    assert abs(sc[0] - fixed[0]) < 0.015
    assert sc[2] > 0.94 > 0.5 > fixed[2]  # 2 %
    assert sc[3] > 0.8 > 0.4 > fixed[3]  # 5 %
    assert sc[5] < 0.35  # 20 %: bitstreams are lost, too
    assert (np.diff(sc[1:]) < 0.01).all()
    assert (np.diff(fixed) < 0.0).all()
    assert curve.exposed == {"sc": 332_800, "fixed": 22_100}
    assert curve.flips("fixed")[1] == pytest.approx(221.0)
    operands = accuracy_by_fault_rate((0.05,), 1, places=("inputs", "weights"))
    assert operands.accuracy["sc"].mean() > 0.93
    assert 0.4 < operands.accuracy["fixed"].mean() < 0.65
    assert operands.lines == {"sc": 195, "fixed": 17}


def test_wrong_arguments() -> None:
    with pytest.raises(ValueError, match="kind must be one of bit_flips, stuck_at_0"):
        accuracy_by_fault_rate(kind="noise")
    with pytest.raises(ValueError, match=r"bit_flips must be in \[0, 1\], not 2"):
        accuracy_by_fault_rate((0.0, 2.0))
    with pytest.raises(ValueError, match="arithmetic must be one of sc, fixed, not 'float'"):
        classify(arithmetic="float")
    with pytest.raises(TypeError, match=r"faults must be a Faults, not 0\.1"):
        classify(faults=0.1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="engine must be one of"):
        FixedPointDenseLayer(7, 6, WEIGHTS, "cuda")
    with pytest.raises(ValueError, match=r"weights must have shape \(6, 7\)"):
        FixedPointDenseLayer(7, 6, WEIGHTS.T)
    with pytest.raises(ValueError, match=r"x must have shape \(7,\) or \(batch, 7\), not \(6,\)"):
        FixedPointDenseLayer(7, 6, WEIGHTS).forward([0.5] * 6)
