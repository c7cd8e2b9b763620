"""From Verilog to a bitstream, with wheels only: Yosys, nextpnr, and a packer."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from bitcortex.boards.board import Board
from bitcortex.boards.pins import cst, lpf, pcf
from bitcortex.boards.soc import BoardSoc
from bitcortex.sim.rtl.cache import cached, content_hash
from bitcortex.sim.rtl.verilator import run_tool
from bitcortex.sim.rtl.yowasp import run_yowasp, tool_version

LARGE = 10_000  # cells, above which the default router of ECP5 takes hours
_FLIP_FLOPS = ("TRELLIS_FF", "SB_DFF", "DFF")  # how their names begin
_LUTS = {
    "nextpnr-ecp5": ("TRELLIS_COMB",),
    "nextpnr-ice40": ("ICESTORM_LC",),
    "nextpnr-himbaechel-gowin": ("LUT4", "ALU"),
}
_BRAMS = ("DP16KD", "ICESTORM_RAM", "BSRAM")
_SPRAMS = ("ICESTORM_SPRAM",)
_DSPS = ("MULT18X18D", "ICESTORM_DSP", "MULT9X9", "MULT18X18", "MULT36X36", "MULTADDALU18X18",
         "MULTALU18X18", "MULTALU36X18")  # fmt: skip


@dataclass(frozen=True)
class Family:
    """What differs between the nextpnrs of device families.

    Parameters
    ----------
    constraints
        Name of the constraint file.
    options
        Of nextpnr: constraints in, routed design out.
    routed
        File that the packer reads.
    bitstream
        File that it writes.
    """

    constraints: str
    options: tuple[str, ...]
    routed: str
    bitstream: str


FAMILIES: Mapping[str, Family] = {
    "nextpnr-ecp5": Family(
        "soc.lpf", ("--lpf", "soc.lpf", "--textcfg", "soc.config"), "soc.config", "soc.bit"
    ),
    "nextpnr-ice40": Family("soc.pcf", ("--pcf", "soc.pcf", "--asc", "soc.asc"), "soc.asc",
                            "soc.bin"),
    # The device's own options name the constraints.
    "nextpnr-himbaechel-gowin": Family("pins.cst", ("--write", "routed.json"), "routed.json",
                                       "soc.fs"),
}  # fmt: skip


def constraints(board: Board, soc: BoardSoc) -> str:
    """Return the constraint file of a board."""
    if board.device.tool == "nextpnr-ecp5":
        return lpf(soc.pins, soc.clocks)
    if board.device.tool == "nextpnr-ice40":
        return pcf(soc.pins, soc.clocks)
    return cst(soc.pins)


def synthesise(board: Board, soc: BoardSoc) -> Path:
    """Return the folder with ``netlist.json``, ``cells.json`` (number by type) and ``seconds``."""
    script = "; ".join(
        [
            "read_verilog -sv soc.v",
            board.device.synthesis(board.synthesis, "soc"),
            "write_json netlist.json",
        ]
    )

    def build(folder: Path) -> None:
        began = monotonic()
        (folder / "soc.v").write_text(soc.verilog.text)
        run_yowasp("yosys", ["-q", "-p", script], folder)
        netlist = json.loads((folder / "netlist.json").read_text())
        counts: dict[str, int] = {}
        for cell in netlist["modules"]["soc"]["cells"].values():
            counts[cell["type"]] = counts.get(cell["type"], 0) + 1
        (folder / "cells.json").write_text(json.dumps(counts))
        (folder / "seconds").write_text(str(monotonic() - began))

    key = content_hash(soc.verilog.text, script, tool_version("yosys"))
    return cached("soc-netlist", key, build)


def place(board: Board, netlist: Path, pins: str, mhz: float, seed: int) -> Path:
    """Place and route with one seed; return the folder of the routed design and its report."""
    family = FAMILIES[board.device.tool]
    cells = sum(json.loads((netlist / "cells.json").read_text()).values())
    options = [*board.device.place, "--json", "netlist.json", *family.options]
    options += ["--freq", f"{mhz:g}", "--seed", str(seed), "--report", "report.json"]
    options += ["--timing-allow-fail", "-q"]  # we look at it ourselves
    if board.device.tool == "nextpnr-ecp5" and cells > LARGE:
        options += ["--router", "router2"]

    def build(folder: Path) -> None:
        began = monotonic()
        (folder / "netlist.json").write_bytes((netlist / "netlist.json").read_bytes())
        (folder / family.constraints).write_text(pins)
        run_yowasp(board.device.tool, options, folder)
        (folder / "netlist.json").unlink()  # large, and not needed again
        (folder / "seconds").write_text(str(monotonic() - began))

    key = content_hash(netlist.name, pins, *options, tool_version(board.device.tool))
    return cached("soc-routed", key, build)


def pack(board: Board, routed: Path) -> Path:
    """Return the bitstream of a routed design."""
    family = FAMILIES[board.device.tool]

    def build(folder: Path) -> None:
        (folder / family.routed).write_bytes((routed / family.routed).read_bytes())
        if board.device.tool == "nextpnr-ecp5":
            run_yowasp("ecppack", ["--compress", family.routed, family.bitstream], folder)
        elif board.device.tool == "nextpnr-ice40":
            run_yowasp("icepack", ["-s", family.routed, family.bitstream], folder)
        else:
            packer = str(Path(sys.executable).parent / "gowin_pack")
            chip = board.device.place[board.device.place.index("--vopt") + 1].partition("=")[2]
            run_tool([packer, "-d", chip, "-o", family.bitstream, family.routed], folder)
        (folder / family.routed).unlink()

    return cached("bitstream", content_hash(routed.name, board.device.tool), build) / (
        family.bitstream
    )


def used(board: Board, netlist: Path, report: Mapping[str, Any]) -> dict[str, int]:
    """Return what a routed design takes of the device."""
    cells = json.loads((netlist / "cells.json").read_text())
    bels = {name: bel["used"] for name, bel in report["utilization"].items()}

    def total(kinds: tuple[str, ...]) -> int:
        return sum(bels.get(kind, 0) for kind in kinds)

    return {
        # A RAM of 16 x 4 bits takes four lookup tables, which only ECP5's count includes.
        "lut": total(_LUTS[board.device.tool]) + 4 * bels.get("RAM16SDP4", 0),
        "ff": sum(n for kind, n in cells.items() if kind.startswith(_FLIP_FLOPS)),
        "bram": total(_BRAMS),
        "spram": total(_SPRAMS),
        "dsp": total(_DSPS),
    }
