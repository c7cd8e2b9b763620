"""Spike recorder: counts, running hash, and a FIFO that never drops a spike."""

from migen import READ_FIRST, Cat, If, Memory, Module, Mux, Signal

from bitcortex.gateware.recorder.hash import Hash
from bitcortex.models.recorder.hash import HashParams
from bitcortex.models.recorder.spikes import SpikesParams


class Spikes(Module):
    """Counts, hashes and hands on spikes. See `bitcortex.models.recorder.spikes`.

    **Timing**: a spike per cycle. A count is read in the cycle of its spike and written in the next
    one; a spike or a read of the same neuron in that cycle gets the value that is being written.
    """

    def __init__(self, params: SpikesParams):
        self.clear = Signal()  # empty everything
        self.valid = Signal()  # a spike
        self.step = Signal(32)  # in this step
        self.neuron = Signal(params.neuron_width)  # of this neuron
        self.out_ready = Signal()  # the reader takes the oldest spike
        self.read = Signal()  # a count, please
        self.read_neuron = Signal(params.neuron_width)  # of this neuron
        self.busy = Signal(reset=1)  # a clear is running
        self.ready = Signal()  # a spike would be taken
        self.out_valid = Signal()  # there is a spike to read
        self.out_step = Signal(32)  # its step
        self.out_neuron = Signal(params.neuron_width)  # its neuron
        self.read_valid = Signal()  # the count asked for in the cycle before
        self.read_count = Signal(params.count_width)  # spikes of that neuron
        self.total = Signal(32)  # spikes taken
        self.hash = Signal(64)  # of the spikes taken

        # # #

        taken = Signal()
        self.comb += taken.eq(self.valid & self.ready & ~self.clear)

        # FIFO: a block RAM, whose output register holds the oldest spike. The pointers have a bit
        # more than an address, which tells full from empty.
        queue = Memory(32 + params.neuron_width, params.depth)
        queue.collides = "undefined"
        head = queue.get_port(has_re=True, mode=READ_FIRST)
        tail = queue.get_port(write_capable=True, mode=READ_FIRST)
        self.specials += queue, head, tail
        produce, consume = Signal(max=2 * params.depth), Signal(max=2 * params.depth)
        fetch = Signal()  # the oldest spike of the RAM into its output register
        self.comb += [
            self.ready.eq((produce ^ consume != params.depth) & ~self.busy),
            tail.adr.eq(produce),
            tail.dat_w.eq(Cat(self.step, self.neuron)),
            tail.we.eq(taken),
            fetch.eq((produce != consume) & (self.out_ready | ~self.out_valid)),
            head.adr.eq(consume),
            head.re.eq(fetch),
            If(self.out_valid, Cat(self.out_step, self.out_neuron).eq(head.dat_r)),
        ]
        self.sync += [
            If(self.out_ready, self.out_valid.eq(0)),
            If(fetch, self.out_valid.eq(1), consume.eq(consume + 1)),
            If(taken, produce.eq(produce + 1)),
            If(self.clear, self.out_valid.eq(0), consume.eq(0), produce.eq(0)),
        ]

        # Total and hash.
        self.submodules.digest = digest = Hash(HashParams())
        self.comb += [
            digest.clear.eq(self.clear),
            digest.valid.eq(taken),
            digest.step.eq(self.step),
            digest.neuron.eq(self.neuron),
            self.hash.eq(digest.hash),
        ]
        self.sync += If(self.clear, self.total.eq(0)).Elif(taken, self.total.eq(self.total + 1))

        # Counts. Cycle 0: read, for a spike or for the reader.
        memory = Memory(params.count_width, max(2, params.n))  # Migen wants an address bit
        read = memory.get_port(mode=READ_FIRST)
        write = memory.get_port(write_capable=True, mode=READ_FIRST)
        self.specials += memory, read, write
        address, rises = Signal(params.neuron_width), Signal()
        self.comb += read.adr.eq(Mux(taken, self.neuron, self.read_neuron))
        self.sync += [
            address.eq(read.adr),
            rises.eq(taken),
            self.read_valid.eq(self.read & ~taken & ~self.busy & ~self.clear),
        ]

        # Cycle 1: the memory's word, unless the cycle before wrote that very count.
        written, written_address = Signal(params.count_width), Signal(params.neuron_width)
        fresh = Signal()  # `written` is newer than the memory's word
        count, following = Signal(params.count_width), Signal(params.count_width)
        full = (1 << params.count_width) - 1
        self.comb += [
            count.eq(Mux(fresh & (written_address == address), written, read.dat_r)),
            following.eq(Mux(count == full, full, count + 1)),
            If(self.read_valid, self.read_count.eq(count)),
        ]
        self.sync += [
            fresh.eq(rises & ~self.busy),
            written.eq(following),
            written_address.eq(address),
        ]

        # Write, or sweep.
        sweep, last = Signal(params.neuron_width), Signal()
        self.comb += [
            last.eq(sweep == params.n - 1),
            write.we.eq(self.busy | rises),
            write.adr.eq(Mux(self.busy, sweep, address)),
            write.dat_w.eq(Mux(self.busy, 0, following)),
        ]
        self.sync += [
            If(self.busy, sweep.eq(sweep + 1), If(last, sweep.eq(0), self.busy.eq(0))),
            If(self.clear, sweep.eq(0), self.busy.eq(1)),
        ]
