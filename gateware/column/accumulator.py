"""The inputs of a lane's neurons: one bank receives events while the other is read and cleared."""

from itertools import pairwise

from migen import READ_FIRST, If, Memory, Module, Mux, Signal

from bitcortex.gateware.neuron.arithmetic import delayed
from bitcortex.models.column.accumulator import AccumulatorParams

IN_LOGIC = 64  # slots, at most, of a bank that Yosys may make of lookup tables: more would be slow


class Accumulator(Module):
    """Two banks of sums. See `bitcortex.models.column.accumulator`.

    **Timing**: one event and one read per cycle. Stage 0 chooses the address, 1 reads, 2 takes the
    word into a register, 3 adds, 4 writes. A sum that is younger than the word read is forwarded:
    into the register from the two events before the last, into the adder from the last one.
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

        def word(reset_less=True):
            return Signal((params.width, True), reset_less=reset_less)

        # Stage 1: the inputs. Every port of a memory has its own registers: they are far apart.
        read_valid, sweep = (delayed(self, x, 1, own=True) for x in (self.read_valid, self.sweep))
        read_bank, read_slot = (
            delayed(self, x, 1, reset_less=True, own=True) for x in (self.read_bank, self.read_slot)
        )
        bank = [delayed(self, self.event_bank, 1, reset_less=True, own=True)]  # of stage 1, 2, 3
        bank += [delayed(self, bank[0], n, reset_less=True) for n in (1, 2)]

        # Events: stage 2 has the memory's word, 3 the operand, 4 the sum, 5 the sum before.
        valid = [self.event_valid] + [Signal() for _ in range(5)]
        slot = [self.event_slot] + [Signal(params.slot_bits, reset_less=True) for _ in range(5)]
        weight = [self.event_weight]
        weight += [Signal((params.weight_width, True), reset_less=True) for _ in range(3)]
        self.sync += [now.eq(before) for before, now in pairwise(valid)]
        self.sync += [now.eq(before) for before, now in pairwise(slot)]
        self.sync += [now.eq(before) for before, now in pairwise(weight)]
        loaded, operand, total, total_5, sum_3 = word(), word(), word(), word(), word()
        follows = Signal(reset_less=True)  # stage 3 wants the sum of stage 4
        older, oldest = Signal(), Signal()  # stage 2 wants the sum of stage 4, or of stage 5
        self.comb += [
            older.eq(valid[4] & (slot[4] == slot[2])),
            oldest.eq(valid[5] & (slot[5] == slot[2])),
            sum_3.eq(Mux(follows, total, operand) + weight[3]),
        ]
        self.sync += [
            follows.eq(valid[3] & (slot[3] == slot[2])),
            operand.eq(Mux(older, total, Mux(oldest, total_5, loaded))),
            total.eq(sum_3),
            total_5.eq(total),
        ]

        # Reads: the word in cycle 2, a register in cycle 3. The clear is written in cycle 2.
        read_2 = delayed(self, read_valid, 1)
        read_bank_2 = delayed(self, read_bank, 1, reset_less=True)
        found = word()
        self.sync += If(read_2, self.read_sum.eq(found))

        words = []
        for number in range(2):
            memory = Memory(params.width, max(2, params.slots))  # Migen wants an address bit
            if params.slots > IN_LOGIC:
                memory.style = "block"
            memory.collides = "undefined"
            read = memory.get_port(mode=READ_FIRST)
            write = memory.get_port(write_capable=True, mode=READ_FIRST)
            self.specials += memory, read, write
            clears, mine = Signal(), Signal()
            we, adr, data = Signal(), Signal(params.slot_bits, reset_less=True), word()
            read_adr = Signal(params.slot_bits, reset_less=True)
            self.comb += [
                mine.eq(self.event_valid & (self.event_bank == number)),
                clears.eq(sweep | (read_valid & (read_bank == number))),
                read.adr.eq(read_adr),
                write.we.eq(we),
                write.adr.eq(adr),
                write.dat_w.eq(data),
            ]
            self.sync += [
                read_adr.eq(Mux(mine, self.event_slot, self.read_slot)),
                we.eq(clears | (valid[3] & (bank[2] == number))),
                adr.eq(Mux(clears, read_slot, slot[3])),
                data.eq(Mux(clears, 0, sum_3)),
            ]
            words.append(read.dat_r)
        bank_2 = bank[1]
        self.comb += [
            loaded.eq(Mux(bank_2, words[1], words[0])),
            If(read_bank_2, found.eq(words[1])).Else(found.eq(words[0])),
        ]
