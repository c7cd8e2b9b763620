"""RAMs that a design needs, known before anybody synthesises it."""

import re
from dataclasses import dataclass

from bitcortex.boards.devices import DEVICES, SPRAM, Device
from bitcortex.gateware.emit import Verilog

_MEMORY = re.compile(
    r"^// Memory (?P<name>\w+): (?P<words>\d+)-words x (?P<bits>\d+)-bit\n//-+\n"
    r"(?P<ports>(?:// Port .*\n)+)"
    r'(?:.*-+\n)?(?:\(\* ram_style = "(?P<style>\w+)" \*\))?',
    re.MULTILINE,
)
_BLOCK_COST = {"nextpnr-ice40": 64, "nextpnr-ecp5": 128, "nextpnr-himbaechel-gowin": 128}
_LUT_COST = 4  # of 16 x 4 bits in lookup tables, of the same scale; iCE40 has none
_MUX_COST = 0.5  # of choosing a bit between two such
# Its word goes to a register, with which Yosys makes a block of it, where there is no LUT RAM.
_REGISTERED = "weight_jobs"
_CPU = "module VexRiscv "  # is in the text, if there is one
_SDRAM = "_dfii_pi0_"  # is in the text, if there is a controller
_ETHERNET = "liteethphyrgmii"  # is in the text, if there is a PHY
_CPU_BLOCKS = 2  # its registers, with two read ports


@dataclass(frozen=True)
class _Found:
    """A memory in the text."""

    words: int
    bits: int
    reads: int  # ports
    asynchronous: bool
    style: str | None
    registered: bool

    def in_logic(self, device: Device) -> bool:
        """Return whether logic holds it, and not block RAMs."""
        asynchronous = self.asynchronous
        if self.registered and device.tool == "nextpnr-ice40":
            asynchronous = False
        if asynchronous or self.style in ("block", "huge"):
            return asynchronous
        least = _least(self.words, self.bits, device.shapes)
        return _in_logic(self.words, self.bits, device, least)


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
    costs, takes none. A memory with several read ports is there as often.

    Parameters
    ----------
    verilog
        The module; its memories are those that Migen made, and those of a CPU.
    device
        From `bitcortex.boards.devices`.
    """
    blocks, spram = _CPU_BLOCKS * has_cpu(verilog), 0
    for memory in _memories(verilog):
        least = _least(memory.words, memory.bits, device.shapes)
        if memory.style == "huge":
            spram += _least(memory.words, memory.bits, SPRAM)
        elif not memory.in_logic(device):
            blocks += memory.reads * least
    return Rams(blocks, spram)


def has_cpu(verilog: Verilog) -> bool:
    """Return whether a SoC has a CPU."""
    return _CPU in verilog.text


def has_sdram(verilog: Verilog) -> bool:
    """Return whether a SoC has LiteDRAM's controller."""
    return _SDRAM in verilog.text


def has_ethernet(verilog: Verilog) -> bool:
    """Return whether a SoC has LiteEth's stack."""
    return _ETHERNET in verilog.text


def memories_in_logic(verilog: Verilog, device: Device) -> int:
    """Return how many RAMs of 16 x 4 bits in lookup tables a module takes; iCE40 has none."""
    if device.tool == "nextpnr-ice40":
        return 0
    return sum(
        memory.reads * -(-memory.words // 16) * -(-memory.bits // 4)
        for memory in _memories(verilog)
        if memory.in_logic(device)
    )


def _memories(verilog: Verilog) -> list[_Found]:
    """Return the memories that Migen made."""
    memories = []
    for found in _MEMORY.finditer(verilog.text):
        # What a write port could read, nobody does, where there are ports that only read.
        ports = found["ports"].splitlines()
        reading = [port for port in ports if "Write: ----" in port] or ports
        asynchronous = any("Read: Async" in port for port in reading)
        memories.append(
            _Found(
                int(found["words"]),
                int(found["bits"]),
                len(reading),
                asynchronous,
                found["style"],
                found["name"].startswith(_REGISTERED),
            )
        )
    return memories


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
    """Return whether logic is cheaper than so many blocks, as Yosys's memory_libmap counts."""
    if device.tool == "nextpnr-ice40":
        return words * bits <= _BLOCK_COST[device.tool] * blocks  # flip-flops
    deep, wide = -(-words // 16), -(-bits // 4)
    # Of Gowin's RAMs only the bits that are used count ("widthscale").
    used = bits / 4 if device.tool == "nextpnr-himbaechel-gowin" else wide
    cost = _LUT_COST * deep * used + _MUX_COST * 4 * wide * (deep - 1)
    return cost < _BLOCK_COST[device.tool] * blocks
