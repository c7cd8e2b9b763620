"""What is known about a board."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bitcortex.boards.devices import Device
from bitcortex.gateware.soc.sdram import Sdram
from bitcortex.host.products import Product


@dataclass(frozen=True)
class Board:
    """A board that a network can be built for.

    Parameters
    ----------
    product
        Name, clock and lanes.
    title
        Its maker's name of it.
    device
        Its FPGA, with the options of the tools for it.
    platform
        Makes LiteX's platform: the pins.
    crg
        Makes clock and reset of the domain ``sys`` from a platform and a frequency in Hz.
    oscillator
        Name of the clock's pin in the platform, and its frequency in Hz.
    loader
        Arguments of openFPGALoader that say what board it is.
    volatile
        Whether a bitstream can be loaded without writing the flash.
    baudrate
        Of the UART.
    recipe
        Of the synthesis; the device's first if None.
    spread
        Returns a buffer onto a global net, for resets; None where the tools do so themselves.
    ethernet
        Makes LiteEth's PHY from a platform: the link is UDP then, and not the UART.
    clocks
        Names and frequencies in Hz of further pins with a clock.
    sdram
        Chip at the pins ``sdram`` and ``sdram_clock`` of the platform; None if there is none.
    """

    product: Product
    title: str
    device: Device
    platform: Callable[[], Any]
    crg: Callable[[Any, int], Any]
    oscillator: tuple[str, float]
    loader: tuple[str, ...]
    volatile: bool = True
    baudrate: int = 1_000_000
    recipe: str | None = None
    spread: Callable[[Any, Any], Any] | None = None
    ethernet: Callable[[Any], Any] | None = None
    clocks: tuple[tuple[str, float], ...] = ()
    sdram: Sdram | None = None

    @property
    def name(self) -> str:
        """On the command line, and of the file that describes it."""
        return self.product.name

    @property
    def clock_hz(self) -> int:
        """Of ``sys``, unless asked for otherwise."""
        return self.product.clock_hz

    @property
    def lanes(self) -> int:
        """Of the engine, unless asked for otherwise."""
        return self.product.lanes

    @property
    def synthesis(self) -> str:
        """Yosys's command, with pads: the device's own is for modules without."""
        recipes = self.device.recipes
        return recipes[self.recipe or next(iter(recipes))].replace(" -noiopads", "")
