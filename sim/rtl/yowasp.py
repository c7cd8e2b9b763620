"""Run the YoWASP tools: Yosys and nextpnr as WebAssembly wheels, the same on every machine."""

import shutil
import sys
from collections.abc import Callable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bitcortex.errors import ToolError
from bitcortex.sim.rtl.cache import cache_root, cached, content_hash
from bitcortex.sim.rtl.verilator import run_tool

Say = Callable[[str], object]
_PACKERS = {"ecppack": "nextpnr-ecp5", "icepack": "nextpnr-ice40"}  # and whose wheel has them


@cache
def tool_version(tool: str) -> str:
    """Return the version of the wheel of a tool, `yosys` or `nextpnr-ecp5` for example.

    Raises
    ------
    ToolError
        If the wheel is not installed.
    """
    wheel = f"yowasp-{_PACKERS.get(tool, tool)}"
    try:
        return version(wheel)
    except PackageNotFoundError:
        raise ToolError(f"{wheel} is not installed. Try: pip install 'bitcortex[synth]'") from None


def run_yowasp(
    tool: str,
    arguments: list[str],
    folder: Path,
    say: Say = lambda message: None,
    timeout_s: float | None = None,
) -> str:
    """Run a tool in a folder and return its standard output.

    Parameters
    ----------
    tool
        Name of the tool without ``yowasp-``.
    arguments
        Of its command line; files relative to `folder`.
    folder
        Where it runs; not below ``/tmp``, which the tools cannot see.
    say
        Told when the first run of a wheel compiles it, which takes about a minute.
    timeout_s
        Seconds after which it is stopped.

    Raises
    ------
    ToolError
        If the tool is missing, fails, or takes too long; the message ends with its last lines.
    """
    if Path("/tmp") in (folder.resolve(), *folder.resolve().parents):
        raise ToolError(
            f"{folder} is below /tmp, which the YoWASP tools cannot see. "
            "Set BITCORTEX_CACHE to a folder elsewhere."
        )
    if tool not in _PACKERS:  # which are small
        prepare(tool, say)
    return run_tool([_command(tool), *arguments], folder, timeout_s)


def prepare(tool: str, say: Say = lambda message: None) -> None:
    """Let the first run of a wheel compile it, once and not in two processes at a time."""
    cache_root().mkdir(parents=True, exist_ok=True)

    def build(folder: Path) -> None:
        say(f"first run of {tool} compiles it, about a minute")
        (folder / "version.txt").write_text(run_tool([_command(tool), "--version"], cache_root()))

    cached("yowasp", content_hash(tool, tool_version(tool), sys.executable), build)


def _command(tool: str) -> str:
    """Return the path of a tool, first beside the running Python."""
    name = f"yowasp-{tool}"
    beside = Path(sys.executable).parent / name
    path = str(beside) if beside.exists() else shutil.which(name)
    if path is None:
        raise ToolError(f"{name} was not found. Try: bitcortex doctor")
    return path
