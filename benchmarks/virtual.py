"""The virtual board: time of a register's read, rate of uploads, and steps per second, by line.

python benchmarks/virtual.py                          brunel_ai(150) on 4 lanes
python benchmarks/virtual.py --neurons 1000 --lanes 8
python benchmarks/virtual.py --json
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from bitcortex.host.board import Board
from bitcortex.host.connect import connect
from bitcortex.host.link import Link
from bitcortex.network.event_plan import EventPlan
from bitcortex.network.lower import lower
from bitcortex.network.presets import brunel_ai
from bitcortex.network.registers import offsets
from bitcortex.sim.simulate import simulate
from bitcortex.sim.soc.server import PtyLine, Server, TcpLine
from bitcortex.sim.soc.virtual import VirtualBoard, params_of

BOARD = "ulx3s"
ROUNDS = 9


@contextmanager
def opened(line: str, plan: EventPlan, lanes: int) -> Iterator[tuple[Board, VirtualBoard]]:
    """Open a virtual board over a line."""
    virtual = VirtualBoard(BOARD, params_of(BOARD, plan, lanes))
    if line == "process":
        with Board(Link(virtual), virtual.bundle) as board:
            yield board, virtual
        return
    made = TcpLine() if line == "tcp" else PtyLine()
    with Server(virtual, made) as server, connect(server.address, virtual.bundle) as board:
        yield board, virtual


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return seconds and seconds of the processor (all threads), the medians of some rounds."""
    wall, processor = [], []
    for _ in range(ROUNDS):
        begin, began = time.perf_counter(), time.process_time()
        work()
        wall.append(time.perf_counter() - begin)
        processor.append(time.process_time() - began)
    return statistics.median(wall), statistics.median(processor)


def measure(line: str, plan: EventPlan, lanes: int, steps: int) -> dict[str, Any]:
    """Return the figures of a line."""
    with opened(line, plan, lanes) as (board, virtual):
        run = board.run(steps)
        magic = board.bundle.addresses["csr"] + offsets()["magic"]

        def reads() -> None:
            for _ in range(500):
                board.link.read(magic)

        words = np.tile(board.bundle.synapses, 1 + (1 << 14) // len(board.bundle.synapses))
        read, read_processor = timed(reads)
        before = virtual.cycles
        upload, upload_processor = timed(
            lambda: board.link.write_fixed(board.bundle.addresses["load"], words)
        )
        cycles = (virtual.cycles - before) / ROUNDS
        board.reset()
        again = board.run(steps)
    return {
        "workload": plan.name,
        "engine": f"virtual:{BOARD}",
        "line": line,
        "lanes": lanes,
        "neurons": plan.neurons,
        "read_us": read / 500 * 1e6,
        "read_processor_us": read_processor / 500 * 1e6,
        "upload_mb_per_s": words.nbytes / upload / 1e6,
        "upload_processor_mb_per_s": words.nbytes / upload_processor / 1e6,
        "cycles_per_word": cycles / len(words),
        "mcycles_per_s": cycles / upload / 1e6,
        "steps_per_s": steps / again.seconds,
        "equal": run.hash == again.hash == simulate(plan, steps, "numba").hash,
    }


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--neurons", type=int, default=150, help="of brunel_ai")
    parser.add_argument("--lanes", type=int, default=4)
    parser.add_argument("--steps", type=int, default=5000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    plan = lower(brunel_ai(arguments.neurons)).plan
    items = [
        measure(line, plan, arguments.lanes, arguments.steps) for line in ("process", "tcp", "pty")
    ]
    ok = all(item["equal"] for item in items)
    if arguments.json:
        print(json.dumps({"ok": ok, "items": items}))
        return 0 if ok else 1
    columns = ("line", "read (us)", "upload (MB/s)", "Mcycles/s", "steps/s", "equal")
    table = Table(*columns, title=f"{plan.name}, {arguments.lanes} lanes; (of the processor)")
    for item in items:
        table.add_row(
            item["line"],
            f"{item['read_us']:.0f} ({item['read_processor_us']:.0f})",
            f"{item['upload_mb_per_s']:.2f} ({item['upload_processor_mb_per_s']:.2f})",
            f"{item['mcycles_per_s']:.2f}",
            f"{item['steps_per_s']:,.0f}",
            str(item["equal"]),
        )
    Console().print(table)
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
