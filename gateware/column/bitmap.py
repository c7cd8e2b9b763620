"""Bitmap store of a lane: a row of bits per source, one event per set bit."""

from functools import reduce
from operator import or_

from migen import READ_FIRST, Cat, If, Memory, Module, Mux, Signal
from migen.genlib.fifo import SyncFIFO

from bitcortex.models.column.bitmap import WORDS, BitmapParams


class Bitmap(Module):
    """Rows of bits, turned into events. See `bitcortex.models.column.bitmap`.

    **Timing**: an event per cycle. Stages: fetch, memory, register, FIFO of words, lowest bit,
    its number, event.
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

        width, count = params.weight_width, params.words
        number_bits = max(1, (count - 1).bit_length())
        memory = Memory(params.word_bits, max(2, params.size))  # Migen wants an address bit
        read = memory.get_port(mode=READ_FIRST)
        write = memory.get_port(write_capable=True, mode=READ_FIRST)
        self.specials += memory, read, write
        self.comb += [
            write.we.eq(self.we),
            write.adr.eq(self.write_address),
            write.dat_w.eq(self.write_data),
        ]

        # Fetch: a word per cycle while there is room for what is on its way.
        self.submodules.jobs = jobs = SyncFIFO(params.address_bits + width, params.depth)
        self.submodules.words = words = SyncFIFO(params.word_bits + number_bits + width, WORDS)
        left, address, weight = Signal(max=count + 1), Signal(params.address_bits), Signal(width)
        in_1, in_2, issues, takes = Signal(), Signal(), Signal(), Signal()
        waiting = Signal(max=WORDS + 3)
        number = Signal(number_bits)
        tag_1, tag_2 = Signal(number_bits + width), Signal(number_bits + width)
        word_2 = Signal(params.word_bits)
        self.comb += [
            self.job_ready.eq(jobs.writable),
            jobs.we.eq(self.job_valid),
            jobs.din.eq(Cat(self.job_address, self.job_weight)),
            waiting.eq(words.level + in_1 + in_2),
            issues.eq((left != 0) & (waiting < WORDS)),
            takes.eq((left == 0) | ((left == 1) & issues)),
            jobs.re.eq(takes),
            read.adr.eq(address),
            words.we.eq(in_2 & (word_2 != 0)),
            words.din.eq(Cat(word_2, tag_2)),
        ]
        self.sync += [
            in_1.eq(issues),
            in_2.eq(in_1),
            tag_1.eq(Cat(number, weight)),
            tag_2.eq(tag_1),
            word_2.eq(read.dat_r),
            If(issues, address.eq(address + 1), left.eq(left - 1), number.eq(number + 1)),
            If(
                takes & jobs.readable,
                Cat(address, weight).eq(jobs.dout),
                left.eq(count),
                number.eq(0),
            ),
        ]

        # The lowest bit, then its number.
        mask, rest, lowest = (Signal(params.word_bits) for _ in range(3))
        tag, picked_tag = Signal(number_bits + width), Signal(number_bits + width)
        picked, picked_valid = Signal(params.word_bits), Signal()
        free, room, loads = Signal(), Signal(), Signal()
        bits = max(1, (params.word_bits - 1).bit_length())
        place = Signal(bits)
        self.comb += [
            free.eq(~self.event_valid | self.event_ready),
            room.eq(free | ~picked_valid),
            rest.eq(mask & (mask - 1)),
            lowest.eq(mask & ~rest),
            loads.eq((mask == 0) | (room & (rest == 0))),
            words.re.eq(loads),
            *[
                place[bit].eq(
                    reduce(or_, [picked[k] for k in range(params.word_bits) if k >> bit & 1], 0)
                )
                for bit in range(bits)
            ],
        ]
        slot = Cat(place, picked_tag[:number_bits]) if params.words > 1 else place
        self.sync += [
            If(room, picked.eq(lowest), picked_tag.eq(tag), picked_valid.eq(mask != 0)),
            If(
                loads,
                mask.eq(Mux(words.readable, words.dout[: params.word_bits], 0)),
                If(words.readable, tag.eq(words.dout[params.word_bits :])),
            ).Elif(room, mask.eq(rest)),
            If(
                free,
                self.event_valid.eq(picked_valid),
                If(
                    picked_valid,
                    self.event_slot.eq(slot),
                    self.event_weight.eq(picked_tag[number_bits:]),
                ),
            ),
        ]
        self.comb += self.idle.eq(
            ~(
                jobs.readable | (left != 0) | in_1 | in_2 | words.readable | (mask != 0)
                | picked_valid | self.event_valid
            )
        )  # fmt: skip
