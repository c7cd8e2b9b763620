"""Procedural rows: one lane's targets of a source, made anew from its key at every spike."""

from migen import Array, Cat, If, Memory, Module, Signal

from bitcortex.gateware.neuron.arithmetic import csd
from bitcortex.models.column.procedural import ProceduralParams
from bitcortex.network.keys import BANKS


class Procedural(Module):
    """A candidate per cycle from one multiplier. See `bitcortex.models.column.procedural`.

    **Timing**: a job is written in cycle 0, prefetched in 1, begun in 2; its first candidate has
    its word in cycle 3, product in 4, neuron in 5, and is an event in 6.

    Why no wide arithmetic is needed: ``((k << 16) + draw) * stride >> 16`` is
    ``k * stride + (draw * stride >> 16)``, where the first term grows by `stride` once per stratum
    and the second is one product of 16 and 17 bits. Adding ``base / 64 << fraction`` to the first
    makes the quotient the id without its bank. The low log2(P) bits of the word never change
    within a job, as it grows by ``a * P``, and are left out.
    """

    def __init__(self, params: ProceduralParams):
        self.job_valid = Signal()  # a source has fired
        self.job_ready = Signal()  # its job would be taken
        self.job_projection = Signal(params.projection_width)  # row of
        self.job_a = Signal(32)  # key: factor
        self.job_b = Signal(32)  # key: offset
        self.event_valid = Signal()  # a target
        self.event_slot = Signal(params.slot_width)  # its neuron
        self.event_weight = Signal((params.weight_width, True))  # of the synapse
        self.event_ready = Signal()  # the target is taken
        self.idle = Signal()  # no job waits, nothing is in flight

        # # #

        rows, shift = params.rows, params.shift
        strides, fractions = zip(*(r.ratio for r in rows), strict=True)
        moves = Signal()  # the pipeline advances
        self.comb += moves.eq(~self.event_valid | self.event_ready)

        # Cycle 0: jobs wait in LUT RAM. Pointers have a bit more than an address.
        queue = Memory(params.projection_width + 64, params.depth)
        tail = queue.get_port(write_capable=True)
        head = queue.get_port(async_read=True)
        self.specials += queue, tail, head
        produce, consume = Signal(max=2 * params.depth), Signal(max=2 * params.depth)
        waits = Signal()  # a job is in the queue
        self.comb += [
            self.job_ready.eq(produce ^ consume != params.depth),
            waits.eq(produce != consume),
            tail.adr.eq(produce),
            tail.dat_w.eq(Cat(self.job_projection, self.job_a, self.job_b)),
            tail.we.eq(self.job_valid & self.job_ready),
            head.adr.eq(consume),
        ]
        self.sync += If(tail.we, produce.eq(produce + 1))

        # Cycle 1: prefetch. The first word, b + a * lane, is a sum of shifted copies; half of
        # them are added here, the other half when the job begins.
        prefetched, begins, fetch = Signal(), Signal(), Signal()
        projection, a, b = Signal(params.projection_width), Signal(32), Signal(32)
        next_row, next_a, next_word = Signal(params.projection_width), Signal(32), Signal(32)
        digits = csd(params.lane)
        self.comb += [
            Cat(projection, a, b).eq(head.dat_r),
            fetch.eq(waits & (~prefetched | begins)),
        ]
        self.sync += [
            If(begins, prefetched.eq(0)),
            If(
                fetch,
                prefetched.eq(1),
                consume.eq(consume + 1),
                next_row.eq(projection),
                next_a.eq(a),
                next_word.eq(self._plus(b, a, digits[0::2])),
            ),
        ]

        # Cycle 2: begin, in the cycle of the last candidate of the job before.
        active, ends = Signal(), Signal()
        row, stride = Signal(params.projection_width), Signal(max=max(strides) + 1)
        word, step = Signal(32 - shift), Signal(32 - shift)  # without the low bits
        position = Signal(params.position_width)  # k * stride, and where the row begins
        stratum = Signal(max=max(2, *(r.strata for r in rows)))  # k
        bases = [r.base // BANKS << f for r, f in zip(rows, fractions, strict=True)]
        start = self._plus(next_word, next_a, digits[1::2])
        self.comb += begins.eq(moves & prefetched & (~active | ends))

        # Cycle 3: a candidate per cycle. `place` counts the banks of this lane.
        place = Signal(max(1, 6 - shift))
        turns = Signal()  # the last bank of a stratum
        self.comb += [
            turns.eq(1 if params.lanes == BANKS else place == BANKS // params.lanes - 1),
            ends.eq(turns & (stratum == _of(row, [r.strata - 1 for r in rows]))),
        ]
        self.sync += If(
            moves,
            If(ends, active.eq(0)),
            word.eq(word + step),
            If(active, place.eq(place + 1)),
            If(turns, stratum.eq(stratum + 1), position.eq(position + stride)),
            If(
                begins,
                active.eq(1),
                row.eq(next_row),
                step.eq(next_a),
                word.eq(start[shift:]),
                stratum.eq(0),
                position.eq(_of(next_row, bases)),
            ),
        )
        if len(set(strides)) == 1:
            self.comb += stride.eq(strides[0])
        else:
            self.sync += If(begins, stride.eq(_of(next_row, strides)))

        # Cycle 4: the product. Its low half is what the floor leaves out.
        product, high = Signal(16 + len(stride)), Signal(len(stride))
        self.comb += product.eq(word[16 - shift :] * stride)
        carried = [active, row, place, position]  # beside the pipeline
        behind = [Signal(len(signal)) for signal in carried]
        self.sync += If(
            moves,
            high.eq(product[16:]),
            *[after.eq(before) for after, before in zip(behind, carried, strict=True)],
        )

        # Cycle 5: the neuron, before the division by 2**fraction.
        is_candidate, of_row, at_place = Signal(), Signal(len(row)), Signal(len(place))
        total = Signal(params.position_width)
        self.sync += If(
            moves,
            Cat(is_candidate, of_row, at_place).eq(Cat(*behind[:3])),
            total.eq(behind[3] + high),
        )

        # Cycle 6: its slot, and whether it is a target.
        slot = Signal(len(total) + 6 - shift)
        place_bits = [] if params.lanes == BANKS else [at_place]
        self.comb += slot.eq(_of(of_row, [Cat(*place_bits, total[f:]) for f in fractions]))
        lowest = [-(-(r.first - params.lane) // params.lanes) for r in rows]
        behind_last = [-(-(r.end - params.lane) // params.lanes) for r in rows]
        weights = [r.weight & ((1 << params.weight_width) - 1) for r in rows]  # in bits: an Array
        inside = Signal()  # of both signs would be as wide as if all were positive
        self.comb += inside.eq(
            (slot >= _of(of_row, lowest)) & (slot < _of(of_row, behind_last)),
        )
        self.sync += If(
            moves,
            self.event_valid.eq(is_candidate & inside),
            If(
                is_candidate,
                self.event_slot.eq(slot),
                self.event_weight.eq(_of(of_row, weights)),
            ),
        )
        self.comb += self.idle.eq(
            ~(waits | prefetched | active | behind[0] | is_candidate | self.event_valid)
        )

    def _plus(self, word, factor, digits):
        """Return word + factor * (sum of digits) modulo 2**32."""
        for places, sign in digits:
            total = Signal(32)
            term = factor << places
            self.comb += total.eq(word + term if sign > 0 else word - term)
            word = total
        return word


def _of(row, values):
    """Return the value of a row; a constant if it is that of all rows."""
    if all(isinstance(value, int) for value in values) and len(set(values)) == 1:
        return values[0]
    return Array(values)[row] if len(values) > 1 else values[0]
