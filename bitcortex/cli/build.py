"""build a network for a board: bitstream, registers and report, by Yosys and nextpnr

The flags are LiteX's. Without --build, --load or --flash nothing is synthesised: the SoC is made,
it is said whether it fits, and lists of its registers are written where asked for. What was built
before is taken from the cache.

examples:
  bitcortex build --board ulx3s --network brunel-ai --lanes 16 --build
  bitcortex build --board ulx3s --network brunel-ai --build --load
  bitcortex build --board colorlight_i5 --network plan.json --seeds 8 --build --json
  bitcortex build --board ulx3s --network brunel-ai --cpu vexriscv --build
  bitcortex build --board ulx3s --network brunel-ai --cpu vexriscv --sdram --build
  bitcortex build --board ulx3s --from-brian2 script.py --build
"""

import argparse
from pathlib import Path

from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from bitcortex.cli.networks import add_network, choose, scale_of
from bitcortex.cli.result import Item, Result


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    parser.add_argument("--board", required=True, help="ulx3s for example; docs/building.md")
    add_network(parser, "--network")
    parser.add_argument("--seed", type=int, help="of the preset")
    parser.add_argument("--lanes", type=int, help="1 to 64 (default: the board's)")
    parser.add_argument("--cpu", help="vexriscv: runs without a host; docs/firmware.md")
    parser.add_argument(
        "--sdram", action="store_true", help="with --cpu: the network is sent; docs/firmware.md"
    )
    parser.add_argument("--ip", help="of a board on Ethernet (default: 192.168.1.50)")
    parser.add_argument("--sys-clk-freq", type=float, metavar="HZ", help="(default: the board's)")
    parser.add_argument("--build", action="store_true", help="make the bitstream")
    parser.add_argument("--load", action="store_true", help="... and load it")
    parser.add_argument("--flash", action="store_true", help="... and write it to the flash")
    parser.add_argument("--csr-json", type=Path, metavar="FILE", help="registers as JSON")
    parser.add_argument("--csr-csv", type=Path, metavar="FILE", help="LiteX's list of registers")
    parser.add_argument("--seeds", type=int, default=3, help="placements (default: %(default)s)")
    parser.add_argument(
        "--output-dir", type=Path, default=Path("build"), help="(default: %(default)s)"
    )


def run(arguments: argparse.Namespace, console: Console) -> Result:
    """Build, and load if asked for."""
    from bitcortex import check
    from bitcortex.boards import build as builder
    from bitcortex.boards.fit import check_fits
    from bitcortex.boards.load import load
    from bitcortex.boards.registry import BOARDS, find_board

    board = find_board(arguments.board)
    check.integer("--seeds", arguments.seeds, 1, builder.MOST_SEEDS)
    hz = arguments.sys_clk_freq
    if hz is not None:
        hz = int(check.real("--sys-clk-freq", hz, 1e6, 1e9))
    chosen = choose(arguments, console)
    plan = chosen.lowered.plan
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(f"{plan.name} on {board.name}", total=None)

        def say(text: str) -> None:
            bar.update(task, description=f"{plan.name} on {board.name}: {text}")

        made = builder.design(
            board, plan, arguments.lanes, hz, arguments.cpu, arguments.ip, arguments.sdram
        )
        scale = scale_of(arguments.network, arguments.seed)
        found = check_fits(
            board, plan, made.lanes, made.soc.verilog, BOARDS.values(), scale, made.cpu, made.sdram
        )  # of which the message says what would fit
        if arguments.csr_json:
            builder.write_csr_json(arguments.csr_json)
        if arguments.csr_csv:
            builder.write_csr_csv(made, arguments.csr_csv)
        item: Item = {
            "board": board.name,
            "network": plan.name,
            "lanes": made.lanes,
            "clock_hz": made.clock_hz,
            "cpu": made.cpu,
            "sdram": made.sdram,
            "lut_estimate": found.lut.needed,
            "bram": found.bram.needed,
            "built": False,
        }
        if chosen.imported is not None:
            item["imported"] = chosen.imported
        if arguments.build or arguments.load or arguments.flash:
            bar.update(task, total=arguments.seeds + 2, completed=0)
            built = builder.build(
                made, arguments.seeds, arguments.output_dir, say, lambda: bar.advance(task)
            )
            item |= built.report | {"built": True, "folder": str(built.folder), "loaded": False}
            if arguments.load or arguments.flash:
                say("loading")
                load(built.bundle, arguments.flash)
                item["loaded"] = True
    return Result(True, [item])


def show(result: Result, console: Console) -> None:
    """Print what it takes, and where it is."""
    for item in result.items:
        table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
        for heading in ("board", "network"):
            table.add_column(heading, overflow="fold")
        for heading in ("lanes", "MHz", "LUT", "FF", "BRAM", "SPRAM", "DSP", "best MHz", "s"):
            table.add_column(heading, justify="right")
        if item["built"]:
            figures = [str(item[key]) for key in ("lut", "ff", "bram", "spram", "dsp")]
            figures += [f"{item['fmax_best_mhz']:.1f}", f"{item['seconds']:.0f}"]
        else:
            figures = [f"~{item['lut_estimate']}", "", str(item["bram"]), "", "", "", ""]
        mhz = f"{item['clock_hz'] / 1e6:g}"
        table.add_row(item["board"], item["network"], str(item["lanes"]), mhz, *figures)
        console.print(table)
        if not item["built"]:
            console.print("It fits. Add --build to make the bitstream.")
            continue
        console.print(f"longest path {item['longest_path']}", markup=False, highlight=False)
        console.print(item["folder"], markup=False, highlight=False, soft_wrap=True)
