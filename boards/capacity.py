"""RAMs that a design needs, known before anybody synthesises it."""

import re
from dataclasses import dataclass

from bitcortex.boards.devices import DEVICES, SPRAM, Device
from bitcortex.gateware.emit import Verilog

_MEMORY = re.compile(
    r"^// Memory \w+: (?P<words>\d+)-words x (?P<bits>\d+)-bit\n//-+\n(?P<ports>(?:// Port .*\n)+)"
    r'(?:.*-+\n)?(?:\(\* ram_style = "(?P<style>\w+)" \*\))?',
    re.MULTILINE,
)
_BLOCK_COST = {"nextpnr-ice40": 64, "nextpnr-ecp5": 128, "nextpnr-himbaechel-gowin": 128}
_LUT_COST = 4  # of 16 x 4 bits in lookup tables, of the same scale; iCE40 has none


@dataclass(frozen=True)
class Rams:
    """Numbers of RAMs: `blocks` with one write and one read port, `spram` with a single one."""

    blocks: int
    spram: int

    def fit(self, device: Device) -> bool:
        """Return whether a device has as many."""
        return self.blocks <= device.blocks and self.spram <= device.spram


def rams(verilog: Verilog, device: Device) -> Rams:
    """Return how many RAMs the memories of a module take on a device.

    A memory with an asynchronous read port, or one that is cheaper in lookup tables by Yosys's own
    costs, takes none. A memory with several read ports is there as often. On iCE40 there may be a
    few more: Yosys makes a block of a small queue if a register follows its read port.

    Parameters
    ----------
    verilog
        The module; its memories are those that Migen made.
    device
        From `bitcortex.boards.devices`.
    """
    blocks = spram = 0
    for found in _MEMORY.finditer(verilog.text):
        # What a write port could read, nobody does, where there are ports that only read.
        ports = found["ports"].splitlines()
        reading = [port for port in ports if "Write: ----" in port] or ports
        words, bits = int(found["words"]), int(found["bits"])
        if any("Read: Async" in port for port in reading):
            continue
        if found["style"] == "huge":
            spram += _least(words, bits, SPRAM)
        else:
            least = _least(words, bits, device.shapes)
            in_logic = found["style"] != "block" and _in_logic(words, bits, device, least)
            blocks += 0 if in_logic else len(reading) * least
    return Rams(blocks, spram)


def check_fits(verilog: Verilog, device: Device) -> None:
    """Check that the memories of a module fit a device.

    Raises
    ------
    ValueError
        If they do not; the message says what they need, what there is, and which devices have it.
    """
    needed = rams(verilog, device)
    if needed.fit(device):
        return
    kinds = (("block RAMs", needed.blocks, device.blocks), ("SPRAMs", needed.spram, device.spram))
    lacks = " and ".join(
        f"the {there} {kind} of {device.name}, but needs {number}"
        for kind, number, there in kinds
        if number > there
    )
    larger = [d.name for d in DEVICES.values() if rams(verilog, d).fit(d)]
    hint = f"{', '.join(larger)} would hold it" if larger else "no device here would hold it"
    raise ValueError(
        f"{verilog.name} must fit {lacks}: {hint}. Else use fewer neurons, fewer lanes, or a "
        "smaller store: a bitmap keeps a bit per pair, stored ones a word per synapse, procedural "
        "ones nothing"
    )


def _least(words: int, bits: int, shapes: tuple[tuple[int, int], ...]) -> int:
    return min(-(-words // deep) * -(-bits // wide) for deep, wide in shapes)


def _in_logic(words: int, bits: int, device: Device, blocks: int) -> bool:
    """Return whether logic is cheaper than so many blocks."""
    if device.tool == "nextpnr-ice40":
        cost = words * bits  # flip-flops
    else:
        cost = _LUT_COST * -(-words // 16) * -(-bits // 4)
    return cost <= _BLOCK_COST[device.tool] * blocks
