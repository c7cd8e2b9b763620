"""The compiled harness: any width, any chunk, waveforms, the first difference."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from migen import Module, Signal

from bitcortex.errors import ToolError
from bitcortex.gateware.emit import Verilog, emit
from bitcortex.sim.rtl import verilator
from bitcortex.sim.rtl.harness import Harness
from bitcortex.sim.twin import find

WIDTHS = (1, 7, 31, 32, 33, 63, 64, 65, 96, 127, 128, 200)


class Delay(Module):
    """Every port comes out a cycle later, and in the same cycle."""

    def __init__(self, width: int, signed: bool) -> None:
        self.d = Signal((width, signed))
        self.now = Signal((width, signed))
        self.later = Signal((width, signed))
        self.comb += self.now.eq(self.d)
        self.sync += self.later.eq(self.d)


def delay(width: int, signed: bool) -> Verilog:
    return emit(Delay(width, signed), ("d",), ("now", "later"), "delay")


def corners(width: int, signed: bool) -> list[int]:
    if signed:
        return [-(2 ** (width - 1)), -1, 0, 2 ** (width - 1) - 1, -(2 ** (width // 2))]
    return [0, 1, 2**width - 1, 2 ** (width - 1), 2 ** (width // 2)]


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("width", WIDTHS)
def test_every_width(width: int, signed: bool) -> None:
    values = corners(width, signed)
    with Harness(delay(width, signed)) as harness:
        stimulus = {"d": np.array(values, dtype=object)}
        found = harness.run(stimulus)
        rows = harness.pack_outputs(found)
        harness.restart()
        assert harness.first_difference(harness.pack_inputs(stimulus), rows) is None
    assert found["now"].tolist() == values
    assert found["later"].tolist() == [0, *values[:-1]]
    assert rows.shape == (len(values), 2 * ((width + 63) // 64))


@pytest.mark.parametrize("signed", [False, True])
def test_narrow_arrays_drive_wide_ports(signed: bool) -> None:
    """An int64 array is sign-extended into a port of several words."""
    values = [-5, -1, 0, 7] if signed else [0, 1, 7, 2**62]
    with Harness(delay(150, signed)) as harness:
        assert harness.run({"d": np.array(values)})["now"].tolist() == values


def test_wrong_arrays() -> None:
    with Harness(delay(8, False)) as harness:
        with pytest.raises(TypeError, match="d must be an array of integers, not float64"):
            harness.run({"d": np.array([0.5])})
        with pytest.raises(KeyError):
            harness.run({"e": np.array([1])})


LFSR = find("encode.lfsr")
PARAMS = LFSR.cases["w16"]
STIMULUS = LFSR.stimulus(PARAMS, np.random.default_rng(3), 5000)


@given(cuts=st.lists(st.integers(1, 4999), max_size=8, unique=True))
@settings(max_examples=20, deadline=None)
def test_chunks_do_not_matter(cuts: list[int]) -> None:
    """`run(a + b)` is `run(a)`, then `run(b)`."""
    verilog = LFSR.emit(PARAMS)
    with Harness(verilog) as harness:
        whole = harness.run(STIMULUS)["value"]
        harness.restart()
        edges = [0, *sorted(cuts), 5000]
        parts = [
            harness.run({k: v[a:b] for k, v in STIMULUS.items()})["value"]
            for a, b in pairwise(edges)
        ]
    assert (np.concatenate(parts) == whole).all()
    assert (whole == LFSR.golden(PARAMS).trace(STIMULUS)["value"]).all()


def test_two_instances_do_not_meet() -> None:
    verilog = LFSR.emit(PARAMS)
    with Harness(verilog) as first, Harness(verilog) as second:
        a = first.run(STIMULUS)["value"]
        b = second.run({k: v[:10] for k, v in STIMULUS.items()})["value"]
    assert (a[:10] == b).all()


def test_first_difference() -> None:
    with Harness(LFSR.emit(PARAMS)) as harness:
        inputs = harness.pack_inputs(STIMULUS)
        expected = harness.pack_outputs(harness.run(STIMULUS))
        harness.restart()
        assert harness.first_difference(inputs, expected) is None
        expected[1234, 0] ^= np.uint64(1)
        harness.restart()
        assert harness.first_difference(inputs, expected) == 1234


def test_constants_are_not_part_of_the_stimulus() -> None:
    verilog = LFSR.emit(PARAMS)
    ports = {name: values for name, values in STIMULUS.items() if name != "enable"}
    with Harness(verilog, constants={"enable": 1}) as harness:
        found = harness.run(ports)["value"]
        harness.restart()
        assert (found == harness.run(ports | {"enable": np.zeros(5000, int)})["value"]).all()
    with Harness(verilog) as harness:
        always = np.ones(5000, np.int64)
        assert (found == harness.run(STIMULUS | {"enable": always})["value"]).all()


def test_waveforms(tmp_path: Path) -> None:
    chunk = {name: values[:10] for name, values in STIMULUS.items()}
    with Harness(LFSR.emit(PARAMS), waves=tmp_path / "all.vcd") as harness:
        harness.run(chunk)
    with Harness(LFSR.emit(PARAMS), waves=True) as harness:
        harness.run(chunk)
        harness.record(tmp_path / "late.vcd")
        harness.run(chunk)
    for name, first in (("all", 0), ("late", 100)):
        text = (tmp_path / f"{name}.vcd").read_text()
        times = [int(line[1:]) for line in text.splitlines() if line.startswith("#")]
        assert times[0] == first
        assert times[-1] == first + 95
        assert " value [15:0]" in text


def test_a_closed_harness_refuses(tmp_path: Path) -> None:
    """C would follow a null pointer."""
    harness = Harness(delay(8, False))
    with pytest.raises(RuntimeError, match="delay must be made with waves=True"):
        harness.record(tmp_path / "no.vcd")
    rows = harness.pack_inputs({"d": np.arange(3)})
    harness.close()
    harness.close()
    for use in (
        lambda: harness.run({"d": np.arange(3)}),
        lambda: harness.first_difference(rows, rows),
        lambda: harness.set_constant("d", 1),
    ):
        with pytest.raises(RuntimeError, match=r"delay must not be closed\. Call restart\(\)"):
            use()
    harness.restart()
    assert harness.run({"d": np.arange(3)})["later"].tolist() == [0, 0, 1]
    harness.close()


def test_errors_of_the_tools(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    wrong = Verilog("wrong", "module wrong(input sys_clk;\nendmodule\n", ())
    with pytest.raises(ToolError, match=r"verilator_bin failed with exit code(.*\n)+.*syntax"):
        Harness(wrong)
    with pytest.raises(ToolError, match=r"no_such_tool was not found\. Try: bitcortex doctor"):
        verilator.run_tool(["no_such_tool"], tmp_path)
    with pytest.raises(ToolError, match=r"sleep took longer than 0\.1 s"):
        verilator.run_tool(["sleep", "5"], tmp_path, timeout_s=0.1)
    monkeypatch.setattr(verilator.shutil, "which", lambda name: None)
    with pytest.raises(ToolError, match="apt install"):
        verilator.compiler()
