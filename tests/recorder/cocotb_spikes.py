"""Protocol of the recorder: random sources against random sinks, clear and reset.

The driver keeps a spike until it is taken, the monitor keeps what every cycle shows, and the
checker compares what came out with what went in. ``SOURCE`` and ``SINK`` give, in per cent, how
often the source has a spike and how often the sink takes one.
"""

import os
import random
from typing import Any

import cocotb
from cocotb.triggers import Timer

from bitcortex.models.recorder.hash import INITIAL, hash_events
from bitcortex.models.recorder.spikes import Spikes, SpikesParams

PARAMS = SpikesParams(6, depth=4, count_width=5)
HOLDS = PARAMS.depth + 1  # spikes: the memory and its output register
TOP = (1 << PARAMS.count_width) - 1
Spike = tuple[int, int]


class Bench:
    """Driver and monitor."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        self.random = random.Random(f"{os.environ['SOURCE']} {os.environ['SINK']}")
        self.taken: list[Spike] = []
        self.out: list[Spike] = []
        self.row: dict[str, int] = {}  # outputs of the last cycle
        self.untaken: dict[str, int] = {}  # the FIFO's spike that must show again

    async def cycle(self, rst: int = 0, **ports: int) -> dict[str, int]:
        """Set all inputs, those that are not named to 0; return the outputs; take the edge."""
        self.dut.sys_clk.value = 0
        self.dut.sys_rst.value = rst
        for name in Spikes.INPUTS:
            getattr(self.dut, name).value = ports.get(name, 0)
        await Timer(5, "ns")
        self.row = {}
        for name in Spikes.OUTPUTS:
            value = getattr(self.dut, name).value
            assert value.is_resolvable, f"{name} is {value}"
            self.row[name] = value.to_unsigned() if len(value) > 1 else int(value)
        row = self.row
        shown = {name: row[name] for name in ("out_valid", "out_step", "out_neuron")}
        assert self.untaken in ({}, shown), "a spike that nobody took must stay"
        stopped = rst or ports.get("clear", 0)
        if ports.get("valid", 0) and row["ready"] and not stopped:
            self.taken.append((ports.get("step", 0), ports.get("neuron", 0)))
        if row["out_valid"] and ports.get("out_ready", 0):
            self.out.append((row["out_step"], row["out_neuron"]))
        keeps = row["out_valid"] and not ports.get("out_ready", 0) and not stopped
        self.untaken = shown if keeps else {}
        held = len(self.taken) - len(self.out)
        assert 0 <= held <= HOLDS, f"the FIFO holds {held}"
        self.dut.sys_clk.value = 1
        await Timer(5, "ns")
        return row

    async def swept(self) -> None:
        """Wait for the end of a sweep; it takes a cycle per neuron, and nothing gets in."""
        for _ in range(PARAMS.n):
            row = await self.cycle(valid=1, out_ready=1, read=1)
            assert (row["busy"], row["ready"], row["out_valid"], row["read_valid"]) == (1, 0, 0, 0)
        assert not (await self.cycle())["busy"]

    async def stream(self, spikes: list[Spike], source: float, sink: float) -> int:
        """Offer spikes until all are taken; return in how many cycles the source had to wait."""
        waiting, offered, at = 0, False, 0
        while at < len(spikes):
            offered = offered or self.random.random() < source  # and not taken back
            step, neuron = spikes[at]
            drains = int(self.random.random() < sink)
            ports = {"valid": 1, "step": step, "neuron": neuron} if offered else {}
            row = await self.cycle(out_ready=drains, **ports)
            if offered and row["ready"]:
                at, offered = at + 1, False
            waiting += offered
        return waiting

    async def drain(self) -> None:
        for _ in range(HOLDS + 1):
            await self.cycle(out_ready=1)
        assert not (await self.cycle(out_ready=1))["out_valid"]

    async def counts(self) -> list[int]:
        """Read all counts, one per cycle."""
        found = []
        for neuron in range(PARAMS.n + 1):
            row = await self.cycle(read=int(neuron < PARAMS.n), read_neuron=neuron % PARAMS.n)
            found += [row["read_count"]] if row["read_valid"] else []
        return found

    def spikes(self, number: int) -> list[Spike]:
        """Make spikes, often several of one neuron in a row, fewer than fill a count."""
        made: list[Spike] = []
        for step in range(number):
            again = made and self.random.random() < 0.4
            neuron = made[-1][1] if again else self.random.randrange(PARAMS.n)
            made.append((self.random.getrandbits(32) if step % 5 else step, neuron))
        return made


async def check(bench: Bench, spikes: list[Spike]) -> None:
    """Nothing lost, doubled or swapped; total, hash and counts agree."""
    await bench.drain()
    assert bench.taken == spikes
    assert bench.out == spikes
    row = await bench.cycle()
    assert row["total"] == len(spikes)
    assert row["hash"] == hash_events(*zip(*spikes, strict=True))
    neurons = [neuron for _, neuron in spikes]
    assert await bench.counts() == [min(TOP, neurons.count(i)) for i in range(PARAMS.n)]


async def begin(dut: Any) -> Bench:
    bench = Bench(dut)
    await bench.cycle(rst=1)
    await bench.swept()
    return bench


def rates() -> tuple[float, float]:
    return int(os.environ["SOURCE"]) / 100, int(os.environ["SINK"]) / 100


@cocotb.test()
async def every_spike_comes_out_once_and_in_order(dut: Any) -> None:
    bench = await begin(dut)
    source, sink = rates()
    spikes = bench.spikes(400)
    waited = await bench.stream(spikes, source, sink)
    await check(bench, spikes)
    if source > 2 * sink:
        assert waited > 100, "the sink was too fast to make the source wait"
    if sink == 1:
        assert waited == 0


@cocotb.test()
async def full_fifo_stalls_and_loses_nothing(dut: Any) -> None:
    bench = await begin(dut)
    spikes = bench.spikes(HOLDS + 2)
    await bench.stream(spikes[:HOLDS], 1, 0)
    step, neuron = spikes[HOLDS]
    before = await bench.cycle(valid=1, step=step, neuron=neuron)
    for _ in range(20):
        row = await bench.cycle(valid=1, step=step, neuron=neuron)
        assert not row["ready"]
        assert row == before
    await bench.cycle(out_ready=1)  # room for one
    await bench.stream(spikes[HOLDS:-1], 1, 0)
    assert not (await bench.cycle())["ready"]
    await bench.stream(spikes[-1:], 1, 1)
    await check(bench, spikes)


@cocotb.test()
async def clear_empties_everything(dut: Any) -> None:
    bench = await begin(dut)
    source, sink = rates()
    for end in ("clear", "rst"):
        await bench.stream(bench.spikes(30), source, sink)
        # The spike of this cycle and of the one before are lost on purpose, their counts too.
        await bench.cycle(valid=1, neuron=PARAMS.n - 1)
        await bench.cycle(valid=1, neuron=0, **{end: 1})
        bench.taken, bench.out = [], []
        await bench.swept()
        row = await bench.cycle()
        assert (row["total"], row["hash"], row["out_valid"]) == (0, INITIAL, 0)
        assert await bench.counts() == [0] * PARAMS.n
        spikes = bench.spikes(50)
        await bench.stream(spikes, source, sink)
        await check(bench, spikes)
        bench.taken, bench.out = [], []


@cocotb.test()
async def clear_during_a_sweep_begins_it_anew(dut: Any) -> None:
    bench = await begin(dut)
    await bench.cycle(clear=1)
    await bench.cycle()
    await bench.cycle(clear=1)
    await bench.swept()


@cocotb.test()
async def spikes_go_before_reads(dut: Any) -> None:
    bench = await begin(dut)
    for count in range(TOP + 3):
        assert not (await bench.cycle(valid=1, neuron=2, out_ready=1, read=1))["read_valid"]
        row = await bench.cycle(read=1, read_neuron=2, out_ready=1)
        assert not row["read_valid"]
        row = await bench.cycle(out_ready=1)
        assert (row["read_valid"], row["read_count"]) == (1, min(count + 1, TOP))
