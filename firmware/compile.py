"""Compiles the firmware, with the compiler that is there."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory

from bitcortex.errors import ToolError
from bitcortex.firmware.elf import rom_words
from bitcortex.network import addresses, registers
from bitcortex.network.image import Words

SOURCES = ("start.S", "main.c", "column.c", "console.c", "image.c", "rate.c", "runtime.c")
DEBIAN = "riscv64-unknown-elf-gcc"
HINT = "Try: pip install 'bitcortex[firmware]', or apt install gcc-riscv64-unknown-elf"
_FLAGS = (
    "-std=c11", "-Os", "-ffreestanding", "-fno-builtin", "-ffunction-sections", "-fdata-sections",
    "-fno-pic", "-fno-stack-protector", "-mabi=ilp32", "-mcmodel=medany", "-Wall", "-Wextra",
    "-Werror", "-nostdlib", "-static", "-Wl,--gc-sections", "-Wl,-T,link.ld",
)  # fmt: skip
_ZIG = ("-target", "riscv32-freestanding-none", "-mcpu=generic_rv32", "-fno-sanitize=all")
_GCC = ("-march=rv32i", "-Wl,--build-id=none", "-Wl,--no-warn-rwx-segments")


@dataclass(frozen=True)
class Compiler:
    """A C compiler for the CPU.

    Parameters
    ----------
    name
        ``ziglang`` or ``riscv64-unknown-elf-gcc``.
    version
        As it says itself.
    command
        With the options that it needs to know the CPU.
    """

    name: str
    version: str
    command: tuple[str, ...]


def find_compiler() -> Compiler:
    """Return the compiler: the wheel, of which every machine has the same version, or Debian's.

    Raises
    ------
    ToolError
        If there is none; the message says how to get one.
    """
    try:
        found = version("ziglang")
        return Compiler("ziglang", found, (sys.executable, "-m", "ziglang", "cc", *_ZIG))
    except PackageNotFoundError:
        pass
    path = shutil.which(DEBIAN)
    if path is None:
        raise ToolError(f"a C compiler for RISC-V must be there to compile the firmware. {HINT}")
    told = subprocess.run([path, "-dumpfullversion"], capture_output=True, text=True, check=False)
    return Compiler(DEBIAN, told.stdout.strip() or "unknown version", (path, *_GCC))


def compile_firmware(cache: Path, compiler: Compiler | None = None) -> Words:
    """Return the words of the program; the network's image belongs directly behind them.

    Parameters
    ----------
    cache
        Folder for what the compiler keeps.
    compiler
        From `find_compiler`, which is asked if None.

    Raises
    ------
    ToolError
        If there is no compiler, or the sources are wrong; the message has what it says.
    """
    compiler = compiler or find_compiler()
    folder = Path(__file__).parent
    cache.mkdir(parents=True, exist_ok=True)
    zig = {f"ZIG_{kind}_CACHE_DIR": str(cache / "zig") for kind in ("GLOBAL", "LOCAL")}
    with TemporaryDirectory(dir=cache) as made:
        build = Path(made)
        for source in (*folder.glob("*.[chS]"), folder / "link.ld"):
            shutil.copy(source, build)
        (build / "registers.h").write_text(registers.c_header())
        (build / "addresses.h").write_text(addresses.c_header())
        (build / "memory.ld").write_text(addresses.linker_script())
        done = subprocess.run(
            [*compiler.command, *_FLAGS, *SOURCES, "-o", "firmware.elf"],
            cwd=build, env=os.environ | zig, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            tail = "\n".join(done.stderr.strip().splitlines()[-30:])
            raise ToolError(f"{compiler.name} {compiler.version} failed:\n{tail}")
        elf = (build / "firmware.elf").read_bytes()
    return rom_words(elf, addresses.ROM, addresses.SRAM)
