"""Twin of plastic synapses."""

import numpy as np

from bitcortex.gateware.column.plasticity import Plasticity as Gateware
from bitcortex.models.column.plasticity import (
    GAP_BITS,
    LATENCY,
    LONG,
    Plasticity,
    PlasticityParams,
)
from bitcortex.models.model import Trace
from bitcortex.network.plasticity import FORGOTTEN, Stdp
from bitcortex.sim.twin import Stimulus, Twin

SPELL = 40  # cycles of one key, the last of them without events
UNMIX = pow(0x846C_A68B, -1, 1 << 32)  # undoes the multiplication of a draw


def stimulus(params: PlasticityParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Spells of one row; events with and without gaps, ages and weights close to all limits."""
    spells = cycles // SPELL + 1
    rules = params.rules
    rule = rng.integers(0, 1 << params.rule_bits, spells)
    mine = [rules[min(int(r), len(rules) - 1)] for r in rule]
    plus, minus = (np.array([getattr(r, f"window_{x}") for r in mine]) for x in ("plus", "minus"))
    # A gap that is in the window of many ages, of few, or of none.
    gap = plus + rng.integers(-3, 20, spells)
    gap = np.where(rng.random(spells) < 0.4, rng.integers(1, 60, spells), gap)
    gap = np.where(rng.random(spells) < 0.3, rng.integers(0, 1 << GAP_BITS, spells), gap)
    gap = np.where(rng.random(spells) < 0.05, rng.choice([0, LONG], spells), gap)
    gap = np.clip(gap, 0, LONG)
    at = np.arange(cycles) // SPELL
    near = rng.integers(-2, 3, cycles)
    first = np.maximum(1, gap - plus)
    inside = rng.integers(first, np.maximum(first, np.minimum(gap, minus)) + 1)
    age = np.choose(
        rng.integers(0, 10, cycles).clip(0, 5),
        [
            gap[at] + near, gap[at] - plus[at] + near, minus[at] + near,
            rng.integers(0, FORGOTTEN + 1, cycles), rng.integers(0, 40, cycles), inside[at],
        ],
    )  # fmt: skip
    age = np.where(rng.random(cycles) < 0.05, rng.choice([0, FORGOTTEN], cycles), age)
    step = np.array([r.step for r in mine])[at]
    most = np.array([r.maximum for r in mine])[at]
    weight = np.choose(
        rng.integers(0, 4, cycles),
        [
            near + step,
            most - step + 2 * near,
            most + np.minimum(0, near),
            rng.integers(0, most + 1),
        ],
    )
    slot, which = rng.integers(0, params.slots, spells), rng.integers(0, 2, spells)
    chance = np.where(which, [r.p_minus for r in mine], [r.p_plus for r in mine])
    keys = _keys(rng, 2 * (slot << params.shift | params.lane) + which, chance)
    slot = np.where(rng.random(cycles) < 0.7, slot[at], rng.integers(0, params.slots, cycles))
    address = rng.integers(0, params.entries, cycles)
    pace = np.repeat(rng.choice([1.0, 1.0, 0.5, 0.1], spells), SPELL)[:cycles]
    begins, resets = rng.random(cycles) < pace, rng.random(cycles) < 0.001
    made = {f"event_{x}": np.zeros(cycles, np.int64) for x in ("valid", "address", "slot")}
    made["event_weight"] = np.zeros(cycles, np.int64)
    now = 0
    while now < cycles:
        if not begins[now] or now % SPELL + 2 > SPELL - LATENCY - 2:
            now += 1
            continue
        end = now + 1 + int(not resets[now])  # after a reset, the event is asked for anew
        made["event_valid"][now:end] = 1
        for name, values in (("address", address), ("slot", slot), ("weight", weight)):
            made[f"event_{name}"][now:end] = values[now]
        now = end
    top = (1 << params.weight_bits) - 1
    return made | {
        "event_weight": np.clip(made["event_weight"], 0, top),
        "age": np.clip(age, 0, FORGOTTEN),
        "key_a": keys[0][at],
        "key_b": keys[1][at],
        "gap": gap[at],
        "rule": rule[at],
        "rst": resets.astype(np.int64),
    }


def _keys(
    rng: np.random.Generator, number: np.ndarray, chance: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return keys, most of which make the draw of a number one that is hardly below `chance`."""
    a, b = rng.integers(0, 1 << 32, (2, len(number)))
    a = np.where(rng.random(len(a)) < 0.1, (1 << 32) - 1, a)
    draw = np.clip(chance + rng.integers(-1, 1, len(a)), 0, 0xFFFF)
    found = []
    for key, offset, x, top in zip(*(n.tolist() for n in (a, b, number, draw)), strict=True):
        mixed = (top << 16 | offset & 0xFFFF) * UNMIX % (1 << 32)
        y = mixed ^ mixed >> 15 ^ mixed >> 30
        found.append((y - key * x) % (1 << 32))
    return a, np.where(rng.random(len(a)) < 0.9, found, b)


def reached(params: PlasticityParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    rule, gap, age = stimulus["rule"], stimulus["gap"], stimulus["age"]
    rules = params.rules
    mine = [rules[min(r, len(rules) - 1)] for r in rule.tolist()]
    columns = {f: np.array([getattr(r, f) for r in mine]) for f in Stdp.__dataclass_fields__}
    event, ready = stimulus["event_valid"] == 1, trace["event_ready"] == 1
    late = slice(2, None), slice(None, -2)  # an age comes two cycles after its draw
    ages = {"first": event & ~ready, "second": event & ready}
    ages = {n: np.flatnonzero(x[late[1]]) + 2 for n, x in ages.items()}
    after = (gap - age)[ages["first"]]
    window = columns["window_plus"][ages["first"]]
    old = (age - columns["window_minus"])[ages["second"]]
    found = {
        "last and next age of the first window": bool((after == 0).any() and (after < 0).any()),
        "first age of it": bool((after == window).any() and (after == window + 1).any()),
        "last age of the second window": bool((old == 0).any() and (old == 1).any()),
        "comes to rest": bool((np.diff(trace["idle"]) > 0).any()),
        "last slot": bool((trace["out_slot"] == params.slots - 1).any()),
        "an event in every other cycle": bool((trace["out_valid"] & np.roll(ready, 1)).any()),
    }
    shown, kept = trace["out_valid"] == 1, trace["out_write"] == 1
    maximum, step, weight = columns["maximum"], columns["step"], trace["out_weight"]
    before = np.roll(stimulus["event_weight"], LATENCY)
    last = np.roll(weight, 1)
    shrinks = kept & (weight < last)
    found |= {
        "maximum reached": bool((shown & (weight == maximum) & (before > maximum - step)).any()),
        "grown by a step": bool((shown & (weight == before + step)).any()),
        "0 reached from less than a step": bool(
            (shrinks & (weight == 0) & (last < step)).any()
        ) or bool((step == 1).all()),
        "shrunk by a step": bool((shrinks & (last - weight == step)).any()),
        "neither": bool((shown & (weight == before)).any() and (kept & (weight == last)).any()),
    }  # fmt: skip
    return found


FOUR = (
    Stdp(40, 80, 6554, 52_429, 100, 32_767),
    Stdp(0, 4094, 65_536, 1, 1, 300),
    Stdp(4094, 1, 32_768, 65_536, 300, 300),
    Stdp(23, 0, 65_535, 30_000, 7, 4095),
)


TWIN = Twin(
    name="column.plasticity",
    golden=Plasticity,
    gateware=Gateware,
    cases={
        "4 rules, lane 3 of 8": PlasticityParams(rules=FOUR),
        "3 rules, many neurons": PlasticityParams(
            64, 61, 1 << 14, 1 << 20, 24, (Stdp(9, 9, 40_000, 20_000, 77, (1 << 23) - 1), *FOUR[:2])
        ),
        "1 bit": PlasticityParams(4, 0, 1, 1, 2, (Stdp(2, 3, 40_000, 50_000, 1, 1),)),
    },
    stimulus=stimulus,
    reached=reached,
)
