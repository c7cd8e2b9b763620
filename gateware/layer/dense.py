"""Stochastic-computing dense layer with a weight of its own per synapse."""

from migen import READ_FIRST, Cat, If, Memory, Module, Mux, Signal, bits_for

from bitcortex.gateware.layer.streams import Streams
from bitcortex.gateware.synapse.popcount import Popcount
from bitcortex.models.layer.dense import DenseParams


class Dense(Module):
    """A dense layer that makes one neuron after the other. See `bitcortex.models.layer.dense`.

    A memory word holds all weights of a neuron, sign and magnitude, so that one read per neuron,
    hidden behind the last step of the neuron before, is all it takes: neurons follow one another
    without a gap, and no register holds a weight.

    **Timing**: a pass takes n_neurons * length + popcount latency + 3 cycles, of which the last
    popcount latency + 3 drain the pipeline: source words, products, adder trees, accumulators.
    """

    def __init__(self, params: DenseParams):
        bits, n = params.bits, params.n_inputs
        width = bits_for(n * params.length)
        lane = bits + 1  # sign and magnitude of one weight
        self.weight_we = Signal()  # write a weight
        self.weight_neuron = Signal(bits_for(params.n_neurons - 1))  # its row
        self.weight_input = Signal(bits_for(n - 1))  # its column
        self.weight = Signal((lane, True))  # its signed code
        self.code_we = Signal()  # write the code of a rate input
        self.code_input = Signal(bits_for(n - 1))  # which one
        self.code = Signal(bits + 1)  # 0 to 2**bits
        self.spikes = Signal(max(1, params.n_spikes))  # spiking inputs, taken with start
        self.start = Signal()  # begin a pass
        self.reseed = Signal()  # return the sources to power-on
        self.busy = Signal()  # a pass is running: all of the above is ignored
        self.out_valid = Signal()  # a result, for one cycle
        self.out_index = Signal(bits_for(params.n_neurons - 1), reset=params.n_neurons - 1)
        self.out_excitatory = Signal(width)  # count of synapses with a positive weight
        self.out_inhibitory = Signal(width)  # count of synapses with a negative weight
        self.done = Signal()  # with the last result

        # # #

        # Control. `running` asks the sources for one word per cycle; then the pipeline drains.
        running, draining = Signal(), Signal()
        neuron = Signal(bits_for(params.n_neurons - 1))
        final = Signal()
        ends = Signal()  # the last step of the last neuron
        closes = Signal()  # the last result is in the accumulators
        begins = Signal()
        self.submodules.streams = streams = Streams(params.streams)
        self.comb += [
            self.busy.eq(running | draining),
            begins.eq(self.start & ~self.busy),
            final.eq(neuron == params.n_neurons - 1),
            ends.eq(running & streams.last & final),
            streams.enable.eq(running),
            streams.advance.eq(final),
            streams.reseed.eq(self.reseed & ~self.busy),
        ]
        following = [neuron.eq(neuron + 1)] if params.n_neurons > 1 else []
        if params.n_neurons & (params.n_neurons - 1):  # a power of two wraps by itself
            following.append(If(final, neuron.eq(0)))
        self.sync += [
            running.eq(begins | (running & ~ends)),
            draining.eq(ends | (draining & ~closes)),
            If(running & streams.last, *following),
        ]

        # Weights: written while idle, read while running, so never both in one cycle. The row of
        # a neuron arrives together with the neuron's first source words.
        memory = Memory(lane * n, max(2, params.n_neurons))
        write = memory.get_port(write_capable=True, we_granularity=lane, mode=READ_FIRST)
        read = memory.get_port(has_re=True, mode=READ_FIRST)
        self.specials += memory, write, read
        magnitude = Signal(bits)
        low = self.weight[:bits]
        negative = self.weight[bits]
        self.comb += [
            magnitude.eq(Mux(negative, ~low + (low != 0), low)),
            write.adr.eq(self.weight_neuron),
            write.dat_w.eq(Cat(*[Cat(magnitude, negative)] * n)),
            write.we.eq(
                Cat(self.weight_we & ~self.busy & (self.weight_input == i) for i in range(n))
            ),
            read.adr.eq(neuron),
            read.re.eq(running),
        ]

        # Inputs and products, two stages: source words, then comparators.
        excitatory, inhibitory = [], []
        self.codes = []  # of the rate inputs
        for i in range(n):
            weight_bit, sign = Signal(reset_less=True), Signal(reset_less=True)
            row = read.dat_r[i * lane : (i + 1) * lane]
            self.sync += [weight_bit.eq(streams.rw < row[:bits]), sign.eq(row[bits])]
            input_bit = Signal(reset_less=True)
            if i < params.n_rates:
                code = Signal(bits + 1)
                self.codes.append(code)
                write_code = self.code_we & ~self.busy & (self.code_input == i)
                self.sync += [
                    If(write_code, code.eq(self.code)),
                    input_bit.eq(streams.rx < code),
                ]
            else:
                self.sync += If(begins, input_bit.eq(self.spikes[i - params.n_rates]))
            bits_of_i = (input_bit, weight_bit, sign)
            x, w, s = (self.line(k * n + i, bit) for k, bit in enumerate(bits_of_i))
            product = self.line(3 * n + i, x & w)
            excitatory.append(product & ~s)
            inhibitory.append(product & s)

        # Adder trees and exact accumulators. `valid` and `last` travel beside the data.
        valid, last = running, running & streams.last
        for _ in range(params.popcount.latency + 2):
            later_valid, later_last = Signal(), Signal()
            self.sync += [later_valid.eq(valid), later_last.eq(last)]
            valid, last = later_valid, later_last
        sums = ((excitatory, self.out_excitatory), (inhibitory, self.out_inhibitory))
        for products, result in sums:
            tree = Popcount(params.popcount)
            self.submodules += tree
            total, so_far = Signal(width), Signal(bits_for(n * (params.length - 1)))
            self.comb += [tree.bits.eq(Cat(*products)), total.eq(so_far + tree.count)]
            self.sync += so_far.eq(Mux(valid & ~last, total, 0)), If(last, result.eq(total))

        # Results.
        index = Signal(bits_for(params.n_neurons - 1))
        following = self.out_index + 1
        if params.n_neurons & (params.n_neurons - 1) or params.n_neurons == 1:
            following = Mux(self.out_index == params.n_neurons - 1, 0, following)
        self.comb += [
            index.eq(following),
            closes.eq(last & (index == params.n_neurons - 1)),
        ]
        self.sync += [
            self.out_valid.eq(last),
            self.done.eq(closes),
            If(last, self.out_index.eq(index)),
        ]

    def line(self, number, bit):
        """Return what line `number` carries: here its bit; `FaultyDense` makes faults."""
        return bit
