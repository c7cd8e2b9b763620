"""The SoC with a CPU: where things are, whether it fits, and what the command line says."""

import csv
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from firmware_board import PLAN

from bitcortex.boards import build as builder
from bitcortex.boards.board import Board
from bitcortex.boards.build import Design, design
from bitcortex.boards.capacity import rams
from bitcortex.boards.fit import check_fits, fit, refusal
from bitcortex.boards.registry import BOARDS, find_board
from bitcortex.boards.soc import make_soc, params_of
from bitcortex.cli.main import main
from bitcortex.gateware.soc import console
from bitcortex.network import addresses, lower, registers
from bitcortex.network.presets import brunel_ai
from bitcortex.sim.soc import targets

WITH_SDRAM = ["ulx3s-85f", "ulx3s-45f", "ulx3s-25f", "ulx3s-12f", "colorlight_i5"]


@pytest.fixture(scope="module")
def made() -> Design:
    return design(find_board("ulx3s"), PLAN, 1, cpu="vexriscv")


@pytest.fixture(scope="module")
def larger() -> Design:
    return design(find_board("ulx3s"), PLAN, 1, cpu="vexriscv", sdram=True)


def listed(made: Design) -> dict[tuple[str, str], int]:
    """Return LiteX's list: addresses by kind and name."""
    rows = [row for row in csv.reader(made.soc.csr_csv.splitlines()) if row]
    return {(row[0], row[1]): int(row[2], 0) for row in rows if row[2][:1].isdigit()}


def defines(header: str) -> dict[str, int]:
    """Return the numbers of a C header."""
    found = re.findall(r"^#define BITCORTEX_(\w+) (0x[0-9a-f]+|\d+)u", header, re.MULTILINE)
    return {name: int(value, 0) for name, value in found}


def test_headers_and_soc_have_the_same_addresses(made: Design) -> None:
    """All registers of the table, and all of the console, as LiteX lists them."""
    where, what = defines(addresses.c_header()), defines(registers.c_header())
    there = listed(made)
    for register in registers.TABLE:
        offset = what[f"{register.name.upper()}_OFFSET"]
        found = [a for (kind, name), a in there.items() if kind == "csr_register"
                 and re.fullmatch(rf"accelerator_{register.name}0?", name)]  # fmt: skip
        assert found == [where["CSR_BASE"] + offset], register.name
    for name in addresses.CONSOLE_REGISTERS:
        at = where["CONSOLE_BASE"] + where[f"CONSOLE_{name.upper()}_OFFSET"]
        assert there["csr_register", f"uart_{name}"] == at
    for window in addresses.WINDOWS:
        assert there["memory_region", window] == where[f"{window.upper()}_BASE"]
    assert there["memory_region", "rom"] == addresses.ROM
    assert there["memory_region", "sram"] == addresses.SRAM


def test_the_registers_and_pins_of_an_sdram(larger: Design) -> None:
    where, there = defines(addresses.c_header()), listed(larger)
    for name in addresses.SDRAM_REGISTERS:
        at = where["SDRAM_CONTROL_BASE"] + where[f"SDRAM_{name.upper()}_OFFSET"]
        assert there["csr_register", f"sdram_{name}"] == at
    assert there["memory_region", "main_ram"] == where["SDRAM_BASE"]
    ports = {pin.port.partition("[")[0] for pin in larger.soc.pins}
    assert {f"sdram_{name}" for name in ("clock", "a", "ba", "dq", "dm", "cke", "cs_n", "we_n",
                                         "ras_n", "cas_n")} <= ports  # fmt: skip
    # A quarter of the 8 cycles of the PLL's own clock behind `sys`: 90 degrees.
    phases = re.findall(r"\.CLKO[PS]_CPHASE +\(\d+'d(\d+)\)", larger.soc.verilog.text)
    assert [int(phase) for phase in phases] == [7, 9]


def test_boards_with_sdram(made: Design, larger: Design) -> None:
    assert [board.name for board in BOARDS.values() if board.sdram is not None] == WITH_SDRAM
    names = ", ".join(WITH_SDRAM)
    with pytest.raises(ValueError, match=rf"for icebreaker: no chip .* but for {names}. Leave"):
        fit(find_board("icebreaker"), PLAN, 1, cpu="vexriscv", sdram=True)
    with pytest.raises(ValueError, match=r"sdram must be False without a CPU: .* Add --cpu vex"):
        design(find_board("ulx3s"), PLAN, 1, sdram=True)
    board = find_board("ulx3s")
    alone = fit(board, PLAN, 1, made.soc.verilog, "vexriscv")
    both = fit(board, PLAN, 1, larger.soc.verilog, "vexriscv", True)
    assert both.lut.needed > alone.lut.needed + 500
    assert (alone.sdram, both.sdram) == (False, True)


@pytest.mark.full
def test_what_would_fit_with_sdram() -> None:
    """A network of which there is no room for two copies; the program is the same for all."""
    board, plan = find_board("ulx3s-45f"), lower(brunel_ai(1000)).plan
    found = fit(board, plan, 4, cpu="vexriscv")
    assert [need.what for need in found.limits] == ["block RAMs"]
    assert "It fits with --sdram." in refusal(found, plan, [])
    both = fit(board, plan, 4, cpu="vexriscv", sdram=True)
    assert both.ok
    small = fit(board, PLAN, 4, cpu="vexriscv", sdram=True)
    engines = [fit(board, each, 4).bram.needed for each in (plan, PLAN)]
    assert both.bram.needed - small.bram.needed == engines[0] - engines[1]


def test_the_soc_is_checked_against_the_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "CONSOLE", 0xF000_1000)
    with pytest.raises(ValueError, match=r"addresses must be \{'console': 4026535936, "):
        design(find_board("ulx3s"), PLAN, 1, cpu="vexriscv")


def test_it_fits_or_not(made: Design) -> None:
    board = find_board("ulx3s")
    alone = fit(board, PLAN, 1)
    both = fit(board, PLAN, 1, made.soc.verilog, made.cpu)
    assert both.ok
    assert both.lut.needed > alone.lut.needed + 1000
    assert both.bram.needed >= alone.bram.needed + 8  # program, image, RAM, registers of the CPU
    small = find_board("icebreaker")
    with pytest.raises(ValueError, match=r"must fit icebreaker, .* It fits without --cpu"):
        check_fits(small, PLAN, 1, made.soc.verilog, [BOARDS["ulx3s-12f"]], cpu="vexriscv")


@pytest.mark.full
@pytest.mark.parametrize("board", BOARDS.values(), ids=lambda board: board.name)
def test_every_board_with_a_serial_port_can_have_one(board: Board) -> None:
    if board.ethernet is not None:
        with pytest.raises(ValueError, match=r"cpu must be None for colorlight_5a_75b-v\d: it"):
            make_soc(board, params_of(board, PLAN, 1), cpu="vexriscv")
        return
    soc = make_soc(board, params_of(board, PLAN, 1), cpu="vexriscv")
    assert "\nmodule VexRiscv (" in soc.verilog.text
    ports = {pin.port for pin in soc.pins}
    assert {port for port in ports if "serial" in port} == {"serial_rx", "serial_tx"}
    assert rams(soc.verilog, board.device).blocks > 8


@pytest.mark.full
@pytest.mark.parametrize("name", WITH_SDRAM)
def test_every_sdram(name: str) -> None:
    """The platform has the pins that `Sdram` says, which the virtual board has, too."""
    board = find_board(name)
    soc = make_soc(board, params_of(board, PLAN, 1), cpu="vexriscv", sdram=True)
    assert board.sdram is not None
    pads = board.sdram.pads(board.clock_hz)
    wanted = {"sdram_clock": 1} | {f"sdram_{pad}": width for pad, width in pads.layout}
    ports = [pin.port.partition("[")[0] for pin in soc.pins]
    assert {port: ports.count(port) for port in ports if port.startswith("sdram_")} == wanted
    assert len({pin.site for pin in soc.pins}) == len(soc.pins)


def test_its_bundle_is_not_kept_for_open(
    made: Design, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(targets, "folder", lambda: tmp_path / "kept")
    bitstream = tmp_path / "soc.bit"
    bitstream.write_bytes(b"bits")
    for each, kept in ((made, 0), (replace(made, cpu=None), 1)):
        built = builder._write(each, bitstream, {"cpu": each.cpu}, tmp_path / f"b{kept}")
        assert built.report["cpu"] == each.cpu
        assert len(targets.cached(PLAN)) == kept


def test_the_cpu_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], made: Design
) -> None:
    plan = tmp_path / "plan.json"
    PLAN.save(plan)
    call = ["build", "--board", "ulx3s", "--network", str(plan), "--lanes", "1", "--json"]
    assert main([*call, "--cpu", "vexriscv"]) == 0
    (item,) = json.loads(capsys.readouterr().out)["items"]
    assert (item["cpu"], item["sdram"]) == ("vexriscv", False)
    assert main([*call, "--cpu", "vexriscv", "--sdram"]) == 0
    (with_sdram,) = json.loads(capsys.readouterr().out)["items"]
    assert with_sdram["sdram"] is True
    assert with_sdram["lut_estimate"] > item["lut_estimate"]
    assert main([*call, "--sdram"]) == 2
    assert "sdram must be False without a CPU" in capsys.readouterr().err
    assert main([*call, "--cpu", "z80"]) == 2
    assert "cpu must be one of vexriscv, not 'z80'" in capsys.readouterr().err
    call = ["fit", "--network", str(plan), "--lanes", "1", "--cpu", "vexriscv", "--json"]
    assert main(call) == 0
    found = [item["board"] for item in json.loads(capsys.readouterr().out)["items"]]
    assert found == [board.name for board in BOARDS.values() if board.ethernet is None]
    serve = ["serve-virtual", "--network", str(plan), "--cpu", "vexriscv", "--bundle", "b.zip"]
    assert main(serve) == 2
    assert "--bundle must not be given with --cpu" in capsys.readouterr().err
