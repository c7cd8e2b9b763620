"""The firmware's header of the SDRAM: how large it is, and how it is initialised."""

from bitcortex.gateware.soc.sdram import Sdram, steps
from bitcortex.host.console import BLOCK_BYTES


def c_header(sdram: Sdram, clock_hz: int) -> str:
    """Return the C header of an SDRAM.

    Parameters
    ----------
    sdram
        What is there.
    clock_hz
        Of the CPU.
    """
    lines = [
        "/* Made by bitcortex.firmware.memory.c_header: do not edit. */",
        "#ifndef BITCORTEX_MEMORY_H",
        "#define BITCORTEX_MEMORY_H",
        "",
        f"#define BITCORTEX_SDRAM_BYTES {sdram.size}u",
        f"#define BITCORTEX_BLOCK_BYTES {BLOCK_BYTES}u",
        f"#define BITCORTEX_CPU_HZ {clock_hz}u",
        "",
        "/* Register, value, address, bank, cycles to wait. */",
        "#define BITCORTEX_SDRAM_STEPS \\",
    ]
    made = steps(sdram, clock_hz)
    for n, step in enumerate(made):
        register = f"BITCORTEX_SDRAM_{step.register.upper()}_OFFSET"
        numbers = f"0x{step.value:02x}u, 0x{step.address:04x}u, {step.bank}u, {step.delay}u"
        end = " \\" if n + 1 < len(made) else ""
        lines.append(f"    /* {step.text.replace('/', ',')} */ {{{register}, {numbers}}},{end}")
    return "\n".join([*lines, "", "#endif", ""])
