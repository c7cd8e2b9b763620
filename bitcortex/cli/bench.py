"""run the variants of Brunel's network and compare their rates with what must come out

examples:
  bitcortex bench                                     all variants, both presets, 5 seeds each
  bitcortex bench V3 V3t V11 V11t --preset brunel_seed --seeds 3
  bitcortex bench V21 --load my_variant.py --markdown v21.md
  bitcortex bench --mapping                           what becomes of every parameter

Rates of the network are compared with those of float64 neurons on the same synapses and input
spikes. benchmarks/snn_comparison.py of the repository compares with Brian2 and NEST.
"""

import argparse
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown

from bitcortex.cli.progress import steps_bar
from bitcortex.cli.result import Item, Result

_PRESETS = ("brunel_seed", "brunel_ai")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the verb."""
    parser.add_argument("variant", nargs="*", metavar="VARIANT", help="V1, V3t ... (default: all)")
    parser.add_argument("--preset", choices=_PRESETS, help="default: both")
    parser.add_argument("--n", type=int, default=1000, help="neurons (default: %(default)s)")
    parser.add_argument("--seeds", type=int, default=5, help="draws (default: %(default)s)")
    parser.add_argument("--seconds", type=float, help="biological (default: 1 and 2)")
    parser.add_argument("--jobs", type=int, default=1, help="processes at once (%(default)s)")
    parser.add_argument("--rtl", action="store_true", help="compare with gateware, too")
    parser.add_argument("--load", default="", metavar="FILE", help="Python file with variants")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the rates")
    parser.add_argument("--mapping", action="store_true", help="only print the parameters")


def run(arguments: argparse.Namespace, console: Console) -> Result:
    """Run the variants asked for."""
    from bitcortex.brunel import compare, mapping, report
    from bitcortex.brunel.params import PRESETS

    chosen = tasks(arguments)
    presets = dict.fromkeys(task.preset for task in chosen)
    if arguments.mapping:
        made: list[Item] = [
            {"preset": name, "markdown": mapping.mapping_table(PRESETS[name](arguments.n))}
            for name in presets
        ]
        return Result(True, made)
    with steps_bar(console, "variants", len(chosen)) as progress:
        items = compare.compare(chosen, jobs=arguments.jobs, progress=lambda item: progress(1))
    if arguments.markdown:
        arguments.markdown.write_text(report.tables(items))
    if arguments.plot:
        report.plot(items, arguments.plot)
    return Result(compare.all_ok(items), items)


def tasks(arguments: argparse.Namespace) -> "list[compare.Task]":  # type: ignore[name-defined] # noqa: F821
    """Return what to run, a preset after the other.

    Raises
    ------
    ValueError
        If a variant is unknown or a number out of range.
    """
    from bitcortex.brunel import VARIANTS, compare, find

    if arguments.load:
        compare.load(arguments.load)
    names = [find(name).name for name in arguments.variant or VARIANTS]
    presets = [arguments.preset] if arguments.preset else list(_PRESETS)
    return [
        compare.Task(
            name, preset, arguments.n, arguments.seeds,
            arguments.seconds or compare.SECONDS[preset], arguments.rtl, arguments.load,
        )
        for preset in presets
        for name in names
    ]  # fmt: skip


def show(result: Result, console: Console) -> None:
    """Print the tables."""
    from bitcortex.brunel import report

    for item in result.items:
        if "markdown" in item:
            console.print(Markdown(f"### {item['preset']}\n\n{item['markdown']}"))
    if result.items and "markdown" not in result.items[0]:
        console.print(Markdown(report.tables(result.items)))
