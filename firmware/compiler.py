"""The C compiler for the CPU: which one there is."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from bitcortex.errors import ToolError

WHEEL = "ziglang"
DEBIAN = "riscv64-unknown-elf-gcc"
HINT = f"pip install 'bitcortex[firmware]', or apt install gcc-{DEBIAN.removesuffix('-gcc')}"
_WHEEL_OPTIONS = (
    "-target", "riscv32-freestanding-none", "-mcpu=generic_rv32", "-fno-sanitize=all",
)  # fmt: skip
_DEBIAN_OPTIONS = ("-march=rv32i", "-Wl,--build-id=none", "-Wl,--no-warn-rwx-segments")


@dataclass(frozen=True)
class Compiler:
    """A C compiler that makes code for the CPU.

    Parameters
    ----------
    name
        `WHEEL` or `DEBIAN`.
    version
        As it says itself.
    command
        With the options that only it needs.
    """

    name: str
    version: str
    command: tuple[str, ...]


def find_compiler() -> Compiler:
    """Return the wheel's compiler, which is the same on every machine, or else Debian's.

    Raises
    ------
    ToolError
        If there is neither; the message says how to get one.
    """
    found = wheel() or debian()
    if found is None:
        raise ToolError(
            f"the firmware needs a C compiler for RISC-V, and there is none. Try: {HINT}"
        )
    return found


def wheel() -> Compiler | None:
    """Return the compiler of the wheel, if it is installed."""
    try:
        found = version(WHEEL)
    except PackageNotFoundError:
        return None
    return Compiler(WHEEL, found, (sys.executable, "-m", WHEEL, "cc", *_WHEEL_OPTIONS))


def debian() -> Compiler | None:
    """Return Debian's compiler, if it is on the PATH."""
    path = shutil.which(DEBIAN)
    if path is None:
        return None
    told = subprocess.run([path, "-dumpfullversion"], capture_output=True, text=True, check=False)
    found = told.stdout.strip() or "of unknown version"
    return Compiler(DEBIAN, found, (path, *_DEBIAN_OPTIONS))
