"""Plastic events of a lane learn what the golden step learns, in two cycles each."""

from dataclasses import astuple

import numpy as np
import pytest

from bitcortex.models.column.plasticity import LATENCY, LONG, Plasticity, PlasticityParams, older
from bitcortex.models.network.plasticity import learn
from bitcortex.network.keys import synapse_key
from bitcortex.network.plasticity import FORGOTTEN, Stdp

RULES = (Stdp(40, 80, 40_000, 30_000, 100, 4000), Stdp(4094, 4094, 65_536, 65_536, 1, 1))


def run(
    params: PlasticityParams,
    rule: int,
    key: tuple[int, int],
    gap: int | None,
    ages: np.ndarray,
    weights: np.ndarray,
) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    """Return cycle, slot and weight of what is delivered, and with the address of what is kept."""
    model, delivered, kept = Plasticity(params), [], []
    since = 0 if gap is None else min(gap + 1, LONG)
    count = len(weights)
    for cycle in range(2 * count + LATENCY + 1):
        at, asked = cycle // 2, max(0, cycle // 2 - 1)
        valid = int(at < count)
        at = min(at, count - 1)
        age = (int(ages[asked]) + 1) % (FORGOTTEN + 1) if asked < count else 0
        _, out, write, address, slot, weight, _ = model.tick(
            valid, 7 + at, at, int(weights[at]), age, *key, since, rule
        )
        if out:
            delivered.append((cycle, slot, weight))
        if write:
            kept.append((cycle, slot, weight, address))
    assert model.outputs()[6] == 1  # idle
    return delivered, kept


@pytest.mark.parametrize("rule", [0, 1])
@pytest.mark.parametrize("gap", [None, 0, 1, 39, 40, 41, 60, 5000, 8188, 8189, 8190, 9000])
def test_weights_are_those_of_the_golden_step(rule: int, gap: int | None) -> None:
    rng = np.random.default_rng(5)
    slots = 300
    params = PlasticityParams(8, 5, slots, 1024, 16, RULES)
    near = [0, 1, 39, 40, 78, 79, 80, 81, FORGOTTEN - 1, FORGOTTEN]
    ages = np.where(rng.random(slots) < 0.5, rng.choice(near, slots), rng.integers(0, 90, slots))
    if gap is not None:
        ages = np.where(rng.random(slots) < 0.4, gap - rng.choice([-1, 0, 1, 40, 41], slots), ages)
    ages = np.clip(ages, 0, FORGOTTEN)
    limits = [0, 1, 99, 100, 101, 3899, 3900, 3901, 4000]
    weights = rng.choice(limits, slots) if rule == 0 else rng.integers(0, 2, slots)
    key = synapse_key(77, 3, 1234)
    neurons = np.arange(slots) * 8 + 5
    wanted, left = learn(RULES[rule], key, gap, ages, neurons, weights.copy())
    delivered, kept = run(params, rule, key, gap, ages, weights)
    assert delivered == [(LATENCY + 2 * n, n, w) for n, w in enumerate(wanted.tolist())]
    assert kept == [(LATENCY + 2 * n + 1, n, w, 7 + n) for n, w in enumerate(left.tolist())]
    assert (left != wanted).any()
    longest = RULES[rule].window_plus + FORGOTTEN - 1
    assert (wanted != weights).any() == (gap is not None and gap <= longest)


def test_codes_of_ages() -> None:
    """A code is an age plus 1, 0 for none: it grows as the golden step's age does."""
    age, code = 0, 1
    for _ in range(FORGOTTEN + 10):
        assert code == (age + 1) % (FORGOTTEN + 1)
        age, code = min(age + 1, FORGOTTEN), older(code)
    assert (age, code) == (FORGOTTEN, 0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"lanes": 6}, {"lane": 8}, {"slots": 0}, {"weight_width": 25}, {"entries": 0},
        {"rules": ()}, {"rules": (Stdp(*astuple(RULES[0])[:5], 32_768),)},
    ],
)  # fmt: skip
def test_bad_parameters(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must be"):
        PlasticityParams(**wrong)  # type: ignore[arg-type]
