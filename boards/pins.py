"""Constraint files: which port is at which pin, and how fast the oscillator is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from litex.build.generic_platform import IOStandard, Misc


@dataclass(frozen=True)
class Pin:
    """A pin of the FPGA.

    Parameters
    ----------
    port
        Of the Verilog, with an index if it is wide.
    site
        Name of the pin.
    standard
        Voltages and kind of the pin; empty for the tool's default.
    options
        ``NAME=VALUE`` of the vendor.
    """

    port: str
    site: str
    standard: str = ""
    options: tuple[str, ...] = ()


def pins_of(platform: Any, name: Callable[[Any], str]) -> tuple[Pin, ...]:
    """Return the pins that were requested from a LiteX platform, by port."""
    pins = []
    for signal, sites, others, _ in platform.constraint_manager.get_sig_constraints():
        standard = next((c.name for c in others if isinstance(c, IOStandard)), "")
        options = tuple(o for c in others if isinstance(c, Misc) for o in c.misc.split())
        for n, site in enumerate(sites):
            port = name(signal) + (f"[{n}]" if len(sites) > 1 else "")
            pins.append(Pin(port, site, standard, options))
    return tuple(sorted(pins, key=lambda pin: pin.port))


def lpf(pins: Sequence[Pin], clocks: Mapping[str, float]) -> str:
    """Return the constraints of an ECP5; `clocks` are frequencies in Hz by port."""
    lines = []
    for pin in pins:
        lines.append(f'LOCATE COMP "{pin.port}" SITE "{pin.site}";')
        settings = [f"IO_TYPE={pin.standard}"] if pin.standard else []
        if settings or pin.options:
            lines.append(f'IOBUF PORT "{pin.port}" {" ".join([*settings, *pin.options])};')
    lines += [f'FREQUENCY PORT "{port}" {hz / 1e6:g} MHZ;' for port, hz in clocks.items()]
    return "\n".join([*lines, ""])


def pcf(pins: Sequence[Pin], clocks: Mapping[str, float]) -> str:
    """Return the constraints of an iCE40; all its pins are LVCMOS."""
    lines = []
    for pin in pins:
        pull = "-pullup yes " if "PULLUP" in pin.options else ""
        lines.append(f"set_io {pull}{pin.port} {pin.site}")
    lines += [f"set_frequency {port} {hz / 1e6:g}" for port, hz in clocks.items()]
    return "\n".join([*lines, ""])


def cst(pins: Sequence[Pin]) -> str:
    """Return the constraints of a Gowin device; clocks are not in them."""
    lines = []
    for pin in pins:
        lines.append(f'IO_LOC "{pin.port}" {pin.site};')
        settings = [f"IO_TYPE={pin.standard}"] if pin.standard else []
        if settings or pin.options:
            lines.append(f'IO_PORT "{pin.port}" {" ".join([*settings, *pin.options])};')
    return "\n".join([*lines, ""])
