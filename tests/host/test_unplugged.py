"""Ports that are silent, forbidden, or gone in the middle of a run: the error says what to do."""

import errno
import os
import pty
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial
from virtual_board import LANES, NETWORK, PLAN, virtual

import bitcortex as bc
from bitcortex.errors import LinkError
from bitcortex.host.connect import connect
from bitcortex.network import run as runs
from bitcortex.network.spike_files import SpikeFile
from bitcortex.sim.simulate import simulate
from bitcortex.sim.soc.server import PtyLine, Server

STEPS = 300


@pytest.fixture
def silent() -> Iterator[str]:
    """A serial port at which nobody answers."""
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    yield os.ttyname(theirs)
    os.close(ours)
    os.close(theirs)


def test_a_board_that_sleeps(silent: str) -> None:
    message = r"did not answer in 0.3 s, \d+ requests. Is it powered and configured, and are port"
    with pytest.raises(LinkError, match=message):
        connect(silent, virtual().bundle, timeout_s=0.3)
    with pytest.raises(LinkError, match=message):  # the port was given back
        connect(silent, virtual().bundle, timeout_s=0.3)


def test_a_port_that_is_forbidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """As pyserial says it; nothing is forbidden to root, who may run this test."""

    def refuse(port: str, *_: object, **__: object) -> None:
        text = f"[Errno 13] could not open port {port}: [Errno 13] Permission denied: '{port}'"
        raise serial.SerialException(errno.EACCES, text)

    monkeypatch.setattr(serial, "Serial", refuse)
    with pytest.raises(LinkError, match=r"/dev/ttyUSB0 may not be opened by this user.* dialout"):
        bc.open("/dev/ttyUSB0", bundle=virtual().bundle)


def test_the_cable_is_pulled_and_plugged_in_again(tmp_path: Path) -> None:
    """The port vanishes in a run, whose record is kept; at a new one the board runs as before."""
    wanted = simulate(PLAN, STEPS, "numba").hash
    server = Server(virtual(), PtyLine())
    with server:
        board = bc.open(server.address, bundle=server.board.bundle)
        message = (
            r"(was lost .* Plug the board in again|did not answer).* \(in step \d+ of 100000\)"
        )
        with pytest.raises(LinkError, match=message), SpikeFile(tmp_path / "r.npz") as file:
            board.run(100_000, chunk=50, stream=file.add, progress=lambda _: server.stop())
        assert runs.load(tmp_path / "r.npz").hash == simulate(PLAN, 50, "numba").hash
        with pytest.raises(LinkError, match=r"was lost .* Plug the board in again"):
            board.reset()
        board.close()
    with (
        Server(virtual(), PtyLine()) as again,
        bc.open(again.address, bundle=again.board.bundle) as board,
    ):
        assert board.run(NETWORK, STEPS).hash == wanted
        assert board.bundle.lanes == LANES
