"""Mutation testing: faults are found, and what survives is proved, explained or reported."""

import dataclasses

import numpy as np
import pytest
from migen import Module, Signal

from bitcortex.errors import ToolError
from bitcortex.gateware.emit import emit
from bitcortex.models.encode.lfsr import LfsrParams
from bitcortex.sim.rtl.harness import Harness
from bitcortex.sim.twin import Stimulus, Twin, find, names
from bitcortex.sim.verify import mutants
from bitcortex.sim.verify.mutants import PROVED, UNEXPLAINED, equivalent, mutated, score

LFSR = find("encode.lfsr")


LONG = ("column.core", "column.dispatcher")  # minutes


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.full] if n in LONG else []) for n in names()]
)
def test_every_stimulus_finds_the_faults(name: str) -> None:
    """`bitcortex verify` runs a million cycles; a tenth must do as well."""
    result = score(find(name), cycles=100_000, prove=False)
    if result.ratio < 0.95:  # perhaps because too many are equivalent
        result = score(find(name), cycles=100_000)
    left = "\n".join(f"{s.mutant}: {s.reason}" for s in result.survivors)
    assert result.mutants >= 20
    assert result.killed + len(result.survivors) == result.mutants
    assert result.ratio >= 0.95, f"{result.killed} of {result.mutants} mutants killed\n{left}"


def quiet(params: LfsrParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """A stimulus that only runs: it never reseeds."""
    zero = np.zeros(cycles, np.int64)
    return {"enable": zero + 1, "reseed": zero, "seed": zero, "rst": zero}


def test_a_poor_stimulus_leaves_unexplained_survivors() -> None:
    poor = score(dataclasses.replace(LFSR, stimulus=quiet), cycles=20_000, count=40)
    assert poor.ratio < 0.8
    unexplained = [s.mutant for s in poor.survivors if s.reason == UNEXPLAINED]
    assert any("seed_1 != 1'd0" in mutant for mutant in unexplained)


def test_reasons_by_hand() -> None:
    poor = dataclasses.replace(LFSR, stimulus=quiet)
    unexplained = [
        s.mutant for s in score(poor, 20_000, count=40).survivors if s.reason == UNEXPLAINED
    ]
    explained = dataclasses.replace(poor, survivors={unexplained[0]: "no reseed on purpose"})
    reasons = {s.mutant: s.reason for s in score(explained, 20_000, count=40).survivors}
    assert reasons[unexplained[0]] == "no reseed on purpose"
    assert reasons[unexplained[1]] == UNEXPLAINED


def test_no_killed_mutant_is_proved_equivalent() -> None:
    """The proof is checked against the simulation, mutant by mutant."""
    netlist = mutated(LFSR.emit(LfsrParams(width=3)))
    twin = dataclasses.replace(LFSR, cases={"w3": LfsrParams(width=3)})
    survived = {s.mutant for s in score(twin, 100_000, prove=False).survivors}
    assert survived
    commands = dict(zip(netlist.names, netlist.commands, strict=True))
    sample = survived | set(netlist.names[::12])
    assert {name for name in sample if equivalent(netlist, commands[name])} == survived


class Rare(Module):
    """The output rises for one cycle, 200 enabled cycles after the reset, and then every 256."""

    def __init__(self) -> None:
        self.enable = Signal()
        self.y = Signal()
        count = Signal(8)
        self.sync += count.eq(count + self.enable)
        self.comb += self.y.eq(count == 200)


def test_a_fault_that_shows_late_is_not_proved_equivalent() -> None:
    """Induction is not a bounded search: no wrong constant of the comparison is proved."""
    netlist = mutated(emit(Rare(), ("enable",), ("y",), "rare"), count=40)
    late = [
        command
        for name, command in zip(netlist.names, netlist.commands, strict=True)
        if "const" in name and "200" in name and " Y[" not in name
    ]
    assert late
    assert not any(equivalent(netlist, command) for command in late)


def test_clocks_dead_bits_and_constants_are_left_out() -> None:
    netlist = mutated(LFSR.emit(LfsrParams()), count=250)
    assert len(netlist.commands) == 250
    assert not any("CLK" in command for command in netlist.commands)
    cells = {
        "cells": {
            "add": {
                "type": "$add",
                "connections": {"A": [2, "0"], "CLK": [3], "Y": [4, 5]},
                "port_directions": {"A": "input", "CLK": "input", "Y": "output"},
            }
        },
        "ports": {"y": {"direction": "output", "bits": [4]}},
    }
    kept = {
        f"{mode} {port}[{bit}]": mutants._changes_logic(
            f"mutate -mode {mode} -cell \\add -port {port} -portbit {bit}", cells
        )
        for mode, port, bit in [
            ("const0", "A", 0),
            ("const0", "A", 1),
            ("const1", "A", 1),
            ("inv", "CLK", 0),
            ("inv", "Y", 0),
            ("inv", "Y", 1),
        ]
    }
    assert [name for name, keep in kept.items() if not keep] == [
        "const0 A[1]",
        "inv CLK[0]",
        "inv Y[1]",
    ]


def test_parts_are_left_out() -> None:
    """Of a lane, only what joins the parts is mutated: none of their registers, no memory."""
    lane = find("column.lane")
    params = next(iter(lane.cases.values()))
    verilog = lane.emit(params)
    assert {"lane_membrane_out_valid", "lane_accumulator_read_sum"} <= verilog.parts

    def inside(count: int, parts: frozenset[str]) -> list[str]:
        names = mutated(dataclasses.replace(verilog, parts=parts), count=count).names
        return [name for name in names if "for lane_procedural_next_word" in name]

    assert not inside(200, verilog.parts)
    assert inside(200, frozenset())


def test_names_and_selection() -> None:
    netlist = mutated(LFSR.emit(LfsrParams()), count=250)
    assert netlist.verilog.ports[-1].name == "mutsel"
    number = 1 + netlist.names.index("const0 A[0] of `seed_1 != 1'd0` for an inner wire")
    stimulus = quiet(LfsrParams(), np.random.default_rng(1), 4)
    stimulus |= {"reseed": np.array([0, 0, 1, 0]), "seed": np.ones(4, np.int64)}
    stimulus["rst"] = np.array([1, 0, 0, 0])
    traces = []
    for select in (0, number):
        with Harness(netlist.verilog, constants={"mutsel": select}) as harness:
            traces.append(harness.run(stimulus)["value"][1:].tolist())
    assert traces == [[1, 2, 1], [1, 2, 2]]  # the mutant ignores a seed of 1, as if it were 0


def test_a_twin_that_is_not_equal_is_not_scored() -> None:
    def other(params: LfsrParams) -> object:
        return LFSR.gateware(dataclasses.replace(params, leap=2))

    broken: Twin = dataclasses.replace(LFSR, gateware=other)
    with pytest.raises(ToolError, match=r"cycle \d+ differs with no mutant selected"):
        score(broken, 1000)


def test_mistakes() -> None:
    with pytest.raises(ValueError, match=r"mutants must be in 1\.\.250, not 251"):
        score(LFSR, 1000, count=251)
    with pytest.raises(ValueError, match="cycles must be in"):
        score(LFSR, 0)
    assert PROVED != UNEXPLAINED
