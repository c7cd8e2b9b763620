"""The tracer: spikes become words that wait for the host, and are counted."""

from migen import READ_FIRST, Cat, If, Memory, Module, Mux, Signal

from bitcortex.models.column.tracer import TracerParams
from bitcortex.network.words import EMPTY


class Tracer(Module):
    """Turns spikes into words. See `bitcortex.models.column.tracer`.

    **Timing**: a spike is registered, so that the engine waits for nothing but a flip-flop; then it
    is counted, and becomes a word or two.
    """

    def __init__(self, params: TracerParams):
        self.clear = Signal()  # as after a reset
        self.record = Signal()  # spikes become words
        self.fresh = Signal()  # a run begins
        self.valid = Signal()  # a spike
        self.step = Signal(32)  # in this step
        self.neuron = Signal(params.neuron_bits)  # of this neuron
        self.out_ready = Signal()  # the reader takes the oldest word
        self.ready = Signal()  # a spike would be taken
        self.out_valid = Signal()  # there is a word
        self.out_data = Signal(32)  # this one
        self.pending = Signal()  # there are words, here or on their way
        self.total = Signal(params.total_bits)  # spikes taken
        self.counts = Signal(params.count_bits * len(params.sizes))  # of every population

        # # #

        # Cycle 0: take a spike.
        came, held, taken = Signal(), Signal(), Signal()
        step, neuron = Signal(31), Signal(params.neuron_bits)
        self.comb += [self.ready.eq(~held), taken.eq(self.valid & self.ready)]
        self.sync += [
            came.eq(taken),
            If(taken, step.eq(self.step), neuron.eq(self.neuron)),
        ]

        # Cycle 1: count it. The populations follow one another: the first end beyond it decides.
        width = params.count_bits
        counts = [self.counts[width * n : width * (n + 1)] for n in range(len(params.sizes))]
        counting = counts[-1].eq(counts[-1] + 1)
        for count, end in reversed(list(zip(counts, params.ends, strict=False))):
            counting = If(neuron < end, count.eq(count + 1)).Else(counting)
        self.sync += If(came, self.total.eq(self.total + 1), counting)

        # And store it, its step first if that is another one. The pointers have a bit more than an
        # address, which tells full from empty.
        queue = Memory(32, params.depth)
        queue.collides = "undefined"
        head = queue.get_port(has_re=True, mode=READ_FIRST)
        tail = queue.get_port(write_capable=True, mode=READ_FIRST)
        self.specials += queue, head, tail
        produce, consume = Signal(max=2 * params.depth), Signal(max=2 * params.depth)
        known, last, same, store = Signal(), Signal(31), Signal(), Signal()
        some, fetch = Signal(), Signal()
        self.comb += [
            same.eq(known & (last == step)),
            store.eq(held & (produce ^ consume != params.depth)),
            tail.adr.eq(produce),
            tail.dat_w.eq(Mux(same, neuron, Cat(step, 1))),
            tail.we.eq(store),
            # A block RAM, whose output register holds the oldest word.
            some.eq(produce != consume),
            fetch.eq(some & (self.out_ready | ~self.out_valid)),
            head.adr.eq(consume),
            head.re.eq(fetch),
            self.out_data.eq(Mux(self.out_valid, head.dat_r, EMPTY)),
            self.pending.eq(held | some | self.out_valid),
        ]
        self.sync += [
            If(self.out_ready, self.out_valid.eq(0)),
            If(fetch, self.out_valid.eq(1), consume.eq(consume + 1)),
            If(
                store,
                produce.eq(produce + 1),
                If(same, held.eq(0)).Else(known.eq(1), last.eq(step)),
            ),
            If(self.fresh, known.eq(0)),
            If(taken, held.eq(self.record)),
        ]
        registers = (
            came, held, step, neuron, known, last, produce, consume, self.out_valid, self.total,
            self.counts,
        )  # fmt: skip
        self.sync += If(self.clear, [r.eq(0) for r in registers])
