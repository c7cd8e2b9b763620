"""load the bitstream of a bundle onto its board, by openFPGALoader

examples:
  bitcortex load build/ulx3s-85f/0123456789abcdef0123
  bitcortex load build/ulx3s-85f/0123456789abcdef0123 --flash
"""

import argparse
from pathlib import Path

from rich.console import Console

from bitcortex.cli.result import Item, Result


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="folder or .zip of a build")
    parser.add_argument("--flash", action="store_true", help="write the flash: it stays")


def run(arguments: argparse.Namespace, console: Console) -> Result:
    """Load it."""
    from bitcortex.boards.load import load
    from bitcortex.host import bundle as bundles

    bundle = bundles.load(arguments.bundle)
    with console.status(f"loading {bundle.board}"):
        load(bundle, arguments.flash)
    item: Item = {
        "board": bundle.board,
        "network": bundle.plan.name,
        "lanes": bundle.lanes,
        "digest": bundle.digest,
        "loaded": True,
    }
    return Result(True, [item])


def show(result: Result, console: Console) -> None:
    """Say what runs where."""
    for item in result.items:
        console.print(f"{item['board']} runs {item['network']} with {item['lanes']} lanes")
