"""Compiles the firmware: from C sources and generated headers to the words of a ROM."""

import os
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from bitcortex.errors import ToolError
from bitcortex.firmware.compiler import Compiler, find_compiler
from bitcortex.firmware.elf import rom_words
from bitcortex.network import addresses, registers
from bitcortex.network.image import Words

SOURCES = (
    "start.S", "main.c", "column.c", "console.c", "image.c", "rate.c", "receive.c", "runtime.c",
    "sdram.c",
)  # fmt: skip
_FLAGS = (
    "-std=c11", "-Os", "-ffreestanding", "-fno-builtin", "-ffunction-sections", "-fdata-sections",
    "-fno-pic", "-fno-stack-protector", "-mabi=ilp32", "-mcmodel=medany", "-Wall", "-Wextra",
    "-Werror", "-nostdlib", "-static", "-Wl,--gc-sections", "-Wl,-T,link.ld",
)  # fmt: skip


def compile_firmware(cache: Path, compiler: Compiler | None = None, memory: str = "") -> Words:
    """Return the words of the program.

    The network's image belongs directly behind them, or is sent where there is SDRAM.

    Parameters
    ----------
    cache
        Folder for what the compiler keeps.
    compiler
        From `find_compiler`, which is asked if None.
    memory
        `bitcortex.firmware.memory.c_header` of the SDRAM; empty without.

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
        (build / "memory.h").write_text(memory)
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
