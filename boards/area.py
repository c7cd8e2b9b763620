"""Area and speed of one module: synthesis, placement and routing between two rows of registers.

A module has more ports than a device has pins, and its longest paths often begin or end at a port.
So it is measured inside a bench: shift registers, one flip-flop per input bit, drive it, and
one flip-flop per output bit captures it. Every path then runs from register to register, as in a
real design, and fmax covers all of them. The module is synthesised on its own (the bench can
neither be merged with it nor help it), and the bench's cells are left out of the counts: a
flip-flop of the bench is counted by nobody, and a logic cell counts if it holds anything of the
module.
"""

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from bitcortex import check
from bitcortex.boards.capacity import check_fits
from bitcortex.boards.devices import Device
from bitcortex.gateware.emit import Verilog
from bitcortex.sim.rtl.cache import cached, content_hash
from bitcortex.sim.rtl.yowasp import Say, prepare, run_yowasp, tool_version

_LUTS = {  # cells that occupy a lookup table
    "nextpnr-ecp5": ("TRELLIS_COMB",),
    "nextpnr-ice40": ("ICESTORM_LC",),
    "nextpnr-himbaechel-gowin": ("LUT1", "LUT2", "LUT3", "LUT4", "ALU"),
}
_BRAMS = ("DP16KD", "ICESTORM_RAM", "BSRAM")  # 18, 4 and 18 kbit
_SPRAMS = ("ICESTORM_SPRAM",)  # 256 kbit
_DSPS = ("MULT18X18D", "ICESTORM_DSP", "MULT9X9", "MULT18X18", "MULT36X36", "MULTADDALU18X18",
         "MULTALU18X18", "MULTALU36X18")  # fmt: skip
_BENCH = ("bench_chain", "bench_capture", "bench_reset")  # registers; their cells begin so
SEGMENT = 32  # flip-flops synthesised as one: Yosys recurses along a chain, and its stack is small
WORKERS = 2  # placements at the same time
LARGE = 10_000  # cells


@dataclass(frozen=True)
class Area:
    """What a module takes on a device.

    `lut` counts TRELLIS_COMB on ECP5, logic cells on iCE40 and LUT4 plus ALU on Gowin, after
    packing, the tools' own constant drivers included. `fmax_mhz` has one entry per seed.
    """

    lut: int
    ff: int
    bram: int
    spram: int
    dsp: int
    fmax_mhz: tuple[float, ...]

    @property
    def fmax_median_mhz(self) -> float:
        """Median over the seeds."""
        return median(self.fmax_mhz)

    @property
    def fmax_best_mhz(self) -> float:
        """Best of the seeds."""
        return max(self.fmax_mhz)


def measure(
    verilog: Verilog,
    device: Device,
    seeds: int = 5,
    recipe: str | None = None,
    progress: Callable[[], object] = lambda: None,
    say: Say = lambda message: None,
    first_seed: int = 1,
) -> Area:
    """Synthesise, place and route a module out of context; results are kept in the cache.

    Parameters
    ----------
    verilog
        The module.
    device
        From `bitcortex.boards.devices`.
    seeds
        Placements, 1 to 99, with as many seeds.
    recipe
        Name of the synthesis options; the device's first if None.
    progress
        Called after each of ``seeds + 1`` stages.
    say
        Told what takes long.
    first_seed
        Of the placements; the others count up from it.

    Raises
    ------
    ValueError
        If the recipe is unknown, the number of seeds out of range, or if the device has too few
        RAMs.
    ToolError
        If a tool is missing or fails, for one because the module does not fit.
    """
    check.integer("seeds", seeds, 1, 99)
    check.integer("first_seed", first_seed, 1, 2**31 - 100)
    check_fits(verilog, device)
    name = check.one_of("recipe", recipe or next(iter(device.recipes)), device.recipes)
    prepare("yosys", say)
    prepare(device.tool, say)
    netlist = _synthesise(verilog, device, device.recipes[name])
    progress()
    with ThreadPoolExecutor(WORKERS) as pool:
        reports = []
        for report in pool.map(
            partial(_place, netlist, device), range(first_seed, first_seed + seeds)
        ):
            reports.append(report)
            progress()
    captures = sum(port.width for port in verilog.ports if port.output)
    registers = _segments(verilog) * SEGMENT + captures + bool(device.reset)
    return _area(reports, device, registers)


def bench(verilog: Verilog, reset: str = "") -> str:
    """Return the Verilog of the bench around a module; its ports are ``clk`` and ``shift``.

    `reset` puts the reset on a global net, for tools that do not do so themselves.
    """
    inputs = [p for p in verilog.ports if not p.output]
    outputs = [p for p in verilog.ports if p.output]
    wires = [".sys_clk(clk)", ".sys_rst(reset)"]
    buffer = reset or "assign reset = drive[0];"
    at = 1
    for port in inputs:
        wires.append(f".{port.name}(drive[{at + port.width - 1}:{at}])")
        at += port.width
    segments = _segments(verilog)
    at = 0
    for port in outputs:
        wires.append(f".{port.name}(made[{at + port.width - 1}:{at}])")
        at += port.width
    chain = [
        f"bench_segment bench_chain_{i}(clk, {f'drive[{i * SEGMENT - 1}]' if i else 'shift'}, "
        f"drive[{(i + 1) * SEGMENT - 1}:{i * SEGMENT}]);"
        for i in range(segments)
    ]
    join = "\n  "
    return f"""
(* keep_hierarchy *)
module bench_segment(input clk, input shift, output [{SEGMENT - 1}:0] drive);
  (* keep *) reg [{SEGMENT - 1}:0] bench_chain;
  assign drive = bench_chain;
  always @(posedge clk) bench_chain <= {{bench_chain, shift}};
endmodule

module bench(input clk, input shift);
  wire [{segments * SEGMENT - 1}:0] drive;
  {join.join(chain)}
  wire reset;
  {buffer}
  (* keep *) reg [{at - 1}:0] bench_capture;
  wire [{at - 1}:0] made;
  always @(posedge clk) bench_capture <= made;
  {verilog.name} dut({", ".join(wires)});
endmodule
"""


def _segments(verilog: Verilog) -> int:
    bits = 1 + sum(port.width for port in verilog.ports if not port.output)
    return -(-bits // SEGMENT)


def _synthesise(verilog: Verilog, device: Device, command: str) -> Path:
    text = verilog.text + bench(verilog, device.reset)
    script = [
        "read_verilog -sv bench.v",
        f"setattr -mod -set keep_hierarchy 1 {verilog.name}",
        device.synthesis(command, "bench"),
        "setattr -mod -unset keep_hierarchy *",
        "flatten",
    ]
    if device.pins:
        script += ["iopadmap -bits -inpad IBUF O:I", "clean"]
    script.append("write_json netlist.json")

    def build(folder: Path) -> None:
        (folder / "bench.v").write_text(text)
        run_yowasp("yosys", ["-q", "-p", "; ".join(script)], folder)

    key = content_hash(text, *script, tool_version("yosys"))
    return cached("netlist", key, build) / "netlist.json"


def _place(netlist: Path, device: Device, seed: int) -> dict[str, Any]:
    """Place and route with one seed; return fmax and what was used."""
    options = [*device.place, "--freq", str(device.mhz), "--timing-allow-fail", "-q"]
    text = netlist.read_text()
    cells = text.count('"type": ')
    if device.tool == "nextpnr-ecp5" and cells > LARGE:
        options += ["--router", "router2"]  # the default takes hours
    pins = "".join(
        f'IO_LOC "{port}" {pin};\n'
        for port, pin in zip(("clk", "shift"), device.pins or (), strict=False)
    )

    def build(folder: Path) -> None:
        (folder / "netlist.json").write_text(text)
        (folder / "pins.cst").write_text(pins)
        files = ["--json", "netlist.json", "--report", "report.json", "--write", "placed.json"]
        run_yowasp(device.tool, [*options, "--seed", str(seed), *files], folder)
        found = json.loads((folder / "report.json").read_text())
        placed = json.loads((folder / "placed.json").read_text())
        result = {
            "fmax": [clock["achieved"] for clock in found["fmax"].values()],
            "used": {name: bel["used"] for name, bel in found["utilization"].items()},
            "cells": _cells(placed),
        }
        (folder / "result.json").write_text(json.dumps(result))
        for name in ("netlist.json", "placed.json"):  # large, and not needed again
            (folder / name).unlink()

    key = content_hash(netlist.parent.name, *options, pins, str(seed), tool_version(device.tool))
    result: dict[str, Any] = json.loads((cached("placed", key, build) / "result.json").read_text())
    return result


def _cells(placed: dict[str, Any]) -> dict[str, int]:
    """Return how many cells of each type there are apart from the bench's own."""
    counts: dict[str, int] = {"flip-flops": 0}
    for module in placed["modules"].values():
        for name, cell in module["cells"].items():
            kind = cell["type"]
            enabled = int(cell["parameters"].get("DFF_ENABLE", "0")[-1:] or "0")
            if kind in ("TRELLIS_FF",) or kind.startswith("DFF") or enabled:
                counts["flip-flops"] += 1  # the bench's too, which may share a cell with a LUT
            if not name.startswith(_BENCH):
                counts[kind] = counts.get(kind, 0) + 1
    return counts


def _area(reports: Sequence[dict[str, Any]], device: Device, bench_bits: int) -> Area:
    cells, used = reports[0]["cells"], reports[0]["used"]
    return Area(
        lut=sum(cells.get(kind, 0) for kind in _LUTS[device.tool]),
        ff=cells["flip-flops"] - bench_bits,
        bram=sum(used.get(kind, 0) for kind in _BRAMS),
        spram=sum(used.get(kind, 0) for kind in _SPRAMS),
        dsp=sum(used.get(kind, 0) for kind in _DSPS),
        fmax_mhz=tuple(round(min(report["fmax"]), 2) for report in reports),
    )
