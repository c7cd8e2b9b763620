"""The RTL engine of event-driven networks: the column engine's Verilog, compiled."""

import numpy as np
from numpy.typing import NDArray

from bitcortex.gateware.column.core import Core as Gateware
from bitcortex.gateware.emit import Verilog, emit
from bitcortex.models.column.core import Core
from bitcortex.models.column.host import Write, contents, state_writes
from bitcortex.models.column.params import CoreParams, Space
from bitcortex.models.network.event_step import GoldenEvents, Learned, Snapshot
from bitcortex.models.recorder.hash import INITIAL
from bitcortex.network.event_plan import EventPlan
from bitcortex.network.plasticity import FORGOTTEN
from bitcortex.network.run import Events
from bitcortex.sim.engine.hash import hash_spikes
from bitcortex.sim.rtl.harness import Harness

BATCH = 1 << 15  # cycles simulated between two looks at the outputs
LONGEST_STEP = 1 << 22  # cycles after which a step that has not ended is a fault


def emit_column(params: CoreParams) -> Verilog:
    """Return the Verilog of a column engine."""
    return emit(Gateware(params), Core.INPUTS, Core.OUTPUTS, "column_core")


class RtlEventEngine:
    """Runs a Plan on its compiled column engine.

    Synapses, states and recorded spikes go through the engine's host port, as on a board. The
    hardware's spike hash is compared with that of the spikes after every `run`. A word of RAM that
    is read while it is written is random, as on an FPGA.
    """

    name = "rtl"

    def __init__(
        self,
        plan: EventPlan,
        lanes: int = 8,
        queue_depth: int | None = None,
        spram: bool = False,
    ) -> None:
        self.plan = plan
        self.params = CoreParams(plan, lanes, queue_depth, spram)
        self.harness = Harness(emit_column(self.params).as_synthesised())
        self.cycles = 0  # of all runs
        self.step = 0
        self.hash = f"{INITIAL:016x}"  # of the hardware
        self._expected = INITIAL
        self._idle = self._quiet(BATCH)
        self._rows = self.harness.pack_inputs(self._idle)
        self._recent = (np.zeros(0, np.int64), np.zeros(0, np.int64))
        self._run(self._quiet(self.params.sweep + 8))
        self._write(contents(self.params))
        self.restore(GoldenEvents(plan).snapshot)

    def _quiet(self, cycles: int) -> dict[str, NDArray[np.int64]]:
        quiet = {name: np.zeros(cycles, np.int64) for name in Core.INPUTS}
        quiet["event_ready"][:] = 1
        return quiet

    def _run(self, stimulus: dict[str, NDArray[np.int64]]) -> dict[str, NDArray[np.int64]]:
        return self.harness.run(stimulus)

    def _write(self, writes: list[Write]) -> None:
        if not writes:
            return
        stimulus: dict[str, NDArray[np.int64]] = self._quiet(len(writes) + 4)
        table = list(zip(*writes, strict=True))
        n = len(writes)
        stimulus["host_we"][:n] = 1
        for name, column in zip(("host_space", "host_lane", "host_address"), table, strict=False):
            stimulus[name][:n] = column
        data = np.array(table[3], dtype=np.uint64).view(np.int64)
        stimulus["host_data"][:n] = data
        self._run(stimulus)

    def run(self, steps: int) -> Events:
        """Take `steps` steps and return their spikes; steps are counted from this call."""
        first, left = self.step, steps
        found_step, found_neuron = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        while left:
            count = left if not self.plan.recorded else self._feed(left)
            step, neuron = self._advance(count)
            found_step.append(step)
            found_neuron.append(neuron)
            left -= count
        step, neuron = np.concatenate(found_step), np.concatenate(found_neuron)
        self._expected = hash_spikes(step, neuron, self._expected)
        if self.hash != f"{self._expected:016x}":
            raise RuntimeError(
                f"the hardware's spike hash must be that of its spikes, {self._expected:016x}, "
                f"not {self.hash}"
            )
        recent = self._recent
        both = np.concatenate([recent[0], step]), np.concatenate([recent[1], neuron])
        young = both[0] >= self.step - self.plan.longest_delay
        self._recent = both[0][young], both[1][young]
        return Events(steps, self.plan.neurons, step - first, neuron)

    def _advance(self, steps: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Run some steps to their end; return step and neuron of the spikes."""
        begin = self._quiet(1)
        begin["start"][0], begin["steps"][0] = 1, steps
        self._run(begin)
        target, since = self.step + steps, 0
        found_step, found_neuron = [], []
        # Batches of about a hundred steps at first: short runs need not wait for a long one.
        batch = min(BATCH, 256 + steps * (self.params.layout.slots + 64))
        while True:
            rows = self.harness.run_packed(self._rows[:batch])
            out = self.harness.unpack(rows, ("event_valid", "event_step", "event_neuron"))
            valid = out["event_valid"] == 1
            found_step.append(out["event_step"][valid])
            found_neuron.append(out["event_neuron"][valid])
            last = self.harness.unpack(rows[-1:])
            since = 0 if int(last["step"][0]) != self.step else since + batch
            self.step = int(last["step"][0])
            if last["overflow"][0]:
                raise RuntimeError(
                    f"the spike queue of {self.params.queue.depth} must hold the spikes of "
                    f"{self.plan.longest_delay + 1} steps, and was full in step {self.step}. "
                    "Use a larger queue_depth, or None for the worst case"
                )
            if not last["busy"][0]:
                busy = self.harness.unpack(rows, ("busy",))["busy"]
                self.cycles += int(np.count_nonzero(busy))
                break
            self.cycles += batch
            if since > LONGEST_STEP:
                raise RuntimeError(f"step {self.step} of {self.plan.name} did not end")
        if self.step != target:
            raise RuntimeError(f"the engine must stop after step {target}, not {self.step}")
        self.hash = f"{int(last['hash'][0]):016x}"
        return np.concatenate(found_step), np.concatenate(found_neuron)

    def _feed(self, steps: int) -> int:
        """Give the recorded spikes of some steps to the engine; return how many steps."""
        items: list[tuple[int, int, int]] = []  # mark, number of the delay, id
        done = 0
        while done < steps:
            new = [*self._arrivals(self.step + done), (1, 0, 0)]
            if len(items) + len(new) > self.params.feed_depth:
                break
            items += new
            done += 1
        stimulus = self._quiet(len(items))
        stimulus["in_valid"][:] = 1
        columns = np.array(items, np.int64).T
        for name, column in zip(("in_mark", "in_delay", "in_id"), columns, strict=True):
            stimulus[name][:] = column
        self._run(stimulus)
        return done

    def _arrivals(self, step: int) -> list[tuple[int, int, int]]:
        """Return the recorded spikes that arrive in a step."""
        found = []
        for number, delay in enumerate(self.params.delays):
            for r in self.plan.recorded:
                if (delay, r.name) in self.params.layout.jobs:
                    first = self.plan.first_neuron(r.name)
                    channels = r.channels[r.steps == step - delay]
                    found += [(0, number, first + int(c)) for c in channels]
        return found

    def snapshot(self) -> Snapshot:
        """Return everything that the next steps depend on, read from the hardware."""
        plan, layout = self.plan, self.params.layout
        width = plan.data_width
        states = np.zeros(layout.slots * layout.lanes, np.int64)
        for lane in range(layout.lanes):
            out = self._look(lane, layout.slots, "host_state", Space.STATE)
            states[lane :: layout.lanes] = out
        v = states & ((1 << width) - 1)
        refractory = (states & ((1 << self.params.age_at) - 1)) >> width
        ages = np.zeros(0, np.int64)
        learned: tuple[Learned, ...] = ()
        if self.params.plastic:
            ages = ((states >> self.params.age_at) - 1)[: plan.neurons] & FORGOTTEN
            learned = self._learned()
        generators = plan.generators()
        for unit in range(self.params.units):
            drive = self.params.drive(unit)
            words = self._look(unit, drive.words, "host_word", Space.GENERATOR)
            for address, word in enumerate(words):
                generators[drive.generator(address)] = int(word)
        return Snapshot(
            self.step,
            (v - (v >> (width - 1) << width))[: plan.neurons],
            refractory[: plan.neurons],
            generators,
            self._recent,
            ages,
            learned,
        )

    def _learned(self) -> tuple[Learned, ...]:
        """Return what plastic projections have learned."""
        plan, layout = self.plan, self.params.layout
        lanes, *_ = layout.plastic_places  # those of a lane have its first addresses, in order
        weights = np.zeros(len(lanes), np.int64)
        for lane in range(layout.lanes):
            mine = lanes == lane
            weights[mine] = self._look(lane, int(mine.sum()), "host_state", Space.ENTRY)
        previous = self._look(0, layout.plastic_rows, "host_word", Space.PREVIOUS)
        previous = previous.astype(np.int64)  # the port has 64 bits
        found, first, row = [], 0, 0
        for p in plan.plastic:
            end, below = first + p.connectivity.synapses(), row + plan.size(p.source)
            found.append(Learned(weights[first:end] << layout.shift, previous[row:below]))
            first, row = end, below
        return tuple(found)

    def _look(self, lane: int, count: int, port: str, space: Space) -> NDArray[np.int64]:
        """Return what the host sees at addresses 0 to count - 1 of a lane or unit."""
        read = self.params.look_latency + 1
        stimulus = self._quiet(count * read)
        stimulus["host_lane"][:] = lane
        stimulus["host_space"][:] = space
        stimulus["host_address"][:] = np.repeat(np.arange(count), read)
        return self._run(stimulus)[port][read - 1 :: read]

    def restore(self, snapshot: Snapshot) -> None:
        """Go on from a snapshot of any engine of the same Plan."""
        self._write(state_writes(self.params, snapshot))
        self.step = snapshot.step
        self._recent = snapshot.spikes

    def close(self) -> None:
        """Free the compiled instance."""
        self.harness.close()
