"""The virtual board: the SoC's Verilog, compiled, its UART replaced by a stream of bytes."""

import logging
import time
from typing import Any

from bitcortex.errors import LinkError
from bitcortex.gateware.emit import Verilog, emit
from bitcortex.gateware.soc.virtual import VirtualSoc, settling
from bitcortex.host.bundle import Bundle
from bitcortex.host.products import find_product
from bitcortex.models.column.host import state_table
from bitcortex.models.column.image import synapse_image
from bitcortex.models.column.params import CoreParams
from bitcortex.network.addresses import ADDRESSES
from bitcortex.network.event_plan import EventPlan
from bitcortex.sim.soc.stream import PORTS, Stream, Streamed

AHEAD = 20_000  # cycles that the engine works between two requests of the host
BATCH = 1 << 16  # cycles in one go while a request is executed
DEFAULT = "ulx3s"
_KEPT = 4  # emitted SoCs, so that a board that is opened again is there at once
_EMITTED: dict[tuple[str, str, int, int, bool], Verilog] = {}


def params_of(
    board: str, plan: EventPlan, lanes: int | None = None, queue_depth: int | None = None
) -> CoreParams:
    """Return the parameters of a virtual board's engine; None is the board's default."""
    return CoreParams(plan, lanes or find_product(board).lanes, queue_depth)


def bundle_of(
    board: str,
    clock_hz: int,
    params: CoreParams,
    report: dict[str, Any] | None = None,
    bitstream: tuple[str, bytes] | None = None,
) -> Bundle:
    """Return the bundle of an engine, whose report says how to make one like it; see `Bundle`."""
    engine = {"queue_depth": params.queue.depth, "spram": params.spram}
    return Bundle(
        board, clock_hz, params.plan, dict(ADDRESSES), synapse_image(params), state_table(params),
        report=(report or {}) | {"engine": engine}, bitstream=bitstream,
    )  # fmt: skip


def emit_virtual(board: str, params: CoreParams) -> Verilog:
    """Return the Verilog of a virtual SoC."""
    key = (board, params.plan.digest, params.lanes, params.queue.depth, params.spram)
    if key not in _EMITTED:
        disabled = logging.root.manager.disable
        logging.disable(logging.INFO)  # LiteX's report
        try:
            soc = VirtualSoc(params, board, find_product(board).clock_hz)
            soc.finalize()
        finally:
            logging.disable(disabled)
        if len(_EMITTED) >= _KEPT:
            _EMITTED.pop(next(iter(_EMITTED)))
        _EMITTED[key] = emit(soc, *PORTS, "virtual_soc")
    return _EMITTED[key]


class VirtualBoard:
    """A running compiled SoC, a `bitcortex.host.link.Transport`.

    Time goes by only while there is something to do: a request, or an engine that works. While the
    host thinks, the engine gets `AHEAD` cycles at most, so that requests are answered at once.

    Parameters
    ----------
    board
        Name of the real one; see `bitcortex.host.products`.
    params
        Of its engine.
    verilog
        What runs: that of `emit_virtual` if None, or what synthesis makes of it.
    """

    byte_s = 0.0

    def __init__(self, board: str, params: CoreParams, verilog: Verilog | None = None) -> None:
        product = find_product(board)
        verilog = verilog or emit_virtual(product.name, params)
        self.bundle = bundle_of(product.name, product.clock_hz, params)
        self._stream: Stream | None = Stream(verilog, settling(params))
        self._waiting = b""  # for the SoC
        self._arrived = b""  # for the host
        self.works = False  # the engine would go on without the host

    @property
    def cycles(self) -> int:
        """Cycles since the start."""
        return self._running().cycles

    def _running(self) -> Stream:
        if self._stream is None:
            raise LinkError("the virtual board was closed. Open another one")
        return self._stream

    def advance(self, limit: int = BATCH, ahead: int = 0) -> Streamed:
        """Let time go by until the link is at rest, and `ahead` more cycles if the engine works."""
        done = self._running().run(self._waiting, limit, ahead)
        self._waiting = self._waiting[done.consumed :]
        self._arrived += done.data
        self.works = done.works
        return done

    def take(self) -> bytes:
        """Return what has arrived."""
        data, self._arrived = self._arrived, b""
        return data

    def write(self, data: bytes) -> None:
        """Send bytes, and wait until they are executed and answered."""
        if self.works:
            self.advance(ahead=AHEAD)
        self._waiting += data
        self.advance()

    def read(self, timeout_s: float) -> bytes:
        """Return what has arrived, at least one byte, or nothing after `timeout_s` seconds."""
        end = time.monotonic() + timeout_s
        while not self._arrived:
            done = self.advance(ahead=AHEAD)
            left = end - time.monotonic()
            if left <= 0:
                break
            if done.rest and not done.works and not self._arrived:
                time.sleep(left)  # nothing will come
                break
        return self.take()

    def offer(self, data: bytes) -> bool:
        """Send bytes and let some time go by; return whether there is more to do at once."""
        self._waiting += data
        done = self.advance(ahead=0 if data else AHEAD)
        return not done.rest or done.works

    def close(self) -> None:
        """Free the compiled SoC; may be called twice."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None
