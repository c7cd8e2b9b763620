"""Twin of the gate."""

import numpy as np

from bitcortex.gateware.column.gate import Gate as Gateware
from bitcortex.models.column.gate import ALWAYS, LATENCY, Gate, GateParams
from bitcortex.models.model import Trace
from bitcortex.network.keys import synapse_draws
from bitcortex.sim.twin import Stimulus, Twin

SPELL = 96  # cycles of one key, the last of them without events


def stimulus(params: GateParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Spells of one key; events that wait for their draws, with and without gaps."""
    spells = cycles // SPELL + 1

    def spell(values: np.ndarray) -> np.ndarray:
        return np.repeat(values, SPELL)[:cycles]

    word = 1 << 32
    length = np.where(
        rng.random(spells) < 0.3, params.longest, rng.integers(1, params.longest + 1, spells)
    )
    simple = rng.random(spells) < 0.2
    keys = [np.where(rng.random(spells) < 0.1, word - 1, rng.integers(0, word, spells))
            for _ in range(2)]  # fmt: skip
    probability = rng.choice([0, 1, ALWAYS // 3, ALWAYS // 2, ALWAYS - 1, ALWAYS], spells)
    probability = np.where(rng.random(spells) < 0.4, rng.integers(0, ALWAYS, spells), probability)
    close = rng.integers(0, 6, spells)  # where in a spell a draw is compared with its like
    length, probability = np.where(simple, 1, length), np.where(simple, ALWAYS, probability)
    top = 1 << (params.weight_width - 1)
    weight = rng.integers(-top, top, cycles)
    weight = np.where(rng.random(cycles) < 0.2, np.where(weight < 0, -top, top - 1), weight)
    slot = rng.integers(0, params.slots, cycles)
    pace = spell(rng.choice([1.0, 0.5, 0.1], spells))
    begins, resets = rng.random(cycles) < pace, rng.random(cycles) < 0.001
    made = {name: np.zeros(cycles, np.int64) for name in ("event_valid", "event_slot")}
    made["event_weight"] = np.zeros(cycles, np.int64)
    at = 0
    while at < cycles:
        number = int(length[at // SPELL])
        if not begins[at] or at % SPELL + number > SPELL - LATENCY - 1:
            at += 1
            continue
        end = at + number
        if resets[at:end].any():  # the event is asked for anew
            end = at + 1 + int(np.argmax(resets[at:end]))
        made["event_valid"][at:end] = 1
        made["event_slot"][at:end], made["event_weight"][at:end] = slot[at], weight[at]
        if close[at // SPELL] == at % SPELL // 16 and not simple[at // SPELL]:
            key = int(keys[0][at // SPELL]), int(keys[1][at // SPELL])
            neuron = int(slot[at]) << params.shift | params.lane
            probability[at // SPELL] = synapse_draws(key, neuron * number) + int(slot[at] & 1)
        at = end
    return made | {
        "key_a": spell(keys[0]),
        "key_b": spell(keys[1]),
        "length": spell(length),
        "probability": spell(probability),
        "rst": resets.astype(np.int64),
    }


def reached(params: GateParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    shown, weight = trace["out_valid"] == 1, trace["out_weight"]
    low, high = -1 << (params.weight_width - 1), (1 << (params.weight_width - 1)) - 1
    taken = (stimulus["event_valid"] & trace["event_ready"]) == 1
    return {
        "most draws of the lowest weight": bool((shown & (weight == low * params.longest)).any()),
        "most draws of the highest weight": bool((shown & (weight == high * params.longest)).any()),
        "an event waits": params.longest == 1
        or bool((stimulus["event_valid"] & (1 - trace["event_ready"])).any()),
        "an event in every cycle": bool((shown[1:] & shown[:-1]).any()),
        "an event that is dropped": int(shown.sum()) < int(taken.sum()),
        "comes to rest": bool((np.diff(trace["idle"]) > 0).any()),
        "last slot": bool((shown & (trace["out_slot"] == params.slots - 1)).any()),
    }


TWIN = Twin(
    name="column.gate",
    golden=Gate,
    gateware=Gateware,
    cases={
        "16 draws, lane 3 of 8": GateParams(),
        "5 draws, many neurons": GateParams(64, 61, 1 << 14, 24, 5),
        "1 draw": GateParams(4, 0, 1, 2, 1),
    },
    stimulus=stimulus,
    reached=reached,
)
