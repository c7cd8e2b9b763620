"""Boards with a CPU: what is in their ROM, and virtual ones."""

from bitcortex.boards.board import Board
from bitcortex.boards.registry import BOARDS, find_board
from bitcortex.firmware.compile import compile_firmware
from bitcortex.firmware.image import check_alone, rom
from bitcortex.firmware.memory import c_header
from bitcortex.gateware.soc.sdram import Sdram
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


def rom_of(board: str, clock_hz: int, params: CoreParams, sdram: Sdram | None = None) -> Words:
    """Return the content of the ROM of a board with a CPU: firmware, and network without SDRAM.

    Raises
    ------
    ValueError
        If the network needs a host.
    ToolError
        If there is no compiler.
    """
    cache = cache_root() / "firmware"
    if sdram is None:
        return rom(bundle_of(board, clock_hz, params), cache)
    check_alone(params.plan)
    return compile_firmware(cache, memory=c_header(sdram, clock_hz))


def sdram_of(board: Board, cpu: str | None) -> Sdram:
    """Return the SDRAM of a board.

    Raises
    ------
    ValueError
        If it has none, or there is no CPU to use it.
    """
    if cpu is None:
        raise ValueError(
            "sdram must be False without a CPU: only firmware uses it. Add --cpu vexriscv, or "
            "leave out --sdram"
        )
    if board.sdram is None:
        names = ", ".join(b.name for b in BOARDS.values() if b.sdram is not None)
        raise ValueError(
            f"sdram must be False for {board.name}: no chip is declared for it, but for {names}. "
            "Leave out --sdram: the network is in the ROM then"
        )
    return board.sdram


def virtual(
    board: str, network: Network | EventPlan, lanes: int | None = None, sdram: bool = False
) -> VirtualConsole:
    """Compile a virtual board with a CPU for a network; see `bitcortex.host.console.Console`.

    Parameters
    ----------
    board
        That it stands for.
    network
        In its ROM, or to be sent where there is SDRAM: `Console.send`.
    lanes
        Of the engine; the board's own if None.
    sdram
        Whether it has its SDRAM.

    Raises
    ------
    ValueError
        If there is no such board or no SDRAM on it, or the network needs a host or is not
        event-driven.
    ToolError
        If a compiler is missing.
    """
    product = find_product(board)
    params = params_of(product.name, plan_of(network), lanes)
    chip = sdram_of(find_board(board), CPUS[0]) if sdram else None
    words = rom_of(product.name, product.clock_hz, params, chip)
    return VirtualConsole(product.name, params, words, chip)
