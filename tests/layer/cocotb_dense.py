"""Protocol of the dense layer: start, busy, done, reseed and reset, against `forward`.

The driver steps the clock and sets ports, the monitor keeps what the outputs show, and the checker
compares a pass with the golden counts and the documented schedule.
"""

import random
from collections.abc import Iterator
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import Timer

from bitcortex.models.layer.dense import Dense, DenseParams, forward
from bitcortex.models.layer.streams import Streams

PARAMS = DenseParams(5, 3, length=32, n_spikes=2, seed=21)
RANDOM = np.random.default_rng(4)
WEIGHTS = RANDOM.integers(-255, 256, (PARAMS.n_neurons, PARAMS.n_inputs))
CODES = RANDOM.integers(0, 257, PARAMS.n_rates)
SPIKES = 0b01


class Bench:
    """Driver and monitor."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        self.rows: list[dict[str, int]] = []  # outputs of every cycle

    async def cycle(self, rst: int = 0, **ports: int) -> dict[str, int]:
        """Set all inputs, those that are not named to 0; return the outputs; take the edge."""
        self.dut.sys_clk.value = 0
        self.dut.sys_rst.value = rst
        for name in Dense.INPUTS:
            port = getattr(self.dut, name)
            port.value = ports.get(name, 0) & ((1 << len(port)) - 1)
        await Timer(5, "ns")
        row = {}
        for name in Dense.OUTPUTS:
            value = getattr(self.dut, name).value
            assert value.is_resolvable, f"cycle {len(self.rows)}: {name} is {value}"
            row[name] = int(value.to_unsigned()) if len(value) > 1 else int(value)
        self.rows.append(row)
        self.dut.sys_clk.value = 1
        await Timer(5, "ns")
        return row

    async def load(self) -> None:
        """Write all weights and codes."""
        for j, i in np.ndindex(WEIGHTS.shape):
            weight = {"weight_neuron": j, "weight_input": i, "weight": int(WEIGHTS[j, i])}
            await self.cycle(weight_we=1, **weight)
        for i, code in enumerate(CODES):
            await self.cycle(code_we=1, code_input=i, code=int(code))

    async def finish(self, noise: random.Random | None = None) -> list[dict[str, int]]:
        """Run from the cycle after start to that of done, optionally with noise while busy."""
        first = len(self.rows) - 1
        while not self.rows[-1]["done"] or len(self.rows) - 1 == first:
            assert len(self.rows) - first <= PARAMS.cycles + 1, "the pass never ends"
            busy = len(self.rows) - first < PARAMS.cycles
            ports = {}
            if noise is not None and busy:
                names = [name for name in Dense.INPUTS if noise.random() < 0.5]
                ports = {name: noise.getrandbits(20) for name in names}
            await self.cycle(**ports)
        return self.rows[first:]


def expected() -> Iterator[list[tuple[int, int]]]:
    """Yield the counts of pass after pass."""
    streams = Streams(PARAMS.streams)
    codes = np.array([*CODES, SPIKES & 1, SPIKES >> 1])
    while True:
        counts = forward(PARAMS, WEIGHTS, codes, *streams.next())
        yield [(int(e), int(i)) for e, i in zip(*counts, strict=True)]


def check(rows: list[dict[str, int]], counts: list[tuple[int, int]]) -> None:
    """Compare a pass, from the cycle of start to that of done, with counts and schedule."""
    assert len(rows) == PARAMS.cycles + 1
    assert all(row["busy"] for row in rows[1:-1])
    assert not rows[-1]["busy"]
    assert [t for t, row in enumerate(rows) if row["done"] and t] == [PARAMS.cycles]
    results = [(t, row) for t, row in enumerate(rows) if row["out_valid"] and t]
    times = [(j + 1) * PARAMS.length + PARAMS.latency for j in range(PARAMS.n_neurons)]
    assert [t for t, _ in results] == times
    assert [row["out_index"] for _, row in results] == list(range(PARAMS.n_neurons))
    assert [(row["out_excitatory"], row["out_inhibitory"]) for _, row in results] == counts


async def begin(dut: Any) -> Bench:
    bench = Bench(dut)
    await bench.cycle(rst=1)
    await bench.load()
    assert not any(row["busy"] or row["out_valid"] or row["done"] for row in bench.rows[1:])
    return bench


@cocotb.test()
async def passes_with_fresh_bits(dut: Any) -> None:
    bench, counts = await begin(dut), expected()
    for pause in (1, 3, 10):
        await bench.cycle(start=1, spikes=SPIKES)
        check(await bench.finish(), next(counts))
        for _ in range(pause):
            assert not (await bench.cycle())["busy"]


@cocotb.test()
async def start_with_done_leaves_no_gap(dut: Any) -> None:
    bench, counts = await begin(dut), expected()
    await bench.cycle(start=1, spikes=SPIKES)
    for _ in range(3):
        for _ in range(PARAMS.cycles - 1):
            await bench.cycle()
        row = await bench.cycle(start=1, spikes=SPIKES)  # the cycle of done
        assert row["done"]
        check(bench.rows[-PARAMS.cycles - 1 :], next(counts))
        assert bench.rows[-2]["busy"]


@cocotb.test()
async def everything_is_ignored_while_busy(dut: Any) -> None:
    bench, counts = await begin(dut), expected()
    noise = random.Random(8)
    for _ in range(3):
        await bench.cycle(start=1, spikes=SPIKES)
        check(await bench.finish(noise), next(counts))
        await bench.cycle()


@cocotb.test()
async def reseed_returns_to_the_first_bits(dut: Any) -> None:
    bench = await begin(dut)
    first = next(expected())
    for ports in ({"reseed": 0}, {"reseed": 1}):  # with start, and in a cycle of its own
        await bench.cycle(start=1, spikes=SPIKES, **ports)
        check(await bench.finish(), first)
    await bench.cycle(reseed=1)
    await bench.cycle(start=1, spikes=SPIKES)
    check(await bench.finish(), first)


@cocotb.test()
async def reset_ends_a_pass_and_keeps_the_weights(dut: Any) -> None:
    bench = await begin(dut)
    for cut in (1, 20, PARAMS.cycles - 1):
        await bench.cycle(start=1, spikes=SPIKES)
        for _ in range(cut):
            await bench.cycle()
        await bench.cycle(rst=1)
        for _ in range(PARAMS.cycles):
            row = await bench.cycle()
            assert row == dict.fromkeys(Dense.OUTPUTS, 0) | {"out_index": PARAMS.n_neurons - 1}
        for i, code in enumerate(CODES):  # codes are registers
            await bench.cycle(code_we=1, code_input=i, code=int(code))
        await bench.cycle(start=1, spikes=SPIKES)
        check(await bench.finish(), next(expected()))
