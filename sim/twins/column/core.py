"""Twin of the column engine."""

import numpy as np

from bitcortex.gateware.column.core import Core as Gateware
from bitcortex.gateware.column.dispatcher import Dispatcher
from bitcortex.gateware.column.drive import Drive
from bitcortex.gateware.column.lane import Lane
from bitcortex.gateware.column.queue import Queue
from bitcortex.gateware.column.serializer import Serializer
from bitcortex.gateware.recorder.hash import Hash
from bitcortex.models.column.core import Core
from bitcortex.models.column.host import contents, state_writes
from bitcortex.models.column.params import CoreParams, Space
from bitcortex.models.model import Trace
from bitcortex.models.network.event_step import GoldenEvents
from bitcortex.sim.twin import Stimulus, Twin
from bitcortex.sim.twins.column.plans import every_store, one_store, plastic

EPISODE = 5120  # cycles
BURSTS = 5  # episodes, after which the host pushes more spikes than the queue holds
HALT = 3400  # of them, after which no step begins, so that the engine comes to rest
HOST = slice(4960, 5020)  # and in which the host sets what it likes, or goes on elsewhere


def stimulus(params: CoreParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Load the engine as a host does; then episodes: run, with slow readers; halt; set; look."""
    made: Stimulus = {name: np.zeros(cycles, np.int64) for name in Core.INPUTS}
    made["host_data"] = np.zeros(cycles, object)
    made["rst"] = np.zeros(cycles, np.int64)
    spell = 500
    eager = np.repeat(rng.choice([1.0, 1.0, 0.5, 0.05], cycles // spell + 1), spell)[:cycles]
    made["event_ready"] = (rng.random(cycles) < eager).astype(np.int64)
    made["host_lane"] = np.repeat(rng.integers(0, params.lanes, cycles // 7 + 1), 7)[:cycles]
    words = params.drive(0).words if params.plan.driven else 1
    made["host_address"] = rng.integers(0, max(words, params.layout.slots), cycles)
    recorded = bool(params.plan.recorded)
    made["in_delay"] = rng.integers(0, len(params.delays), cycles)
    # Recorded channels, and what no host sends: the numbers of neurons, and of nothing.
    lowest = np.where(rng.random(cycles) < 0.5, params.plan.neurons, 0)
    highest = np.where(lowest > 0, max(params.ids, params.plan.neurons + 1), 1 << params.id_bits)
    made["in_id"] = rng.integers(lowest, highest)
    often = np.repeat(rng.choice([0.03, 0.03, 1.0], cycles // spell + 1), spell)[:cycles]
    made["in_valid"] = ((rng.random(cycles) < often) & recorded).astype(np.int64)
    made["in_mark"] = (rng.random(cycles) < 0.5).astype(np.int64)
    made["start"] = (rng.random(cycles) < 0.05).astype(np.int64)
    # Few steps, or more than the engine ever gets to.
    made["steps"] = np.where(
        rng.random(cycles) < 0.1,
        rng.integers(0, 1 << 32, cycles),
        rng.choice([0, 1, 2, 7, 21, 42], cycles),
    )
    writes = [*contents(params), *state_writes(params, GoldenEvents(params.plan).snapshot)]
    quiet = params.sweep + 6
    for at, (space, lane, address, data) in enumerate(writes, quiet):
        if at < cycles:
            made["host_we"][at] = 1
            made["host_space"][at] = int(space)
            made["host_lane"][at], made["host_address"][at] = lane, address
            made["host_data"][at] = data
    ready = quiet + len(writes) + 4
    running = np.arange(cycles) > ready
    for name in ("start", "in_valid"):
        made[name][~running] = 0
    place = np.arange(cycles) % EPISODE
    halted = running & (place >= HALT)
    pauses = np.repeat(rng.random(cycles // spell + 1) < 0.1, spell)[:cycles]
    made["pause"] = (pauses | halted).astype(np.int64)
    made["event_ready"] |= halted
    # Whenever it likes, the host sets states; when the engine has halted, generators too.
    learned = [Space.ENTRY, Space.PREVIOUS] if params.plastic else []
    spaces = rng.choice([Space.STATE, Space.GENERATOR, *learned], cycles)
    sets = running & (rng.random(cycles) < 0.002)
    spaces = np.where(sets, int(Space.STATE), spaces)
    sets |= halted & (place >= HOST.start) & (place < HOST.stop) & (rng.random(cycles) < 0.6)
    made["host_we"] |= sets.astype(np.int64)
    spaces = np.where(sets & (spaces == Space.ENTRY), int(Space.STATE), spaces)
    looks = running & (rng.random(cycles) < 0.5)
    made["host_space"] = np.where(sets | looks, spaces, made["host_space"])
    others = running & ~sets & (rng.random(cycles) < 0.2)
    made["host_space"] = np.where(others, rng.integers(0, 16, cycles), made["host_space"])
    # A space that there is not: nothing happens.
    none = running & (rng.random(cycles) < 0.1)
    lowest_none = len(Space) if params.plastic else int(Space.PREVIOUS)
    made["host_space"] = np.where(none, rng.integers(lowest_none, 16, cycles), made["host_space"])
    sets |= none
    made["host_we"] |= none.astype(np.int64)
    values = rng.integers(0, 1 << 63, cycles).astype(object)
    made["host_data"] = np.where(sets, values, made["host_data"])
    units = np.where(rng.random(cycles) < 0.8, made["host_lane"] // 4, made["host_lane"])
    generators = running & (made["host_space"] == Space.GENERATOR)
    made["host_lane"] = np.where(generators, units, made["host_lane"])
    if params.plastic:  # what was never written is unknown
        fewest = np.bincount(params.layout.plastic_places[0], minlength=params.lanes).min()
        looks = running & (made["host_space"] == Space.ENTRY) & (made["host_we"] == 0)
        made["host_address"] = np.where(looks, rng.integers(0, fewest, cycles),
                                        made["host_address"])  # fmt: skip
    for number, first in enumerate(range(HOST.stop, cycles - EPISODE, EPISODE), 1):
        bursts = number % BURSTS == 0
        if first - HOST.stop + HALT > ready and (bursts or rng.random() < 0.7):
            # A host resets an engine that may be in the middle of a run, as drivers do: an event
            # that is on its way when the step changes would go to either bank.
            made["rst"][first - 2] = 1
            if bursts:
                burst = slice(first - 10 - params.queue.depth, first - 5)
                made["host_we"][burst], made["host_space"][burst] = 1, int(Space.PUSH)
            sweep = slice(first - 2, first + params.sweep + params.look_latency)
            quiet_host = made["host_we"][sweep] == 0  # a look while the engine sweeps sees anything
            made["host_space"][sweep][quiet_host] = int(Space.STEP)
            for at, (space, data) in enumerate(_restart(params, rng), first):
                made["host_we"][at], made["host_space"][at] = 1, int(space)
                made["host_data"][at] = data
    return made


def _restart(params: CoreParams, rng: np.random.Generator) -> list[tuple[Space, int]]:
    """Return the writes that go on at any step, with some spikes on their way."""
    step, memory = int(rng.integers(0, 1 << 32)), params.queue.steps
    step = step if rng.random() < 0.8 else (1 << 32) - 3
    writes = [(Space.STEP, step)]
    for before in range(memory - 1, 0, -1):
        writes.append((Space.MARK, step - before + (1 << 40)))
        ids = rng.integers(0, params.plan.neurons, rng.integers(0, 3))
        writes += [(Space.PUSH, int(neuron)) for neuron in ids]
    return [*writes, (Space.MARK, step)]


def reached(params: CoreParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    spikes = trace["event_valid"]
    rises = np.flatnonzero(np.diff(trace["overflow"]) > 0)
    found = {}
    if params.plastic:
        for space, port in ((Space.ENTRY, "host_state"), (Space.PREVIOUS, "host_word")):
            looks = stimulus["host_space"] == space
            found[f"{space.name} looked at"] = bool(trace[port][looks].any())
    if params.plan.recorded:
        found["too many recorded spikes"] = bool((stimulus["in_valid"] & ~trace["in_ready"]).any())
    return found | {
        "spikes": bool(spikes.any()),
        "more spikes than the queue holds": bool(trace["overflow"].any()),
        "reader waits": bool((spikes & (1 - stimulus["event_ready"])).any()),
        "paused while busy": bool((stimulus["pause"] & trace["busy"]).any()),
        "start while busy": bool((stimulus["start"] & trace["busy"]).any()),
        "a state looked at": bool((trace["host_state"] != 0).any()),
        "more steps than 16 bits": bool((trace["step"] >> 16).any()),
        "a generator looked at": not params.plan.driven or bool((trace["host_word"] != 0).any()),
        "only the host pushes too many": bool((stimulus["host_space"][rises] == Space.PUSH).all()),
        "last neuron": bool((trace["event_neuron"] == params.plan.neurons - 1).any()),
    }


TWIN = Twin(
    name="column.core",
    golden=Core,
    gateware=Gateware,
    cases={
        "every store, 4 lanes": CoreParams(
            every_store(n=70, density=0.9, weight=0.5, lonely=True), 4
        ),
        "bitmap, 2 lanes": CoreParams(one_store("bitmap", n=50), 2),
        "bitmap in SPRAM, few, 1 lane": CoreParams(one_store("bitmap", n=30), 1, spram=True),
        "stochastic, 1 lane": CoreParams(every_store(draws=True), 1),
        "stochastic, 4 lanes": CoreParams(every_store(draws=True), 4),
        "bitmap, 16 lanes": CoreParams(one_store("bitmap"), 16),
        "bitmap in SPRAM, shift, 4 lanes": CoreParams(
            one_store("bitmap", n=120, drive=3.0), 4, spram=True
        ),
        "stored, undriven, 8 lanes": CoreParams(one_store("stored", driven=False), 8),
        "plastic, 4 lanes": CoreParams(plastic(draws=True), 4),
        "plastic, 16 lanes": CoreParams(plastic(), 16),
    },
    stimulus=stimulus,
    reached=reached,
    shows="a state that the host has just written; the RTL engine runs what is synthesised",
    parts=(Dispatcher, Drive, Hash, Lane, Queue, Serializer),
)
