"""Bitmap store of a lane: a row of bits per source, one event per set bit."""

from migen import READ_FIRST, Cat, If, Memory, Module, Signal

from bitcortex.gateware.column.scan import Scan, flags_of, plain
from bitcortex.models.column.bitmap import QUEUE, BitmapParams


class Bitmap(Module):
    """Rows of bits, turned into events. See `bitcortex.models.column.bitmap`.

    **Timing**: an event per cycle. A job is written in cycle 0 and begun in 1; the address of its
    first word is there in cycle 2, the memory's word in 3, a register in 4, its flags in 5 unless
    it is empty, the mask in 6, its lowest bit's event in 7. A stage takes what is before it when it
    is empty or will be. With `reach`, a register and a queue lie between the memory and that, and
    all is 2 cycles later; the memory is read as long as the queue will have room, which a counter
    says, so that no path leads from the events to the memory.

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
        tag_bits = (params.depth + params.held - 1).bit_length()
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
        active, fetch, in_1, in_2, in_3, in_mask = (Signal() for _ in range(6))
        to_row, to_2, to_3, to_mask, on_the_way = (Signal() for _ in range(5))
        address, word = plain(params.address_bits), plain(params.word_bits)
        job, number = plain(tag_bits), plain(max(1, number_bits))
        tag_0 = Cat(job, number) if several else job
        tag_1, tag_2, tag_3 = (plain(len(tag_0)) for _ in range(3))
        if params.reach:
            fetched = Signal()
            may, queued, (in_first, word_first, tag_first) = self._words(
                read.dat_r, tag_1, fetched, in_1, to_2
            )
            self.comb += [fetch.eq(may & ~self.we), fetched.eq(fetch & active)]
            self.comb += [read.re.eq(~self.we), on_the_way.eq(in_1 | queued)]
            self.sync += [in_1.eq(fetched), tag_1.eq(tag_0)]
        else:
            to_1, in_first, word_first, tag_first = Signal(), in_1, read.dat_r, tag_1
            self.comb += [to_1.eq(to_2 | ~in_1), fetch.eq(to_1 & ~self.we)]
            self.comb += [read.re.eq(fetch), on_the_way.eq(in_1)]
            self.sync += If(to_1, in_1.eq(active & ~self.we), tag_1.eq(tag_0))
        self.comb += [
            address_job.adr.eq(consume),
            to_2.eq(to_3 | ~in_2),
            to_row.eq(~active | (fetch & (number == params.words - 1) if several else fetch)),
            read.adr.eq(address),
            If(self.we, write.adr.eq(self.write_address))
            if params.spram
            else write.adr.eq(self.write_address),
        ]
        self.sync += [
            If(to_2, in_2.eq(in_first), tag_2.eq(tag_first), word.eq(word_first)),
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

        # Cycles 5 and 6: the flags, and the mask.
        mask = Scan(self, params.word_bits)
        flags, room = flags_of(self, word, params.word_bits), Signal()
        word_3, flags_3 = plain(params.word_bits), plain(len(flags))
        mask_number, weight = plain(max(1, number_bits)), plain(params.weight_width)
        self.comb += [
            room.eq(~self.event_valid | self.event_ready),
            to_mask.eq(~in_mask | (room & mask.last)),
            to_3.eq(to_mask | ~in_3),
            weight_job.adr.eq(tag_3[:tag_bits]),
        ]
        self.sync += [
            If(to_3, in_3.eq(in_2 & (word != 0)), tag_3.eq(tag_2), word_3.eq(word)),
            If(to_3, flags_3.eq(flags)),
            If(
                to_mask, in_mask.eq(in_3), weight.eq(weight_job.dat_r), *mask.load(word_3, flags_3)
            ).Elif(room, *mask.drop),
        ]
        if several:
            self.sync += If(to_mask, mask_number.eq(tag_3[tag_bits:]))

        # Cycle 7: the event.
        slot = Cat(mask.place, mask_number) if several else mask.place
        self.sync += If(
            room,
            self.event_valid.eq(in_mask),
            If(in_mask, self.event_slot.eq(slot), self.event_weight.eq(weight)),
        )
        self.comb += self.idle.eq(
            ~(waits | active | on_the_way | in_2 | in_3 | in_mask | self.event_valid)
        )

    def _words(self, word, tag, fetched, in_1, takes):
        """Queue the words that the memory shows when `in_1`; `takes` takes the first, if any.

        Return whether another word may be fetched; whether one is on its way or waits; and the
        first: whether it is there, itself, its tag. That a word was taken counts a cycle later.
        """
        near, tag_near, in_near = plain(len(word)), plain(len(tag)), Signal()
        produce, consume = (Signal(QUEUE.bit_length()) for _ in range(2))
        owed, taken, waits = Signal(max=QUEUE + 1), Signal(), Signal()
        words = Memory(len(word) + len(tag), QUEUE)
        self.specials += words
        first = self._queue(words, in_near, produce, Cat(near, tag_near))
        self.comb += [first.adr.eq(consume), waits.eq(produce != consume)]
        self.sync += [
            in_near.eq(in_1),
            near.eq(word),
            tag_near.eq(tag),
            If(in_near, produce.eq(produce + 1)),
            If(takes & waits, consume.eq(consume + 1)),
            taken.eq(takes & waits),
            owed.eq(owed + fetched - taken),
        ]
        row = first.dat_r
        return ~owed[-1], in_near | waits, (waits, row[: len(word)], row[len(word) :])

    def _queue(self, memory, takes, produce, data):
        """Write jobs to a memory; return a port that reads them in the same cycle."""
        write = memory.get_port(write_capable=True)
        read = memory.get_port(async_read=True)
        self.specials += write, read
        self.comb += [write.we.eq(takes), write.adr.eq(produce), write.dat_w.eq(data)]
        return read
