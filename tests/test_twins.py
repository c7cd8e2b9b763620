"""Every twin: gateware equals golden model in the compiled harness and in cocotb."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from cocotb_runner import SIMULATORS, run_cocotb
from migen import If

from bitcortex.gateware.encode import lfsr
from bitcortex.models.encode.lfsr import LfsrParams
from bitcortex.sim.twin import Twin, all_twins, compare, find

ROOT = Path(__file__).parent.parent
CYCLES = 40_000  # `bitcortex verify --all --cycles 1000000` is part of make test-full
COCOTB_CYCLES = 2_000

CASES = [(name, case) for name, twin in all_twins().items() for case in twin.cases]
FIRST = [(name, next(iter(twin.cases))) for name, twin in all_twins().items()]

RARE = [  # of conditions that fewer than 100,000 cycles may not reach
    ("column.core", "plastic, 4 lanes"),
    ("column.lane", "stochastic"),
    ("column.queue", "1,000 neurons"),
    ("decode.addie", "10 bits"),
    ("layer.streams", "sobol 1024"),
    ("layer.dense", "20 -> 80, 256"),
]

LONG = [  # minutes of the golden model or of the compiler, and of what shorter cases show too
    ("column.core", "plastic, 16 lanes"),
    ("column.core", "bitmap, 16 lanes"),
    ("column.core", "bitmap, 2 lanes"),
    ("column.core", "stored, undriven, 8 lanes"),
]

# Files that are not a building block of their own, and why.
HELPERS = {
    "column/draws.py": "keyed draws of a lane, part of the twins of gate and plasticity",
    "column/scan.py": "the bit scanner that bitmap and serializer share, part of their twins",
    "link/uart.py": "wires of LiteX's UART and FIFO to the twin link.device",
    "link/ethernet.py": "wires from LiteEth to the twins link.crossing, .datagrams and .device",
    "link/bridge.py": "wires from the device to LiteX's bus: tests/soc and tests/host run it",
    "soc/soc.py": "LiteX's SoC around the accelerator, tested in tests/boards",
    "soc/console.py": "LiteX's CPU and UART beside the accelerator, tested in tests/firmware",
    "soc/sdram.py": "LiteDRAM and registers of the bus before it, tested in tests/firmware",
    "soc/virtual.py": "the same behind a stream of bytes, tested in tests/soc",
    "neuron/arithmetic.py": "expressions that the neurons share, part of each of their twins",
    "neuron/kinds.py": "the table of datapaths that cell and bank choose from",
    "soc/accelerator.py": "twins and LiteX's registers on a bus: tests/soc runs it there",
}


def runs() -> list[object]:
    """Icarus compiles in no time; Verilator takes the first cases, and the others in full."""
    marked = []
    for simulator in SIMULATORS:
        for pair in CASES:
            full = (simulator == "verilator" and pair not in FIRST) or pair in LONG
            marks = [pytest.mark.full] if full else []
            marked.append(pytest.param(*pair, simulator, marks=marks))
    return marked


def write_trace(twin: Twin, case: str, cycles: int, path: Path) -> Path:
    """Write stimulus and golden trace for `cocotb_twin`."""
    params = twin.cases[case]
    stimulus = twin.stimulus(params, np.random.default_rng(2), cycles)
    outputs = twin.golden(params).trace(stimulus)
    inputs = {"sys_rst": stimulus.get("rst", np.zeros(cycles, np.int64))}
    inputs |= {name: stimulus[name] for name in twin.golden.INPUTS}
    trace = {
        "inputs": {name: values.tolist() for name, values in inputs.items()},
        "outputs": {name: values.tolist() for name, values in outputs.items()},
    }
    path.write_text(json.dumps(trace))
    return path


def long_ones_in_full(pairs: list[tuple[str, str]]) -> list[object]:
    return [pytest.param(*p, marks=[pytest.mark.full] if p in LONG else []) for p in pairs]


@pytest.mark.parametrize(("name", "case"), long_ones_in_full(CASES))
def test_equal_over_many_cycles(name: str, case: str) -> None:
    cycles = 100_000 if (name, case) in RARE else CYCLES
    equality = compare(find(name), case, cycles)
    assert equality.difference is None, f"{name}, {case}: {equality.difference}"
    assert equality.cycles == cycles
    assert equality.reached, f"{name} names no condition that its stimulus must reach"
    missed = [condition for condition, hit in equality.reached.items() if not hit]
    assert not missed, f"{name}, {case}: the stimulus never reached {missed}"


@pytest.mark.parametrize(("name", "case", "simulator"), runs())
def test_equal_and_resolvable_in_cocotb(
    name: str, case: str, simulator: str, tmp_path: Path
) -> None:
    twin = find(name)
    trace = write_trace(twin, case, COCOTB_CYCLES, tmp_path / "trace.json")
    verilog = twin.emit(twin.cases[case])
    ran = run_cocotb(verilog, "cocotb_twin", simulator, tmp_path, TWIN_TRACE=str(trace))
    assert ran == ["every_port_in_every_cycle"]


def test_there_are_twins() -> None:
    assert "encode.lfsr" in all_twins()


@pytest.mark.parametrize(
    "path",
    sorted(p.relative_to(ROOT / "gateware") for p in ROOT.glob("gateware/*/*.py")),
    ids=str,
)
def test_every_gateware_file_has_its_twins(path: Path) -> None:
    if path.name == "__init__.py" or str(path) in HELPERS:
        return
    for folder in ("models", "sim/twins"):
        assert (ROOT / folder / path).exists(), f"{folder}/{path} is missing"
    assert list(ROOT.glob(f"tests/*/test_{path.stem}.py")), f"no test_{path.stem}.py"
    dotted = ".".join(path.with_suffix("").parts)
    twin = find(dotted)
    assert twin.golden.__module__ == f"bitcortex.models.{dotted}"
    assert twin.gateware.__module__ == f"bitcortex.gateware.{dotted}"
    assert twin.golden.__name__ == twin.gateware.__name__  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", all_twins())
def test_stimulus_is_repeatable_and_extends(name: str) -> None:
    """The same seed gives the same stimulus: a difference can be looked at again."""
    twin = find(name)
    params = next(iter(twin.cases.values()))
    first = twin.stimulus(params, np.random.default_rng(5), 300)
    second = twin.stimulus(params, np.random.default_rng(5), 300)
    assert set(first) - {"rst"} == set(twin.golden.INPUTS)
    for port, values in first.items():
        assert values.shape == (300,)
        assert (values == second[port]).all()


# Negative controls: a wrong gateware is found, by both ways of checking.


class Broken(lfsr.Lfsr):  # type: ignore[misc]
    """One line too many: a seed of 0 is taken, and locks the register up."""

    def __init__(self, params: LfsrParams) -> None:
        super().__init__(params)
        self.sync += If(self.reseed & (self.seed == 0), self.value.eq(0))


def broken() -> Twin:
    return dataclasses.replace(find("encode.lfsr"), gateware=Broken)


def first_wrong_cycle(case: str) -> int:
    """Return the cycle after the first reseed with 0 that no reset undoes."""
    twin = find("encode.lfsr")
    stimulus = twin.stimulus(twin.cases[case], np.random.default_rng(1), 100_000)
    wrong = (stimulus["reseed"] == 1) & (stimulus["seed"] == 0) & (stimulus["rst"] == 0)
    return int(np.flatnonzero(wrong)[0]) + 1


def test_compare_finds_a_broken_gateware() -> None:
    equality = compare(broken(), "w16", 100_000)
    difference = equality.difference
    assert difference is not None
    assert difference.cycle == first_wrong_cycle("w16")
    assert difference.port == "value"
    assert difference.gateware == 0
    assert difference.golden != 0
    assert equality.cycles == difference.cycle + 1
    expected = rf"cycle {difference.cycle}: value is 0 in the gateware and {difference.golden} in"
    assert expected in str(difference)


@pytest.mark.parametrize("simulator", SIMULATORS)
def test_cocotb_finds_a_broken_gateware(simulator: str, tmp_path: Path) -> None:
    twin = broken()
    trace = write_trace(twin, "w16", COCOTB_CYCLES, tmp_path / "trace.json")
    verilog = twin.emit(twin.cases["w16"])
    message = r"cycle \d+: value is 0 in the gateware and \d+ in the golden model"
    with pytest.raises(AssertionError, match=message):
        run_cocotb(verilog, "cocotb_twin", simulator, tmp_path, TWIN_TRACE=str(trace))


@pytest.mark.parametrize("simulator", SIMULATORS)
def test_a_filter_that_matches_nothing_fails(simulator: str, tmp_path: Path) -> None:
    twin = find("encode.lfsr")
    verilog = twin.emit(twin.cases["w3"])
    with pytest.raises(AssertionError, match="no cocotb test of cocotb_twin ran"):
        run_cocotb(verilog, "cocotb_twin", simulator, tmp_path, test="no_such_test")


@pytest.mark.parametrize("simulator", SIMULATORS)
def test_verilog_that_does_not_compile_says_why(simulator: str, tmp_path: Path) -> None:
    twin = find("encode.lfsr")
    verilog = twin.emit(twin.cases["w3"])
    wrong = dataclasses.replace(verilog, text=verilog.text.replace("endmodule", "endmodul"))
    with pytest.raises(AssertionError, match="syntax error"):
        run_cocotb(wrong, "cocotb_twin", simulator, tmp_path)


@pytest.mark.parametrize("simulator", SIMULATORS)
def test_an_unset_register_is_found(simulator: str, tmp_path: Path) -> None:
    """Without its reset value the register is X in Icarus, and at random in Verilator."""
    twin = find("encode.lfsr")
    verilog = twin.emit(twin.cases["w16"])
    unset = verilog.text.replace("= 16'd1;", ";", 1)
    assert unset != verilog.text
    changed = dataclasses.replace(verilog, text=unset)
    trace = write_trace(twin, "w16", 20, tmp_path / "trace.json")
    value = {"icarus": "[Xx]{16}", "verilator": r"\d+"}[simulator]
    with pytest.raises(AssertionError, match=rf"cycle 0: value is {value} in the gateware"):
        run_cocotb(changed, "cocotb_twin", simulator, tmp_path, TWIN_TRACE=str(trace))
