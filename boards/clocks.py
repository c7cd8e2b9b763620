"""Clock and reset by device family; a board says from which pins."""

from typing import Any

from litex.build.io import DDROutput
from litex.soc.cores.clock.gowin_gw1n import GW1NPLL
from litex.soc.cores.clock.gowin_gw2a import GW2APLL
from litex.soc.cores.clock.lattice_ecp5 import ECP5PLL
from litex.soc.cores.clock.lattice_ice40 import iCE40PLL
from migen import ClockDomain, ClockSignal, If, Instance, Module, Signal
from migen.genlib.resetsync import AsyncResetSynchronizer

POWER_ON_BITS = 12  # of the count of cycles: the UP5K's RAMs cannot be read in the first 3 us


def ecp5_global(source: Any, to: Any) -> Instance:
    """Return a buffer onto a global net: nextpnr itself puts only clocks there.

    A reset of thousands of flip-flops over common wires takes 15 ns.
    """
    return Instance("DCCA", i_CLKI=source, i_CE=1, o_CLKO=to)


class PowerOn(Module):  # type: ignore[misc]
    """A count of cycles after the configuration.

    Ports: ``done``, when they are over.
    """

    def __init__(self, clock: Any) -> None:
        self.done = Signal()

        # # #

        left = Signal(POWER_ON_BITS, reset=(1 << POWER_ON_BITS) - 1)
        self.clock_domains.cd_por = ClockDomain("por", reset_less=True)
        self.comb += [self.cd_por.clk.eq(clock), self.done.eq(left == 0)]
        self.sync.por += If(~self.done, left.eq(left - 1))


class Ecp5Clocks(Module):  # type: ignore[misc]
    """PLL, and the reset on a global net.

    Parameters
    ----------
    clock, input_hz
        Pin of the oscillator.
    clock_hz
        Of `sys`.
    reset
        Of the whole SoC, asynchronous.
    """

    def __init__(self, clock: Any, input_hz: float, clock_hz: int, reset: Any) -> None:
        self.clock_domains.cd_sys = ClockDomain("sys")

        # # #

        self.submodules.pll = pll = ECP5PLL()
        self.comb += pll.reset.eq(reset)
        pll.register_clkin(clock, input_hz)
        pll.create_clkout(self.cd_sys, clock_hz, with_reset=False)
        early = ClockDomain("early")  # the same clock, and a reset not yet on the global net
        early.clk = self.cd_sys.clk
        self.specials += [
            AsyncResetSynchronizer(early, ~pll.locked),
            ecp5_global(early.rst, self.cd_sys.rst),
        ]

    def add_sdram(self, pin: Any, clock_hz: int, phase: int) -> None:
        """Give an SDRAM the clock of `sys`, some degrees later."""
        self.clock_domains.cd_sdram = ClockDomain("sdram", reset_less=True)
        self.pll.create_clkout(self.cd_sdram, clock_hz, phase=phase, with_reset=False)
        self.specials += DDROutput(1, 0, pin, ClockSignal("sdram"))


class Ice40Clocks(Module):  # type: ignore[misc]
    """PLL, unless the oscillator's frequency will do; parameters as of `Ecp5Clocks`."""

    def __init__(self, clock: Any, input_hz: float, clock_hz: int, reset: Any) -> None:
        self.clock_domains.cd_sys = ClockDomain("sys")

        # # #

        ready = Signal()
        if clock_hz == input_hz:
            self.comb += [self.cd_sys.clk.eq(clock), ready.eq(~reset)]
        else:
            self.submodules.pll = pll = iCE40PLL(primitive="SB_PLL40_PAD")
            self.comb += [pll.reset.eq(reset), ready.eq(pll.locked & ~reset)]
            pll.register_clkin(clock, input_hz)
            pll.create_clkout(self.cd_sys, clock_hz, with_reset=False)
        self.submodules.power_on = power_on = PowerOn(self.cd_sys.clk)
        self.specials += AsyncResetSynchronizer(self.cd_sys, ~power_on.done | ~ready)


class GowinClocks(Module):  # type: ignore[misc]
    """PLL, unless the oscillator's frequency will do; parameters as of `Ecp5Clocks`.

    The PLL's `lock` is not used: LiteX found that it is not stable. The reset waits for longer than
    the PLL takes to lock.
    """

    def __init__(
        self, platform: Any, clock: Any, input_hz: float, clock_hz: int, reset: Any
    ) -> None:
        self.clock_domains.cd_sys = ClockDomain("sys")

        # # #

        self.submodules.power_on = power_on = PowerOn(clock)
        if clock_hz == input_hz:
            self.comb += self.cd_sys.clk.eq(clock)
        else:
            kind = GW2APLL if platform.device.startswith("GW2A") else GW1NPLL
            self.submodules.pll = pll = kind(platform.devicename, platform.device)
            pll.register_clkin(clock, input_hz)
            pll.create_clkout(self.cd_sys, clock_hz, with_reset=False)
        self.specials += AsyncResetSynchronizer(self.cd_sys, ~power_on.done | reset)
