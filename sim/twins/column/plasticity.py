"""Twin of plastic synapses."""

import numpy as np

from bitcortex.gateware.column.plasticity import Plasticity as Gateware
from bitcortex.models.column.plasticity import LATENCY, Plasticity, PlasticityParams
from bitcortex.models.model import Trace
from bitcortex.network.keys import synapse_draws
from bitcortex.network.plasticity import FORGOTTEN, Stdp
from bitcortex.sim.twin import Stimulus, Twin

SPELL = 96  # cycles of one key, the last of them without events


def stimulus(params: PlasticityParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Spells of one row; events of two cycles, with and without gaps; ages near the windows."""
    spells = cycles // SPELL + 1

    def spell(values: np.ndarray) -> np.ndarray:
        return np.repeat(values, SPELL)[:cycles]

    word, longest = 1 << 32, (1 << 13) - 1
    numbers = rng.integers(0, 1 << params.rule_bits, spells)
    rules = [params.rules[min(int(n), len(params.rules) - 1)] for n in numbers]
    gap = rng.choice([0, 1, longest], spells)
    gap = np.where(rng.random(spells) < 0.3, rng.integers(0, longest + 1, spells), gap)
    gap = np.where(rng.random(spells) < 0.5, rng.integers(0, FORGOTTEN, spells), gap)
    plus, minus, step, top = (
        spell(np.array([getattr(rule, name) for rule in rules]))
        for name in ("window_plus", "window_minus", "step", "maximum")
    )
    some = spell(gap)
    # Ages: none, any, and those on both sides of each window's ends.
    edges = [np.zeros(cycles, np.int64), rng.integers(0, FORGOTTEN + 1, cycles), minus,
             minus + 1, some, some + 1, some - plus, some - plus - 1, some - plus // 2]  # fmt: skip
    age = np.clip(np.choose(rng.integers(0, len(edges), cycles), edges), 0, FORGOTTEN)
    low = [np.zeros(cycles, np.int64), step - 1, step, top - step, top - step + 1, top,
           rng.integers(0, 1 << params.weight_bits, cycles), top // 2]  # fmt: skip
    weight = np.clip(np.choose(rng.integers(0, len(low), cycles), low), 0, None)
    weight = np.minimum(weight, (1 << params.weight_bits) - 1)
    slot = rng.integers(0, params.slots, cycles)
    slot = np.where(rng.random(cycles) < 0.05, params.slots - 1, slot)
    address = rng.integers(0, params.entries, cycles)
    address = np.where(rng.random(cycles) < 0.05, params.entries - 1, address)
    keys = [np.where(rng.random(spells) < 0.1, word - 1, rng.integers(0, word, spells))
            for _ in range(2)]  # fmt: skip
    pace = spell(rng.choice([1.0, 0.5, 0.1], spells))
    begins, resets = rng.random(cycles) < pace, rng.random(cycles) < 0.001
    names = ("event_valid", "event_address", "event_slot", "event_weight")
    made = {name: np.zeros(cycles, np.int64) for name in names}
    at = 0
    while at < cycles:
        if not begins[at] or at % SPELL > SPELL - LATENCY - 4:
            at += 1
            continue
        end = at + 1 if resets[at] else at + 2  # after a reset, the event is asked for anew
        made["event_valid"][at:end] = 1
        for name, values in (("address", address), ("slot", slot), ("weight", weight)):
            made[f"event_{name}"][at:end] = values[at]
        at = end
    made |= {"age": age, "key_a": spell(keys[0]), "key_b": spell(keys[1]), "gap": some,
             "rule": spell(numbers), "rst": resets.astype(np.int64)}  # fmt: skip
    _aim(params, made, rng)
    return made


def _aim(params: PlasticityParams, made: Stimulus, rng: np.random.Generator) -> None:
    """Let some spells begin with a draw that just misses its probability, or just does not.

    With ``key_a`` of 0 all numbers draw the same, which is that of ``key_b``.
    """
    below: dict[int, int] = {}  # some key_b by draw
    for _ in range(1 << 19):
        b = int(rng.integers(0, 1 << 32))
        below.setdefault(int(synapse_draws((0, b), 0)), b)
    for first in range(0, len(made["rule"]), SPELL):
        if rng.random() < 0.2:
            rule = params.rules[min(int(made["rule"][first]), len(params.rules) - 1)]
            wanted = int(rng.choice([rule.p_plus, rule.p_minus])) - int(rng.integers(0, 2))
            if wanted in below:
                made["key_a"][first : first + SPELL] = 0
                made["key_b"][first : first + SPELL] = below[wanted]


def reached(params: PlasticityParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    out, kept = trace["out_valid"] == 1, trace["out_write"] == 1
    weight = trace["out_weight"]
    # An event's weight when it came, in the cycle in which it is delivered.
    before = np.roll(stimulus["event_weight"], LATENCY)
    before[:LATENCY] = 0
    up = out & (weight > before)
    pair = out[:-1] & kept[1:]
    down = np.zeros(len(out), bool)
    down[1:] = pair & (weight[1:] < weight[:-1])
    top = max(rule.maximum for rule in params.rules)
    same = np.zeros(len(out), bool)
    same[1:] = pair & (weight[1:] == weight[:-1]) & (weight[:-1] == before[:-1])
    return {
        "potentiated": bool(up.any()),
        "up to the maximum": bool((up & (weight == top)).any()),
        "depressed": bool(down.any()),
        "down to 0": bool((down & (weight == 0)).any()),
        "up and down": bool((up[:-1] & down[1:]).any()),
        "as it was": bool(same.any()),
        "an event per two cycles": bool((out[2:] & out[:-2]).any()),
        "comes to rest": bool((np.diff(trace["idle"]) > 0).any()),
        "last slot": bool((out & (trace["out_slot"] == params.slots - 1)).any()),
        "last entry": bool((kept & (trace["out_address"] == params.entries - 1)).any()),
    }


TWIN = Twin(
    name="column.plasticity",
    golden=Plasticity,
    gateware=Gateware,
    cases={
        "3 rules, lane 3 of 8": PlasticityParams(
            entries=256,
            weight_width=10,
            rules=(
                Stdp(40, 80, 32_768, 26_214, 30, 400),
                Stdp(4094, 0, 65_536, 9830, 1, 511),
                Stdp(0, 4094, 19_661, 65_536, 300, 300),
            ),
        ),
        "1 rule": PlasticityParams(),
        "2 rules, many neurons": PlasticityParams(
            64, 61, 1 << 14, 1 << 16, 24,
            (Stdp(1000, 200, 40_000, 40_000, 1 << 20, (1 << 23) - 1),
             Stdp(1000, 300, 40_000, 0, 1 << 20, (1 << 23) - 1)),
        ),
        "smallest": PlasticityParams(4, 0, 1, 1, 2, (Stdp(1, 1, 65_536, 65_536, 1, 1),)),
    },
    stimulus=stimulus,
    reached=reached,
)  # fmt: skip
