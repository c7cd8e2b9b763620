"""What Yosys makes of a whole SoC, simulated cell by cell, has the golden model's spikes."""

import pytest

import bitcortex as bc
from bitcortex.boards.netlist import netlist
from bitcortex.boards.registry import find_board
from bitcortex.boards.soc import params_of
from bitcortex.gateware.emit import Verilog
from bitcortex.host.board import Board
from bitcortex.host.link import Link
from bitcortex.network.brunel import brunel
from bitcortex.network.lower import lower
from bitcortex.sim.soc.virtual import VirtualBoard, emit_virtual

STEPS = 1000


@pytest.mark.full
@pytest.mark.parametrize(("name", "lanes"), [("icebreaker", 1), ("ulx3s", 4)])
def test_the_netlist_has_the_golden_spikes(name: str, lanes: int) -> None:
    plan = lower(brunel("brunel_ai", 64, 3.2, 6.0, 1.5, 1.5, 2.0, "bernoulli", 1)).plan
    board = find_board(name)
    params = params_of(board, plan, lanes)
    verilog = netlist(emit_virtual(name, params), board.device, board.synthesis)
    assert "SB_LUT4 " in verilog.text or "LUT4 " in verilog.text
    virtual = VirtualBoard(name, params, verilog)
    with Board(Link(virtual), virtual.bundle) as opened:
        run = opened.run(plan, STEPS)
    golden = bc.simulate(plan, STEPS, engine="golden")
    assert len(golden.events.step) > 100
    assert run.hash == golden.hash


def test_a_device_without_models() -> None:
    board = find_board("tang_nano_9k")
    with pytest.raises(ValueError, match=r"gw1nr-9 must be an iCE40 or ECP5: Yosys has no models"):
        netlist(Verilog("top", "module top; endmodule", ()), board.device, board.synthesis)
