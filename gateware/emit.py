"""The one way from a Migen module to Verilog, for tests and for SoC builds alike."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from litex.gen import LiteXContext
from litex.gen.fhdl import verilog as litex_verilog  # `import a.b as c` would bind Migen's module
from migen import ClockDomain, Memory, Module, Signal
from migen.fhdl import verilog as migen_verilog
from migen.fhdl.tools import list_targets

# LiteX 2024.12 prints a negative constant as -16'd32768: unsigned, so that the whole expression
# around it turns unsigned. Migen prints -16'sd32768.
litex_verilog._generate_constant = migen_verilog._printconstant

_HIERARCHY = re.compile(r"^// Hierarchy\n//-+\n\n/\*.*?\*/\n", re.DOTALL | re.MULTILINE)
_UNSIGNED_NEGATIVE = re.compile(r"-\d+'d\d+")


@dataclass(frozen=True)
class Port:
    """A port of emitted Verilog."""

    name: str  # as in the golden model
    width: int  # in bits
    signed: bool  # two's complement
    output: bool  # direction


@dataclass(frozen=True)
class Verilog:
    """Emitted Verilog: a module with ports ``sys_clk``, ``sys_rst`` and those named in `ports`."""

    name: str  # of the module
    text: str  # without the dated banner, so that it can be hashed
    ports: tuple[Port, ...]  # inputs first, in the golden model's order
    parts: frozenset[str] = frozenset()  # names that its building blocks drive, where asked for

    def as_synthesised(self) -> "Verilog":
        """Return the Verilog as Yosys reads it: to simulate that nobody uses an undefined word."""
        return replace(self, text=f"`define SYNTHESIS\n{self.text}")


def emit(
    module: Module,
    inputs: tuple[str, ...],
    outputs: tuple[str, ...],
    name: str = "top",
    parts: tuple[type, ...] = (),
) -> Verilog:
    """Print a freshly made module as Verilog.

    Parameters
    ----------
    module
        The Migen module; it is consumed (a Migen module can be finalised once).
    inputs, outputs
        Names of attributes of `module` that are its ports.
    name
        Of the Verilog module.
    parts
        Classes of building blocks: what those inside `module` drive is named in `Verilog.parts`.

    Raises
    ------
    ValueError
        If a port is named like a SystemVerilog keyword (it would be renamed), or if the text has
        an unsigned negative constant (a printer bug that changes results).
    """
    # A shell of wires: a register that is a port itself would be printed without its reset value.
    shell = Module()
    shell.submodules.dut = module
    shell.clock_domains.cd_sys = ClockDomain("sys")
    ports, signals = [], {shell.cd_sys.clk, shell.cd_sys.rst}
    for port in (*inputs, *outputs):
        if port in litex_verilog._ieee_1800_2017_verilog_reserved_keywords:
            raise ValueError(f"{name}: port {port!r} must not be a word of SystemVerilog")
        inner = getattr(module, port)
        outer = Signal((len(inner), inner.signed), name_override=port)
        signals.add(outer)
        shell.comb += outer.eq(inner) if port in outputs else inner.eq(outer)
        ports.append(Port(port, len(inner), inner.signed, port in outputs))
    LiteXContext.top = None  # of the last SoC that was made: its picture would be printed
    printed = litex_verilog.convert(shell, ios=signals, name=name)
    text = _repaired(printed, shell._fragment, name)
    return Verilog(name, text, tuple(ports), _driven(module, parts, printed.ns.get_name))


def emit_soc(soc: Any, name: str) -> tuple[Verilog, Callable[[Any], str]]:
    """Print a LiteX SoC as Verilog, with the primitives of its platform.

    Returns
    -------
    tuple
        The Verilog, whose ports are the pins that were requested from the platform and are
        named in no list, and a function from a pin's signal to its port's name.

    Raises
    ------
    ValueError
        If the text has an unsigned negative constant.
    """
    fragment = soc.get_fragment()
    printed = soc.platform.get_verilog(fragment, name=name)
    text = _repaired(printed, fragment, name)
    # LiteX's picture of the hierarchy depends on what was made before.
    text = _HIERARCHY.sub("", text)
    return Verilog(name, text, ()), printed.ns.get_name


def _repaired(printed: Any, fragment: Any, name: str) -> str:
    """Return what LiteX printed, without its banner, and without its mistakes."""
    text = str(printed).split("`timescale", 1)[1]
    text = "`timescale" + text[: text.rindex("endmodule") + len("endmodule\n")]
    text = _inline_memory_files(text, printed.data_files)
    text = _declared(text, fragment, printed.ns.get_name)
    text = _clean_combinational(text)
    if wrong := _UNSIGNED_NEGATIVE.search(text):
        raise ValueError(f"{name}: emitted Verilog must not contain {wrong[0]}, a printer bug")
    return text


def _driven(module: Any, parts: tuple[Any, ...], name: Callable[[Any], str]) -> frozenset[str]:
    """Return the names of all that instances of `parts` inside a module drive."""
    names: set[str] = set()
    for _, submodule in module._submodules:
        if not isinstance(submodule, parts):
            names |= _driven(submodule, parts, name)
            continue
        fragment = submodule._fragment
        for statements in (fragment.comb, *fragment.sync.values()):
            names |= {name(signal) for signal in list_targets(statements)}
        for memory in fragment.specials:
            if isinstance(memory, Memory):
                names |= {name(port.dat_r) for port in memory.ports}
                made = name(memory)  # and LiteX's registers of its ports
                names |= {made, *(f"{made}_dat{number}" for number in range(len(memory.ports)))}
    return frozenset(names)


def _declared(text: str, fragment: Any, name: Callable[[Any], str]) -> str:
    """Say of memories what LiteX cannot print: which RAM they shall be, and how they collide.

    A memory with ``collides = "undefined"`` is one whose first port, which only reads, may show
    anything when it meets the address that the second one writes: nobody uses that word. Block RAM
    with two ports promises no more, and Yosys would make the old word of registers and comparators.
    It is said to synthesis only; see `Verilog.as_synthesised`.
    """
    for memory in fragment.specials:
        if isinstance(memory, Memory) and hasattr(memory, "style"):
            declared = re.compile(rf"^reg (?=\[[^]]*\] {name(memory)}\[)", re.MULTILINE)
            text = declared.sub(f'(* ram_style = "{memory.style}" *) reg ', text)
        if isinstance(memory, Memory) and getattr(memory, "collides", None) == "undefined":
            read, write = memory.ports
            shown, at = f"{name(memory)}_dat0", name(read.adr)
            meets = f"{name(write.we)} & ({name(write.adr)} == {at})"
            before = f"{shown} <= {name(memory)}[{at}];\n"
            after = f"{shown} <= {meets} ? {memory.width}'bx : {name(memory)}[{at}];\n"
            if text.count(before) != 1:
                raise ValueError(f"{name(memory)}: the first of its ports must only read")
            text = text.replace(before, f"\n`ifdef SYNTHESIS\n{after}`else\n{before}`endif\n")
    return text


def _inline_memory_files(text: str, files: dict[str, str]) -> str:
    """Replace $readmemh by assignments: a file is looked up from wherever the simulator runs."""

    def assignments(match: re.Match[str]) -> str:
        words = files[match["file"]].split()
        return "\n".join(
            f"    {match['memory']}[{i}] = {len(word) * 4}'h{word};" for i, word in enumerate(words)
        )

    return re.sub(r'\t\$readmemh\("(?P<file>[^"]+)", (?P<memory>\w+)\);', assignments, text)


_COMBINATIONAL = re.compile(r"^always @\(\*\) begin\n.*?^end\n", re.DOTALL | re.MULTILINE)
# A target stands on one line: the condition of an `if` above it is none.
_ASSIGNMENT = re.compile(r"^(?P<target>[ \t]+[\w{][^=;\n]*?) <= (?=.*;$)", re.MULTILINE)


def _clean_combinational(text: str) -> str:
    """Turn LiteX's ``always @(*)`` with ``<=`` and initialised variables into ``always_comb``.

    Icarus does not run always @(*) at time 0 where no signal on its right-hand side changes, and a
    combinational variable has neither an initial value nor delayed assignments.
    """
    driven: set[str] = set()

    def clean(match: re.Match[str]) -> str:
        block = match[0].replace("always @(*)", "always_comb", 1)
        for found in _ASSIGNMENT.finditer(block):
            driven.update(re.findall(r"[A-Za-z_]\w*", found["target"]))
        return _ASSIGNMENT.sub(r"\g<target> = ", block)

    text = _COMBINATIONAL.sub(clean, text)

    def declare(match: re.Match[str]) -> str:
        return f"{match['declaration']};" if match["name"] in driven else match[0]

    return re.sub(
        r"^(?P<declaration>reg\s.*?(?P<name>\w+)) = [^;]*;$", declare, text, flags=re.MULTILINE
    )
