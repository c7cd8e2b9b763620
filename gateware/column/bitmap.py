"""Bitmap store of a lane: a row of bits per source, one event per set bit."""

from functools import reduce
from itertools import combinations
from operator import and_, or_

from migen import READ_FIRST, Cat, If, Memory, Module, Signal

from bitcortex.models.column.bitmap import STAGES, BitmapParams

NIBBLE = 4  # bits whose lowest is found by one LUT


class Bitmap(Module):
    """Rows of bits, turned into events. See `bitcortex.models.column.bitmap`.

    **Timing**: an event per cycle. A job is written in cycle 0 and begun in 1; the address of its
    first word is there in cycle 2, the memory's word in 3, a register in 4, the mask in 5, its
    lowest bit's event in 6. A stage takes what is before it when it is empty or will be.

    Why no carry chain: a mask is left with its last bit, in the cycle in which the next word is
    loaded. Two flags per nibble say that it has bits, and that it has several; only the first
    nibble with a flag changes, and its lowest bit is a function of four. Without the flag a
    nibble's bits mean nothing, so that its highest bit is never cleared. Whether one bit is left is
    found a cycle ahead, from whether there are three: every stage waits for it.

    Why a write stops the fetch: for two ports that meet at one address Yosys would register every
    write and compare; it proves instead that they never meet. One port can do both in SPRAM.
    """

    def __init__(self, params: BitmapParams):
        self.we = Signal()  # write a word
        self.write_address = Signal(params.address_bits)  # here
        self.write_data = Signal(params.word_bits)  # this
        self.job_valid = Signal()  # a row, please
        self.job_address = Signal(params.address_bits)  # that begins here
        self.job_weight = Signal((params.weight_width, True))  # of all its events
        self.event_ready = Signal()  # the event is taken
        self.job_ready = Signal()  # the job is taken
        self.event_valid = Signal()  # an event
        self.event_slot = Signal(params.slot_bits)  # for this neuron
        self.event_weight = Signal((params.weight_width, True))  # of this weight
        self.idle = Signal()  # nothing is on its way

        # # #

        # Jobs wait in LUT RAM. A weight stays there until its row is the mask: the stages before
        # carry its place only. It must not stay longer: any number of empty rows may pass behind
        # a mask, and the jobs after them would overwrite it.
        tag_bits = (params.depth + STAGES - 1).bit_length()
        address_jobs = Memory(params.address_bits, 1 << (params.depth - 1).bit_length())
        weight_jobs = Memory(params.weight_width, 1 << tag_bits)
        produce, consume, waiting = Signal(tag_bits), Signal(tag_bits), Signal(tag_bits)
        takes, waits = Signal(), Signal()
        self.comb += [
            waiting.eq(produce - consume),
            self.job_ready.eq(waiting < params.depth),
            takes.eq(self.job_valid & self.job_ready),
            waits.eq(produce != consume),
        ]
        self.sync += If(takes, produce.eq(produce + 1))
        self.specials += address_jobs, weight_jobs
        address_job = self._queue(address_jobs, takes, produce, self.job_address)
        weight_job = self._queue(weight_jobs, takes, produce, self.job_weight)

        memory = Memory(params.word_bits, max(2, params.size))  # Migen wants an address bit
        if params.spram:
            memory.style = "huge"
            read = write = memory.get_port(write_capable=True, has_re=True, mode=READ_FIRST)
            self.specials += memory, read
        else:
            read = memory.get_port(has_re=True, mode=READ_FIRST)
            write = memory.get_port(write_capable=True, mode=READ_FIRST)
            self.specials += memory, read, write
        self.comb += [write.we.eq(self.we), write.dat_w.eq(self.write_data)]

        # Cycles 2 to 4: fetch. A tag is the number of the word in its row and the row's job.
        several = params.words > 1
        number_bits = (params.words - 1).bit_length()
        active, fetch, in_1, in_2, in_mask = (Signal() for _ in range(5))
        to_row, to_1, to_2, to_mask = (Signal() for _ in range(4))
        address, word = _plain(params.address_bits), _plain(params.word_bits)
        job, number = _plain(tag_bits), _plain(max(1, number_bits))
        tag_0 = Cat(job, number) if several else job
        tag_1, tag_2 = _plain(len(tag_0)), _plain(len(tag_0))
        room, last = Signal(), _plain(1)
        self.comb += [
            address_job.adr.eq(consume),
            room.eq(~self.event_valid | self.event_ready),
            to_mask.eq(~in_mask | (room & last)),
            to_2.eq(to_mask | ~in_2 | (word == 0)),
            to_1.eq(to_2 | ~in_1),
            fetch.eq(to_1 & ~self.we),
            to_row.eq(~active | (fetch & (number == params.words - 1) if several else fetch)),
            read.adr.eq(address),
            If(self.we, write.adr.eq(self.write_address))
            if params.spram
            else write.adr.eq(self.write_address),
            read.re.eq(fetch),
        ]
        self.sync += [
            If(to_1, in_1.eq(active & ~self.we), tag_1.eq(tag_0)),
            If(to_2, in_2.eq(in_1), tag_2.eq(tag_1), word.eq(read.dat_r)),
            If(to_row & waits, consume.eq(consume + 1)),
        ]
        if several:
            self.sync += If(fetch, address.eq(address + 1), number.eq(number + 1))
        self.sync += If(
            to_row,
            active.eq(waits),
            job.eq(consume),
            address.eq(address_job.dat_r),
            number.eq(0),
        )

        # Cycle 5: the mask; its lowest bit is the lowest of the first nibble that has any.
        mask, rest = _plain(params.word_bits), Signal(params.word_bits)
        nibbles = [slice(at, at + NIBBLE) for at in range(0, params.word_bits, NIBBLE)]
        has, has_two = _plain(len(nibbles)), _plain(len(nibbles))
        has_next, has_two_next, first = (Signal(len(nibbles)) for _ in range(3))
        mask_number, weight = _plain(max(1, number_bits)), _plain(params.weight_width)
        for k, bits in enumerate(nibbles):
            earlier = has[:k] != 0 if k else 0
            part = list(mask[bits])
            stays = [part[i] & (earlier | reduce(or_, part[:i], 0)) for i in range(len(part) - 1)]
            self.comb += [
                first[k].eq(has[k] & ~earlier if k else has[k]),
                has_next[k].eq(has_two[k] | (has[k] & earlier)),
                has_two_next[k].eq(has_two[k] & (earlier | _at_least(3, part))),
                rest[bits].eq(Cat(*stays, part[-1])),
            ]
        threes = [has_two[k] & _at_least(3, list(mask[bits])) for k, bits in enumerate(nibbles)]
        three, several_has = Signal(), _at_least(2, list(has))
        self.comb += [
            three.eq(reduce(or_, threes) | _at_least(3, list(has)) | several_has & (has_two != 0)),
            weight_job.adr.eq(tag_2[:tag_bits]),
        ]
        word_has, word_two = Signal(len(nibbles)), Signal(len(nibbles))
        self.comb += [
            word_has.eq(Cat(*[word[bits] != 0 for bits in nibbles])),
            word_two.eq(Cat(*[_at_least(2, list(word[bits])) for bits in nibbles])),
        ]
        if several:
            self.sync += If(to_mask, mask_number.eq(tag_2[tag_bits:]))
        self.sync += If(
            to_mask,
            in_mask.eq(in_2 & (word != 0)),
            weight.eq(weight_job.dat_r),
            mask.eq(word),
            has.eq(word_has),
            has_two.eq(word_two),
            last.eq(~((word_two != 0) | _at_least(2, list(word_has)))),
        ).Elif(room, mask.eq(rest), has.eq(has_next), has_two.eq(has_two_next), last.eq(~three))

        # Cycle 6: the event.
        place = self._place(mask, nibbles, first)
        slot = Cat(place, mask_number) if several else place
        self.sync += If(
            room,
            self.event_valid.eq(in_mask),
            If(in_mask, self.event_slot.eq(slot), self.event_weight.eq(weight)),
        )
        self.comb += self.idle.eq(~(waits | active | in_1 | in_2 | in_mask | self.event_valid))

    def _queue(self, memory, takes, produce, data):
        """Write jobs to a memory; return a port that reads them in the same cycle."""
        write = memory.get_port(write_capable=True)
        read = memory.get_port(async_read=True)
        self.specials += write, read
        self.comb += [write.we.eq(takes), write.adr.eq(produce), write.dat_w.eq(data)]
        return read

    def _place(self, mask, nibbles, first):
        """Return the number of the mask's lowest bit, whose nibble is `first`."""
        ones, twos, upper = [], [], []
        for k, bits in enumerate(nibbles):
            part = Cat(mask[bits], 1, 1, 1)  # a short nibble has its bit below
            ones.append(first[k] & ~part[0] & (part[1] | ~part[2]))
            twos.append(first[k] & ~part[0] & ~part[1])
        for bit in range((len(nibbles) - 1).bit_length()):
            upper.append(reduce(or_, [first[k] for k in range(len(nibbles)) if k >> bit & 1]))
        place = Signal(max(1, (len(mask) - 1).bit_length()))
        self.comb += place.eq(Cat(reduce(or_, ones), reduce(or_, twos), *upper))
        return place


def _plain(bits: int):
    """Return a register without reset: it counts only while its valid bit is set."""
    return Signal(bits, reset_less=True)


def _at_least(count, bits):
    """Return whether so many of the bits are 1."""
    return reduce(or_, [reduce(and_, some) for some in combinations(bits, count)], 0)
