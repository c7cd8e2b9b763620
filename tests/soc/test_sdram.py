"""The SDRAM chip of virtual boards: each of its times is enough, and one cycle less is not."""

from collections.abc import Iterator
from types import MappingProxyType

import numpy as np
import pytest
from litedram.modules import SDRModule, _SpeedgradeTimings, _TechnologyTimings
from litedram.phy import GENSDRPHY
from migen import Module

from bitcortex.gateware.emit import Verilog, emit
from bitcortex.gateware.soc.sdram import Sdram
from bitcortex.gateware.soc.virtual import sdram_chip
from bitcortex.sim.rtl.harness import Harness
from bitcortex.sim.soc.console import CHIP

HZ = 1_000_000  # power-up is 100 cycles
LATENCY = 3  # from a read at the PHY to its word
INPUTS = ("address", "bank", "ras_n", "cas_n", "we_n", "wrdata", "wrdata_en")
OUTPUTS = ("rddata",)
COMMANDS = {  # ras_n, cas_n, we_n
    "mode": (0, 0, 0), "refresh": (0, 0, 1), "precharge": (0, 1, 0), "active": (0, 1, 1),
    "write": (1, 0, 0), "read": (1, 0, 1),
}  # fmt: skip
ALONE = 1 << 10  # precharge by itself, or of all banks
WORD, ROW = 0x1234_5678, 5

Command = tuple[int, str, int]  # cycles after the one before, name, address


class Chip(SDRModule):
    """All times are different, and in cycles."""

    nbanks, nrows, ncols = 4, 2048, 256
    technology_timings = _TechnologyTimings((100, None), (2, None), (1, None), (2, None))
    speedgrade_timings = MappingProxyType(
        {"default": _SpeedgradeTimings(*((n, None) for n in (5, 4, 3, 12)), None, (9, None))}
    )  # tRP, tRCD, tWR, tRFC, tFAW, tRAS


class Pins(Module):
    """A chip behind a PHY, whose interface is the ports; it has no pins that it can do without."""

    def __init__(self) -> None:
        sdram = Sdram(Chip, bits=32, phase=180, optional=())
        pads = sdram.pads(HZ)
        self.submodules.phy = GENSDRPHY(pads, HZ)
        self.specials += sdram_chip(sdram, pads, HZ)
        for name in (*INPUTS, *OUTPUTS):
            setattr(self, name, getattr(self.phy.dfi.p0, name))


@pytest.fixture(scope="module")
def chip() -> Iterator[Harness]:
    made = emit(Pins(), INPUTS, OUTPUTS, "pins")
    with Harness(Verilog(made.name, f"{made.text}\n{CHIP.read_text()}", made.ports)) as harness:
        yield harness


BEGIN: list[Command] = [
    (120, "precharge", ALONE), (5, "refresh", 0), (12, "refresh", 0), (12, "mode", 2 << 4),
]  # fmt: skip
WRITTEN: list[Command] = [
    (2, "active", ROW), (20, "write", 7), (20, "precharge", 0), (5, "refresh", 0),
]  # fmt: skip
REST: list[Command] = [(20, "active", ROW), (20, "read", 7)]


def read(chip: Harness, commands: list[Command]) -> int:
    """Return the last word that is read after the initialisation and some commands."""
    chip.restart()
    sent = [*BEGIN, *commands]
    cycles = sum(after for after, *_ in sent) + 10
    stimulus = {name: np.zeros(cycles, np.int64) for name in INPUTS}
    for name in ("ras_n", "cas_n", "we_n"):
        stimulus[name][:] = 1
    at = 0
    for after, name, address in sent:
        at += after
        for pin, level in zip(("ras_n", "cas_n", "we_n"), COMMANDS[name], strict=True):
            stimulus[pin][at] = level
        stimulus["address"][at] = address
        stimulus["wrdata"][at] = WORD
        stimulus["wrdata_en"][at] = name == "write"
    return int(chip.run(stimulus)["rddata"][at + LATENCY])


# What comes before a command, that command, and after how many cycles it may be given.
CASES: dict[str, tuple[list[Command], tuple[str, int], int]] = {
    "tRP": ([(20, "active", ROW), (20, "precharge", 0)], ("active", ROW), 5),
    "tRP to refresh": ([(20, "active", ROW), (20, "precharge", 0)], ("refresh", 0), 5),
    "tRCD": ([(20, "active", ROW)], ("write", 7), 4),
    "tRAS": ([(20, "active", ROW)], ("precharge", 0), 9),
    "tRAS with a write": ([(20, "active", ROW), (4, "write", 7)], ("precharge", 0), 5),
    "tWR": ([(20, "active", ROW), (20, "write", 7)], ("precharge", 0), 3),
    "tRFC": ([], ("active", ROW), 12),
    "tRFC to the mode": ([(20, "refresh", 0)], ("mode", 2 << 4), 12),
    "tRAS, write": ([(20, "active", ROW)], ("write", ALONE | 7), 6),
    "tRAS, read": ([(20, "active", ROW)], ("read", ALONE | 7), 8),
    "tWR and tRP": ([(20, "active", ROW), (20, "write", ALONE | 7)], ("active", ROW), 8),
    "a cycle and tRP": ([(20, "active", ROW), (20, "read", ALONE | 7)], ("active", ROW), 6),
}


@pytest.mark.parametrize("case", CASES)
def test_its_times(chip: Harness, case: str) -> None:
    before, (name, address), enough = CASES[case]
    closed: list[Command] = [] if name in ("refresh", "mode") else [(20, "precharge", ALONE)]
    for cycles, right in ((enough, True), (enough - 1, False)):
        given: list[Command] = [*WRITTEN, *before, (cycles, name, address), *closed, *REST]
        assert read(chip, given) == (WORD if right else ~WORD & 0xFFFF_FFFF), cycles


@pytest.mark.parametrize(
    ("between", "count", "right"),
    [(100, 40, True), (50, 40, True), (890, 1, True), (910, 1, False), (200, 40, False)],
)
def test_its_refreshes(chip: Harness, between: int, count: int, right: bool) -> None:
    """Some may be late, but not all."""
    refreshes: list[Command] = [(between, "refresh", 0)] * count
    found = read(chip, [*WRITTEN, *refreshes, *REST])
    assert found == (WORD if right else ~WORD & 0xFFFF_FFFF)
