"""The SoC of a virtual board: that of every board, its line a stream of bytes."""

from litex.build.generic_platform import GenericPlatform
from migen import Signal

from bitcortex.gateware.soc.soc import TRACE_WORDS, Soc
from bitcortex.models.column.params import CoreParams
from bitcortex.models.link.device import State as LinkState


class VirtualSoc(Soc):
    """What a board has, but for clocks and the UART's bits.

    Parameters
    ----------
    params
        Of the engine.
    name
        Of the board that it stands for.
    clock_hz
        Of that board.
    depth
        Words of the trace that can wait.

    Ports: ``rx_valid``, ``rx_data`` (in), ``rx_ready`` (out) and ``tx_valid``, ``tx_data`` (out,
    always taken) are the line. ``rest`` (out, 1): no request has come that is not answered, some
    cycles after the last byte. ``works`` (out, 1): the engine goes on though the host does nothing;
    it may fall for a few cycles in between.
    """

    def __init__(self, params: CoreParams, name: str, clock_hz: int, depth: int = TRACE_WORDS):
        Soc.__init__(self, GenericPlatform("", [], name=name), clock_hz, params, depth=depth)
        self.rx_valid, self.rx_data, self.rx_ready = Signal(), Signal(8), Signal()
        self.tx_valid, self.tx_data = Signal(), Signal(8)
        self.rest, self.works = Signal(), Signal()

        # # #

        link, accelerator = self.link, self.accelerator
        self.comb += [
            link.rx_valid.eq(self.rx_valid),
            link.rx_data.eq(self.rx_data),
            self.rx_ready.eq(link.rx_ready),
            self.tx_valid.eq(link.tx_valid),
            self.tx_data.eq(link.tx_data),
            link.tx_ready.eq(1),
            self.rest.eq((link.state == LinkState.RECEIVE) & link.rx_ready & ~link.tx_valid),
        ]
        core, tracer = accelerator.core, accelerator.tracer
        fed = (core.feed.level != 0) if params.plan.recorded else 1
        self.comb += self.works.eq(
            core.busy & ~core.overflow & ~core.pause & (tracer.ready | ~tracer.valid) & fed
        )
