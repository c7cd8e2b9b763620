"""Boards with a CPU: what is in their ROM, and virtual ones."""

from bitcortex.firmware.image import rom
from bitcortex.host.products import find_product
from bitcortex.models.column.params import CoreParams
from bitcortex.network.description import Network
from bitcortex.network.event_plan import EventPlan
from bitcortex.network.image import Words
from bitcortex.sim.rtl.cache import cache_root
from bitcortex.sim.soc.console import VirtualConsole
from bitcortex.sim.soc.targets import plan_of
from bitcortex.sim.soc.virtual import bundle_of, params_of

CPUS = ("vexriscv",)


def rom_of(board: str, clock_hz: int, params: CoreParams) -> Words:
    """Return the content of the ROM of a board with a CPU: firmware and network.

    Raises
    ------
    ValueError
        If the network needs a host.
    ToolError
        If there is no compiler.
    """
    return rom(bundle_of(board, clock_hz, params), cache_root() / "firmware")


def virtual(board: str, network: Network | EventPlan, lanes: int | None = None) -> VirtualConsole:
    """Compile a virtual board with a CPU for a network; see `bitcortex.host.console.Console`.

    Parameters
    ----------
    board
        That it stands for.
    network
        In its ROM.
    lanes
        Of the engine; the board's own if None.

    Raises
    ------
    ValueError
        If there is no such board, or the network needs a host or is not event-driven.
    ToolError
        If a compiler is missing.
    """
    product = find_product(board)
    params = params_of(product.name, plan_of(network), lanes)
    return VirtualConsole(product.name, params, rom_of(product.name, product.clock_hz, params))
