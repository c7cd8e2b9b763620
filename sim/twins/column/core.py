"""Twin of the column engine."""

import numpy as np

from bitcortex.gateware.column.core import Core as Gateware
from bitcortex.models.column.core import Core
from bitcortex.models.column.host import contents, state_writes
from bitcortex.models.column.params import CoreParams, Space
from bitcortex.models.model import Trace
from bitcortex.models.network.event_step import GoldenEvents
from bitcortex.sim.twin import Stimulus, Twin
from bitcortex.sim.twins.column.plans import every_store, one_store


def stimulus(params: CoreParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Load the engine as a host does, then run it in pieces, with pauses and slow readers."""
    made: Stimulus = {name: np.zeros(cycles, np.int64) for name in Core.INPUTS}
    made["host_data"] = np.zeros(cycles, object)
    made["rst"] = np.zeros(cycles, np.int64)
    spell = 500
    eager = np.repeat(rng.choice([1.0, 1.0, 0.5, 0.05], cycles // spell + 1), spell)[:cycles]
    made["event_ready"] = (rng.random(cycles) < eager).astype(np.int64)
    made["pause"] = np.repeat((rng.random(cycles // spell + 1) < 0.1), spell)[:cycles].astype(int)
    made["host_lane"] = np.repeat(rng.integers(0, params.lanes, cycles // 7 + 1), 7)[:cycles]
    made["host_address"] = rng.integers(0, params.layout.slots, cycles)
    made["in_delay"] = rng.integers(0, len(params.delays), cycles)
    ids = params.plan.neurons
    made["in_id"] = rng.integers(ids, max(ids + 1, params.ids), cycles)
    recorded = bool(params.plan.recorded)
    made["in_valid"] = ((rng.random(cycles) < 0.05) & recorded).astype(np.int64)
    made["in_mark"] = (rng.random(cycles) < 0.5).astype(np.int64)
    made["start"] = (rng.random(cycles) < 0.05).astype(np.int64)
    made["steps"] = rng.choice([0, 1, 2, 7, 40], cycles)
    writes = [*contents(params), *state_writes(params, GoldenEvents(params.plan).snapshot)]
    quiet = params.layout.slots + 6
    for at, (space, lane, address, data) in enumerate(writes, quiet):
        if at < cycles:
            made["host_we"][at] = 1
            made["host_space"][at] = int(space)
            made["host_lane"][at], made["host_address"][at] = lane, address
            made["host_data"][at] = data
    ready = quiet + len(writes) + 4
    looks = (rng.random(cycles) < 0.5) & (np.arange(cycles) > ready)
    made["host_space"] = np.where(
        looks, rng.choice([Space.STATE, Space.GENERATOR], cycles), made["host_space"]
    )
    for name in ("start", "in_valid"):
        made[name][:ready] = 0
    # Now and then a host sets a state while the engine runs: any neuron, anything.
    again = (rng.random(cycles) < 0.002) & (np.arange(cycles) > ready)
    made["host_we"] |= again.astype(np.int64)
    made["host_space"] = np.where(again, int(Space.STATE), made["host_space"])
    values = rng.integers(0, 1 << params.state_bits, cycles).astype(object)
    made["host_data"] = np.where(again, values, made["host_data"])
    made["host_address"] = np.where(
        again, rng.integers(0, params.layout.slots, cycles), made["host_address"]
    )
    return made


def reached(params: CoreParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    spikes = trace["event_valid"]
    return {
        "spikes": bool(spikes.any()),
        "reader waits": bool((spikes & (1 - stimulus["event_ready"])).any()),
        "paused while busy": bool((stimulus["pause"] & trace["busy"]).any()),
        "start while busy": bool((stimulus["start"] & trace["busy"]).any()),
        "a state looked at": bool((trace["host_state"] != 0).any()),
        "last neuron": bool((trace["event_neuron"] == params.plan.neurons - 1).any()),
    }


TWIN = Twin(
    name="column.core",
    golden=Core,
    gateware=Gateware,
    cases={
        "bitmap, 4 lanes": CoreParams(one_store("bitmap"), 4),
        "every store, 4 lanes": CoreParams(every_store(), 4),
        "stored, undriven, 8 lanes": CoreParams(one_store("stored", driven=False), 8),
    },
    stimulus=stimulus,
    reached=reached,
)
