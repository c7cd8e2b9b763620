"""Twin of a lane."""

import numpy as np

from bitcortex.gateware.column.accumulator import Accumulator
from bitcortex.gateware.column.bitmap import Bitmap
from bitcortex.gateware.column.gate import Gate
from bitcortex.gateware.column.lane import Lane as Gateware
from bitcortex.gateware.column.membrane import Membrane
from bitcortex.gateware.column.plasticity import Plasticity
from bitcortex.gateware.column.procedural import Procedural
from bitcortex.gateware.column.stored import Stored
from bitcortex.models.column.gate import ALWAYS
from bitcortex.models.column.host import contents
from bitcortex.models.column.lane import Lane, LaneParams
from bitcortex.models.column.params import CoreParams, Space
from bitcortex.models.model import Trace
from bitcortex.network.plasticity import FORGOTTEN
from bitcortex.sim.twin import Stimulus, Twin
from bitcortex.sim.twins.column.plans import every_store, one_store, plastic

SPELL = 256  # cycles in which one bank receives events
QUIET = 128  # of them, at the end, without new jobs


def stimulus(params: LaneParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Sweep and load; then jobs for one bank while all slots are updated from the other."""
    core = params.core
    slots = core.layout.slots
    made: Stimulus = {name: np.zeros(cycles, np.int64) for name in Lane.INPUTS}
    made["data"] = np.zeros(cycles, object)
    made["rst"] = np.zeros(cycles, np.int64)
    end = min(slots, cycles - 1)
    made["sweep"][: end + 1] = 1
    made["slot"][1 : end + 1] = np.arange(end)
    spaces = {Space.BITMAP: "bitmap_we", Space.POINTER: "pointer_we", Space.ENTRY: "entry_we"}
    writes = [w for w in contents(core) if w[1] == params.lane]
    begin = slots + 4
    for cycle, (space, _, address, data) in enumerate(writes, begin):
        if cycle < cycles:
            made[spaces[space]][cycle] = 1
            made["address"][cycle], made["data"][cycle] = address, data
    at = np.arange(cycles)
    start = -(-(begin + len(writes) + 8) // SPELL) * SPELL
    running = at >= start
    place = at % SPELL
    made["event_bank"] = at // SPELL & 1
    made["read_bank"] = 1 - made["event_bank"]
    jobs = running & (place < SPELL - QUIET)
    for store, odds in (("bitmap", 0.95), ("stored", 0.5), ("procedural", 0.4)):
        made[f"{store}_valid"] = (jobs & (rng.random(cycles) < odds)).astype(np.int64)
    _gate(params, made, rng, place)
    rows = max(1, core.layout.bitmap_rows)
    words = core.bitmap.words if core.bitmap else 1
    made["bitmap_address"] = rng.integers(0, rows, cycles) * words
    top = 1 << (core.layout.weight_width - 1)
    made["bitmap_weight"] = rng.integers(-top + 1, top, cycles)
    made["stored_row"] = rng.integers(0, max(1, core.layout.stored_rows), cycles)
    made["procedural_projection"] = rng.integers(0, max(1, len(core.layout.procedural)), cycles)
    made["procedural_a"] = rng.integers(0, 1 << 32, cycles)
    made["procedural_b"] = rng.integers(0, 1 << 32, cycles)
    # An update of every slot, some time in the spell; a slot again when its update has ended.
    room = SPELL - 16
    for first in range(start, cycles, SPELL):
        for wave in range(first, first + room - slots - 12, max(24, slots + 12)):
            order = np.arange(wave, wave + slots)
            order = order[order < cycles]
            made["read"][order] = rng.random(len(order)) < 0.8
            made["slot"][order] = np.arange(len(order))
    limit = 1 << (core.layout.kick_width - 1)
    made["kick"] = rng.integers(-limit, limit, cycles)
    made["kick"] = np.where(rng.random(cycles) < 0.5, made["kick"], 0)
    made["kind"] = rng.integers(0, core.layout.kind_count, cycles)
    _plastic(params, made, rng, running, place)
    # The host sets states between two waves.
    sets = running & (place >= SPELL - 4)
    made["state_we"] = sets.astype(np.int64)
    made["address"] = np.where(sets, rng.integers(0, slots, cycles), made["address"])
    values = rng.integers(0, 1 << core.age_at, cycles).astype(object)
    if core.plastic:  # most ages are those of a spike not long ago
        ages = np.where(rng.random(cycles) < 0.1, FORGOTTEN, rng.integers(0, 50, cycles))
        values |= ages.astype(object) << core.age_at
    made["data"] = np.where(sets, values, made["data"])
    return made


def _gate(params: LaneParams, made: Stimulus, rng: np.random.Generator, place: np.ndarray) -> None:
    """Let every second spell or so be one of stochastic synapses: few jobs of one store."""
    longest, spells = params.core.layout.longest, len(place) // SPELL + 1
    if not longest:
        return
    draws = np.repeat(rng.random(spells) < 0.5, SPELL)[: len(place)]
    length = rng.integers(1, longest + 1, spells)
    chance = rng.choice([1 << 15, 1 << 16, 1 << 12], spells)
    for name, values, rest in (("length", length, 1), ("probability", chance, ALWAYS)):
        spell = np.repeat(values, SPELL)[: len(place)]
        made[f"gate_{name}"] = np.where(draws, spell, rest)
    for name in ("a", "b"):
        made[f"gate_{name}"] = np.repeat(rng.integers(0, 1 << 32, spells), SPELL)[: len(place)]
    which = np.repeat(rng.integers(0, 3, spells), SPELL)[: len(place)]
    for number, store in enumerate(("bitmap", "stored", "procedural")):
        alone = (which == number) & (place == 1)
        made[f"{store}_valid"] = np.where(draws, made[f"{store}_valid"] & alone,
                                          made[f"{store}_valid"])  # fmt: skip


def _plastic(
    params: LaneParams, made: Stimulus, rng: np.random.Generator, running: np.ndarray,
    place: np.ndarray,
) -> None:  # fmt: skip
    """Let every second spell or so be one of plastic rows: few jobs, and no updates.

    Before the end of a spell the host looks at weights.
    """
    core, cycles = params.core, len(place)
    if not core.plastic:
        return

    def spell(values: np.ndarray) -> np.ndarray:
        return np.repeat(values, SPELL)[:cycles]

    spells = cycles // SPELL + 1
    learns = spell(rng.random(spells) < 0.5) & running
    made["plastic"] = learns.astype(np.int64)
    made["rule"] = spell(rng.integers(0, len(core.layout.rules), spells))
    made["gap"] = spell(rng.integers(0, 30, spells))
    for name in ("a", "b"):
        made[f"gate_{name}"] = spell(rng.integers(0, 1 << 32, spells))
    jobs = learns & (place < 64) & (rng.random(cycles) < 0.06)
    made["stored_row"] = np.where(
        learns, rng.integers(0, core.layout.plastic_rows, cycles), made["stored_row"]
    )
    for store in ("bitmap", "stored", "procedural"):
        made[f"{store}_valid"] = np.where(learns, jobs & (store == "stored"),
                                          made[f"{store}_valid"])  # fmt: skip
    made["read"] = np.where(learns, 0, made["read"])
    looks = running & (place >= SPELL - 24) & (place < SPELL - 4)
    made["entry_look"] = looks.astype(np.int64)
    mine = max(1, int((core.layout.plastic_places[0] == params.lane).sum()))
    made["address"] = np.where(looks, rng.integers(0, mine, cycles), made["address"])


def reached(params: LaneParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    found = {
        "spike": bool((trace["done"] & trace["spike"]).any()),
        "busy": bool((trace["idle"] == 0).any()),
        "a negative membrane": bool(
            (trace["state"] >> (params.core.plan.data_width - 1) & 1).any()
        ),
    }
    if params.core.plastic:
        looks, weights = stimulus["entry_look"] == 1, trace["state"]
        most = min(rule.maximum for rule in params.core.layout.rules)
        found["weights of 0 and a maximum"] = {0, most} < set(weights[looks].tolist())
    for store in ("bitmap", "stored", "procedural"):
        part = getattr(params.core, store)
        if (part(params.lane) if store == "procedural" else part) is not None:
            waits = stimulus[f"{store}_valid"] & (1 - trace[f"{store}_ready"])
            found[f"{store} job waits"] = bool(waits.any())
    return found


TWIN = Twin(
    name="column.lane",
    golden=Lane,
    gateware=Gateware,
    cases={
        "every store": LaneParams(CoreParams(every_store(), 8), 3),
        "stochastic": LaneParams(CoreParams(every_store(draws=True), 8), 5),
        "bitmap": LaneParams(CoreParams(one_store("bitmap"), 4), 0),
        "bitmap in SPRAM, shift": LaneParams(
            CoreParams(one_store("bitmap", n=90, drive=3.0), 4, spram=True), 1
        ),
        "stored": LaneParams(CoreParams(one_store("stored"), 4), 3),
        "procedural": LaneParams(CoreParams(one_store("procedural"), 16), 9),
        "plastic": LaneParams(CoreParams(plastic(), 8), 2),
        "plastic, draws": LaneParams(CoreParams(plastic(draws=True), 8), 5),
    },
    stimulus=stimulus,
    reached=reached,
    shows="states are read in any order here, as no step does",
    parts=(Accumulator, Bitmap, Gate, Membrane, Plasticity, Procedural, Stored),
)
