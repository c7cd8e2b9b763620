"""Replays the spikes of every delay and gives their jobs to all lanes."""

from typing import Any

from migen import (
    FSM,
    READ_FIRST,
    Case,
    Cat,
    If,
    Memory,
    Module,
    Mux,
    NextState,
    NextValue,
    Signal,
)

from bitcortex.gateware.column.mix import Mix
from bitcortex.models.column.gate import ALWAYS
from bitcortex.models.column.layout import BITMAP, PROCEDURAL, STORED
from bitcortex.models.column.mix import MixParams
from bitcortex.models.column.params import CALM, DRAIN, CoreParams
from bitcortex.models.column.plasticity import GAP_BITS, LONG


class Dispatcher(Module):
    """The machine that delivers the synaptic events of a step.

    See `bitcortex.models.column.dispatcher`.

    **Timing**: a state per cycle, of two machines. A spike: REPLAY, FIND, HAND until its first job
    may begin. A job: NEXT, SETUP, KEY, (WAIT for the two hashed words of a procedural row,) ISSUE.
    The events of a step are on their way while the spikes of the next one are looked up; its first
    job waits for them. Stochastic and plastic synapses: before ISSUE, SALT to KEYED hash source and
    step to a key, and CALM waits for idle lanes, as it does after ISSUE. The step of a row's last
    arrival is read from SALT on.
    """

    def __init__(self, params: CoreParams):
        weight_width = params.layout.weight_width
        self.go = Signal()  # a step may begin
        self.set = Signal()  # the next step
        self.set_step = Signal(32)  # has this number
        self.reading = Signal()  # the queue's replay is not over
        self.out_valid = Signal()  # a spike from it
        self.out_id = Signal(params.id_bits)  # of this neuron
        self.in_valid = Signal()  # a recorded spike
        self.in_mark = Signal()  # or the end of those of the step
        self.in_delay = Signal(params.delay_bits)  # number of its delay
        self.in_id = Signal(params.id_bits)  # its channel
        self.bitmap_ready = Signal()  # all lanes take a bitmap job
        self.stored_ready = Signal()  # a list
        self.procedural_ready = Signal()  # procedural rows
        self.idle = Signal()  # all lanes are idle
        self.current = Signal(32)  # the step that is looked up
        self.delivered = Signal(2)  # steps done, modulo 4
        self.open = Signal()  # replay
        self.open_step = Signal(params.queue.step_bits)  # the spikes of this step
        self.free = Signal()  # older ones are not needed
        self.out_ready = Signal()  # the queue's spike is taken
        self.in_ready = Signal()  # the recorded spike is taken
        self.bitmap_valid = Signal()  # a row of bits, please
        self.bitmap_address = Signal(params.bitmap_address_bits)  # from here
        self.bitmap_weight = Signal((weight_width, True))  # of this weight
        self.stored_valid = Signal()  # a list, please
        self.stored_row = Signal(params.row_bits)  # this one
        self.procedural_valid = Signal()  # procedural rows, please
        self.procedural_projection = Signal(params.projection_bits)  # of this projection
        self.procedural_a = Signal(32)  # of this key
        self.procedural_b = Signal(32)
        self.gate_a = Signal(32)  # key of the draws of all events: factor
        self.gate_b = Signal(32)  # key: offset
        self.gate_length = Signal(params.length_bits, reset=1)  # draws per event
        self.gate_probability = Signal(17, reset=ALWAYS)  # of a draw
        self.previous_we = Signal()  # the host writes
        self.previous_look = Signal()  # or reads
        self.previous_address = Signal(params.previous_bits)  # of this row of plastic synapses
        self.previous_data = Signal(32)  # the step of the last arrival
        self.previous = Signal(32)  # what it reads
        self.plastic = Signal()  # events are of plastic synapses
        self.rule = Signal(params.rule_bits)  # that follow this rule
        self.gap = Signal(GAP_BITS)  # so many steps after the last arrival; 0 if there was none
        self.sweeping = Signal()  # rows are being cleared

        # # #

        job_bits = max(1, len(params.job_list).bit_length())
        delay = Signal(params.delay_bits)
        spike, local = Signal(params.id_bits), Signal(params.id_bits)
        job, end = Signal(job_bits), Signal(job_bits)
        found_local = Signal(params.id_bits)  # of the next spike, and its jobs
        found_job, found_end = Signal(job_bits), Signal(job_bits)
        hands, takes, over, resting, rests = (Signal() for _ in range(5))
        row = Signal(params.row_bits)
        quiet = Signal(DRAIN - 1)  # how long events have been on their way, a bit per cycle
        pending = Signal()  # events are on their way
        fed, got, asks, ends, counts = (Signal() for _ in range(5))
        self._tables(params, delay, job)
        place, begin, stop = self._find(params, spike, delay, job_bits)
        words = params.bitmap.words if params.bitmap else 1
        self.comb += [
            self.free.eq(delay == 0),
            self.open_step.eq(self.current - self._delay),
            self.stored_row.eq(row),
            self.bitmap_weight.eq(self._weight),
            self.procedural_projection.eq(self._projection),
        ]
        gated = params.keyed
        salts, steps, keys = (Signal() for _ in range(3))  # of the key of such synapses
        hashed = 0
        if params.layout.procedural or gated:
            self.submodules.mix = mix = Mix(MixParams())
            asks_row = asks & (self._store == PROCEDURAL)
            x = self._seed + Cat(got, local)
            mixes = If(
                mix.out_valid,
                self.procedural_a.eq(self.procedural_b),
                self.procedural_b.eq(mix.y),
            )
            hashed = mix.out_valid
        if gated:
            asks_row |= salts | steps
            step = self.gate_b + Cat(got, self.current)
            x = Mux(salts, self._seed + local, Mux(steps, step, x))
            again = If(hashed, self.gate_a.eq(self.gate_b), self.gate_b.eq(mix.y))
            mixes = If(keys, again).Else(mixes)
        if params.layout.procedural or gated:
            self.comb += [mix.in_valid.eq(asks_row), mix.x.eq(x)]
            self.sync += mixes

        # Spikes are looked up while the jobs of the one before are given.
        self.submodules.spikes = spikes = FSM(reset_state="IDLE")
        goes = self.go & ~self.sweeping if params.plastic else self.go
        spikes.act("IDLE", NextValue(delay, 0), NextValue(fed, 0), If(goes, NextState("OPEN")))
        spikes.act("OPEN", self.open.eq(1), NextState("REPLAY"))
        spikes.act(
            "REPLAY",
            self.out_ready.eq(1),
            NextValue(spike, self.out_id),
            If(self.out_valid, NextState("FIND")).Elif(
                ~self.reading,
                If(
                    delay == params.replays - 1,
                    NextState("HOST" if params.plan.recorded else "DRAIN"),
                ).Else(NextValue(delay, delay + 1), NextState("OPEN")),
            ),
        )
        back = NextState("REPLAY")
        if params.plan.recorded:
            back = If(fed, NextState("HOST")).Else(back)
            spikes.act(
                "HOST",
                self.in_ready.eq(1),
                NextValue(spike, self.in_id),
                NextValue(delay, self.in_delay),
                If(
                    self.in_valid,
                    If(self.in_mark, NextState("DRAIN")).Else(NextValue(fed, 1), NextState("FIND")),
                ),
            )
        spikes.act(
            "FIND",
            NextValue(found_local, place),
            NextValue(found_job, begin),
            NextValue(found_end, stop),
            NextValue(hands, 1),
            NextState("HAND"),
        )
        spikes.act("HAND", If(takes | (found_job == found_end), NextValue(hands, 0), back))
        spikes.act("DRAIN", ends.eq(~pending & rests), If(ends, NextState("IDLE")))

        self.submodules.fsm = fsm = FSM(reset_state="NEXT")
        self.comb += takes.eq(hands & resting), over.eq(job == end)
        self.sync += rests.eq(resting)
        fsm.act(
            "NEXT",
            NextValue(got, 0),
            resting.eq(over),
            If(
                hands & over,
                NextValue(local, found_local),
                NextValue(job, found_job),
                NextValue(end, found_end),
            ),
            If(Mux(over, hands & (found_job != found_end), 1), NextState("SETUP")),
        )
        fsm.act(
            "SETUP",
            NextValue(row, local + self._first),
            asks.eq(1),
            NextValue(got, 1),
            NextState("KEY"),
        )
        ready_to = NextState("ISSUE")
        issued = [NextValue(job, job + 1), NextState("NEXT")]
        if gated:
            after = issued
            ready_to = If(self._length != 0, NextState("SALT")).Else(ready_to)
            issued = [If(self._length != 0, NextState("CALM")).Else(*after)]
            changes = self._gate(fsm, (salts, steps, keys), hashed, got, after)
            if params.plastic:
                self._previous(params, row, changes)
        fsm.act(
            "KEY",
            NextValue(self.bitmap_address, row * words),
            asks.eq(1),
            NextValue(got, 0),
            If(self._store == PROCEDURAL, NextState("WAIT")).Else(ready_to),
        )
        fsm.act("WAIT", If(hashed, NextValue(got, 1), If(got, ready_to)))
        stores = (
            (BITMAP, self.bitmap_valid, self.bitmap_ready),
            (STORED, self.stored_valid, self.stored_ready),
            (PROCEDURAL, self.procedural_valid, self.procedural_ready),
        )
        fsm.act(
            "ISSUE",
            *[
                If(
                    (self._store == store) & ~pending,
                    valid.eq(1),
                    If(ready, *issued),
                )
                for store, valid, ready in stores
            ],
        )
        self.comb += counts.eq(pending & self.idle & (quiet == 2 ** len(quiet) - 1))
        self.sync += [
            If(counts | ~pending, quiet.eq(0)).Else(quiet.eq(Cat(1, quiet))),
            If(ends, pending.eq(1), self.current.eq(self.current + 1)),
            If(counts, pending.eq(0), self.delivered.eq(self.delivered + 1)),
            If(
                self.set,
                pending.eq(0),
                self.current.eq(self.set_step),
                self.delivered.eq(self.set_step),
            ),
        ]

    def _tables(self, params: CoreParams, delay, job):
        """Look up what is constant: of the delay, and of the job."""
        self._delay = Signal(max=max(params.delays) + 1)
        self._store, self._first = Signal(2), Signal(params.row_bits)
        self._weight = Signal((params.layout.weight_width, True))
        self._projection, self._seed = Signal(params.projection_bits), Signal(32)
        self._length, self._probability = Signal(params.length_bits), Signal(17)
        self.comb += Case(delay, {n: self._delay.eq(d) for n, d in enumerate(params.delays)})
        looked_up: list[tuple[int | None, str, Any]] = [
            (None, "store", self._store),
            (None, "first", self._first),
            (BITMAP, "weight", self._weight),
            (PROCEDURAL, "first", self._projection),
            (params.seeded, "seed", self._seed),
        ]
        if params.plastic:
            self._rule = Signal(len(params.layout.rules).bit_length())
            looked_up.append((None, "rule", self._rule))
        if params.keyed:
            looked_up.append((None, "length", self._length))
            looked_up.append((None, "probability", self._probability))
        for store, field, signal in looked_up:
            values = params.job_values(store, field)
            if len(set(values.values())) == 1:
                self.comb += signal.eq(next(iter(values.values())))
            elif values:
                *head, last = values
                cases = {number: signal.eq(values[number]) for number in head}
                self.comb += Case(job, cases | {"default": signal.eq(values[last])})

    def _gate(self, fsm, asks, hashed, got, after):
        """Make the key of synapses, and give it to idle lanes only; return when, and whether."""
        salts, steps, keys = asks
        fsm.act("SALT", salts.eq(1), NextValue(got, 0), NextState("SALTED"))
        fsm.act("SALTED", keys.eq(1), If(hashed, NextState("FACTOR")))
        fsm.act("FACTOR", steps.eq(1), NextValue(got, 1), NextState("OFFSET"))
        fsm.act("OFFSET", steps.eq(1), NextValue(got, 0), NextState("KEYED"))
        fsm.act("KEYED", keys.eq(1), If(hashed, NextValue(got, 1), If(got, NextState("CALM"))))
        calms, changes, drawing = Signal(), Signal(), Signal()
        calm = Signal(CALM - 1)  # whether all lanes were idle in the cycles before
        fsm.act(
            "CALM",
            calms.eq(1),
            changes.eq(self.idle & (calm == 2 ** len(calm) - 1)),
            If(changes, If(drawing, *after).Else(NextState("ISSUE"))),
        )
        self.sync += [
            If(calms & ~changes, calm.eq(Cat(self.idle, calm))).Else(calm.eq(0)),
            If(
                changes,
                drawing.eq(~drawing),
                self.gate_length.eq(Mux(drawing, 1, self._length)),
                self.gate_probability.eq(Mux(drawing, ALWAYS, self._probability)),
            ),
        ]
        return changes, drawing

    def _previous(self, params: CoreParams, row, change):
        """Remember the step of the last arrival at every row of plastic synapses.

        Nothing is read while something is written, so that they never meet at one address.
        """
        changes, drawing = change
        memory = Memory(32, 1 << params.previous_bits)
        read = memory.get_port(has_re=True, mode=READ_FIRST)
        write = memory.get_port(write_capable=True, mode=READ_FIRST)
        self.specials += memory, read, write
        arrives, looked, known = Signal(), Signal(), Signal(reset_less=True)
        swept, sweeping = Signal(params.previous_bits), Signal(reset=1)
        since = Signal(32, reset_less=True)
        self.comb += [
            self.sweeping.eq(sweeping),
            arrives.eq(changes & ~drawing & (self._rule != 0)),
            read.adr.eq(Mux(self.previous_look, self.previous_address, row)),
            read.re.eq(~write.we),
            write.we.eq(self.previous_we | arrives | sweeping),
            write.adr.eq(self.previous_address),
            write.dat_w.eq(self.previous_data),
            If(arrives, write.adr.eq(row), write.dat_w.eq(self.current)),
            If(sweeping, write.adr.eq(swept), write.dat_w.eq(0)),
            If(looked, self.previous.eq(read.dat_r)),
        ]
        self.sync += [
            If(sweeping, swept.eq(swept + 1), sweeping.eq(swept != 2**params.previous_bits - 1)),
            looked.eq(self.previous_look & ~write.we),
            since.eq(self.current - read.dat_r),
            known.eq(read.dat_r != 0),
            If(changes, self.plastic.eq(arrives)),
            If(
                arrives,
                self.rule.eq(self._rule - 1),
                self.gap.eq(Mux(known, Mux(since > LONG, LONG, since), 0)),
            ),
        ]

    def _find(self, params: CoreParams, spike, delay, job_bits: int):
        """Return the place of a spike in its part, and its jobs for a delay."""
        part, place = Signal(max=len(params.parts) + 1), Signal(params.id_bits)
        statement: Any = part.eq(len(params.parts))
        for number, (_, last) in reversed(list(enumerate(params.parts))):
            statement = If(spike < last, part.eq(number)).Else(statement)
        begin, stop = Signal(job_bits), Signal(job_bits)
        ranges = {
            number << len(part) | n: [begin.eq(first), stop.eq(last)]
            for number, row in enumerate(params.job_ranges)
            for n, (first, last) in enumerate(row)
            if first != last
        }
        places = {number: place.eq(spike - first) for number, (first, _) in enumerate(params.parts)}
        default = {"default": places.pop(len(params.parts) - 1)}
        self.comb += [statement, Case(part, places | default), Case(Cat(part, delay), ranges)]
        return place, begin, stop
