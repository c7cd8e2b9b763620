"""A board as an engine of event-driven networks."""

from bitcortex.host.board import Board
from bitcortex.network.run import Events
from bitcortex.network.snapshot import Snapshot


class BoardEngine:
    """Runs a Plan on an open board, which it closes in the end."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.name = board.name

    def run(self, steps: int) -> Events:
        """Take `steps` steps and return their spikes; steps are counted from this call."""
        return self.board.run(steps, chunk=max(1, steps)).events

    def snapshot(self) -> Snapshot:
        """Return everything that the next steps depend on, read from the board."""
        return self.board.snapshot()

    def restore(self, snapshot: Snapshot) -> None:
        """Go on from a snapshot of any engine of the same Plan."""
        self.board.restore(snapshot)

    def close(self) -> None:
        """Close the board."""
        self.board.close()
