"""Twin of the serializer."""

import numpy as np

from bitcortex.gateware.column.serializer import Serializer as Gateware
from bitcortex.models.column.serializer import Serializer, SerializerParams
from bitcortex.models.model import Trace
from bitcortex.sim.twin import Stimulus, Twin


def stimulus(params: SerializerParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Bursts of full and sparse words, fast and slow readers; too many words now and then."""
    spell = 4 * params.depth
    moods = rng.choice([0.02, 0.3, 1.0], cycles // spell + 1)
    mood = np.repeat(moods, spell)[:cycles]
    density = np.repeat(rng.choice([0.1, 0.5, 1.0], cycles // spell + 1), spell)[:cycles]
    bits = rng.random((cycles, params.lanes)) < density[:, None]
    ends = rng.random(cycles) < 0.3
    bits[ends & (rng.random(cycles) < 0.5)] = False
    words = bits.astype(np.uint64) @ (np.uint64(1) << np.arange(params.lanes, dtype=np.uint64))
    eager = np.repeat(rng.choice([1.0, 0.7, 0.2], cycles // spell + 1), spell)[:cycles]
    return {
        "in_valid": (rng.random(cycles) < mood).astype(np.int64),
        "in_mask": words.astype(object) if params.lanes == 64 else words.astype(np.int64),
        "in_end": ends.astype(np.int64),
        "in_slot": rng.integers(0, 1 << params.slot_bits, cycles),
        "event_ready": (rng.random(cycles) < eager).astype(np.int64),
        "rst": (rng.random(cycles) < 0.0005).astype(np.int64),
    }


def reached(params: SerializerParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    return {
        "no room": bool((trace["room"] == 0).any()),
        "two ends in a row": bool((trace["ends"][1:] & trace["ends"][:-1]).any()),
        "reader waits": bool((trace["event_valid"] & (1 - stimulus["event_ready"])).any()),
        "last lane of the last slot": bool((trace["event_id"] == (1 << params.id_bits) - 1).any()),
    }


TWIN = Twin(
    name="column.serializer",
    golden=Serializer,
    gateware=Gateware,
    cases={
        "4 lanes": SerializerParams(4, 2, 4, 2),
        "32 lanes": SerializerParams(32, 5),
        "64 lanes": SerializerParams(64, 1, 8, 3),
    },
    stimulus=stimulus,
    reached=reached,
)
