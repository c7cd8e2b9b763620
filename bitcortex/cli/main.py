"""The `bitcortex` command."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from types import ModuleType

from rich.console import Console

from bitcortex import __version__
from bitcortex.cli.result import Result
from bitcortex.errors import ToolError, UserError

VERBS = (
    "demo", "run", "verify", "area", "fit", "build", "load", "console", "serve-virtual", "bench",
    "sweep", "doctor",
)  # fmt: skip
_USER_ERRORS = (UserError, ToolError, ValueError, TypeError, OSError, ImportError)
# What of ours installs a package that a plain installation lacks.
_EXTRAS = {
    "migen": "rtl",
    "litex": "rtl",
    "litedram": "rtl",
    "litex_boards": "synth",
    "matplotlib": "demo",
    "sklearn": "demo",
    "brian2": "brian2",
    "nir": "nir",
    "distributed": "dask",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a verb and return the exit code: 0 fine, 1 not ok, 2 a mistake in the call."""
    parser = _parser()
    try:
        arguments = parser.parse_args(argv)
    except SystemExit as stop:
        if stop.code and "--json" in (sys.argv if argv is None else argv):
            print(Result(False).json())
        raise
    # Progress and messages go to stderr; stdout is the result, and with --json nothing else.
    progress = Console(stderr=True)
    try:
        result: Result = arguments.verb.run(arguments, progress)
    except KeyboardInterrupt:
        progress.print("interrupted")
        return 130
    except _USER_ERRORS as error:
        if os.environ.get("BITCORTEX_TRACEBACK"):
            raise
        progress.print(f"bitcortex: {_text(error)}", style="red", markup=False, highlight=False)
        if arguments.json:
            print(Result(False).json())
        return 2
    try:
        if arguments.json:
            print(result.json())
        else:
            arguments.verb.show(result, Console())
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, `head` say, has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0 if result.ok else 1


def _text(error: Exception) -> str:
    """Return the message of an error; of a missing package, how to get it."""
    if isinstance(error, ModuleNotFoundError):
        package = (error.name or "").partition(".")[0]
        if package in _EXTRAS:
            fix = f"pip install 'bitcortex[{_EXTRAS[package]}]'"
            return f"{package} is not installed. Try: {fix}, and bitcortex doctor"
    return str(error)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bitcortex",
        description="Stochastic and spiking cortical networks, bit for bit from Python to FPGA.",
        epilog="bitcortex VERB --help shows examples. BITCORTEX_TRACEBACK=1 shows tracebacks.",
    )
    parser.add_argument("--version", action="version", version=f"bitcortex {__version__}")
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    for name in VERBS:
        verb = importlib.import_module(f"bitcortex.cli.{name.replace('-', '_')}")
        summary, examples = _documentation(verb)
        sub = verbs.add_parser(
            name,
            help=summary,
            description=summary,
            epilog=examples,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        verb.add_arguments(sub)
        sub.add_argument("--json", action="store_true", help="print one JSON object")
        sub.set_defaults(verb=verb)
    return parser


def _documentation(verb: ModuleType) -> tuple[str, str]:
    summary, _, examples = (verb.__doc__ or "").partition("\n")
    return summary, examples.strip("\n")


if __name__ == "__main__":
    sys.exit(main())
