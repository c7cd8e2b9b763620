"""No two combinational blocks of emitted Verilog feed each other.

A block gives its targets a default and then another value, which wakes the blocks that read them,
even if the value is the old one in the end. Two blocks that read each other's targets wake each
other for ever in Icarus, though no single signal depends on itself.
"""

import re
from graphlib import CycleError, TopologicalSorter

import pytest
from migen import If, Module, Signal

from bitcortex.gateware.emit import emit
from bitcortex.sim.twin import all_twins

BLOCK = re.compile(r"^always_comb begin\n(.*?)^end\n", re.DOTALL | re.MULTILINE)
WIRE = re.compile(r"^assign (?P<targets>.*?) = (?P<read>.*?);$", re.DOTALL | re.MULTILINE)
SET = re.compile(r"^[ \t]+(?P<targets>[\w{][^=;\n]*?) = (?=.*;$)", re.MULTILINE)
WORD = re.compile(r"(?<![\w'])[A-Za-z_]\w*")


def graph(text: str) -> dict[str, set[str]]:
    """Return which other blocks each block reads, directly or through wires."""
    blocks, wires = {}, {}
    makers: dict[str, str] = {}
    for number, body in enumerate(BLOCK.findall(text)):
        targets = {w for found in SET.finditer(body) for w in WORD.findall(found["targets"])}
        name = f"block {number} of {min(targets)}"
        makers |= dict.fromkeys(targets, name)
        blocks[name] = set(WORD.findall(SET.sub("", body)))
    for found in WIRE.finditer(text):
        read = set(WORD.findall(found["read"]))
        wires.update(dict.fromkeys(WORD.findall(found["targets"]), read))
    reads = {}
    for name, signals in blocks.items():
        seen, left = set(), list(signals)
        while left:
            signal = left.pop()
            if signal not in seen:
                seen.add(signal)
                left += wires.get(signal, ())
        reads[name] = {makers[signal] for signal in seen & makers.keys()} - {name}
    return reads


CASES = [(name, case) for name, twin in all_twins().items() for case in twin.cases]


@pytest.mark.parametrize(("name", "case"), CASES)
def test_no_loop(name: str, case: str) -> None:
    twin = all_twins()[name]
    TopologicalSorter(graph(twin.emit(twin.cases[case]).text)).prepare()


class Talkers(Module):
    """Two machines: y depends on p, q on x; x and y, p and q are made in one block each."""

    def __init__(self) -> None:
        self.a = Signal()
        self.y, self.q = Signal(), Signal()
        x, p = Signal(), Signal()
        self.comb += [
            If(self.a, x.eq(1), self.y.eq(p)),
            If(~self.a, p.eq(1), self.q.eq(x)),
        ]


def test_a_loop_is_found() -> None:
    text = emit(Talkers(), ("a",), ("y", "q"), "talkers").text
    with pytest.raises(CycleError):
        TopologicalSorter(graph(text)).prepare()
