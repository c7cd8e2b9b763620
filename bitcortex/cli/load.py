"""load a built bitstream onto a board, by openFPGALoader

examples:
  bitcortex load build/ulx3s-85f/0123456789abcdef0123
  bitcortex load build/ulx3s-85f/0123456789abcdef0123 --flash
"""

import argparse
from pathlib import Path

from rich.console import Console

from bitcortex.cli.result import Result


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="folder of a build")
    parser.add_argument("--flash", action="store_true", help="write the flash: it stays")


def run(arguments: argparse.Namespace, console: Console) -> Result:
    """Load it."""
    from bitcortex.boards.build import read_build
    from bitcortex.boards.load import load
    from bitcortex.boards.registry import find_board

    build = read_build(arguments.bundle)
    board = find_board(build.report["board"])
    with console.status(f"loading {board.title}"):
        load(board, build.bitstream, arguments.flash)
    item = {key: build.report[key] for key in ("board", "network", "lanes", "bitstream")}
    return Result(True, [item | {"loaded": True}])


def show(result: Result, console: Console) -> None:
    """Say what runs where."""
    for item in result.items:
        console.print(f"{item['board']} runs {item['network']} with {item['lanes']} lanes")
