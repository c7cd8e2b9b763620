"""A Brian2 script, run until its first `run()`: the network that it would have simulated."""

import contextlib
import runpy
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bitcortex.errors import UserError
from bitcortex.network.description import Network
from bitcortex.network.interchange.brian2 import from_brian2
from bitcortex.network.interchange.brian2_values import brian2
from bitcortex.network.interchange.report import Report

SEED = 1  # of what Brian2 draws in a script that has no seed()


@dataclass(frozen=True)
class Script:
    """Where a script was stopped.

    Parameters
    ----------
    network
        The `brian2.Network` of its first run.
    namespace
        Variables around the call.
    seconds
        For how long it would have run; None if it never called run().
    """

    network: Any
    namespace: Mapping[str, Any]
    seconds: float | None


class _Stop(BaseException):
    """Raised in place of the first run; no `except Exception` of a script catches it."""

    def __init__(self, script: Script) -> None:
        super().__init__()
        self.script = script


def stopped(path: str | Path) -> Script:
    """Return the network that a script would run first. Nothing after that is executed.

    Parameters
    ----------
    path
        Of the script. It is run as ``__main__``, with Brian2 as in a fresh process, seeded with 1,
        and code for NumPy. A script that never calls ``run()`` must have one `brian2.Network`.

    Raises
    ------
    UserError
        If it is not there, fails, or has no network.
    ToolError
        If Brian2 is not installed.
    """
    b = brian2()
    if not Path(path).is_file():
        raise UserError(f"{path} was not found. Give a Brian2 script")
    with _fresh(b, Path(path)):
        try:
            names = runpy.run_path(str(path), run_name="__main__")
        except _Stop as stop:
            return stop.script
        except SystemExit as error:
            raise UserError(f"{path} ended with exit code {error.code} before its run()") from None
        except Exception as error:
            line = _line(error, str(path))
            raise UserError(f"{path}{line}: {type(error).__name__}: {error}") from error
    found = {id(v): v for v in names.values() if isinstance(v, b.Network)}
    if len(found) != 1:
        raise UserError(f"{path} must call run(), or have one Network; it has {len(found)}")
    return Script(next(iter(found.values())), names, None)


def from_script(path: str | Path) -> tuple[Network, Report, float | None]:
    """Return the network of a script as ours, its report, and for how long it would have run."""
    script = stopped(path)
    network, report = from_brian2(script.network, script.namespace, Path(path).stem)
    return network, report, script.seconds


@contextlib.contextmanager
def _fresh(b: Any, path: Path) -> Iterator[None]:
    """Make Brian2 stop at the first run, and what it prints go to standard error."""
    from brian2.core.magic import MagicNetwork, collect
    from brian2.core.namespace import get_local_namespace
    from brian2.utils.logger import BrianLogger

    def run(network: Any, duration: Any, *_: Any, **options: Any) -> None:
        level = options.get("level", 0)
        names = options.get("namespace")
        if names is None:
            names = get_local_namespace(level=level + 1)
        if isinstance(network, MagicNetwork):  # which collects its objects at every call
            schedule = network.schedule
            network = b.Network(*collect(level=level + 1))
            network.schedule = schedule
        raise _Stop(Script(network, names, float(duration)))

    kept = {kind: kind.run for kind in (b.Network, MagicNetwork)}
    target, argv, folders = b.prefs.codegen.target, sys.argv, sys.path[:]
    # Objects that are never run are what this is about.
    BrianLogger.suppress_name("unused_brian_object")
    b.start_scope()
    b.seed(SEED)
    b.defaultclock.dt = 0.1 * b.ms
    b.prefs.codegen.target = "numpy"
    for kind in kept:
        kind.run = run
    sys.argv, sys.path[:0] = [str(path)], [str(path.parent)]
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        for kind, real in kept.items():
            kind.run = real
        b.prefs.codegen.target, sys.argv = target, argv
        sys.path[:] = folders


def _line(error: BaseException, path: str) -> str:
    """Return in which line of the script an error came up."""
    at, trace = "", error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename == path:
            at = f", line {trace.tb_lineno}"
        trace = trace.tb_next
    return at
