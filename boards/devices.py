"""Devices that `bitcortex area` synthesises for, and the options of their tools."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bitcortex import check


@dataclass(frozen=True)
class Device:
    """An FPGA and how Yosys and nextpnr are told about it.

    Parameters
    ----------
    name
        On the command line.
    tool
        The nextpnr of this family.
    part
        Vendor's name, with package and speed grade.
    luts
        Lookup tables (logic cells) of the device.
    recipes
        Options of the synthesis by name; the first is the default.
    place
        Options of nextpnr.
    mhz
        Clock that placement and routing aim at: above what our modules reach, so that they try.
    blocks
        Block RAMs of the device.
    shapes
        Words and bits of a block RAM with one write and one read port.
    spram
        Large RAMs with a single port of the device, `SPRAM` words and bits each.
    reset
        Verilog of a register and a buffer from ``drive[0]`` to ``reset``, a global net, where
        the tool does not do it itself: one on common wires is slow, with thousands of registers.
    copies
        Whether registers that are marked as a part's own (`gateware.neuron.arithmetic.delayed`) are
        kept apart: on a large device those who share one may be far from each other.
    pins
        Locations of ``clk`` and ``shift``, where the tool cannot choose them itself.
    """

    name: str
    tool: str
    part: str
    luts: int
    recipes: Mapping[str, str]
    place: tuple[str, ...]
    mhz: int
    blocks: int
    shapes: tuple[tuple[int, int], ...]
    spram: int = 0
    reset: str = ""
    copies: bool = False
    pins: tuple[str, str] | None = None

    def synthesis(self, command: str, top: str) -> str:
        """Return Yosys's commands for a design that was read."""
        if not self.copies:
            return f"{command} -top {top}"
        own = "setattr -set keep 1 a:own %ci1 t:$*dff* %i"
        return f"hierarchy -top {top}; proc; {own}; {command} -top {top}"


# Wide multiplexers (PFUMX, L6MUX) save levels, but ABC buys them with lookup tables: without them
# a popcount tree takes half and a neuron a sixth less.
_ECP5 = MappingProxyType({"narrow": "synth_ecp5 -nowidelut", "wide": "synth_ecp5"})
# A multiplier block is worth some 300 logic cells, but the UP5K has only eight, and they are slow:
# use them by choice. Eight cells share one clock enable: for small groups of flip-flops the lookup
# tables make it, or nextpnr finds no place for them on a device that is 4/5 full.
_ICE40 = "synth_ice40 -device u -dffe_min_ce_use 16"
_UP5K = MappingProxyType({"plain": _ICE40, "dsp": f"{_ICE40} -dsp"})
_GOWIN = MappingProxyType(
    {"wide": "synth_gowin -noiopads", "narrow": "synth_gowin -noiopads -nowidelut"}
)


_18K = ((16384, 1), (8192, 2), (4096, 4), (2048, 9), (1024, 18), (512, 36))
_4K = ((2048, 2), (1024, 4), (512, 8), (256, 16))
SPRAM = ((16384, 16),)


def _ecp5(name: str, size: str, luts: int, blocks: int) -> Device:
    place = (f"--{size}", "--package", "CABGA381", "--speed", "6", "--lpf-allow-unconstrained")
    part = f"LFE5U-{size[:-1].upper()}F-6BG381"
    # The register lies next to the buffer: it may be far from the others.
    reset = (
        "reg bench_reset; always @(posedge clk) bench_reset <= drive[0];\n"
        "  DCCA reset_buffer(.CLKI(bench_reset), .CE(1'b1), .CLKO(reset));"
    )
    return Device(
        name, "nextpnr-ecp5", part, luts, _ECP5, place, 150, blocks, _18K, reset=reset, copies=True
    )


def _gowin(
    name: str, part: str, family: str, luts: int, blocks: int, pins: tuple[str, str]
) -> Device:
    place = ("--device", part, "--vopt", f"family={family}", "--vopt", "cst=pins.cst")
    tool = "nextpnr-himbaechel-gowin"
    return Device(name, tool, part, luts, _GOWIN, place, 150, blocks, _18K, pins=pins)


_UP5K_PLACE = ("--up5k", "--package", "sg48", "--pcf-allow-unconstrained")

DEVICES: dict[str, Device] = {
    device.name: device
    for device in (
        _ecp5("ecp5-85", "85k", 83640, 208),
        _ecp5("ecp5-25", "25k", 24288, 56),
        Device(
            "ice40up5k", "nextpnr-ice40", "iCE40UP5K-SG48", 5280, _UP5K, _UP5K_PLACE, 48, 30, _4K, 4
        ),
        _gowin("gw1nr-9", "GW1NR-LV9QN88PC6/I5", "GW1N-9C", 8640, 26, ("52", "25")),
        _gowin("gw2ar-18", "GW2AR-LV18QN88C8/I7", "GW2A-18C", 20736, 46, ("4", "25")),
    )
}


def find_device(name: str) -> Device:
    """Return a device by name.

    Raises
    ------
    ValueError
        If there is none; the message lists the names.
    """
    return DEVICES[check.one_of("device", name, DEVICES)]
