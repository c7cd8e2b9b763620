"""Fixed-point dense layer: one multiplier, one product per cycle."""

from migen import READ_FIRST, Cat, If, Memory, Module, Mux, Signal, bits_for

from bitcortex.models.layer.fixed_dense import FixedDenseParams


class FixedDense(Module):
    """A dense layer with one multiplier. See `bitcortex.models.layer.fixed_dense`.

    **Timing**: a product per cycle: read of both memories, multiplication, accumulation.
    """

    def __init__(self, params: FixedDenseParams):
        bits, n = params.bits, params.n_inputs
        self.weight_we = Signal()  # write a weight
        self.weight_neuron = Signal(bits_for(params.n_neurons - 1))  # its row
        self.weight_input = Signal(bits_for(n - 1))  # its column
        self.weight = Signal((bits + 1, True))  # its signed code
        self.code_we = Signal()  # write the code of an input
        self.code_input = Signal(bits_for(n - 1))  # which one
        self.code = Signal(bits + 1)  # 0 to 2**bits, which acts as 2**bits - 1
        self.start = Signal()  # begin a pass
        self.busy = Signal()  # a pass is running: all of the above is ignored
        self.out_valid = Signal()  # a result, for one cycle
        self.out_index = Signal(bits_for(params.n_neurons - 1), reset=params.n_neurons - 1)
        self.out_sum = Signal((params.sum_width, True))  # of products
        self.done = Signal()  # with the last result

        # # #

        # Control. `running` reads one pair of operands per cycle; then the pipeline drains.
        running = Signal()
        draining = Signal()
        neuron = Signal(bits_for(params.n_neurons - 1))
        source = Signal(bits_for(n - 1))
        ends = Signal()  # the last input of a neuron
        begins = Signal()
        finishes = Signal()  # the last input of the last neuron
        closes = Signal()  # the last product is in the sum
        final = neuron == params.n_neurons - 1
        self.comb += [
            self.busy.eq(running | draining),
            begins.eq(self.start & ~self.busy),
            ends.eq(source == n - 1),
            finishes.eq(running & ends & final),
        ]
        self.sync += [
            running.eq(begins | (running & ~finishes)),
            draining.eq(finishes | (draining & ~closes)),
            If(
                running,
                source.eq(Mux(ends, 0, source + 1)),
                If(ends, neuron.eq(Mux(final, 0, neuron + 1))),
            ),
        ]

        # Memories. What is read while idle, perhaps in the cycle of a write, nobody uses. The
        # address of a weight is its input beside its neuron: no multiplication, some words unused,
        # where writes to addresses outside the layer go.
        weights = Memory(bits + 1, max(2, params.n_neurons) << len(source))
        codes = Memory(bits, max(2, n))
        weight_write = weights.get_port(write_capable=True, mode=READ_FIRST)
        weight_read = weights.get_port(mode=READ_FIRST)
        code_write = codes.get_port(write_capable=True, mode=READ_FIRST)
        code_read = codes.get_port(mode=READ_FIRST)
        self.specials += weights, weight_write, weight_read, codes, code_write, code_read
        lowest = self.weight[bits] & (self.weight[:bits] == 0)  # -2**bits: one is added
        self.comb += [
            weight_write.adr.eq(Cat(self.weight_input, self.weight_neuron)),
            weight_write.dat_w.eq(Cat(self.weight[0] | lowest, self.weight[1:])),
            weight_write.we.eq(self.weight_we & ~self.busy),
            weight_read.adr.eq(Cat(source, neuron)),
            code_write.adr.eq(self.code_input),
            code_write.dat_w.eq(Mux(self.code[bits], params.top, self.code[:bits])),
            code_write.we.eq(self.code_we & ~self.busy),
            code_read.adr.eq(source),
        ]

        # Multiplication, in the cycle after the read.
        x = Signal(bits)
        w = Signal((bits + 1, True))
        multiplied = Signal((params.product_width, True))
        product = Signal((params.product_width, True), reset_less=True)
        self.comb += [
            x.eq(self.line(0, code_read.dat_r)),
            w.eq(self.line(bits, weight_read.dat_r)),
            multiplied.eq(x * w),
        ]
        self.sync += product.eq(self.line(2 * bits + 1, multiplied))

        # Accumulation. `last` travels beside the data.
        valid, last = running, running & ends
        for _ in range(2):
            later_valid, later_last = Signal(), Signal()
            self.sync += [later_valid.eq(valid), later_last.eq(last)]
            valid, last = later_valid, later_last
        total = Signal((params.sum_width, True))
        so_far = Signal((params.sum_width, True), reset_less=True)  # cleared between passes
        index = Signal(bits_for(params.n_neurons - 1))
        self.comb += [
            total.eq(so_far + product),
            index.eq(Mux(self.out_index == params.n_neurons - 1, 0, self.out_index + 1)),
            closes.eq(last & (index == params.n_neurons - 1)),
        ]
        self.sync += [
            so_far.eq(Mux(valid & ~last, total, 0)),
            If(last, self.out_sum.eq(total), self.out_index.eq(index)),
            self.out_valid.eq(last),
            self.done.eq(closes),
        ]

    def line(self, first, word):
        """Return what lines `first` and up carry: here a word; `FaultyFixedDense` makes faults."""
        return word
