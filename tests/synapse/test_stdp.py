"""Pairs potentiate or depress with the stated probability, and the weight stays bounded."""

import numpy as np
import pytest

import bitcortex as bc
from bitcortex.models.synapse.stdp import Stdp, StdpParams


def changes(
    lag: int, trials: int = 2000, **numbers: int
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the change of the weight after pairs with post `lag` steps after pre."""
    params = StdpParams(bits=16, weight=1 << 15, step=1, **numbers)
    model = Stdp(params)
    found = []
    for _ in range(trials):
        before = model.weight
        for t in range(abs(lag) + 1):
            first, second = int(t == 0), int(t == abs(lag))
            pre, post = (first, second) if lag >= 0 else (second, first)
            model.tick(1, pre, post, 0, 0)
        for _ in range(21):  # both windows run out
            model.tick(1, 0, 0, 0, 0)
        found.append(model.weight - before)
    return np.array(found)


@pytest.mark.parametrize("lag", [0, 1, 20])
def test_pre_before_post_potentiates(lag: int) -> None:
    found = changes(lag, p_plus=13_107, p_minus=65_536)
    assert set(np.unique(found)) == {0, 1}
    assert found.mean() == pytest.approx(0.2, abs=0.03)


@pytest.mark.parametrize("lag", [-1, -20])
def test_post_before_pre_depresses(lag: int) -> None:
    found = changes(lag, p_plus=65_536, p_minus=13_107)
    assert set(np.unique(found)) == {-1, 0}
    assert found.mean() == pytest.approx(-0.2, abs=0.03)


@pytest.mark.parametrize("lag", [21, -21])
def test_outside_the_windows_nothing_happens(lag: int) -> None:
    assert not changes(lag, 50, p_plus=65_536, p_minus=65_536).any()


def test_api_is_the_golden_model() -> None:
    rng = np.random.default_rng(7)
    synapse = bc.StochasticSTDPSynapse(0.7, 12, 15, 0.6, 0.5, 0.02, bits=9, seed=21)
    model = Stdp(synapse.params)
    pre, post = (rng.random((2, 2000)) < 0.15).astype(int)
    shown = [model.tick(1, a, b, 0, 0) for a, b in zip(pre, post, strict=True)]
    shown.append(model.tick(0, 0, 0, 0, 0))
    found = [synapse.step(a, b) for a, b in zip(pre.tolist(), post > 0, strict=True)]
    assert [(weight * 512, spike) for weight, spike in found] == shown[1:]
    assert len({weight for weight, _ in found}) > 10


def test_correlated_input_wins() -> None:
    """What STDP is for: a synapse that drives its neuron grows, one at random shrinks."""
    rng = np.random.default_rng(8)
    cause, noise = (
        bc.StochasticSTDPSynapse(p_plus=0.2, p_minus=0.2, window_plus=5, seed=s) for s in (1, 2)
    )
    spikes = rng.random((2, 6000)) < 0.05
    post = np.roll(spikes[0], 2)
    weights = [
        (cause.step(spikes[0, t], post[t])[0], noise.step(spikes[1, t], post[t])[0])
        for t in range(6000)
    ]
    high, low = np.mean(weights[3000:], axis=0)
    assert high > 0.75
    assert low < 0.25


def test_bounds() -> None:
    synapse = bc.StochasticSTDPSynapse(w=0.9, p_plus=1.0, p_minus=1.0, step_size=0.3)
    assert [synapse.step(1, 1)[0] for _ in range(2)] == [1.0, 1.0]
    synapse = bc.StochasticSTDPSynapse(w=0.1, p_plus=1.0, p_minus=1.0, step_size=0.3)
    synapse.step(0, 1)
    assert synapse.step(1, 0)[0] == 0.0


def test_release_probability() -> None:
    synapse = bc.StochasticSTDPSynapse(w=0.25, p_plus=0.0, p_minus=0.0)
    released = [synapse.step(1, 0)[1] for _ in range(4000)]
    assert np.mean(released) == pytest.approx(0.25, abs=0.02)
    assert not any(synapse.step(0, 0)[1] for _ in range(50))


def test_seeds_and_reset() -> None:
    def run(synapse: bc.StochasticSTDPSynapse) -> list[tuple[float, int]]:
        return [synapse.step(1, int(t % 3 == 0)) for t in range(200)]

    synapse = bc.StochasticSTDPSynapse(seed=5)
    first = run(synapse)
    synapse.reset()
    assert run(synapse) == first == run(bc.StochasticSTDPSynapse(seed=5))
    assert run(bc.StochasticSTDPSynapse(seed=6)) != first


def test_mistakes() -> None:
    with pytest.raises(ValueError, match="step_size must be at least"):
        bc.StochasticSTDPSynapse(step_size=0.001)
    for name in ("w", "p_plus", "p_minus"):
        for wrong in (1.5, -0.1, float("nan")):
            with pytest.raises(ValueError, match=f"{name} must be in"):
                bc.StochasticSTDPSynapse(**{name: wrong})
    with pytest.raises(ValueError, match="p_plus must be 0 or at least"):
        bc.StochasticSTDPSynapse(p_plus=1e-6)
    with pytest.raises(ValueError, match="window_plus must be in"):
        bc.StochasticSTDPSynapse(window_plus=2000)
    with pytest.raises(ValueError, match="pre must be in"):
        bc.StochasticSTDPSynapse().step(2, 0)
