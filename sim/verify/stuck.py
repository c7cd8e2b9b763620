"""Stuck-at faults of any named net of emitted Verilog, made in Yosys' netlist.

Where a fault has no port: registers of the control, accumulators, adder trees. The result is
Verilog as any other: for the harness, for cocotb, for `bitcortex.sim.verify.mutants`.
"""

import difflib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bitcortex import check
from bitcortex.gateware.emit import Verilog
from bitcortex.sim.rtl.cache import cached, content_hash
from bitcortex.sim.rtl.yowasp import run_yowasp, tool_version

_NET = re.compile(r"(?P<name>\w+)(\[(?P<bit>\d+)\])?")


def nets(verilog: Verilog) -> dict[str, int]:
    """Return the named nets of a module, ports left out, and their widths."""
    return {name: len(bits) for name, bits in _nets(_module(verilog)).items()}


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
    module = _module(verilog)
    known = _nets(module)
    stuck: dict[Any, str] = {}  # constants by Yosys' number of a bit
    for net, value in values.items():
        found = _NET.fullmatch(net)
        if found is None or found["name"] not in known:
            near = difflib.get_close_matches(net, known, 5, 0.0)
            raise ValueError(
                f"net must be one of {verilog.name}'s, not {net!r}. Near it: {', '.join(near)}"
            )
        bits = known[found["name"]]
        if found["bit"] is not None:
            at = check.integer(f"bit of {found['name']}", int(found["bit"]), 0, len(bits) - 1)
            bits = bits[at : at + 1]
        check.integer(f"value of {net}", value, 0, (1 << len(bits)) - 1)
        stuck |= {bit: str(value >> k & 1) for k, bit in enumerate(bits)}

    _stick(module, stuck)
    text = json.dumps({"modules": {verilog.name: module}})

    def build(folder: Path) -> None:
        (folder / "stuck.json").write_text(text)
        script = "read_json stuck.json; opt_clean; write_verilog -noattr stuck.v"
        run_yowasp("yosys", ["-q", "-p", script], folder)

    key = content_hash(text, tool_version("yosys"))
    return replace(verilog, text=(cached("stuck", key, build) / "stuck.v").read_text())


def _module(verilog: Verilog) -> dict[str, Any]:
    """Return a module's netlist, which still has all names."""
    script = (
        f"read_verilog -sv {verilog.name}.v; hierarchy -top {verilog.name}; proc; flatten; "
        "memory_collect; opt_clean; write_json netlist.json"
    )

    def build(folder: Path) -> None:
        (folder / f"{verilog.name}.v").write_text(verilog.text)
        run_yowasp("yosys", ["-q", "-p", script], folder)

    folder = cached("nets", content_hash(verilog.text, script, tool_version("yosys")), build)
    module: dict[str, Any] = json.loads((folder / "netlist.json").read_text())["modules"][
        verilog.name
    ]
    return module


def _nets(module: dict[str, Any]) -> dict[str, list[Any]]:
    return {
        name: net["bits"]
        for name, net in module["netnames"].items()
        if not net["hide_name"] and name not in module["ports"]
    }


def _stick(module: dict[str, Any], stuck: Mapping[Any, str]) -> None:
    """Whoever reads a stuck bit reads the constant; whoever drives it drives a bit of its own."""
    numbers = [bit for net in module["netnames"].values() for bit in net["bits"]]
    fresh = max(bit for bit in numbers if isinstance(bit, int)) + 1
    own = {bit: fresh + k for k, bit in enumerate(stuck)}
    for cell in module["cells"].values():
        for port, bits in cell["connections"].items():
            to: Mapping[Any, Any] = stuck
            if cell["port_directions"][port] == "output":
                to = own
            cell["connections"][port] = [to.get(bit, bit) for bit in bits]
    for port in module["ports"].values():
        if port["direction"] == "output":
            port["bits"] = [stuck.get(bit, bit) for bit in port["bits"]]
    for name, net in module["netnames"].items():
        if module["ports"].get(name, {}).get("direction") == "input":
            continue
        if "init" in net["attributes"]:  # the highest bit first; a constant has none
            values = reversed(net["attributes"]["init"])
            kept = ["x" if b in stuck else v for b, v in zip(net["bits"], values, strict=True)]
            net["attributes"]["init"] = "".join(reversed(kept))
        net["bits"] = [stuck.get(bit, bit) for bit in net["bits"]]
