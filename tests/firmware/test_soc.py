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
from bitcortex.boards.fit import check_fits, fit
from bitcortex.boards.registry import BOARDS, find_board
from bitcortex.boards.soc import make_soc, params_of
from bitcortex.cli.main import main
from bitcortex.gateware.soc import console
from bitcortex.network import addresses, registers
from bitcortex.sim.soc import targets


@pytest.fixture(scope="module")
def made() -> Design:
    return design(find_board("ulx3s"), PLAN, 1, cpu="vexriscv")


def defines(header: str) -> dict[str, int]:
    """Return the numbers of a C header."""
    found = re.findall(r"^#define BITCORTEX_(\w+) (0x[0-9a-f]+|\d+)u", header, re.MULTILINE)
    return {name: int(value, 0) for name, value in found}


def test_headers_and_soc_have_the_same_addresses(made: Design) -> None:
    """All registers of the table, and all of the console, as LiteX lists them."""
    rows = [row for row in csv.reader(made.soc.csr_csv.splitlines()) if row]
    listed = {(row[0], row[1]): int(row[2], 0) for row in rows if row[2][:1].isdigit()}
    where, what = defines(addresses.c_header()), defines(registers.c_header())
    for register in registers.TABLE:
        offset = what[f"{register.name.upper()}_OFFSET"]
        found = [a for (kind, name), a in listed.items() if kind == "csr_register"
                 and re.fullmatch(rf"accelerator_{register.name}0?", name)]  # fmt: skip
        assert found == [where["CSR_BASE"] + offset], register.name
    for name in addresses.CONSOLE_REGISTERS:
        at = where["CONSOLE_BASE"] + where[f"CONSOLE_{name.upper()}_OFFSET"]
        assert listed["csr_register", f"uart_{name}"] == at
    for window in addresses.WINDOWS:
        assert listed["memory_region", window] == where[f"{window.upper()}_BASE"]
    assert listed["memory_region", "rom"] == addresses.ROM
    assert listed["memory_region", "sram"] == addresses.SRAM


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
def test_every_board_can_have_one(board: Board) -> None:
    soc = make_soc(board, params_of(board, PLAN, 1), cpu="vexriscv")
    assert "\nmodule VexRiscv (" in soc.verilog.text
    ports = {pin.port for pin in soc.pins}
    assert {port for port in ports if "serial" in port} == {"serial_rx", "serial_tx"}
    assert rams(soc.verilog, board.device).blocks > 8


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
    assert item["cpu"] == "vexriscv"
    assert main([*call, "--cpu", "z80"]) == 2
    assert "cpu must be one of vexriscv, not 'z80'" in capsys.readouterr().err
    serve = ["serve-virtual", "--network", str(plan), "--cpu", "vexriscv", "--bundle", "b.zip"]
    assert main(serve) == 2
    assert "--bundle must not be given with --cpu" in capsys.readouterr().err
