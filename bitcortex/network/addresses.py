"""Where a board's registers and windows are, in bytes: the same on every board.

The registers are those of `bitcortex.network.registers`; the windows are explained in
docs/accelerator.md. Accesses to other addresses end in an error of the bus. All are in the upper
half, which LiteX's CPUs do not cache, and the lower one is left to their memories.
"""

from types import MappingProxyType

LOAD = 0x9000_0000  # words of an image
TRACE = 0xA000_0000  # spikes
PEEK = 0xB000_0000  # states and weights
REGISTERS = 0xF000_0000  # of the accelerator: where LiteX's CPUs have theirs
WINDOW = 0x1000  # bytes of each window; all its addresses are the same

WINDOWS = {"load": LOAD, "trace": TRACE, "peek": PEEK}
ADDRESSES = {"csr": REGISTERS, **WINDOWS}  # by the names that bundles have

# Of boards on Ethernet, UDP ports: the framed link, and Etherbone for LiteX's tools.
LINK_PORT = 4242
ETHERBONE_PORT = 1234

# Of boards with a CPU. The ROM has the firmware, and the network's image if there is no SDRAM.
ROM = 0x0000_0000
SRAM = 0x1000_0000
SRAM_BYTES = 4096
CONSOLE = REGISTERS + 0x800  # LiteX's UART
# Offsets of its registers that the firmware uses: reading `rxtx` takes a byte, if there is one.
CONSOLE_REGISTERS = MappingProxyType({"rxtx": 0x0, "txfull": 0x4, "rxempty": 0x8})

# Of boards with SDRAM, which has the network's image from its first byte on.
SDRAM = 0x4000_0000
SDRAM_CONTROL = REGISTERS + 0x1000  # LiteDRAM's registers
# Offsets of those that the firmware initialises the chip with: a write to `command_issue` gives
# the command to the chip.
SDRAM_REGISTERS = MappingProxyType(
    {
        "dfii_control": 0x0,
        "dfii_pi0_command": 0x4,
        "dfii_pi0_command_issue": 0x8,
        "dfii_pi0_address": 0xC,
        "dfii_pi0_baddress": 0x10,
    }
)


def c_header() -> str:
    """Return the C header of the addresses."""
    lines = [
        "/* Made by bitcortex.network.addresses.c_header: do not edit. */",
        "#ifndef BITCORTEX_ADDRESSES_H",
        "#define BITCORTEX_ADDRESSES_H",
        "",
    ]
    others = {"console": CONSOLE, "sdram": SDRAM, "sdram_control": SDRAM_CONTROL}
    for name, address in (ADDRESSES | others).items():
        lines.append(f"#define BITCORTEX_{name.upper()}_BASE 0x{address:08x}u")
    for kind, registers in (("CONSOLE", CONSOLE_REGISTERS), ("SDRAM", SDRAM_REGISTERS)):
        lines.append("")
        for name, offset in registers.items():
            lines.append(f"#define BITCORTEX_{kind}_{name.upper()}_OFFSET 0x{offset:03x}u")
    return "\n".join([*lines, "", "#endif", ""])


def linker_script() -> str:
    """Return what the firmware's linker script includes: where the CPU's memories are."""
    return (
        f"rom_base = 0x{ROM:08x};\n"
        f"sram_base = 0x{SRAM:08x};\n"
        f"sram_end = 0x{SRAM + SRAM_BYTES:08x};\n"
    )
