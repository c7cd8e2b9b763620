"""Every board: its file, its pins, its SoC, and what a user is told."""

import ast
import dataclasses
import inspect
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import bitcortex as bc
from bitcortex.boards import build as builder
from bitcortex.boards import fit as fitting
from bitcortex.boards import flow, load
from bitcortex.boards.board import Board
from bitcortex.boards.fit import MOST, Fit, Need, check_fits, fit, largest, refusal
from bitcortex.boards.pins import Pin, cst, lpf, pcf
from bitcortex.boards.registry import BOARDS, FILES, find_board
from bitcortex.boards.soc import make_soc, params_of
from bitcortex.boards.timing import clocks, failure
from bitcortex.cli.main import main
from bitcortex.cli.networks import scale_of
from bitcortex.errors import BundleError, ToolError
from bitcortex.host.bundle import load as load_bundle
from bitcortex.host.products import PRODUCTS
from bitcortex.network import addresses
from bitcortex.network.brunel import brunel_ai
from bitcortex.network.event_plan import EventPlan
from bitcortex.network.lower import lower
from bitcortex.sim.soc import targets
from bitcortex.sim.soc.virtual import bundle_of

SECTIONS = ["# IOs", "# Clocks and reset", "# Board"]


def small(n: int = 64) -> EventPlan:
    plan: EventPlan = lower(brunel_ai(n)).plan
    return plan


@pytest.fixture(scope="module")
def plan() -> EventPlan:
    return small()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.__name__)
def test_files_have_the_same_sections(file: ModuleType) -> None:
    source = inspect.getsource(file)
    assert [line for line in source.splitlines() if line in SECTIONS] == SECTIONS
    assert len(source.splitlines()) <= 60
    assert ast.get_docstring(ast.parse(source))
    named = [b.name for b in file.BOARDS]
    assert all(name.startswith(file.__name__.rpartition(".")[2]) for name in named)


def test_names() -> None:
    assert all(name == board.name for name, board in BOARDS.items())
    assert list(BOARDS) == list(PRODUCTS)
    assert find_board("ULX3S") is BOARDS["ulx3s-85f"]
    with pytest.raises(ValueError, match=r"board must be one of ulx3s-85f, .*, not 'arty'"):
        find_board("arty")


@pytest.mark.parametrize("board", BOARDS.values(), ids=lambda board: board.name)
def test_every_board(board: Board, plan: EventPlan) -> None:
    """It becomes Verilog with 4 lanes, and its constraints name every port once."""
    soc = make_soc(board, params_of(board, plan, 4))
    line = {"eth0_rx_ctl", "eth_clocks0_tx"} if board.ethernet else {"serial_tx", "serial_rx"}
    assert line | set(soc.clocks) <= {pin.port for pin in soc.pins}
    assert len({pin.site for pin in soc.pins}) == len(soc.pins)
    header = soc.verilog.text.partition(");")[0]
    assert all(pin.port.partition("[")[0] in header for pin in soc.pins)
    text = flow.constraints(board, soc)
    assert all(text.count(f'"{p.port}"') or text.count(f" {p.port} ") for p in soc.pins)
    assert ("DCCA" in soc.verilog.text) == (board.device.tool == "nextpnr-ecp5")
    base = f"accelerator_magic,0x{addresses.REGISTERS:08x}"
    assert base in soc.csr_csv
    assert "-noiopads" not in board.synthesis
    assert board.clock_hz % board.baudrate < board.clock_hz * 0.02 or board.clock_hz > 20e6


def test_constraint_files() -> None:
    pins = (Pin("clk25", "G2", "LVCMOS33"), Pin("tx", "9", "", ("PULLUP",)))
    assert lpf(pins, {"clk25": 25e6, "tx": 125e6}).splitlines() == [
        'LOCATE COMP "clk25" SITE "G2";',
        'IOBUF PORT "clk25" IO_TYPE=LVCMOS33;',
        'LOCATE COMP "tx" SITE "9";',
        'IOBUF PORT "tx" PULLUP;',
        'FREQUENCY PORT "clk25" 25 MHZ;',
        'FREQUENCY PORT "tx" 125 MHZ;',
    ]
    assert pcf(pins, {"clk25": 12e6}).splitlines() == [
        "set_io clk25 G2",
        "set_io -pullup yes tx 9",
        "set_frequency clk25 12",
    ]
    assert cst(pins[:1]).splitlines() == [
        'IO_LOC "clk25" G2;',
        'IO_PORT "clk25" IO_TYPE=LVCMOS33;',
    ]


def test_ethernet(plan: EventPlan) -> None:
    board, other = find_board("colorlight_5a_75b"), find_board("ulx3s")
    params = params_of(board, plan, 4)
    here, there = make_soc(board, params), make_soc(board, params, ip="10.0.0.7")
    assert here.clocks == {"clk25": 25e6, "eth_clocks0_rx": 125e6}
    assert here.verilog.text != there.verilog.text
    assert "etherbone" in here.verilog.text
    assert str(0x0A00_0007) in there.verilog.text
    with pytest.raises(
        ValueError, match=r"ip must be an IPv4 address like 192\.168\.1\.50, not '10.0'"
    ):
        make_soc(board, params, ip="10.0")
    with pytest.raises(ValueError, match="ip must be None for ulx3s-85f: it has no Ethernet"):
        make_soc(other, params_of(other, plan, 4), ip="10.0.0.7")
    with pytest.raises(ValueError, match="cpu must be None for colorlight_5a_75b-v8: it has no"):
        make_soc(board, params, cpu="vexriscv")


def test_a_clock_that_no_pll_makes(plan: EventPlan) -> None:
    board = find_board("icebreaker")
    with pytest.raises(ValueError, match="clock of icebreaker must be one that its PLL makes"):
        make_soc(board, params_of(board, plan, 4), 13_000)


def end(cell: str, port: str) -> dict[str, str]:
    return {"cell": cell, "port": port}


REPORT: dict[str, Any] = {
    "fmax": {"sys_clk": {"achieved": 40.0, "constraint": 50.0}},
    "critical_paths": [
        {
            "from": "posedge sys_clk",
            "to": "posedge sys_clk",
            "path": [
                {"type": "clk-to-q", "delay": 0.5, "from": end("a", "CLK"), "to": end("a", "Q")},
                {"type": "routing", "delay": 15.0, "from": end("a", "Q"), "to": end("lut", "A")},
                {"type": "logic", "delay": 0.5, "from": end("lut", "A"), "to": end("lut", "F")},
                {"type": "routing", "delay": 8.5, "from": end("lut", "F"), "to": end("b", "DI")},
                {"type": "setup", "delay": 0.5, "from": end("b", "DI"), "to": end("b", "CLK")},
            ],
        },
        {"from": "<async>", "to": "posedge sys_clk", "path": []},
    ],
}


def test_a_clock_that_is_too_slow() -> None:
    (clock,) = clocks(REPORT)
    assert not clock.met
    assert failure("ulx3s-85f", clock, 3) == (
        "the clock sys_clk of ulx3s-85f must reach 50.00 MHz, not 40.00 MHz (the best of 3 "
        "placements). The longest path is from a.CLK to b.CLK, 25.0 ns: 1.5 ns in 1 levels of "
        "logic, 23.5 ns on wires. Use more --seeds, fewer --lanes, or a lower --sys-clk-freq"
    )


def test_what_fits(plan: EventPlan) -> None:
    assert fit(find_board("ulx3s"), plan, 4).ok
    found = fit(find_board("icebreaker"), plan, 4)
    assert [need.what for need in found.limits] == ["lookup tables"]
    assert fit(find_board("icebreaker"), lower(brunel_ai()).plan).ok  # a thousand neurons, one lane


def test_what_fits_on_one_board_is_not_said_of_another(
    plan: EventPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SoCs are kept, whatever was asked before."""
    monkeypatch.setattr(fitting, "_made", {})
    alone, ethernet = find_board("colorlight_i5"), find_board("colorlight_5a_75b")
    there = fit(alone, plan, 4)
    assert fit(ethernet, plan, 4).lut.needed > there.lut.needed + 3000
    assert fit(alone, plan, 4) == there
    small = find_board("icebreaker")
    fit(small, plan, 4, cpu="vexriscv")
    with pytest.raises(ValueError, match="sdram must be False for icebreaker: no chip"):
        fit(small, plan, 4, cpu="vexriscv", sdram=True)
    with pytest.raises(ValueError, match="sdram must be False without a CPU"):
        fit(small, plan, 4, sdram=True)
    with pytest.raises(ValueError, match="cpu must be None for colorlight_5a_75b-v8: it has no"):
        fit(ethernet, plan, 4, cpu="vexriscv")


def test_too_large() -> None:
    board = find_board("icebreaker")
    none = Need("SPRAMs", 0, 4)
    found = Fit(board, 4, Need("lookup tables", 6000, 5000), Need("block RAMs", 40, 30), none)
    assert [need.what for need in found.limits] == ["lookup tables", "block RAMs"]
    text = refusal(found, small(), [find_board("ulx3s-85f")])
    assert text == (
        "brunel_ai must fit icebreaker, but needs 6,000 of 5,000 lookup tables and 40 of 30 block "
        "RAMs, with 4 lanes. It fits with --lanes 1. It fits ulx3s-85f."
    )
    with_cpu = dataclasses.replace(found, cpu="vexriscv")
    others = [find_board(name) for name in ("colorlight_5a_75b", "ulx3s-85f")]
    assert "It fits ulx3s-85f." in refusal(with_cpu, small(), others)  # no CPU behind Ethernet
    soc = make_soc(board, params_of(board, small(), 4))
    with pytest.raises(ValueError, match="must fit icebreaker"):
        check_fits(board, small(), 4, soc.verilog)


@pytest.mark.full
def test_largest_network() -> None:
    board, scale = find_board("ulx3s-12f"), scale_of("brunel-ai")
    assert scale
    n = largest(board, scale, 4)
    assert 64 <= n < 1000
    assert fit(board, scale(n), 4).ok
    assert not fit(board, scale(n + n // 8), 4).ok
    assert set(MOST) == set(flow.FAMILIES)


def test_networks_without_a_column_engine(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "--board", "ulx3s", "--network", "column"]) == 2
    assert "must be an event-driven network" in capsys.readouterr().err.replace("\n", " ")
    assert scale_of("spiking_column") is None


def test_loading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    board, file = find_board("ulx3s"), Path("a.bit")
    assert load.command(board, file) == ["openFPGALoader", "-b", "ulx3s", "a.bit"]
    flash = ["openFPGALoader", "-b", "ulx3s", "--write-flash", "a.bit"]
    assert load.command(board, file, flash=True) == flash
    assert "--write-flash" in load.command(find_board("icebreaker"), file)
    bundle = bundle_of(
        board.name, 50_000_000, params_of(board, small(), 4), None, ("a.bit", b"bits")
    )
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError, match=r"openFPGALoader was not found\. Try: apt install"):
        load.load(bundle)
    tool, seen = tmp_path / load.TOOL, tmp_path / "seen"
    tool.write_text(f'#!/bin/sh\necho "$1 $2" > {seen}\n/bin/cat "$3" >> {seen}\n')
    tool.chmod(0o755)
    bundle.save(tmp_path / "bundle.zip")
    assert main(["load", str(tmp_path / "bundle.zip")]) == 0
    assert seen.read_text() == "-b ulx3s\nbits"
    tool.write_text("#!/bin/sh\necho unable to open ftdi device\nexit 1\n")
    with pytest.raises(ToolError, match=r"exit code 1: unable to open ftdi device\nIs Radiona"):
        load.load(bundle)
    with pytest.raises(BundleError, match="must have a bitstream to be loaded: it is of a virtual"):
        load.load(dataclasses.replace(bundle, bitstream=None))


@pytest.mark.full
def test_a_build(tmp_path: Path, plan: EventPlan) -> None:
    """From a network to a bitstream, and to the same folder from the cache."""
    made = builder.design(find_board("ulx3s-85f"), plan, 4)
    said: list[str] = []
    build = builder.build(made, seeds=1, root=tmp_path, say=said.append)
    assert build.bundle.bitstream
    name, bitstream = build.bundle.bitstream
    assert name == "ulx3s-85f.bit"
    assert len(bitstream) > 100_000
    assert (build.folder / "csr.csv").read_text().startswith("csr_base,accelerator")
    assert build.report["fmax_best_mhz"] >= 50
    assert build.report["plan_digest"] == plan.digest
    estimate = fit(made.board, plan, 4)
    assert estimate.bram.needed == build.report["bram"]
    assert abs(estimate.lut.needed / build.report["lut"] - 1) < 0.1
    again = builder.build(made, seeds=1, root=tmp_path)
    read = load_bundle(build.folder, "ulx3s-85f")
    assert again.folder == build.folder
    assert again.report == read.report == build.report
    assert read.bitstream == build.bundle.bitstream
    # Where a bitstream is kept, its board is found by the network alone; and its twin runs here.
    assert read.digest in [kept.digest for kept in targets.cached(plan) if kept.bitstream]
    with bc.open("virtual:ulx3s", bundle=build.folder) as board:
        assert board.run(plan, 50).hash == bc.simulate(plan, 50).hash
