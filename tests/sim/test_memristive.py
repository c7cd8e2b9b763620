"""Faulty devices: what they hold, and that counts are those of a layer that holds it."""

import numpy as np
import pytest

import bitcortex as bc

WEIGHTS = np.random.default_rng(1).random((20, 40)) * np.where(np.arange(40) < 30, 1.0, -1.0)
X = np.linspace(0.0, 1.0, 40)


def test_without_faults_it_is_the_dense_layer() -> None:
    faulty = bc.MemristiveDenseLayer(40, 20, weights=WEIGHTS, seed=3)
    dense = bc.SCDenseLayer(40, 20, weights=WEIGHTS, seed=3)
    assert (faulty.conductances == WEIGHTS).all()
    assert (faulty.forward_both(X) == dense.forward_both(X)).all()
    faulty.weights[:] = WEIGHTS / 2
    assert (faulty.conductances == WEIGHTS / 2).all()


def test_faults_are_seeded_and_counts_are_those_of_the_conductances() -> None:
    how = {"stuck_off": 0.1, "stuck_on": 0.05, "variability": 0.3, "weights": WEIGHTS, "seed": 3}
    one, same, other = (bc.MemristiveDenseLayer(40, 20, fault_seed=s, **how) for s in (1, 1, 2))
    assert (one.conductances == same.conductances).all()
    assert (one.conductances != other.conductances).any()
    dense = bc.SCDenseLayer(40, 20, weights=one.conductances, seed=3)
    assert (one.forward(X) == dense.forward(X)).all()
    assert (one.weights == WEIGHTS).all()  # what was written
    assert not bc.MemristiveDenseLayer(40, 20, 1.0, weights=WEIGHTS).conductances.any()


def test_shares_and_spread_are_as_asked_for() -> None:
    layer = bc.MemristiveDenseLayer(
        200, 200, stuck_off=0.1, stuck_on=0.2, variability=0.2, weights=np.full((200, 200), 0.25)
    )
    g = layer.conductances
    assert (g == 0).mean() == pytest.approx(0.1, abs=0.01)
    assert (g == 1).mean() == pytest.approx(0.2, abs=0.01)
    healthy = g[(g > 0) & (g < 1)]
    assert healthy.mean() == pytest.approx(0.25, rel=0.01)
    assert np.log(healthy).std() == pytest.approx(0.2, rel=0.05)


def test_a_stuck_device_has_the_sign_of_its_column() -> None:
    layer = bc.MemristiveDenseLayer(40, 20, stuck_on=1.0, weights=WEIGHTS)
    assert (layer.conductances == np.where(np.arange(40) < 30, 1.0, -1.0)).all()


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"stuck_off": 1.5}, r"stuck_off must be in \[0, 1\]"),
        ({"stuck_off": 0.6, "stuck_on": 0.6}, r"stuck_on must be in \[0, 0.4\].*both on and off"),
        ({"variability": -1.0}, "variability must be in"),
        ({"weights": np.array([[0.5], [-0.5]])}, r"weights\[:, 0\] must have one sign"),
        ({"weights": np.array([[0.5], [1.5]])}, r"weights\[1, 0\] must be in \[-1, 1\]"),
    ],
)
def test_wrong_devices(how: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        bc.MemristiveDenseLayer(1, 2, **how)  # type: ignore[arg-type]
