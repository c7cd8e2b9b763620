"""Lookup tables that a SoC needs, estimated before anybody synthesises it."""

from collections.abc import Mapping
from types import MappingProxyType

from bitcortex.boards.capacity import (
    has_cpu,
    has_ethernet,
    has_sdram,
    memories_in_logic,
    rams,
)
from bitcortex.boards.devices import Device
from bitcortex.gateware.emit import Verilog
from bitcortex.models.column.drive import UNIT
from bitcortex.models.column.params import CoreParams

_RAM_LUTS = 6  # of 16 x 4 bits: four that hold it, and two that its write port blocks


def features(verilog: Verilog, params: CoreParams, device: Device) -> dict[str, float]:
    """Return what the estimate is a sum of: numbers of parts, and memories that lie in logic.

    Parameters
    ----------
    verilog
        Of the SoC; its small memories are counted.
    params
        Of the engine.
    device
        From `bitcortex.boards.devices`.
    """
    layout, lanes = params.layout, params.lanes
    stored = params.stored is not None
    return {
        "soc": 1,
        "cpu": has_cpu(verilog),  # beyond the framed link, which is in "soc"
        "sdram": has_sdram(verilog),
        "ethernet": has_ethernet(verilog),  # beyond the UART
        "lane": lanes,
        "drive": UNIT * params.units,
        "bitmap": lanes * (params.bitmap is not None),
        "stored": lanes * stored,
        "procedural": lanes * len(layout.procedural),
        "gate": lanes * bool(layout.longest),
        "plastic": lanes * params.plastic,
        "kind": lanes * (layout.kind_count - 1),
        "block": rams(verilog, device).blocks,  # their outputs are chosen from, and kept
        "ram": _RAM_LUTS * memories_in_logic(verilog, device),
    }


def luts(verilog: Verilog, params: CoreParams, device: Device) -> int:
    """Return about how many lookup tables a SoC takes, in nextpnr's count for the device.

    A weighted sum of `features`; docs/building.md says what the weights were fitted to, and how
    far off they are.

    Parameters
    ----------
    verilog, params, device
        As of `features`.
    """
    weights = WEIGHTS[device.tool]
    found = features(verilog, params, device)
    return round(sum(weights[name] * number for name, number in found.items()))


# Fitted to syntheses: twelve on ECP5, three with a CPU, one of them with SDRAM, one with Ethernet,
# fifteen on iCE40, eight on Gowin. See docs/building.md.
_ECP5 = {
    "soc": 2543, "cpu": 950, "sdram": 972, "ethernet": 5100, "lane": 179, "drive": 49,
    "bitmap": 245, "stored": 184, "procedural": 115, "gate": 256, "plastic": 385, "kind": 172,
    "block": 47, "ram": 1,
}  # fmt: skip
# Flip-flops that no lookup table of theirs precedes take a cell too. What no network had that was
# synthesised for iCE40 is scaled: they are far too large for it.
_ICE40 = {name: 1.31 * weight for name, weight in _ECP5.items()} | {
    "soc": 3344, "lane": 295, "drive": 181, "bitmap": 301, "stored": 264, "procedural": 231,
    "block": 0, "ram": 0,
}  # fmt: skip
# Flip-flops that no lookup table of theirs precedes take one here, too.
_GOWIN = {name: 1.6 * weight for name, weight in _ECP5.items()} | {
    "soc": 2011, "drive": 609, "lane": 243, "bitmap": 333, "stored": 574, "procedural": 189,
    "block": 0, "ram": 4 / _RAM_LUTS,
}  # fmt: skip
WEIGHTS: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "nextpnr-ecp5": _ECP5,
        "nextpnr-ice40": _ICE40,
        "nextpnr-himbaechel-gowin": _GOWIN,
    }
)
