"""compile a virtual board, and serve its line on a TCP or UDP port or a pseudo-terminal

examples:
  bitcortex serve-virtual --network brunel-ai                     at tcp://127.0.0.1:4242
  bitcortex serve-virtual --network column.json --port 0          at a port that is free
  bitcortex serve-virtual --network brunel-ai --pty               as a serial port
  bitcortex serve-virtual --network brunel-ai --udp               as a board on Ethernet
  bitcortex serve-virtual --network brunel-ai --bundle board.zip  and write its bundle
  bitcortex serve-virtual --network brunel-ai --cpu vexriscv      the console of its firmware
  bitcortex serve-virtual --network brunel-ai --cpu vexriscv --sdram --bundle board.zip
      the same, and its network is sent: bitcortex console tcp://127.0.0.1:4242 --send board.zip

Then, in Python: bitcortex.open("tcp://127.0.0.1:4242", network); to a console: nc 127.0.0.1 4242,
and Enter. Ctrl-C ends it.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from bitcortex.cli.result import Result
from bitcortex.host.products import find_product
from bitcortex.network.addresses import LINK_PORT


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    parser.add_argument("--board", default="ulx3s", help="that it stands for (default: ulx3s)")
    parser.add_argument("--network", required=True, help="name, or a Plan file (.json)")
    parser.add_argument("--seed", type=int, help="replaces the seed of the network")
    parser.add_argument("--lanes", type=int, help="of the engine (default: the board's)")
    parser.add_argument("--cpu", help="vexriscv: runs without a host; docs/firmware.md")
    parser.add_argument("--sdram", action="store_true", help="with --cpu: the network is sent")
    parser.add_argument(
        "--port", type=int, default=LINK_PORT, help="(default: %(default)s; 0: any)"
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--udp", action="store_true", help="datagrams instead of TCP")
    where.add_argument("--pty", action="store_true", help="a pseudo-terminal instead")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at")
    parser.add_argument("--bundle", type=Path, help="write the bundle to this folder or .zip")


def run(arguments: argparse.Namespace, console: Console) -> Result:
    """Serve until Ctrl-C."""
    from bitcortex import check
    from bitcortex.boards import console as consoles
    from bitcortex.boards.registry import find_board
    from bitcortex.cli.networks import resolve
    from bitcortex.sim.soc import targets
    from bitcortex.sim.soc.server import Line, PtyLine, Server, TcpLine, UdpLine

    find_product(arguments.board)
    if arguments.cpu is not None:
        check.one_of("--cpu", arguments.cpu, consoles.CPUS)
        if arguments.bundle and not arguments.sdram:
            raise ValueError("--bundle must not be given with --cpu: it has no link to open")
    if arguments.sdram:
        consoles.sdram_of(find_board(arguments.board), arguments.cpu)
    plan = targets.plan_of(resolve(arguments.network, arguments.seed).plan)
    line: Line
    if arguments.pty:
        line = PtyLine()
    else:
        line = (UdpLine if arguments.udp else TcpLine)(arguments.port, arguments.host)
    try:
        with console.status(f"compiling a virtual {arguments.board} for {plan.name}"):
            if arguments.cpu is None:
                virtual = targets.make(arguments.board, plan, arguments.lanes)
            else:
                virtual = consoles.virtual(arguments.board, plan, arguments.lanes, arguments.sdram)
    except BaseException:
        line.close()
        raise
    if arguments.bundle:
        soc = {} if arguments.cpu is None else {"cpu": arguments.cpu, "sdram": True}
        report = virtual.bundle.report | soc
        replace(virtual.bundle, report=report).save(arguments.bundle)
    server = Server(virtual, line)
    item = {
        "address": server.address,
        "board": virtual.bundle.board,
        "network": plan.name,
        "digest": plan.digest,
        "lanes": virtual.bundle.lanes,
        "cpu": arguments.cpu,
        "sdram": arguments.sdram,
    }
    # Programs wait for this line: it goes out at once.
    console.print(
        f"virtual {virtual.bundle.board} with {plan.name} at {server.address}, Ctrl-C ends it",
        markup=False, highlight=False, soft_wrap=True,
    )  # fmt: skip
    try:
        server.serve()
    except KeyboardInterrupt:
        pass
    finally:
        server.stop()
    return Result(True, [item | {"cycles": server.cycles}])


def show(result: Result, console: Console) -> None:
    """Say what it has done."""
    item = result.items[0]
    console.print(f"{item['address']} closed after {item['cycles']:,} cycles", highlight=False)
