"""synthesise a module out of context and print lookup tables, block RAM and clock frequency

examples:
  bitcortex area neuron.lif --device ecp5-85 --seeds 5
  bitcortex area encode.sng --device all --seeds 1 --json
  bitcortex area neuron.lif --case "q16.12" --device ice40up5k --recipe dsp
"""

import argparse

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from bitcortex.cli.result import Item, Result
from bitcortex.errors import ToolError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    parser.add_argument("module", nargs="+", metavar="MODULE", help="neuron.lif for example")
    parser.add_argument("--case", help="named parameters of the module (default: its first case)")
    parser.add_argument(
        "--device",
        default="ecp5-85",
        help="ecp5-85, ecp5-25, ice40up5k, gw1nr-9, gw2ar-18 or all (default: %(default)s)",
    )
    parser.add_argument("--seeds", type=int, default=5, help="placements (default: %(default)s)")
    parser.add_argument("--recipe", help="synthesis options by name (default: the device's first)")


def run(arguments: argparse.Namespace, console: Console) -> Result:
    """Measure every module on every device asked for."""
    from bitcortex import check
    from bitcortex.boards.area import measure
    from bitcortex.boards.devices import DEVICES, find_device
    from bitcortex.sim.twin import find

    check.integer("--seeds", arguments.seeds, 1, 99)
    if arguments.device == "all":
        devices = list(DEVICES.values())
    else:
        check.one_of("device", arguments.device, [*DEVICES, "all"])
        devices = [find_device(arguments.device)]
    jobs = []
    for name in arguments.module:
        twin = find(name)
        case = check.one_of("case", arguments.case or next(iter(twin.cases)), twin.cases)
        jobs += [(twin, case, device) for device in devices]
    items: list[Item] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as bar:
        task = bar.add_task("", total=len(jobs) * (arguments.seeds + 1))
        for at, (twin, case, device) in enumerate(jobs):
            bar.update(
                task,
                description=f"{twin.name} on {device.name}",
                completed=at * (arguments.seeds + 1),
            )
            item: Item = {
                "module": twin.name,
                "device": device.name,
                "case": case,
                "recipe": arguments.recipe or next(iter(device.recipes)),
                "seeds": arguments.seeds,
            }
            try:
                area = measure(
                    twin.emit(twin.cases[case]),
                    device,
                    arguments.seeds,
                    arguments.recipe,
                    progress=lambda: bar.advance(task),
                    say=lambda text: bar.update(task, description=text),
                )
            except ToolError as error:
                if len(jobs) == 1:
                    raise
                # One device that is too small must not hide the others.
                keys = ("lut", "ff", "bram", "spram", "dsp", "fmax_median_mhz", "fmax_best_mhz")
                items.append(item | dict.fromkeys(keys) | {"error": str(error)})
                continue
            items.append(
                item
                | {
                    "lut": area.lut,
                    "ff": area.ff,
                    "bram": area.bram,
                    "spram": area.spram,
                    "dsp": area.dsp,
                    "fmax_median_mhz": round(area.fmax_median_mhz, 2),
                    "fmax_best_mhz": area.fmax_best_mhz,
                    "fmax_mhz": list(area.fmax_mhz),
                    "lut_available": device.luts,
                }
            )
    return Result(not any("error" in item for item in items), items)


def show(result: Result, console: Console) -> None:
    """Print a table, and what failed below it."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading in ("module", "case", "device"):
        table.add_column(heading, overflow="fold")
    for heading in ("LUT", "FF", "BRAM", "SPRAM", "DSP", "median MHz", "best MHz", "seeds"):
        table.add_column(heading, justify="right")
    for item in result.items:
        if "error" in item:
            figures = ["-"] * 7
        else:
            figures = [str(item[key]) for key in ("lut", "ff", "bram", "spram", "dsp")]
            figures += [f"{item['fmax_median_mhz']:.1f}", f"{item['fmax_best_mhz']:.1f}"]
        table.add_row(item["module"], item["case"], item["device"], *figures, str(item["seeds"]))
    console.print(table)
    for item in result.items:
        if "error" in item:
            console.print(
                f"{item['module']} on {item['device']}: {item['error']}", style="red", markup=False
            )
