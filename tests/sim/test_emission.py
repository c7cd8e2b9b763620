"""Emitted Verilog means what Migen means: operators, constants, memories, reset values."""

import dataclasses
import importlib.util
import json
import operator
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cocotb_runner import SIMULATORS, run_cocotb
from litex.gen import LiteXContext
from litex.gen.fhdl import verilog as litex_verilog
from migen import READ_FIRST, Cat, If, Memory, Module, Mux, Replicate, Signal

from bitcortex.gateware import emit as emission
from bitcortex.gateware.emit import Verilog, emit
from bitcortex.sim.rtl.harness import Harness

WIDE = 24  # of a result: exact for every operator here
A_BITS, B_BITS = 8, 5
NEGATIVE = -5

Expression = Callable[[Any, Any], Any]

# name: (Migen expression, the same on Python integers). Sums are not compared or shifted without
# a wide enough signal in between: there Verilog and Migen differ by definition.
OPERATORS: dict[str, tuple[Expression, Expression]] = {
    "add": (operator.add, operator.add),
    "sub": (operator.sub, operator.sub),
    "mul": (operator.mul, operator.mul),
    "and": (operator.and_, operator.and_),
    "or": (operator.or_, operator.or_),
    "xor": (operator.xor, operator.xor),
    "eq": (operator.eq, operator.eq),
    "ne": (operator.ne, operator.ne),
    "lt": (operator.lt, operator.lt),
    "le": (operator.le, operator.le),
    "gt": (operator.gt, operator.gt),
    "ge": (operator.ge, operator.ge),
    "neg": (lambda a, b: -a, lambda a, b: -a),
    "invert": (lambda a, b: ~a, lambda a, b: ~a),
    "shift_left": (lambda a, b: a << b[:3], lambda a, b: a << (b & 7)),
    "shift_right": (lambda a, b: a >> b[:3], lambda a, b: a >> (b & 7)),
    "shift_right_3": (lambda a, b: a >> 3, lambda a, b: a >> 3),
    "mux": (lambda a, b: Mux(a[0], a, b), lambda a, b: a if a & 1 else b),
    "cat": (lambda a, b: Cat(a, b), lambda a, b: a & 255 | (b & 31) << 8),
    "slice": (lambda a, b: a[2:7], lambda a, b: a >> 2 & 31),
    "replicate": (lambda a, b: Replicate(b[0], 6), lambda a, b: 63 * (b & 1)),
    "add_negative": (lambda a, b: a + NEGATIVE, lambda a, b: a + NEGATIVE),
    "mul_negative": (lambda a, b: a * NEGATIVE, lambda a, b: a * NEGATIVE),
    "lt_negative": (lambda a, b: a < NEGATIVE, lambda a, b: a < NEGATIVE),
    "ge_negative": (lambda a, b: a >= NEGATIVE, lambda a, b: a >= NEGATIVE),
    "mux_negative": (
        lambda a, b: Mux(b[0], NEGATIVE, a),
        lambda a, b: NEGATIVE if b & 1 else a,
    ),
    "ge_extreme": (lambda a, b: a >= -128, lambda a, b: a >= -128),
    "compare_add": (lambda a, b: (a < b) + (a == b), lambda a, b: (a < b) + (a == b)),
}


OUTPUTS = tuple(f"y_{name}" for name in OPERATORS)


class Operators(Module):
    """Every operator on two inputs."""

    def __init__(self, a_signed: bool, b_signed: bool) -> None:
        self.a = Signal((A_BITS, a_signed))
        self.b = Signal((B_BITS, b_signed))
        for name, (expression, _) in OPERATORS.items():
            result = Signal((WIDE, True), name=f"y_{name}")
            setattr(self, f"y_{name}", result)
            self.comb += result.eq(expression(self.a, self.b))


def operators(a_signed: bool, b_signed: bool) -> Verilog:
    return emit(Operators(a_signed, b_signed), ("a", "b"), OUTPUTS, "operators")


def vectors(bits: int, signed: bool, rng: np.random.Generator, count: int) -> Any:
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1)) if signed else (0, 2**bits)
    corners = [low, low + 1, 0, 1, max(low, -1), max(low, NEGATIVE), high - 1, high - 2]
    corner = rng.choice(corners, count)
    return np.where(rng.random(count) < 0.4, corner, rng.integers(low, high, count))


def expected(a: Any, b: Any) -> dict[str, list[int]]:
    pairs = list(zip(a.tolist(), b.tolist(), strict=True))
    return {f"y_{name}": [int(f(x, y)) for x, y in pairs] for name, (_, f) in OPERATORS.items()}


SIGNS = [(False, False), (False, True), (True, False), (True, True)]


@pytest.mark.parametrize(("a_signed", "b_signed"), SIGNS)
def test_operators_in_the_harness(a_signed: bool, b_signed: bool) -> None:
    rng = np.random.default_rng(1)
    a, b = vectors(A_BITS, a_signed, rng, 20_000), vectors(B_BITS, b_signed, rng, 20_000)
    with Harness(operators(a_signed, b_signed)) as harness:
        found = harness.run({"a": a, "b": b})
    for name, values in expected(a, b).items():
        wrong = np.flatnonzero(found[name] != values)
        assert not len(wrong), f"{name}({a[wrong[0]]}, {b[wrong[0]]}) is {found[name][wrong[0]]}"


@pytest.mark.parametrize("simulator", SIMULATORS)
@pytest.mark.parametrize(("a_signed", "b_signed"), SIGNS)
def test_operators_in_cocotb(
    a_signed: bool, b_signed: bool, simulator: str, tmp_path: Path
) -> None:
    rng = np.random.default_rng(2)
    a, b = vectors(A_BITS, a_signed, rng, 300), vectors(B_BITS, b_signed, rng, 300)
    inputs = {"sys_rst": [0] * 300, "a": a.tolist(), "b": b.tolist()}
    check_in_cocotb(operators(a_signed, b_signed), inputs, expected(a, b), simulator, tmp_path)


def check_in_cocotb(
    verilog: Verilog,
    inputs: dict[str, list[int]],
    outputs: dict[str, list[int]],
    simulator: str,
    folder: Path,
) -> None:
    trace = folder / "trace.json"
    trace.write_text(json.dumps({"inputs": inputs, "outputs": outputs}))
    run_cocotb(verilog, "cocotb_twin", simulator, folder, TWIN_TRACE=str(trace))


# The negative control: LiteX's own printer gets negative constants wrong.


class Saturation(Module):
    """The comparison of a neuron that saturates at its lowest value."""

    def __init__(self) -> None:
        self.a = Signal((17, True))
        self.y = Signal((16, True))
        self.comb += self.y.eq(Mux(self.a < -(2**15), -(2**15), self.a))


def litex_printer() -> Any:
    """Return `_generate_constant` as LiteX ships it, from a second copy of its module."""
    spec = importlib.util.find_spec(litex_verilog.__name__)
    assert spec is not None
    assert spec.loader is not None
    copy = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(copy)
    return copy._generate_constant


def saturation() -> Verilog:
    return emit(Saturation(), ("a",), ("y",), "saturation")


def saturated(verilog: Verilog, values: list[int]) -> list[int]:
    with Harness(verilog) as harness:
        return list(map(int, harness.run({"a": np.array(values)})["y"]))


def test_negative_constants() -> None:
    values = [-65536, -32769, -32768, -32767, -1, 0, 1, 32767]
    assert saturated(saturation(), values) == [max(v, -32768) for v in values]


def test_the_unpatched_printer_is_refused_and_would_be_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(litex_verilog, "_generate_constant", litex_printer())
    with pytest.raises(ValueError, match=r"saturation: emitted Verilog must not contain -\d+'d"):
        saturation()
    monkeypatch.setattr(emission, "_UNSIGNED_NEGATIVE", re.compile(r"(?!)"))
    assert saturated(saturation(), [100]) != [100]


class Table(Module):
    """A memory with contents, read in the same cycle."""

    CONTENTS = (3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 897, 9, 3, 2, 3)

    def __init__(self) -> None:
        self.address = Signal(4)
        self.data = Signal(10)
        self.specials.memory = Memory(10, len(self.CONTENTS), init=list(self.CONTENTS))
        port = self.memory.get_port(async_read=True)
        self.specials += port
        self.comb += [port.adr.eq(self.address), self.data.eq(port.dat_r)]


@pytest.mark.parametrize("simulator", SIMULATORS)
def test_memory_contents_travel_in_the_text(simulator: str, tmp_path: Path) -> None:
    verilog = emit(Table(), ("address",), ("data",), "table_")
    assert "readmemh" not in verilog.text
    addresses = np.arange(16)
    with Harness(verilog) as harness:
        assert harness.run({"address": addresses})["data"].tolist() == list(Table.CONTENTS)
    inputs = {"sys_rst": [0] * 16, "address": addresses.tolist()}
    check_in_cocotb(verilog, inputs, {"data": list(Table.CONTENTS)}, simulator, tmp_path)


class Collision(Module):
    """A RAM that is read and written at one address, in every cycle."""

    def __init__(self) -> None:
        self.data, self.found = Signal(32), Signal(32)
        memory = Memory(32, 2, init=[0, 0])
        memory.collides = "undefined"
        read = memory.get_port(mode=READ_FIRST)
        write = memory.get_port(write_capable=True, mode=READ_FIRST)
        self.specials += memory, read, write
        self.comb += [write.we.eq(1), write.dat_w.eq(self.data), self.found.eq(read.dat_r)]


def test_a_collision_is_random_where_it_is_undefined() -> None:
    verilog = emit(Collision(), ("data",), ("found",), "collision")
    data = np.arange(1, 9)
    with Harness(verilog) as harness:
        assert harness.run({"data": data})["found"].tolist()[1:] == [0, *range(1, 7)]
    with Harness(verilog.as_synthesised()) as harness:
        found = harness.run({"data": data})["found"]
    assert (found[2:] != np.arange(1, 7)).all()


class Registers(Module):
    """Registers that are ports, with reset values, one of them a condition of `hot`."""

    def __init__(self) -> None:
        self.up = Signal()
        self.count = Signal(8, reset=200)
        self.level = Signal((8, True), reset=-100)
        self.first = Signal(reset=1)
        self.hot = Signal(8)
        self.comb += If(self.first, self.hot.eq(self.count))
        self.sync += self.first.eq(0)
        self.sync += [self.count.eq(self.count + self.up), self.level.eq(self.level + self.up)]


@pytest.mark.parametrize("simulator", SIMULATORS)
def test_the_shell_keeps_reset_values(simulator: str, tmp_path: Path) -> None:
    verilog = emit(Registers(), ("up",), ("count", "level", "first", "hot"), "registers")
    up, reset = [1, 1, 1, 0, 0], [0, 0, 1, 0, 0]
    outputs = {
        "count": [200, 201, 202, 200, 200],
        "level": [-100, -99, -98, -100, -100],
        "first": [1, 0, 0, 1, 0],
        "hot": [200, 0, 0, 200, 0],
    }
    with Harness(verilog) as harness:
        found = harness.run({"up": np.array(up), "rst": np.array(reset)})
    assert {name: values.tolist() for name, values in found.items()} == outputs
    check_in_cocotb(verilog, {"sys_rst": reset, "up": up}, outputs, simulator, tmp_path)


def test_ports_and_repeatability() -> None:
    first, second = operators(True, False), operators(True, False)
    assert first == second  # no date, no counter
    LiteXContext.top = first  # a SoC that was made before
    assert operators(True, False) == first
    assert [port.name for port in first.ports] == ["a", "b", *OUTPUTS]
    a, b, *outputs = first.ports
    assert (a.width, a.signed, a.output) == (A_BITS, True, False)
    assert (b.width, b.signed, b.output) == (B_BITS, False, False)
    assert all(port.output and port.width == WIDE and port.signed for port in outputs)
    assert "always @(*)" not in first.text
    assert dataclasses.replace(first, name="x") != second


class Keyword(Module):
    """A port that Verilog cannot have."""

    def __init__(self) -> None:
        self.bit = Signal()
        self.y = Signal()
        self.comb += self.y.eq(self.bit)


def test_a_port_named_as_a_keyword_is_refused() -> None:
    """The printer would rename it, and nothing would find it by its name."""
    with pytest.raises(ValueError, match="keyword: port 'bit' must not be a word of SystemVerilog"):
        emit(Keyword(), ("bit",), ("y",), "keyword")
