"""Recurrent stochastic-computing layer (a reservoir)."""

from migen import READ_FIRST, If, Memory, Module, Mux, Signal, bits_for

from bitcortex.gateware.layer.dense import Dense
from bitcortex.models.layer.recurrent import RecurrentParams


class Recurrent(Module):
    """A dense layer that feeds its clipped result back. See `bitcortex.models.layer.recurrent`.

    The new states wait in a memory until the last neuron is done, for every neuron sees the old
    ones; then they are written to the dense layer's input codes.

    **Timing**: ``done`` comes n_neurons + 3 cycles after the dense layer's.
    """

    def __init__(self, params: RecurrentParams):
        bits, n = params.bits, params.n_neurons
        self.submodules.dense = dense = Dense(params.dense)
        self.weight_we = Signal()  # write a weight
        self.weight_neuron = Signal.like(dense.weight_neuron)  # its row
        self.weight_input = Signal.like(dense.weight_input)  # its column: inputs, then states
        self.weight = Signal((bits + 1, True))  # its signed code
        self.code_we = Signal()  # write an input or a state
        self.code_input = Signal.like(dense.code_input)  # which one: inputs, then states
        self.code = Signal(bits + 1)  # 0 to 2**bits
        self.start = Signal()  # begin a pass
        self.reseed = Signal()  # return the sources to power-on
        self.state_index = Signal(bits_for(n - 1))  # of the state to read
        self.busy = Signal()  # a pass is running: all of the above but state_index is ignored
        self.out_valid = Signal()  # a new state, for one cycle
        self.out_index = Signal(bits_for(n - 1), reset=n - 1)  # its neuron
        self.out_state = Signal(bits + 1)  # its code
        self.done = Signal()  # all new states are in place
        self.state = Signal(bits + 1)  # of the neuron state_index of the cycle before

        # # #

        # From counts to a state: whatever is set above bit `bits` saturates.
        width = len(dense.out_excitatory)
        difference = Signal((width + 1, True))
        size = Signal(max(width - params.shift, bits + 1))
        clipped = Signal(bits + 1)
        self.comb += [
            difference.eq(dense.out_excitatory - dense.out_inhibitory),
            size.eq(difference[params.shift : width]),
            clipped.eq(Mux(difference[width], 0, Mux(size[bits:] != 0, 1 << bits, size[:bits]))),
        ]
        self.sync += [
            self.out_valid.eq(dense.out_valid),
            If(dense.out_valid, self.out_index.eq(dense.out_index), self.out_state.eq(clipped)),
        ]

        # Write-back: a cycle for the last state to reach the memory, then read, then write.
        waiting, reading, writing = Signal(), Signal(), Signal()
        closed, collected = Signal(), Signal()
        source, target = Signal(bits_for(n - 1)), Signal.like(dense.code_input)
        last_read, last_write = Signal(), Signal()
        self.comb += [
            closed.eq(dense.done | waiting),
            self.busy.eq(dense.busy | closed),
            last_read.eq(source == n - 1),
            last_write.eq(target == params.n_inputs + n - 1),
        ]
        finished = writing & last_write
        following = [source.eq(source + 1)] if n > 1 else []
        if n & (n - 1):  # a power of two wraps by itself
            following.append(If(last_read, source.eq(0)))
        self.sync += [
            waiting.eq(dense.done | (waiting & ~finished)),
            collected.eq(dense.done),
            reading.eq(collected | (reading & ~last_read)),
            writing.eq(reading),
            target.eq(source + params.n_inputs),
            If(reading, *following),
            self.done.eq(finished),
        ]
        memory = Memory(bits + 1, max(2, n))
        write = memory.get_port(write_capable=True, mode=READ_FIRST)
        read = memory.get_port(has_re=True, mode=READ_FIRST)
        self.specials += memory, write, read
        self.comb += [
            write.adr.eq(self.out_index),
            write.dat_w.eq(self.out_state),
            write.we.eq(self.out_valid & ~reading),  # never both: synthesis wants to see it
            read.adr.eq(source),
            read.re.eq(reading),
        ]

        # The dense layer's ports belong to the user until its done.
        self.comb += [
            dense.weight_we.eq(self.weight_we & ~closed),
            dense.weight_neuron.eq(self.weight_neuron),
            dense.weight_input.eq(self.weight_input),
            dense.weight.eq(self.weight),
            dense.code_we.eq(Mux(closed, writing, self.code_we)),
            dense.code_input.eq(Mux(closed, target, self.code_input)),
            dense.code.eq(Mux(closed, read.dat_r, self.code)),
            dense.start.eq(self.start & ~closed),
            dense.reseed.eq(self.reseed & ~closed),
        ]

        # Reading a state: a tree of multiplexers, one level per bit of the index.
        codes = dense.codes[params.n_inputs :]
        for level in range(len(self.state_index)):
            pairs = [codes[i : i + 2] for i in range(0, len(codes), 2)]
            bit = self.state_index[level]
            codes = [Mux(bit, pair[1], pair[0]) if len(pair) == 2 else pair[0] for pair in pairs]
        self.sync += self.state.eq(codes[0])
