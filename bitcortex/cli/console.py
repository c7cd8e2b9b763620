"""send a network to the console of a board with a CPU, and type commands there

With --send the network of a bundle goes into the board's SDRAM, and is loaded: bitcortex build made
the bundle, with --cpu and --sdram. The commands of the firmware are in docs/firmware.md.

examples:
  bitcortex console /dev/ttyUSB0 --send build/ulx3s-85f/0123456789abcdef0123
  bitcortex console /dev/ttyUSB0 --ask "run 10000" rates hash
  bitcortex console tcp://127.0.0.1:4242 --send board.zip --ask "run 1000" rates --json
"""

import argparse
from pathlib import Path

from rich.console import Console

from bitcortex.cli.progress import steps_bar
from bitcortex.cli.result import Item, Result


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    parser.add_argument("target", help="/dev/ttyUSB0, COM3 or tcp://HOST:PORT")
    parser.add_argument("--send", type=Path, metavar="BUNDLE", help="and load it")
    parser.add_argument(
        "--ask", nargs="+", default=[], metavar="COMMAND", help="of the firmware, one after another"
    )
    parser.add_argument("--baudrate", type=int, default=1_000_000, help="(default: %(default)s)")
    parser.add_argument(
        "--timeout", type=float, default=10.0, help="s that may be silent (default: %(default)s)"
    )


def run(arguments: argparse.Namespace, console: Console) -> Result:
    """Send what is to be sent, then type."""
    from bitcortex import check
    from bitcortex.firmware.image import network_image
    from bitcortex.host import bundle as bundles
    from bitcortex.host.connect import transport
    from bitcortex.host.console import Console as Firmware

    if arguments.send is None and not arguments.ask:
        raise ValueError("--send or --ask must be given. Try: bitcortex console PORT --ask help")
    check.integer("--baudrate", arguments.baudrate, 300, 12_000_000)
    image = None
    if arguments.send is not None:
        bundle = bundles.load(arguments.send)
        image = network_image(bundle)
    items: list[Item] = []
    line = transport(arguments.target, arguments.baudrate)
    with Firmware(line, arguments.timeout) as firmware:
        commands = list(arguments.ask)
        if image is not None:
            with steps_bar(console, f"sending {bundle.plan.name}, words", len(image)) as advance:
                before = 0

                def progress(done: int, words: int) -> None:
                    nonlocal before
                    advance(done - before)
                    before = done

                items.append({"command": "receive", "lines": firmware.send(image, progress)})
            commands.insert(0, "load")
        for command in commands:
            items.append({"command": command, "lines": firmware.ask(command)})
    return Result(True, items)


def show(result: Result, console: Console) -> None:
    """Print what the firmware has printed."""
    for item in result.items:
        for line in item["lines"]:
            console.print(line, markup=False, highlight=False, soft_wrap=True)
