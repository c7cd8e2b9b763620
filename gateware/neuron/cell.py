"""One neuron of any kind, complete: state, pipeline and noise."""

from migen import If, Module, Signal

from bitcortex.gateware.encode.lfsr import Lfsr
from bitcortex.gateware.neuron.kinds import pipeline
from bitcortex.models.neuron.cell import CellParams
from bitcortex.models.neuron.noise import noise_params


class Cell(Module):
    """One neuron, one step per update. See `bitcortex.models.neuron.cell`.

    **Timing**: one step per latency of the kind's pipeline.
    """

    def __init__(self, params: CellParams):
        self.submodules.unit = unit = pipeline(params.neuron)
        self.valid = Signal()  # a step, please
        self.current = Signal((len(unit.current), True))  # its input
        self.ready = Signal()  # it is taken
        self.out_valid = unit.out_valid  # a step ends
        self.spike = unit.spike  # the neuron fired
        self.v = unit.v_next  # membrane

        # # #

        # The pipeline's outputs hold the last result: they are the state.
        running = Signal()
        self.comb += [
            self.ready.eq(~running | unit.out_valid),
            unit.valid.eq(self.valid & self.ready),
            unit.current.eq(self.current),
        ]
        self.comb += [
            getattr(unit, field.name).eq(getattr(unit, f"{field.name}_next"))
            for field in params.neuron.state_fields
        ]
        self.sync += If(self.ready, running.eq(self.valid))
        if params.neuron.noise_bits:
            self.submodules.lfsr = lfsr = Lfsr(noise_params(params.seed))
            self.comb += [lfsr.enable.eq(unit.valid), unit.noise.eq(lfsr.value)]
