"""One lane of the column engine: synapses, inputs, states and the membrane pipeline."""

from functools import reduce
from operator import and_

from migen import READ_FIRST, Cat, Constant, If, Memory, Module, Mux, Signal

from bitcortex.gateware.column.accumulator import Accumulator
from bitcortex.gateware.column.bitmap import Bitmap
from bitcortex.gateware.column.gate import Gate
from bitcortex.gateware.column.membrane import Membrane
from bitcortex.gateware.column.plasticity import Plasticity
from bitcortex.gateware.column.procedural import Procedural
from bitcortex.gateware.column.stored import Stored
from bitcortex.gateware.neuron.arithmetic import delayed
from bitcortex.models.column.lane import LaneParams
from bitcortex.models.column.plasticity import GAP_BITS
from bitcortex.network.plasticity import HISTORY_BITS


class Lane(Module):
    """The neurons ``lane``, ``lane + P``, ... of a Plan. See `bitcortex.models.column.lane`.

    **Timing**: the sum is read in cycle 1, the state in 2; the membrane pipeline begins in 4.
    """

    def __init__(self, params: LaneParams):
        core, layout = params.core, params.core.layout
        self.core = core
        self.read = Signal()  # an update begins
        self.read_bank = Signal()  # with the sums of this bank
        self.slot = Signal(core.slot_bits)  # of this neuron
        self.kick = Signal((layout.kick_width, True))  # drive and constant, in cycle 3
        self.kind = Signal(core.membrane.kind_bits)  # of the neuron, in cycle 4
        self.sweep = Signal()  # clear the state and the sums of `slot`
        self.event_bank = Signal()  # that synapses add to
        self.state_we = Signal()  # the host writes a state
        self.bitmap_we = Signal()  # a word of bits
        self.pointer_we = Signal()  # where a list is
        self.entry_we = Signal()  # or a synapse
        self.entry_look = Signal()  # or looks at one
        self.address = Signal(core.address_bits)  # here
        self.data = Signal(64)  # this
        self.done = Signal()  # an update ends
        self.spike = Signal()  # and the neuron fired
        self.idle = Signal()  # no job is left
        self.state = Signal(core.state_bits)  # of the slot of four cycles before

        # # #

        self.submodules.sums = sums = Accumulator(core.accumulator)
        self.comb += [
            sums.read_valid.eq(self.read),
            sums.read_bank.eq(self.read_bank),
            sums.read_slot.eq(self.slot),
            sums.sweep.eq(self.sweep),
            sums.event_bank.eq(self.event_bank),
        ]
        stores = [self._bitmap(), self._stored(), self._procedural(params.lane)]
        gate, plasticity = self._gate(params.lane), self._plasticity(params.lane, stores[1])
        self._merge([store for store in stores if store is not None], gate, plasticity)

        # State: the address in cycle 2, the memory's word in 3, a register in 4.
        memory = Memory(core.state_bits, max(2, layout.slots))  # Migen wants an address bit
        memory.collides = "undefined"
        read = memory.get_port(mode=READ_FIRST)
        write = memory.get_port(write_capable=True, mode=READ_FIRST)
        self.specials += memory, read, write
        slot_2 = delayed(self, self.slot, 2, reset_less=True, own=True)
        age_at = core.age_at
        state, shows = Signal(core.state_bits), Signal(3)
        # What is there before the first sweep is unknown, and stays out of sight.
        self.comb += [read.adr.eq(slot_2), self.state.eq(state)]
        if plasticity:
            self.comb += [
                plasticity.age.eq(state[age_at:]),
                If(plasticity.event_valid, read.adr.eq(plasticity.event_slot)),
                If(self.entry_look, self.state.eq(Cat(stores[1].event_weight))),
            ]
        self.sync += [shows.eq(Cat(~self.sweep, shows[:2])), If(shows[2], state.eq(read.dat_r))]

        # Input: the sum is there in cycle 3. The membrane's unit is smaller by `shift` bits.
        current = Signal((layout.current_width, True), reset_less=True)
        self.sync += current.eq(sums.read_sum + self.kick)

        self.submodules.membrane = membrane = Membrane(core.membrane)
        width = layout.plan.data_width
        slot_4 = delayed(self, slot_2, 2, reset_less=True)
        slot_end = delayed(self, slot_4, core.membrane.latency, reset_less=True)
        ages = []  # of the state written: its highest bits
        if plasticity:
            code, age = state[age_at:], Signal(HISTORY_BITS, reset_less=True)
            self.sync += age.eq(Mux(code == 0, 0, code + 1))
            age = delayed(self, age, core.membrane.latency - 1, reset_less=True)
            ages = [Mux(membrane.spike, Constant(1, HISTORY_BITS), age)]
        self.comb += [
            membrane.valid.eq(delayed(self, self.read, 4)),
            membrane.kind.eq(self.kind),
            membrane.current.eq(Cat(*[0] * layout.shift, current)),
            membrane.v.eq(state[:width]),
            membrane.refractory.eq(state[width:age_at]),
            self.done.eq(membrane.out_valid),
            self.spike.eq(membrane.spike),
        ]
        # Written a cycle later, from registers at the memory.
        we, adr = Signal(), Signal(core.slot_bits, reset_less=True)
        data = Signal(core.state_bits, reset_less=True)
        self.comb += [write.we.eq(we), write.adr.eq(adr), write.dat_w.eq(data)]
        self.sync += [
            we.eq(membrane.out_valid | self.state_we | self.sweep),
            adr.eq(slot_end),
            data.eq(Cat(membrane.v_next, membrane.refractory_next, *ages)),
            If(self.state_we, adr.eq(self.address), data.eq(self.data)),
            If(self.sweep, adr.eq(self.slot), data.eq(0)),
        ]

    def _merge(self, stores, gate, plasticity):
        """Give the gate or the accumulator the event of the first store that has one.

        Those of plastic synapses go another way, and nothing else does at that time.
        """
        sums, sink = self.sums, gate or self.sums
        valid, slot, weight = Signal(), Signal.like(sink.event_slot), Signal.like(sink.event_weight)
        gates = [part for part in (gate, plasticity) if part]
        statement = valid.eq(0)
        blocked = 0
        for store in stores:
            ready = ~blocked if isinstance(blocked, Signal) else 1
            self.comb += store.event_ready.eq(ready & gate.event_ready if gate else ready)
            if plasticity and isinstance(store, Stored):
                self.comb += If(self.plastic, store.event_ready.eq(plasticity.event_ready))
            before, blocked = blocked, Signal()
            self.comb += blocked.eq(before | store.event_valid)
        for store in reversed(stores):
            statement = If(
                store.event_valid,
                valid.eq(1),
                slot.eq(store.event_slot),
                weight.eq(store.event_weight),
            ).Else(statement)
        self.comb += [
            statement,
            sink.event_valid.eq(valid & ~self.plastic if plasticity else valid),
            sink.event_slot.eq(slot),
            sink.event_weight.eq(weight),
            self.idle.eq(reduce(and_, [part.idle for part in [*stores, *gates]], 1)),
        ]
        if gate:
            self.comb += [
                sums.event_valid.eq(gate.out_valid),
                sums.event_slot.eq(gate.out_slot),
                sums.event_weight.eq(gate.out_weight),
            ]
        if plasticity:
            self.comb += If(
                plasticity.out_valid,
                sums.event_valid.eq(1),
                sums.event_slot.eq(plasticity.out_slot),
                sums.event_weight.eq(plasticity.out_weight),
            )

    def _gate(self, lane: int):
        params = self.core.gate(lane)
        self.gate_a = Signal(32)  # key of stochastic synapses: factor
        self.gate_b = Signal(32)  # key: offset
        self.gate_length = Signal(self.core.length_bits)  # draws per event
        self.gate_probability = Signal(17)  # of a draw
        if params is None:
            return None
        self.submodules.gate = gate = Gate(params)
        self.comb += [
            gate.key_a.eq(self.gate_a),
            gate.key_b.eq(self.gate_b),
            gate.length.eq(self.gate_length),
            gate.probability.eq(self.gate_probability),
        ]
        return gate

    def _plasticity(self, lane: int, store):
        params = self.core.plasticity(lane)
        self.plastic = Signal()  # stored events are of plastic synapses
        self.rule = Signal(self.core.rule_bits)  # that follow this rule
        self.gap = Signal(GAP_BITS)  # so many steps after their source's last spike
        if params is None:
            return None
        self.submodules.plasticity = plasticity = Plasticity(params)
        self.comb += [
            plasticity.event_valid.eq(store.event_valid & self.plastic),
            plasticity.event_address.eq(store.event_address),
            plasticity.event_slot.eq(store.event_slot),
            plasticity.event_weight.eq(store.event_weight),
            plasticity.key_a.eq(self.gate_a),
            plasticity.key_b.eq(self.gate_b),
            plasticity.gap.eq(self.gap),
            plasticity.rule.eq(self.rule),
            store.look.eq(self.entry_look),
            If(
                plasticity.out_write,
                store.entry_we.eq(1),
                store.entry_address.eq(plasticity.out_address),
                store.entry_slot.eq(plasticity.out_slot),
                store.entry_weight.eq(plasticity.out_weight),
            ),
        ]
        return plasticity

    def _bitmap(self):
        core = self.core
        self.bitmap_valid = Signal()  # a row, please
        self.bitmap_address = Signal(core.bitmap_address_bits)  # that begins here
        self.bitmap_weight = Signal((core.layout.weight_width, True))  # of all its events
        self.bitmap_ready = Signal()  # the job is taken
        if core.bitmap is None:
            return None
        self.submodules.bitmap = store = Bitmap(core.bitmap)
        self.comb += [
            store.we.eq(self.bitmap_we),
            store.write_address.eq(self.address),
            store.write_data.eq(self.data),
            store.job_valid.eq(self.bitmap_valid),
            store.job_address.eq(self.bitmap_address),
            store.job_weight.eq(self.bitmap_weight),
            self.bitmap_ready.eq(store.job_ready),
        ]
        return store

    def _stored(self):
        core = self.core
        self.stored_valid = Signal()  # a list, please
        self.stored_row = Signal(core.row_bits)  # this one
        self.stored_ready = Signal()  # the job is taken
        if core.stored is None:
            return None
        self.submodules.stored = store = Stored(core.stored)
        self.comb += [
            store.pointer_we.eq(self.pointer_we),
            store.pointer_address.eq(self.address),
            store.pointer_start.eq(self.data[:32]),
            store.pointer_count.eq(self.data[32:]),
            store.entry_we.eq(self.entry_we),
            store.entry_address.eq(self.address),
            store.entry_slot.eq(self.data[:32]),
            store.entry_weight.eq(self.data[32:]),
            store.job_valid.eq(self.stored_valid),
            store.job_row.eq(self.stored_row),
            self.stored_ready.eq(store.job_ready),
        ]
        return store

    def _procedural(self, lane: int):
        params = self.core.procedural(lane)
        self.procedural_valid = Signal()  # a source has fired
        self.procedural_projection = Signal(self.core.projection_bits)  # its rows
        self.procedural_a = Signal(32)  # key: factor
        self.procedural_b = Signal(32)  # key: offset
        self.procedural_ready = Signal()  # the job is taken
        if params is None:
            return None
        self.submodules.procedural = store = Procedural(params)
        self.comb += [
            store.job_valid.eq(self.procedural_valid),
            store.job_projection.eq(self.procedural_projection),
            store.job_a.eq(self.procedural_a),
            store.job_b.eq(self.procedural_b),
            self.procedural_ready.eq(store.job_ready),
        ]
        return store
