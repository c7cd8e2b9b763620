"""Stuck-at faults of any named net of emitted Verilog, made by Yosys.

Where a fault has no port: registers of the control, accumulators, adder trees. The result is Verilog
as any other: for the harness, for cocotb, for `bitcortex.sim.verify.mutants`.
"""

import difflib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from bitcortex import check
from bitcortex.gateware.emit import Verilog
from bitcortex.sim.rtl.cache import cached, content_hash
from bitcortex.sim.rtl.yowasp import run_yowasp, tool_version

_NET = re.compile(r"(?P<name>\w+)(\[(?P<bit>\d+)\])?")


def nets(verilog: Verilog) -> dict[str, int]:
    """Return the named nets of a module, ports left out, and their widths."""
    module = json.loads((_netlist(verilog) / "netlist.json").read_text())["modules"][verilog.name]
    ports = set(module["ports"])
    return {
        name: len(net["bits"])
        for name, net in module["netnames"].items()
        if not net["hide_name"] and name not in ports
    }


def stuck_nets(verilog: Verilog, values: Mapping[str, int]) -> Verilog:
    """Return the module with nets that are stuck.

    Parameters
    ----------
    verilog
        The module.
    values
        Of nets by name, one bit by ``name[3]``: all bits of a net stick at a number.

    Raises
    ------
    ValueError
        If there is no such net, or a value does not fit.
    """
    known = nets(verilog)
    commands = []
    for net, value in values.items():
        found = _NET.fullmatch(net)
        if found is None or found["name"] not in known:
            near = difflib.get_close_matches(net, known, 5, 0.0)
            raise ValueError(
                f"net must be one of {verilog.name}'s, not {net!r}. Near it: {', '.join(near)}"
            )
        width = known[found["name"]]
        if found["bit"] is not None:
            check.integer(f"bit of {found['name']}", int(found["bit"]), 0, width - 1)
            width = 1
        check.integer(f"value of {net}", value, 0, (1 << width) - 1)
        commands.append(f"connect -set {net} {width}'b{value:0{width}b}")

    script = "; ".join(["read_rtlil netlist.il", f"cd {verilog.name}", *commands, "cd", "opt_clean"])
    netlist = _netlist(verilog)

    def build(folder: Path) -> None:
        (folder / "netlist.il").write_bytes((netlist / "netlist.il").read_bytes())
        run_yowasp("yosys", ["-q", "-p", f"{script}; write_verilog -noattr stuck.v"], folder)

    key = content_hash(netlist.name, script, tool_version("yosys"))
    return replace(verilog, text=(cached("stuck", key, build) / "stuck.v").read_text())


def _netlist(verilog: Verilog) -> Path:
    """Return the folder of a module's netlist, which still has all names."""
    script = (
        f"read_verilog -sv {verilog.name}.v; hierarchy -top {verilog.name}; proc; flatten; "
        "write_rtlil netlist.il; write_json netlist.json"
    )

    def build(folder: Path) -> None:
        (folder / f"{verilog.name}.v").write_text(verilog.text)
        run_yowasp("yosys", ["-q", "-p", script], folder)

    return cached("nets", content_hash(verilog.text, script, tool_version("yosys")), build)
