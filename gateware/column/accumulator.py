"""The inputs of a lane's neurons: one bank receives events while the other is read and cleared."""

from itertools import pairwise

from migen import READ_FIRST, If, Memory, Module, Mux, Signal

from bitcortex.gateware.neuron.arithmetic import delayed
from bitcortex.models.column.accumulator import AccumulatorParams


class Accumulator(Module):
    """Two banks of sums. See `bitcortex.models.column.accumulator`.

    **Timing**: one event and one read per cycle. Stage 0 reads, 1 takes the word into a register,
    2 adds, 3 writes. A sum that is younger than the word read is forwarded: into the register from
    the two events before the last, into the adder from the last one.
    """

    def __init__(self, params: AccumulatorParams):
        self.event_valid = Signal()  # an event
        self.event_bank = Signal()  # for this bank
        self.event_slot = Signal(params.slot_bits)  # and this neuron
        self.event_weight = Signal((params.weight_width, True))  # adds this
        self.read_valid = Signal()  # read and clear
        self.read_bank = Signal()  # in this bank
        self.read_slot = Signal(params.slot_bits)  # this neuron
        self.sweep = Signal()  # clear this neuron in both banks
        self.read_sum = Signal((params.width, True))  # the sum, two cycles later; holds

        # # #

        def word():
            return Signal((params.width, True))

        # Events: stage 1 has the memory's word, 2 the operand, 3 the sum, 4 the sum before.
        valid = [self.event_valid, Signal(), Signal(), Signal(), Signal()]
        slot = [self.event_slot] + [Signal(params.slot_bits) for _ in range(4)]
        weight = [self.event_weight] + [Signal((params.weight_width, True)) for _ in range(2)]
        bank_1, bank_3 = delayed(self, self.event_bank, 1), delayed(self, self.event_bank, 3)
        self.sync += [now.eq(before) for before, now in pairwise(valid)]
        self.sync += [now.eq(before) for before, now in pairwise(slot)]
        self.sync += [now.eq(before) for before, now in pairwise(weight)]
        loaded, operand, total, total_4, sum_2 = word(), word(), word(), word(), word()
        follows = Signal()  # stage 2 wants the sum of stage 3
        older, oldest = Signal(), Signal()  # stage 1 wants the sum of stage 3, or of stage 4
        self.comb += [
            older.eq(valid[3] & (slot[3] == slot[1])),
            oldest.eq(valid[4] & (slot[4] == slot[1])),
            sum_2.eq(Mux(follows, total, operand) + weight[2]),
        ]
        self.sync += [
            follows.eq(valid[2] & (slot[2] == slot[1])),
            operand.eq(Mux(older, total, Mux(oldest, total_4, loaded))),
            total.eq(sum_2),
            total_4.eq(total),
        ]

        # Reads: the word in cycle 1, a register in cycle 2. The clear is written in cycle 1.
        read_bank_1 = delayed(self, self.read_bank, 1)
        clear_1, read_slot_1 = delayed(self, self.read_valid, 1), delayed(self, self.read_slot, 1)
        sweep_1 = delayed(self, self.sweep, 1)
        found = word()
        self.sync += If(clear_1, self.read_sum.eq(found))

        words = []
        for bank in range(2):
            memory = Memory(params.width, max(2, params.slots))  # Migen wants an address bit
            read = memory.get_port(mode=READ_FIRST)
            write = memory.get_port(write_capable=True, mode=READ_FIRST)
            self.specials += memory, read, write
            clears = Signal()
            self.comb += [
                read.adr.eq(
                    Mux(
                        self.event_valid & (self.event_bank == bank),
                        self.event_slot,
                        self.read_slot,
                    )
                ),
                clears.eq(sweep_1 | (clear_1 & (read_bank_1 == bank))),
                write.we.eq(clears | (valid[3] & (bank_3 == bank))),
                write.adr.eq(Mux(clears, read_slot_1, slot[3])),
                write.dat_w.eq(Mux(clears, 0, total)),
            ]
            words.append(read.dat_r)
        self.comb += [
            loaded.eq(Mux(bank_1, words[1], words[0])),
            If(read_bank_1, found.eq(words[1])).Else(found.eq(words[0])),
        ]
