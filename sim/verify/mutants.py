"""Mutation testing: does the stimulus notice a small fault anywhere in the gateware?

Yosys makes the faults (an inverted or stuck bit, a bit that follows another) behind one select
port of one netlist, which is compiled once. Every mutant runs the twin's stimulus until its outputs
differ from the golden model.

A mutated flip-flop loses its power-on value, so that every run begins with one cycle of reset, in
which the golden model takes part and nothing is compared.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bitcortex import check
from bitcortex.errors import ToolError
from bitcortex.gateware.emit import Port, Verilog
from bitcortex.sim.rtl.cache import cached, content_hash
from bitcortex.sim.rtl.harness import Harness
from bitcortex.sim.rtl.yowasp import run_yowasp, tool_version
from bitcortex.sim.twin import CHUNK, Twin

LIMIT = 250  # mutants of one netlist; more slow it down more than a second netlist would
PROVED = "proved equivalent"
UNEXPLAINED = "unexplained"
_FIRST = 4096  # cycles of the first chunk, which kills most
_PROOF_S = 20.0  # seconds that a proof may take
_SELECT = "mutsel"


@dataclass(frozen=True)
class Survivor:
    """A mutant that no cycle of the stimulus tells from the golden model."""

    mutant: str  # what was changed, and where in the emitted Verilog
    reason: str  # `PROVED`, one by hand from `Twin.survivors`, or `UNEXPLAINED`


@dataclass(frozen=True)
class Score:
    """Result of a mutation test."""

    mutants: int
    killed: int
    cycles: int  # of the stimulus, at most
    survivors: tuple[Survivor, ...]

    @property
    def ratio(self) -> float:
        """Killed mutants as a fraction of those that are not proved equivalent."""
        proved = sum(survivor.reason == PROVED for survivor in self.survivors)
        return self.killed / max(1, self.mutants - proved)


@dataclass(frozen=True)
class Mutated:
    """A netlist with mutants, selected by the value of port ``mutsel``; 0 is none."""

    verilog: Verilog
    commands: tuple[str, ...]  # Yosys's, of mutant 1, 2, ...
    names: tuple[str, ...]  # of the mutants, for people
    folder: Path  # with original.il, the netlist without mutants


def mutated(verilog: Verilog, count: int = 200, seed: int = 1) -> Mutated:
    """Return a netlist with mutants; from the cache if it was made before.

    Parameters
    ----------
    verilog
        The module.
    count
        Mutants, 1 to 250. A small module may have fewer.
    seed
        Of Yosys's choice.
    """
    check.integer("mutants", count, 1, LIMIT)
    prepare = (
        f"read_verilog -sv -nosynthesis {verilog.name}.v; prep -top {verilog.name} -flatten; "
        # memory_share: a write port per byte has most of its bits disabled, where nothing shows.
        # pmuxtree: a mutant may select two inputs of a parallel multiplexer at once.
        "opt_mem; memory_share; opt_expr; pmuxtree; splitcells; opt_clean -purge; "
        "write_rtlil original.il; write_json original.json; "
        # Many, for some are left out: most where the parts have mutants of their own.
        f"mutate -list {count * (30 if verilog.parts else 3)} -seed {seed} -o list.txt"
    )
    source = verilog.text.splitlines()

    def build(folder: Path) -> None:
        (folder / f"{verilog.name}.v").write_text(verilog.text)
        run_yowasp("yosys", ["-q", "-p", prepare], folder)
        lines = (folder / "list.txt").read_text().splitlines()
        cells = json.loads((folder / "original.json").read_text())["modules"][verilog.name]
        lines = [
            line
            for line in lines
            if _changes_logic(line, cells) and not _in_part(line, cells, source, verilog.parts)
        ][:count]
        select = f"-ctrl {_SELECT} {LIMIT.bit_length()}"
        script = [
            line.replace("mutate ", f"mutate {select} {number} ", 1)
            for number, line in enumerate(lines, 1)
        ]
        (folder / "apply.ys").write_text("\n".join(script) + "\n")
        apply = (
            "read_rtlil original.il; script apply.ys; opt_clean; write_verilog -noattr mutated.v"
        )
        run_yowasp("yosys", ["-q", "-p", apply], folder)
        (folder / "mutants.json").write_text(json.dumps(lines))

    parts = sorted(verilog.parts)
    key = content_hash(verilog.text, prepare, str(count), *parts, str(LIMIT), tool_version("yosys"))
    folder = cached("mutants", key, build)
    commands = json.loads((folder / "mutants.json").read_text())
    ports = (*verilog.ports, Port(_SELECT, LIMIT.bit_length(), False, False))
    # Two mutants may make each of two bits follow the other: a loop, but never both at a time.
    text = "/* verilator lint_off UNOPTFLAT */\n" + (folder / "mutated.v").read_text()
    module = json.loads((folder / "original.json").read_text())["modules"][verilog.name]
    return Mutated(
        Verilog(verilog.name, text, ports),
        tuple(commands),
        tuple(_name(command, source, module) for command in commands),
        folder,
    )


def score(
    twin: Twin,
    cycles: int,
    count: int = 200,
    seed: int = 1,
    case: str | None = None,
    prove: bool = True,
    progress: Callable[[int], object] = lambda cycles: None,
) -> Score:
    """Run every mutant of a case until it differs from the golden model.

    Parameters
    ----------
    twin
        Of its first case unless `case` names another.
    cycles
        Clock cycles of the stimulus, at least 1; a survivor has run all of them.
    count, seed
        Mutants, and the seed of their choice.
    prove
        Try to prove survivors equivalent, which takes a second each, or up to 20.
    progress
        Called with the number of cycles of stimulus done since the last call.

    Raises
    ------
    ToolError
        If the netlist differs from the golden model with no mutant selected.
    """
    check.integer("cycles", cycles, 1, 2**40)
    params = twin.cases[case or next(iter(twin.cases))]
    netlist = mutated(twin.emit(params), count, seed)
    alive = _alive(twin, params, netlist, cycles, progress)
    survivors = tuple(
        Survivor(netlist.names[number - 1], _reason(twin.survivors, netlist, number, prove))
        for number in alive
    )
    total = len(netlist.commands)
    return Score(total, total - len(alive), cycles, survivors)


def _alive(
    twin: Twin, params: Any, netlist: Mutated, cycles: int, progress: Callable[[int], object]
) -> list[int]:
    """Return the numbers of the mutants that are equal in all cycles."""
    golden = twin.golden(params)
    stimulus = twin.stimulus(params, np.random.default_rng(1), cycles)
    reset = {name: np.zeros(1, np.int64) for name in twin.golden.INPUTS} | {"rst": np.ones(1, int)}
    golden.trace(reset)
    numbers = range(len(netlist.commands) + 1)  # 0 is the netlist without a mutant, as a control
    running = {n: Harness(netlist.verilog, constants={_SELECT: n}) for n in numbers}
    try:
        for harness in running.values():
            harness.run(reset)
        done = 0
        while done < cycles and len(running) > 1:
            size = CHUNK if done else _FIRST
            chunk = {name: values[done : done + size] for name, values in stimulus.items()}
            expected = golden.trace(chunk)
            inputs, outputs = running[0].pack_inputs(chunk), running[0].pack_outputs(expected)
            for number, harness in list(running.items()):
                inputs[:, -1] = number  # the select port is the last one
                at = harness.first_difference(inputs, outputs)
                if at is None:
                    continue
                if number == 0:
                    raise ToolError(
                        f"{twin.name}: cycle {done + at} differs with no mutant selected. A twin "
                        "must be equal, and every register must have a reset, to be mutated."
                    )
                running.pop(number).close()
            done += len(outputs)
            progress(len(outputs))
        progress(cycles - done)
        return sorted(set(running) - {0})
    finally:
        for harness in running.values():
            harness.close()


def _reason(by_hand: Mapping[str, str], netlist: Mutated, number: int, prove: bool) -> str:
    name = netlist.names[number - 1]
    if name in by_hand:
        return by_hand[name]
    proved = prove and equivalent(netlist, netlist.commands[number - 1])
    return PROVED if proved else UNEXPLAINED


def equivalent(netlist: Mutated, command: str) -> bool:
    """Return whether Yosys can prove a mutant equivalent to the original.

    Three proofs are tried. Without registers and memories, whose contents and inputs become ports:
    all outputs are equal. By induction over one cycle: if all registers, memories and named wires
    are equal, the outputs are equal and so are they a cycle later. And by induction over up to
    eight cycles, beginning with a reset: if the outputs were equal, they stay so. None says
    anything about a mutant that only differs in states that are never reached.
    """
    top = netlist.verilog.name
    mutate = command.replace(f"-module {top} ", "-module gate ", 1)
    pair = (
        f"read_rtlil original.il; copy {top} gate; {mutate}; rename {top} gold; "
        "memory_map; opt_clean; "
    )
    proofs = (
        "setattr -unset init w:*; dffunmap; simplemap t:$dff; splitnets; "
        "expose -evert-dff -shared gold gate; miter -equiv -flatten gold gate miter; "
        "hierarchy -top miter; opt_clean; "
        f"sat -prove trigger 0 -timeout {_PROOF_S:.0f} -verify miter",
        "equiv_make gold gate equiv; hierarchy -top equiv; "
        "equiv_simple -undef; equiv_induct -undef -seq 3; equiv_status -assert",
        # The reset is of the first cycle of the base case only; the induction step has none.
        "setattr -unset init w:*; miter -equiv -flatten gold gate miter; hierarchy -top miter; "
        "opt_clean; sat -tempinduct -prove trigger 0 -seq 1 -set-at 1 in_sys_rst 1 "
        f"-maxsteps 8 -timeout {_PROOF_S:.0f} -verify miter",
    )

    def build(folder: Path) -> None:
        (folder / "original.il").write_bytes((netlist.folder / "original.il").read_bytes())
        proved = any(_succeeds(pair + proof, folder) for proof in proofs)
        (folder / "proved.json").write_text(json.dumps(proved))

    key = content_hash(netlist.folder.name, pair, *proofs)
    return bool(json.loads((cached("proofs", key, build) / "proved.json").read_text()))


def _succeeds(script: str, folder: Path) -> bool:
    try:
        run_yowasp("yosys", ["-q", "-p", script], folder, timeout_s=_PROOF_S)
    except ToolError:  # not proved, or not in time
        return False
    return True


def _changes_logic(command: str, module: dict[str, Any]) -> bool:
    """Return whether a mutation is one of logic that is there.

    Left out are clock pins, bits that nothing reads (the low half of a product, for one), bits
    that are made to stick at the constant that they are, and constant pins of memories.
    """
    found = _fields(command)
    cell = module["cells"][found["cell"].removeprefix("\\")]
    bit = cell["connections"][found["port"]][int(found["portbit"])]
    if found["port"].endswith("CLK") or f"const{bit}" == found["mode"]:
        return False
    if cell["type"].startswith("$mem") and isinstance(bit, str):
        return False  # a memory has pins for every feature; the constant ones are not there
    return cell["port_directions"][found["port"]] == "input" or bit in _read(module)


_TARGET = re.compile(r"\s*(?:assign )?\{?(?P<name>\w+).*? <?= (?P<value>.*)")
_ASSIGN = re.compile(r"\s*assign (?P<name>\w+) = ")
_WORD = re.compile(r"(?<![\w'])[A-Za-z_]\w*")


def _in_part(
    command: str, module: dict[str, Any], source: list[str], parts: frozenset[str]
) -> bool:
    """Return whether a mutated cell makes what a building block inside drives.

    A cell without a named output belongs to what its statement sets; that of a condition is what
    is set first under it. LiteX's proxy of a slice belongs to the signals that it is made of.
    """
    if not parts:
        return False
    spans = re.findall(r"-src \S*?\.v:(\d+)\.", command)
    bit = _outputs(module["cells"][_fields(command)["cell"].removeprefix("\\")])[0][0]
    for wire in (bit, _next(bit, module)):  # one wire may have several names: a port's, for one
        names = {n for n, net in module["netnames"].items() if wire in net["bits"] and n[0] != "$"}
        names = {name for name in names if "_slice_proxy" not in name}
        if names:  # Yosys keeps one of several names; the statement has the first
            lines = [source[int(line) - 1] for line in spans]
            made = {found["name"] for found in map(_ASSIGN.match, lines) if found}
            return bool((names | made) & parts)
    for found in filter(None, map(_TARGET.match, source[int(spans[-1]) - 1 :] if spans else ())):
        if "_slice_proxy" in found["name"]:
            return set(_WORD.findall(found["value"])) <= parts
        return found["name"] in parts
    return False


def _read(module: dict[str, Any]) -> set[Any]:
    """Return the bits that a cell or an output port reads."""
    bits: set[Any] = set()
    for port in module["ports"].values():
        if port["direction"] == "output":
            bits |= set(port["bits"])
    for cell in module["cells"].values():
        for port, connection in cell["connections"].items():
            if cell["port_directions"][port] == "input":
                bits |= set(connection)
    return bits


def _fields(command: str) -> dict[str, str]:
    return dict(re.findall(r"-(mode|cell|port|portbit|ctrlbit|wire|wirebit) (\S+)", command))


def _name(command: str, source: list[str], module: dict[str, Any]) -> str:
    """Return for example ``inv A[3] of `(seed_1 != 1'd0)` for made[0]``, from a Yosys command."""
    found = _fields(command)
    cell = module["cells"][found["cell"].removeprefix("\\")]
    what = f"{found['mode']} {found['port']}[{found['portbit']}]"
    if "ctrlbit" in found:
        what += f" by [{found['ctrlbit']}]"
    spans = re.findall(r"-src \S*?\.v:(\d+)\.(\d+)-(\d+)\.(\d+)", command)
    if spans:
        first, column, last, end = map(int, spans[-1])  # the cell's; the wire's comes before it
        text = source[first - 1][column - 1 :]
        text = text[: end - column] if first == last else text
        what += f" of `{text.strip()[:80]}`"
    return f"{what} for {_wire(_outputs(cell)[0][0], module)}"


def _outputs(cell: dict[str, Any]) -> list[list[Any]]:
    """Return the bits of a cell's outputs, a list for each."""
    return [c for p, c in cell["connections"].items() if cell["port_directions"][p] == "output"]


def _wire(bit: Any, module: dict[str, Any]) -> str:
    """Return the name of the wire of a bit, or of the register that it goes to."""
    for name, wire in module["netnames"].items():
        if bit in wire["bits"] and not name.startswith("$"):
            return f"{name}[{wire['bits'].index(bit)}]"
    register = _next(bit, module)
    return "an inner wire" if register is None else _wire(register, module)


def _next(bit: Any, module: dict[str, Any]) -> Any:
    """Return the bit of a register that a bit goes to, if any."""
    for cell in module["cells"].values():
        if "D" in cell["connections"] and bit in cell["connections"]["D"]:
            return cell["connections"]["Q"][cell["connections"]["D"].index(bit)]
    return None
