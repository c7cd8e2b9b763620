"""A core whose clock stands still while it has nothing to do: every byte in the same cycle."""

import numpy as np
import pytest
from virtual_board import PARAMS, PLAN

from bitcortex.gateware.soc.virtual import settling
from bitcortex.host.board import Board
from bitcortex.host.link import Link
from bitcortex.models.column.params import CoreParams
from bitcortex.network import lower
from bitcortex.network.image import words_of
from bitcortex.network.presets import brunel_seed
from bitcortex.network.words import Space
from bitcortex.sim.simulate import simulate
from bitcortex.sim.soc.stream import Stream, Streamed
from bitcortex.sim.soc.virtual import BATCH, VirtualBoard, emit_virtual
from bitcortex.sim.twins.column.plans import plastic


class Compared(VirtualBoard):
    """A virtual board, beside one whose core is always awake."""

    def __init__(self, params: CoreParams, depth: int) -> None:
        super().__init__("ulx3s", params)
        verilog = emit_virtual("ulx3s-85f", params)
        self._stream = Stream(verilog, depth)
        self.other = Stream(verilog, depth, sleeps=False)
        self.random = np.random.default_rng(1)

    def advance(self, limit: int = BATCH, ahead: int = 0) -> Streamed:
        ahead = min(ahead, int(self.random.integers(300)))  # also in the middle of things
        wanted = self.other.run(self._waiting, limit, ahead)
        done = super().advance(limit, ahead)
        if done != wanted:
            raise RuntimeError(f"{done}, not {wanted}")
        return done

    def close(self) -> None:
        super().close()
        self.other.close()


def session(params: CoreParams, depth: int) -> str:
    """Return the hash of 90 steps, with all that a host may do in between."""
    board = Compared(params, depth)
    with Board(Link(board), board.bundle) as driver:
        driver.run(40)
        snapshot = driver.snapshot()
        driver.run(20, record=False)
        driver.restore(snapshot)
        driver.run(20)
        driver.upload()
        access = driver._access
        access.peek(Space.STATE, params.lanes - 1, 1)
        access.set("look_address", 5)
        before = access.get("look_state")
        access.append(words_of(driver.bundle.states.runs(params.plan, snapshot)))
        assert access.get("look_state") != before  # at once after the words
        driver.reset()
        driver.run(50, chunk=7)
        return driver.run(40).hash


def test_nobody_notices() -> None:
    assert session(PARAMS, settling(PARAMS)) == simulate(PLAN, 90, "numba").hash


def test_somebody_would_notice() -> None:
    """Without the edges that make up for those left out, the comparison fails."""
    with pytest.raises(RuntimeError):
        session(PARAMS, 0)


@pytest.mark.full
@pytest.mark.parametrize("kind", ["plastic", "sixteen lanes", "one lane"])
def test_nobody_notices_on_other_engines(kind: str) -> None:
    params = {
        "plastic": lambda: CoreParams(plastic(), 2),
        "sixteen lanes": lambda: CoreParams(lower(brunel_seed(600)).plan, 16),
        "one lane": lambda: CoreParams(PLAN, 1),
    }[kind]()
    assert session(params, settling(params)) == simulate(params.plan, 90, "numba").hash
