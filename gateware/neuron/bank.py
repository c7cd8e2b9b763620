"""A population of neurons of one kind, time-multiplexed over block RAM."""

from migen import READ_FIRST, Cat, If, Memory, Module, Mux, Signal

from bitcortex.gateware.encode.lfsr import Lfsr
from bitcortex.gateware.neuron.arithmetic import delayed
from bitcortex.gateware.neuron.kinds import pipeline
from bitcortex.models.neuron.bank import BankParams
from bitcortex.models.neuron.noise import noise_params


class Bank(Module):
    """States in a 1R1W memory, one update per cycle. See `bitcortex.models.neuron.bank`.

    **Timing**: read in cycle 0, pipeline from cycle 2, result and write in cycle `latency`.
    """

    def __init__(self, params: BankParams):
        self.submodules.unit = unit = pipeline(params.neuron)
        self.clear = Signal()  # return to power-on
        self.busy = Signal(reset=1)  # the sweep is running
        self.in_valid = Signal()  # begin an update
        self.in_index = Signal(params.index_width)  # of this neuron
        self.in_current = Signal((len(unit.current), True))  # with this input
        self.out_valid = unit.out_valid  # an update ends
        self.out_index = Signal(params.index_width)  # of this neuron
        self.out_spike = unit.spike  # which fired
        self.out_v = unit.v_next  # and has this membrane

        # # #

        fields = params.neuron.state_fields
        width = sum(field.width for field in fields)
        memory = Memory(width, max(2, params.n))  # Migen wants an address bit
        read = memory.get_port(mode=READ_FIRST)
        write = memory.get_port(write_capable=True, mode=READ_FIRST)
        self.specials += memory, read, write

        # Cycle 0: read. Block RAM is slow: cycle 1 only registers what it gives.
        self.comb += read.adr.eq(self.in_index)
        begins = Signal()
        state = [Signal(field.width) for field in fields]
        self.comb += begins.eq(self.in_valid & ~self.busy)
        self.sync += Cat(*state).eq(read.dat_r)
        index = delayed(self, self.in_index, 2)

        # Cycle 2: into the pipeline.
        self.comb += [
            unit.valid.eq(delayed(self, begins, 2)),
            unit.current.eq(delayed(self, self.in_current, 2)),
            *[getattr(unit, f.name).eq(bits) for f, bits in zip(fields, state, strict=True)],
        ]
        if params.neuron.noise_bits:
            noise = noise_params(params.seed)
            self.submodules.lfsr = lfsr = Lfsr(noise)
            self.comb += [
                lfsr.enable.eq(unit.valid),
                lfsr.reseed.eq(self.clear),
                lfsr.seed.eq(noise.seed),
                unit.noise.eq(lfsr.value),
            ]

        # Last cycle: write. A sweep has the memory for itself.
        self.comb += self.out_index.eq(delayed(self, index, params.latency - 2))
        sweep = Signal(params.index_width)
        last = Signal()
        following = Cat(*[getattr(unit, f"{field.name}_next") for field in fields])
        initial = Cat(*[self._constant(field) for field in fields])
        self.comb += [
            last.eq(sweep == params.n - 1),
            write.we.eq(self.busy | unit.out_valid),
            write.adr.eq(Mux(self.busy, sweep, self.out_index)),
            write.dat_w.eq(Mux(self.busy, initial, following)),
        ]
        self.sync += [
            If(self.busy, sweep.eq(sweep + 1), If(last, self.busy.eq(0))),
            If(self.clear, sweep.eq(0), self.busy.eq(1)),
        ]

    def _constant(self, field):
        """Return the reset value of a field as bits; a concatenation wants a known width."""
        constant = Signal(field.width)
        self.comb += constant.eq(field.reset & ((1 << field.width) - 1))
        return constant
