"""say on which boards a network fits, what limits it, and which size would fit; no synthesis

examples:
  bitcortex fit --network brunel-ai
  bitcortex fit --network brunel-ai --board icebreaker --lanes 4
  bitcortex fit --network brunel-ai --largest --json
  bitcortex fit --network brunel-ai --cpu vexriscv --sdram
  bitcortex fit --from-brian2 script.py
"""

import argparse

from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from bitcortex.cli.networks import add_network, choose, scale_of
from bitcortex.cli.result import Item, Result


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    add_network(parser, "--network")
    parser.add_argument("--seed", type=int, help="of the preset")
    parser.add_argument("--board", help="one board (default: all)")
    parser.add_argument("--lanes", type=int, help="1 to 64 (default: each board's)")
    parser.add_argument("--cpu", help="vexriscv: with firmware; docs/firmware.md")
    parser.add_argument("--sdram", action="store_true", help="with --cpu: the network is sent")
    parser.add_argument(
        "--largest", action="store_true", help="look for the largest such network, a minute each"
    )


def run(arguments: argparse.Namespace, console: Console) -> Result:
    """Look at every board."""
    from bitcortex.boards.build import check_event_driven
    from bitcortex.boards.fit import can_have, fit, largest, most_lanes
    from bitcortex.boards.registry import BOARDS, find_board

    boards = [find_board(arguments.board)] if arguments.board else list(BOARDS.values())
    cpu, sdram = arguments.cpu, arguments.sdram
    if not arguments.board:
        boards = [board for board in boards if can_have(board, cpu, sdram)]
    chosen = choose(arguments, console)
    plan = chosen.lowered.plan
    scale = scale_of(arguments.network, arguments.seed)
    items: list[Item] = []
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=len(boards))
        for board in boards:
            bar.update(task, description=f"{plan.name} on {board.name}")
            found = fit(board, check_event_driven(plan), arguments.lanes, None, cpu, sdram)
            item: Item = {
                "board": board.name,
                "network": plan.name,
                "neurons": plan.neurons,
                "lanes": found.lanes,
                "cpu": found.cpu,
                "sdram": found.sdram,
                "fits": found.ok,
                "lut_estimate": found.lut.needed,
                "lut_usable": found.lut.there,
                "bram": found.bram.needed,
                "bram_available": found.bram.there,
                "spram": found.spram.needed,
                "spram_available": found.spram.there,
                "limits": [need.what for need in found.limits],
                "lanes_that_fit": None,
                "largest_neurons": None,
            }
            if chosen.imported is not None:
                item["imported"] = chosen.imported
            if not found.ok and arguments.lanes is None:
                item["lanes_that_fit"] = most_lanes(board, plan, found.lanes, cpu, sdram)
            if scale and arguments.largest:

                def say(name: str = board.name) -> None:
                    bar.update(task, description=f"largest {plan.name} on {name}")

                item["largest_neurons"] = largest(board, scale, found.lanes, say, cpu, sdram)
            items.append(item)
            bar.advance(task)
    return Result(any(item["fits"] for item in items), items)


def show(result: Result, console: Console) -> None:
    """Print a table."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("board")
    for heading in ("lanes", "LUT", "usable", "BRAM", "of", "SPRAM", "of"):
        table.add_column(heading, justify="right")
    for heading in ("fits", "else"):
        table.add_column(heading, overflow="fold")
    for item in result.items:
        keys = ("lut_estimate", "lut_usable", "bram", "bram_available", "spram", "spram_available")
        said = "yes" if item["fits"] else f"no: {', '.join(item['limits'])}"
        table.add_row(
            item["board"],
            str(item["lanes"]),
            *(str(item[key]) for key in keys),
            said,
            _else(item),
        )
    console.print(table)


def _else(item: Item) -> str:
    """Return what would fit."""
    if item["lanes_that_fit"]:
        return f"with {item['lanes_that_fit']} lanes"
    if item["largest_neurons"] is None:
        return ""
    return f"at most {item['largest_neurons']} neurons" if item["largest_neurons"] else "no size"
