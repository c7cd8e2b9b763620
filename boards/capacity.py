"""Block RAMs that a design needs, known before anybody synthesises it."""

import re

from bitcortex.boards.devices import Device
from bitcortex.gateware.emit import Verilog

_MEMORY = re.compile(
    r"^// Memory \w+: (?P<words>\d+)-words x (?P<bits>\d+)-bit\n//-+\n(?P<ports>(?:// Port .*\n)+)",
    re.MULTILINE,
)
_BLOCK_COST = {"nextpnr-ice40": 64, "nextpnr-ecp5": 128, "nextpnr-himbaechel-gowin": 128}
_LUT_COST = 4  # of 16 x 4 bits in lookup tables, of the same scale; iCE40 has none


def block_rams(verilog: Verilog, device: Device) -> int:
    """Return how many block RAMs the memories of a module take on a device.

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
    total = 0
    for found in _MEMORY.finditer(verilog.text):
        # What a write port could read, nobody does, where there are ports that only read.
        ports = found["ports"].splitlines()
        reading = [port for port in ports if "Write: ----" in port] or ports
        if any("Read: Async" in port for port in reading):
            continue
        reads = len(reading)
        total += reads * _blocks(int(found["words"]), int(found["bits"]), device)
    return total


def check_fits(verilog: Verilog, device: Device) -> None:
    """Check that the memories of a module fit a device.

    Raises
    ------
    ValueError
        If they do not; the message says what they need and what there is.
    """
    needed = block_rams(verilog, device)
    if needed > device.blocks:
        other = "fewer neurons, fewer synapses, or store='procedural', which keeps none"
        raise ValueError(
            f"{verilog.name} must fit the {device.blocks} block RAMs of {device.name}, and needs "
            f"{needed}: {needed / device.blocks:.1f} times as many. Use {other}"
        )


def _blocks(words: int, bits: int, device: Device) -> int:
    blocks = min(-(-words // deep) * -(-bits // wide) for deep, wide in device.shapes)
    if device.tool == "nextpnr-ice40":
        in_logic = words * bits  # flip-flops
    else:
        in_logic = _LUT_COST * -(-words // 16) * -(-bits // 4)
    return blocks if in_logic > _BLOCK_COST[device.tool] * blocks else 0
