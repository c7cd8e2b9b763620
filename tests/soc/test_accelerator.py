"""The accelerator behind a bus: runs by registers and words alone, equal to numba's."""

import json
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from litex.soc.integration.export import get_csr_json

from bitcortex.models.column.image import crc, image, state_image
from bitcortex.models.column.params import CoreParams, Space
from bitcortex.network import lower, registers
from bitcortex.network.addresses import LOAD, PEEK, REGISTERS, TRACE
from bitcortex.network.event_plan import EventPlan
from bitcortex.network.presets import brunel_ai
from bitcortex.network.registers import TABLE, by_name, offsets
from bitcortex.network.words import EMPTY, header, recorded, spikes_of
from bitcortex.sim.engine.numba_events import NumbaEventEngine
from bitcortex.sim.simulate import simulate
from bitcortex.sim.soc.bus import CLOCK_HZ, Bus, make_bench
from bitcortex.sim.twins.column.plans import plastic

STEPS = 300
PLAN: EventPlan = lower(brunel_ai(150)).plan
PARAMS = CoreParams(PLAN, 4)
DEPTH = 16  # words of the trace: it is full often


@pytest.fixture(scope="module")
def bus() -> Iterator[Bus]:
    with Bus(PARAMS, DEPTH) as made:
        yield made


def settle(bus: Bus) -> None:
    """Wait until the engine is not busy."""
    for _ in range(10_000):
        if not bus.status("busy"):
            return
        bus.idle(100)
    raise AssertionError("the engine must come to rest")


def load(bus: Bus, words: Sequence[int]) -> None:
    """Load words and compare their CRC."""
    bus.pulse("clear_load")
    bus.load(words)
    assert bus.status("load_error") == 0
    assert bus.get("loaded") == len(words)
    assert bus.get("crc") == crc(np.array(words, np.uint32))


def begin(bus: Bus, params: CoreParams = PARAMS, contents: bool = True) -> None:
    """Reset the board, and load what it needs."""
    bus.pulse("reset")
    settle(bus)
    load(bus, (image if contents else state_image)(params).tolist())
    assert bus.get("step") == bus.get("spikes") == 0


def run(bus: Bus, steps: int, record: int = 1, lazy: int = 0) -> list[int]:
    """Run some steps, and return the words of the trace; wait some cycles between two of them."""
    bus.set("steps", steps)
    bus.set("record", record)
    bus.pulse("start")
    words = []
    while bus.status("busy") or bus.status("trace_pending"):
        bus.idle(lazy)
        for _ in range(DEPTH):
            word = bus.pop()
            if word == EMPTY:
                break
            words.append(word)
    return words


def same(bus: Bus, plan: EventPlan, words: list[int], steps: int = STEPS) -> None:
    """Compare a recorded run from step 0 on, and what is counted, with numba's."""
    numba = simulate(plan, steps, "numba")
    assert len(numba.events.step) > 100
    step, neuron = spikes_of(np.array(words, np.uint32))
    assert step.tolist() == numba.events.step.tolist()
    assert neuron.tolist() == numba.events.neuron.tolist()
    counted(bus, plan, steps)


def counted(bus: Bus, plan: EventPlan, steps: int = STEPS) -> None:
    """Compare hash and counts with numba's."""
    numba = simulate(plan, steps, "numba")
    assert f"{bus.get('hash'):016x}" == numba.hash
    assert bus.get("step") == steps
    assert bus.get("spikes") == len(numba.events.step)
    populations = bus.read(REGISTERS + offsets()["population_spikes"], len(plan.populations))
    assert populations == [int(numba.spikes(p.name).sum()) for p in plan.populations]


def test_offsets_are_those_of_the_table() -> None:
    soc = make_bench(PARAMS)
    found = json.loads(get_csr_json(soc.csr.regions, soc.constants, soc.bus.regions))
    base = found["csr_bases"]["accelerator"]
    seen = {
        name.removeprefix("accelerator_"): (row["addr"] - base, row["size"], row["type"])
        for name, row in found["csr_registers"].items()
    }
    assert list(seen) == [register.name for register in TABLE]
    for register in TABLE:
        words = register.words * (len(PLAN.populations) if register.each else 1)
        access = "ro" if register.access == "ro" else "rw"
        assert seen[register.name] == (offsets()[register.name], words, access)


def test_the_board_says_what_it_is(bus: Bus) -> None:
    assert bus.get("magic") == registers.MAGIC
    assert bus.get("map_version") == registers.MAP_VERSION
    assert bus.get("digest").to_bytes(32, "little").hex() == PLAN.digest
    assert bus.get("lanes") == 4
    assert bus.get("neurons") == 150
    assert bus.get("populations") == 2
    assert bus.get("clock_hz") == CLOCK_HZ
    assert bus.get("features") == bus.get("feed_depth") == bus.get("feed_room") == 0
    assert bus.get("control") == 0


@pytest.mark.parametrize("lazy", [0, 500])
def test_recorded_run(bus: Bus, lazy: int) -> None:
    begin(bus)
    same(bus, PLAN, run(bus, STEPS, lazy=lazy))
    assert bus.pop() == EMPTY


def test_counted_run_after_a_reset(bus: Bus) -> None:
    """Memories keep the synapses; states are written again."""
    begin(bus)
    run(bus, 50)
    begin(bus, contents=False)
    assert run(bus, STEPS, record=0) == []
    counted(bus, PLAN)


def test_a_reset_in_the_middle_of_a_run(bus: Bus) -> None:
    begin(bus)
    bus.set("record", 1)
    bus.set("steps", 1000)
    bus.pulse("start")
    bus.idle(20_000)
    assert bus.status("busy")
    assert bus.status("trace_pending")
    begin(bus, contents=False)
    assert bus.pop() == EMPTY
    same(bus, PLAN, run(bus, STEPS))


def test_runs_follow_one_another(bus: Bus) -> None:
    begin(bus)
    words = [word for steps in (1, 99, 0, 200) for word in run(bus, steps)]
    same(bus, PLAN, words)


def test_going_back_without_a_reset(bus: Bus) -> None:
    """A run begins with a word for its step, though that is the step of the last word before."""
    begin(bus)
    numba = simulate(PLAN, STEPS, "numba").events
    last = int(numba.step[-1])
    run(bus, last + 1)
    engine = NumbaEventEngine(PLAN)
    engine.run(last)
    load(bus, state_image(PARAMS, engine.snapshot()).tolist())
    assert bus.get("step") == last
    step, neuron = spikes_of(np.array(run(bus, 1), np.uint32), last)
    assert set(step.tolist()) == {last}
    assert neuron.tolist() == numba.neuron[numba.step == last].tolist()


@pytest.mark.full
def test_a_full_spike_queue_stops_the_engine_until_a_reset() -> None:
    params = CoreParams(PLAN, 4, queue_depth=4)
    with Bus(params) as bus:
        begin(bus, params)
        run_until = bus.cycles + 200_000
        bus.set("steps", STEPS)
        bus.pulse("start")
        while not bus.status("overflow"):
            bus.idle(100)
            assert bus.cycles < run_until
        assert bus.status("busy")
        begin(bus, params)
        assert not bus.status("overflow")
        run(bus, 1, record=0)
        counted(bus, PLAN, 1)


@pytest.mark.full
@pytest.mark.parametrize("lanes", [16, 64])
def test_many_lanes(lanes: int) -> None:
    """Their groups hear of the host one after another."""
    params = CoreParams(PLAN, lanes)
    with Bus(params) as bus:
        begin(bus, params)
        same(bus, PLAN, run(bus, STEPS))
        engine = NumbaEventEngine(PLAN)
        engine.run(STEPS)
        assert states(bus, lanes) == wanted_states(engine)
        begin(bus, params, contents=False)
        run(bus, STEPS, record=0)
        counted(bus, PLAN)


def test_pause(bus: Bus) -> None:
    begin(bus)
    bus.set("record", 0)
    bus.set("steps", STEPS)
    bus.pulse("start")
    bus.idle(5000)
    bus.set("pause", 1)
    bus.idle(5000)
    step = bus.get("step")
    assert 0 < step < STEPS
    assert bus.status("busy")
    bus.idle(20_000)
    assert bus.get("step") == step
    bus.set("pause", 0)
    settle(bus)
    counted(bus, PLAN)


def states(bus: Bus, lanes: int = 4) -> list[int]:
    """Return the states of all neurons, in their order."""
    found = [0] * PLAN.neurons
    for lane in range(lanes):
        here = found[lane::lanes]
        found[lane::lanes] = bus.peek(Space.STATE, lane, len(here))
    return found


def wanted_states(engine: NumbaEventEngine) -> list[int]:
    """Return the same, from an engine of the same Plan."""
    snapshot, width = engine.snapshot(), PLAN.data_width
    v = snapshot.v & ((1 << width) - 1)
    found: list[int] = (v | snapshot.refractory << width).tolist()
    return found


def test_looking_at_states(bus: Bus) -> None:
    begin(bus)
    run(bus, STEPS, record=0)
    engine = NumbaEventEngine(PLAN)
    engine.run(STEPS)
    wanted = wanted_states(engine)
    assert states(bus) == wanted
    drive = PARAMS.drive(0)
    generators = [engine.snapshot().generators[drive.generator(a)] for a in range(16)]
    assert bus.peek(Space.GENERATOR, 0, 16) == generators
    # And word by word, through registers.
    look = {field.name: field.first for field in by_name()["look"].fields}
    for neuron in (0, 77, 149):
        slot, lane = divmod(neuron, 4)
        bus.set("look", int(Space.STATE) << look["space"] | lane << look["lane"])
        bus.set("look_address", slot)
        assert not bus.status("look_ready")
        while not bus.status("look_ready"):
            pass
        assert bus.get("look_state") == wanted[neuron]
    bus.set("look", int(Space.GENERATOR) << look["space"])
    bus.set("look_address", 15)
    bus.idle(32)
    assert bus.get("look_word") == generators[15]


def test_looking_while_the_engine_runs_does_not_wait(bus: Bus) -> None:
    begin(bus)
    bus.set("record", 0)
    bus.set("steps", STEPS)
    bus.pulse("start")
    cycles = bus.cycles
    states(bus)
    assert bus.cycles - cycles < 6 * 2 * 150 + 100
    settle(bus)
    counted(bus, PLAN)


def test_a_hash_is_read_as_a_whole(bus: Bus) -> None:
    """Its second word is the one that belonged to the first when that was read."""
    begin(bus)
    run(bus, 100, record=0)
    address = REGISTERS + offsets()["hash"]
    (low,) = bus.read(address)
    run(bus, 100, record=0)
    (high,) = bus.read(address + 4)
    assert f"{high << 32 | low:016x}" == simulate(PLAN, 100, "numba").hash
    assert f"{bus.get('hash'):016x}" == simulate(PLAN, 200, "numba").hash


def test_what_the_loader_refuses(bus: Bus) -> None:
    begin(bus)
    bus.load([header(9, 0, 1), 0, 0])
    assert bus.status("load_error") == 1
    bus.pulse("clear_load")
    assert bus.get("loaded") == bus.get("crc") == bus.status("load_error") == 0
    bus.set("steps", STEPS)
    bus.set("record", 0)
    bus.pulse("start")
    bus.load([header(Space.STATE, 0, 1), 0, 0])
    assert bus.status("load_error") == 2
    settle(bus)
    counted(bus, PLAN)  # and it did no harm


def test_windows_that_go_one_way(bus: Bus) -> None:
    """A write to the trace or a read of the loader changes nothing, and does not wait."""
    begin(bus)
    words = bus.get("loaded")
    bus.write(TRACE, [1])
    bus.write(PEEK, [1])
    assert bus.read(LOAD) == [0]
    assert bus.get("loaded") == words
    same(bus, PLAN, run(bus, STEPS))


@pytest.mark.full
def test_recorded_sources_and_plastic_synapses() -> None:
    """Recorded spikes come while the engine runs: as many as there is room for, so none waits."""
    plan = plastic()
    params = CoreParams(plan, 4)
    arrivals = [arriving(params, step) for step in range(STEPS)]
    engine = NumbaEventEngine(plan)
    engine.run(STEPS)
    learned = engine.snapshot().learned
    with Bus(params) as bus:
        assert bus.get("features") == 3
        assert bus.get("feed_depth") == params.feed_depth
        for contents in (True, False):  # after a reset, too: weights are states
            begin(bus, params, contents)
            assert bus.get("feed_room") == params.feed_depth
            same(bus, plan, fed(bus, arrivals))
            weights = weights_of(bus, params)
            wanted = np.concatenate([x.weights for x in learned]) >> params.layout.shift
            assert weights == wanted.tolist()
            previous = np.concatenate([x.previous for x in learned]).tolist()
            assert bus.peek(Space.PREVIOUS, 0, len(previous)) == previous


def fed(bus: Bus, arrivals: list[list[tuple[int, int]]]) -> list[int]:
    """Run with recorded spikes, and return the words of the trace."""
    bus.set("steps", STEPS)
    bus.set("record", 1)
    bus.pulse("clear_load")
    bus.pulse("start")
    words: list[int] = []
    sent: list[int] = []
    at = 0
    while bus.status("busy") or bus.status("trace_pending"):
        if at < STEPS and len(arrivals[at]) + 1 <= bus.get("feed_room"):
            part = recorded(arrivals[at : at + 1]).tolist()
            bus.load(part)
            sent += part
            at += 1
        while (word := bus.pop()) != EMPTY:
            words.append(word)
    assert bus.get("crc") == crc(np.array(sent, np.uint32))
    return words


def weights_of(bus: Bus, params: CoreParams) -> list[int]:
    """Return the weights of all plastic synapses, in the order of the Plan."""
    lanes, addresses, _ = params.layout.plastic_places
    found = {}
    for lane in range(params.lanes):
        mine = addresses[lanes == lane]
        for address, word in enumerate(bus.peek(Space.ENTRY, lane, len(mine))):
            found[lane, address] = word
    return [found[place] for place in zip(lanes.tolist(), addresses.tolist(), strict=True)]


def arriving(params: CoreParams, step: int) -> list[tuple[int, int]]:
    """Return the recorded spikes that arrive in a step: number of the delay, and id."""
    plan, found = params.plan, []
    for number, delay in enumerate(params.delays):
        for r in plan.recorded:
            if (delay, r.name) in params.layout.jobs:
                channels = r.channels[r.steps == step - delay]
                found += [(number, plan.first_neuron(r.name) + int(c)) for c in channels]
    return found
