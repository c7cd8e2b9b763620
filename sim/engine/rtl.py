"""The RTL engine: the network core's Verilog, compiled, fed and read cycle by cycle."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bitcortex.closing import Closing
from bitcortex.gateware.emit import Verilog, emit
from bitcortex.gateware.network.core import Core as Gateware
from bitcortex.models.network.core import Core, CoreParams
from bitcortex.models.recorder.hash import INITIAL, update
from bitcortex.network.plan import Plan
from bitcortex.sim.rtl.harness import Harness, Rows

EVENTS = ("done", "event_valid", "event_step", "event_neuron", "hash")  # read in every cycle
LONGEST = 1 << 22  # cycles of a step, all of which are held in memory: about 1 GB
BATCH = 1 << 16  # cycles simulated between two looks at the outputs


def emit_core(plan: Plan) -> Verilog:
    """Return the Verilog of a Plan's network core."""
    return emit(Gateware(CoreParams(plan)), Core.INPUTS, Core.OUTPUTS, "network_core")


class RtlEngine(Closing):
    """Runs a Plan on its compiled network core.

    Weights and stimulus go through the core's write ports, as on a board. The spike hash is the
    hardware's; every `run` compares it with that of the raster that came out.
    """

    name = "rtl"

    def __init__(self, plan: Plan, waves: bool = False) -> None:
        self.plan = plan
        self.params = CoreParams(plan)
        if self.cycles_per_step > LONGEST:
            raise ValueError(
                f"a step of {plan.name} must take at most {LONGEST} clock cycles on rtl, not "
                f"{self.cycles_per_step}. Use shorter streams or smaller populations"
            )
        self.harness = Harness(emit_core(plan), waves=waves)
        self.at = 0  # steps done
        self.hash = f"{INITIAL:016x}"  # of the hardware, after the last step
        self._expected = INITIAL  # of the rasters
        self._last: Rows | None = None
        self._load()

    @property
    def cycles_per_step(self) -> int:
        """Clock cycles from one step to the next, stimulus writes included."""
        channels = sum(source.size for source in self.plan.sources)
        return channels + self.params.cycles_per_step + 1

    def run(self, steps: int) -> NDArray[np.uint8]:
        """Take `steps` steps and return the raster, shape (steps, neurons)."""
        raster = np.zeros((steps, self.plan.neurons), np.uint8)
        span = self.cycles_per_step
        at_once = max(1, BATCH // span)
        for first in range(0, steps, at_once):
            count = min(at_once, steps - first)
            packed = self.harness.run_rows(self._stimulus(count))
            out = self.harness.unpack(packed, EVENTS)
            done = out["done"].reshape(count, span).sum(axis=1)
            if (done != 1).any():
                raise RuntimeError(
                    f"step {self.at + int(np.argmax(done != 1))} did not end in time"
                )
            valid = np.flatnonzero(out["event_valid"])
            rows, neurons = out["event_step"][valid] - self.at, out["event_neuron"][valid]
            raster[first + rows, neurons] = 1
            self.at += count
            self.hash = f"{int(out['hash'][-1]):016x}"
            self._last = packed[-span:]
        for step, neuron in zip(*(axis.tolist() for axis in np.nonzero(raster)), strict=True):
            self._expected = update(self._expected, self.at - steps + step, neuron)
        if self.hash != f"{self._expected:016x}":
            raise RuntimeError(
                f"the hardware's spike hash must be that of its spikes, {self._expected:016x}, "
                f"not {self.hash}"
            )
        return raster

    def signals(self) -> dict[str, NDArray[np.int64]]:
        """Return counts, membranes and spikes of the last step."""
        found: dict[str, NDArray[np.int64]] = {}
        if self._last is None:
            return found
        last = self.harness.unpack(self._last)
        counts, membranes = self.params.count_bits, self.params.v_bits
        for p, population in enumerate(self.plan.populations):
            at = _bit(last["probe_valid"], p)
            low = sum(counts[:p])
            for name in ("excitatory", "inhibitory"):
                found[f"{population.name}.{name}"] = _field(
                    last[f"probe_{name}"][at], low, counts[p]
                )
        for p, population in enumerate(self.plan.populations):
            at = _bit(last["probe_update"], p)
            values = _field(last["probe_v"][at], sum(membranes[:p]), membranes[p])
            top = 1 << (membranes[p] - 1)
            found[f"{population.name}.v"] = (values ^ top) - top
            first = self.plan.first_neuron(population.name)
            neurons = last["event_neuron"][last["event_valid"] == 1] - first
            spikes = np.zeros(population.size, np.int64)
            spikes[neurons[(neurons >= 0) & (neurons < population.size)]] = 1
            found[f"{population.name}.spikes"] = spikes
        return found

    def dump(self, path: Path, steps: int) -> None:
        """Take `steps` steps and write their waveform (VCD); only if made with `waves`."""
        self.harness.record(path)
        self.run(steps)

    def close(self) -> None:
        """Free the compiled instance."""
        self.harness.close()

    def _idle(self, cycles: int) -> dict[str, NDArray[Any]]:
        quiet = {name: np.zeros(cycles, np.int64) for name in Core.INPUTS}
        quiet["event_ready"][:] = 1
        return quiet

    def _load(self) -> None:
        """Wait for the banks' sweep, then write every weight."""
        sweep = max(bank.n for bank in self.params.banks)
        rows = [
            (p, *index, weight)
            for p, population in enumerate(self.plan.populations)
            for index, weight in np.ndenumerate(population.weights)
        ]
        stimulus = self._idle(sweep + len(rows))
        table = np.array([(p, neuron, source, int(w)) for p, neuron, source, w in rows], np.int64)
        stimulus["weight_we"][sweep:] = 1
        names = ("weight_population", "weight_neuron", "weight_input", "weight")
        for name, column in zip(names, table.T, strict=True):
            stimulus[name][sweep:] = column
        self.harness.run(stimulus)

    def _stimulus(self, steps: int) -> dict[str, NDArray[Any]]:
        """Return the inputs of some steps: codes, start, then waiting."""
        span = self.cycles_per_step
        stimulus = self._idle(steps * span)
        codes = np.hstack(
            [s.codes[self.at : self.at + steps].astype(np.int64) for s in self.plan.sources]
            or [np.zeros((steps, 0), np.int64)]
        )
        channels = codes.shape[1]
        grid = {name: column.reshape(steps, span) for name, column in stimulus.items()}
        grid["code_we"][:, :channels] = 1
        grid["code_channel"][:, :channels] = np.arange(channels)
        grid["code"][:, :channels] = codes
        grid["start"][:, channels] = 1
        return stimulus


def _bit(words: NDArray[Any], index: int) -> NDArray[np.bool_]:
    return np.array([int(word) >> index & 1 for word in words], np.bool_)


def _field(words: NDArray[Any], low: int, width: int) -> NDArray[np.int64]:
    return np.array([int(word) >> low & ((1 << width) - 1) for word in words], np.int64)
