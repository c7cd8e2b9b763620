"""The spike queue: a ring of neuron numbers that is replayed after every delay."""

from migen import FSM, READ_FIRST, If, Memory, Module, NextState, NextValue, Signal

from bitcortex.models.column.queue import QueueParams


class Queue(Module):
    """A ring of spikes, and where in it each step begins. See `bitcortex.models.column.queue`.

    **Timing**: one push per cycle; the first spike three cycles after ``open``, then one per two
    cycles. Both memories have one write and one read port.
    """

    def __init__(self, params: QueueParams):
        self.push = Signal()  # append
        self.push_id = Signal(params.id_bits)  # this spike
        self.mark = Signal()  # the step is complete; the next one
        self.mark_step = Signal(params.step_bits)  # has this number
        self.open = Signal()  # replay
        self.open_step = Signal(params.step_bits)  # this step
        self.free = Signal()  # and forget all before it
        self.out_ready = Signal()  # the reader takes the spike
        self.reading = Signal()  # a replay is not over
        self.out_valid = Signal()  # a spike
        self.out_id = Signal(params.id_bits)  # of this neuron
        self.overflow = Signal()  # a spike was lost: stop

        # # #

        head, tail = Signal(params.depth_bits), Signal(params.depth_bits)
        after, full = Signal(params.depth_bits), Signal()
        self.comb += [after.eq(head + 1), full.eq(after == tail)]
        self.sync += If(self.push, If(full, self.overflow.eq(1)).Else(head.eq(after)))

        ring = Memory(params.id_bits, params.depth)
        ring.collides = "undefined"
        fetch = ring.get_port(has_re=True, mode=READ_FIRST)
        store = ring.get_port(write_capable=True, mode=READ_FIRST)
        # The first step of all begins at 0, and so do those before it.
        starts = Memory(params.depth_bits, params.steps, init=[0] * params.steps)
        look = starts.get_port()  # of what is there when its address is, as if it were not clocked
        note = starts.get_port(write_capable=True)
        self.specials += ring, fetch, store, starts, look, note
        self.comb += [
            store.adr.eq(head),
            store.dat_w.eq(self.push_id),
            store.we.eq(self.push),  # the place at the head is never in use
            note.adr.eq(self.mark_step),
            note.dat_w.eq(head),
            note.we.eq(self.mark),
        ]

        at, end, frees = Signal(params.depth_bits), Signal(params.depth_bits), Signal()
        step = Signal(params.step_bits)
        self.submodules.fsm = fsm = FSM(reset_state="IDLE")
        self.comb += [
            If(fsm.ongoing("IDLE"), look.adr.eq(self.open_step)).Else(look.adr.eq(step + 1)),
            fetch.adr.eq(at),
            If(self.out_valid, self.out_id.eq(fetch.dat_r)),
        ]
        # `reading` and `out_valid` are registers: made by the machine's combinational block, they
        # and the reader's block would wake each other in Icarus for ever.
        fsm.act(
            "IDLE",
            NextValue(step, self.open_step),
            NextValue(frees, self.free),
            If(self.open, NextValue(self.reading, 1), NextState("START")),
        )
        fsm.act("START", NextValue(at, look.dat_r), NextValue(step, step + 1), NextState("END"))
        fsm.act(
            "END",
            NextValue(end, look.dat_r),
            If(frees, NextValue(tail, at)),
            NextState("FETCH"),
        )
        fsm.act(
            "FETCH",
            If(at == end, NextValue(self.reading, 0), NextState("IDLE")).Else(
                fetch.re.eq(1),
                NextValue(at, at + 1),
                NextValue(self.out_valid, 1),
                NextState("SHOW"),
            ),
        )
        fsm.act("SHOW", If(self.out_ready, NextValue(self.out_valid, 0), NextState("FETCH")))
