"""The column engine: event-driven delivery to time-multiplexed lanes."""

from functools import reduce
from operator import and_

from migen import FSM, Case, Cat, Constant, If, Module, Mux, NextState, Signal
from migen.genlib.fifo import SyncFIFO

from bitcortex.gateware.column.dispatcher import Dispatcher
from bitcortex.gateware.column.drive import Drive
from bitcortex.gateware.column.lane import Lane
from bitcortex.gateware.column.queue import Queue
from bitcortex.gateware.column.serializer import Serializer
from bitcortex.gateware.neuron.arithmetic import delayed
from bitcortex.gateware.recorder.hash import Hash
from bitcortex.models.column.drive import UNIT
from bitcortex.models.column.lane import LaneParams
from bitcortex.models.column.params import CoreParams, Space
from bitcortex.models.recorder.hash import HashParams


class Core(Module):
    """All neurons and synapses of an event-driven Plan. See `bitcortex.models.column.core`.

    Three machines form a pipeline of steps: the dispatcher delivers the events of a step; the
    updater, here, issues the slots of a step that was delivered; the serializer sends the spikes of
    a step that was updated. All run at once if no delay forbids it.

    **Timing**: see `CoreParams`. A slot is issued in cycle 0 and read in cycle `read_delay`.
    """

    def __init__(self, params: CoreParams):
        layout = params.layout
        self.params = params
        self.start = Signal()  # run
        self.steps = Signal(32)  # as many steps
        self.pause = Signal()  # begin no step
        self.host_we = Signal()  # write
        self.host_space = Signal(4)  # to this memory; see `Space`
        self.host_lane = Signal(params.lane_bits)  # of this lane
        self.host_address = Signal(params.address_bits)  # at this address
        self.host_data = Signal(64)  # this
        self.in_valid = Signal()  # a recorded spike
        self.in_mark = Signal()  # or the end of those of a step
        self.in_delay = Signal(params.delay_bits)  # number of its delay
        self.in_id = Signal(params.id_bits)  # its channel, counted after all neurons
        self.event_ready = Signal()  # the reader takes the spike
        self.busy = Signal()  # steps are left, or a sweep is running
        self.step = Signal(32)  # steps done
        self.in_ready = Signal()  # the recorded spike would be taken
        self.event_valid = Signal()  # a spike
        self.event_step = Signal(32)  # of this step
        self.event_neuron = Signal(params.id_bits)  # of this neuron
        self.hash = Signal(64)  # of all spikes taken
        self.overflow = Signal()  # the spike queue was full: the core stops
        self.host_state = Signal(params.state_bits)  # what the host looked at
        self.host_word = Signal(64)

        # # #

        self.submodules.queue = queue = Queue(params.queue)
        self.submodules.dispatcher = dispatcher = Dispatcher(params)
        serializer = Serializer(params.serializer)
        self.submodules.serializer = self.serializer = serializer
        self.lanes = [Lane(LaneParams(params, lane)) for lane in range(layout.lanes)]
        self.submodules += self.lanes

        # Steps asked for; looked up and delivered (by the dispatcher); begun, read and done.
        # Of all but two counters, the lowest bits are enough: they are at most three apart.
        target, self.begun, self.over = Signal(32), Signal(2), Signal(2)
        unsent, unread = Signal(2), Signal(2)  # steps before the one that is looked up
        self.left, self.may = Signal(), Signal()
        sets = self._writes(Space.STEP)
        free = Signal()
        self.comb += [
            unsent.eq(dispatcher.current - self.step),
            unread.eq(dispatcher.current - self.over),
            self.left.eq(self.step != target),
            free.eq(~self.pause & ~queue.overflow),
            dispatcher.go.eq(
                (dispatcher.current != target) & (unsent <= params.lag) & (unread <= 1) & free
            ),
            self.may.eq((self.begun != dispatcher.delivered) & free),
            self.overflow.eq(queue.overflow),
            dispatcher.set.eq(sets),
            dispatcher.set_step.eq(self.host_data[:32]),
        ]
        self.sync += [
            If(self.start & ~self.busy, target.eq(self.step + self.steps)),
            If(sets, target.eq(self.host_data[:32])),
        ]
        self._update(sets)
        self._spikes()
        self._dispatch()
        self._host()

    def _writes(self, space: Space):
        """Return whether the host writes to a space."""
        return self.host_we & (self.host_space == space)

    def _update(self, sets):
        """Issue the slots of a step; it ends when all its spikes have been sent."""
        params, layout, queue = self.params, self.params.layout, self.queue
        slot, issue, sweep = Signal(params.slot_bits), Signal(), Signal()
        wait = Signal(max=max(2, params.wait + 1))
        last, ended = Signal(), Signal()
        following = Signal(params.queue.step_bits)
        self.issue, self.last = issue, last
        self.comb += [
            last.eq(slot == layout.slots - 1),
            ended.eq(issue & last),
            following.eq(self.step + 1),
            self.busy.eq(self.left | sweep | self.dispatcher.sweeping),
        ]
        self.submodules.updater = fsm = FSM(reset_state="SWEEP")
        fsm.act("SWEEP", sweep.eq(1), If(last, NextState("IDLE")))
        goes = self.may & (wait == 0) if params.wait else self.may
        fsm.act("IDLE", If(goes, NextState("ISSUE")))
        fsm.act("ISSUE", issue.eq(self.serializer.room), If(issue & last, NextState("IDLE")))
        self.sync += [
            If(sweep | issue, slot.eq(Mux(last, 0, slot + 1))),
        ]
        if params.wait:
            self.sync += If(ended, wait.eq(params.wait)).Elif(wait != 0, wait.eq(wait - 1))
        read_all = delayed(self, ended, params.read_delay + params.groups - 1)
        self.comb += queue.mark.eq(self.serializer.ends), queue.mark_step.eq(following)
        marks = self._writes(Space.MARK)
        self.comb += If(marks, queue.mark.eq(1), queue.mark_step.eq(self.host_data))
        self.sync += [
            If(ended, self.begun.eq(self.begun + 1)),
            If(read_all, self.over.eq(self.over + 1)),
            If(self.serializer.ends, self.step.eq(self.step + 1)),
            If(sets, [x.eq(self.host_data[:32]) for x in (self.begun, self.over, self.step)]),
        ]

        # The lanes read a slot `read_delay` cycles after its issue. Between steps the host looks.
        looks = Signal()  # a cycle late, which no step notices: its first slot comes later
        self.sync += looks.eq(~self.left & ~sweep)
        self.looks = looks
        read, read_bank, sweeps = Signal(), Signal(reset_less=True), Signal(reset=1)
        read_slot = Signal(params.slot_bits, reset_less=True)
        self.sync += [
            read.eq(delayed(self, issue, params.read_delay - 1)),
            read_bank.eq(delayed(self, self.begun[0], params.read_delay - 1, reset_less=True)),
            read_slot.eq(delayed(self, slot, params.read_delay - 1, reset_less=True)),
            If(looks & (self.host_space == Space.STATE), read_slot.eq(self.host_address)),
            If(sweep, read_slot.eq(slot)),
            sweeps.eq(sweep),
        ]
        # Every group of lanes works a cycle after the one before: no wire crosses the chip.
        groups = [(sweeps, read, read_bank, read_slot)]
        for _ in range(1, params.groups):
            sweeps = Signal(reset=1)
            self.sync += sweeps.eq(groups[-1][0])
            read, *where = groups[-1][1:]
            where = [delayed(self, signal, 1, reset_less=True) for signal in where]
            groups.append((sweeps, delayed(self, read, 1), *where))
        kinds = [
            delayed(self, self._kind(k, slot), 1 + params.group(k), reset_less=True)
            for k in range(layout.lanes * params.turns)
        ]
        counts = self._drive(kinds, slot, looks)
        for k, lane in enumerate(self.lanes):
            kind, count = kinds[k], counts[k]
            # Counts come two cycles after the read begins; the kick is due in the cycle after it.
            ready = delayed(self, kind, params.read_delay + 1, reset_less=True)
            kick = Signal((layout.kick_width, True), reset_less=True)
            self.sync += kick.eq(self._kick(ready, count))
            sweeps, read, read_bank, read_slot = groups[params.group(k)]
            self.comb += [
                lane.read.eq(read),
                lane.read_bank.eq(read_bank),
                lane.slot.eq(read_slot),
                lane.sweep.eq(sweeps),
                lane.kick.eq(kick),
                lane.kind.eq(delayed(self, ready, 2, reset_less=True)),
            ]

    def _kind(self, lane: int, slot):
        """Return the kind of the neuron of a slot."""
        known = self.params.kinds(lane)
        kind = Signal(self.params.membrane.kind_bits)
        statement = kind.eq(known[0])
        for number in range(1, len(known)):
            if known[number] != known[number - 1]:
                statement = If(slot >= number, kind.eq(known[number])).Else(statement)
        self.comb += statement
        return kind

    def _drive(self, kinds, slot, looks):
        """Return the drive counts of all lanes; fewer than four take turns with a unit's counts."""
        params, self.drives = self.params, []
        if not params.plan.driven:
            return [0] * params.lanes
        counts, idle = [], params.idle_units()
        asked = Signal(params.drive(0).slot_bits)
        look = looks & (self.host_space == Space.GENERATOR) & ~self.host_we
        turn_bits = params.turns.bit_length() - 1
        turn = slot[:turn_bits]
        block = slot[turn_bits:] if turn_bits else slot
        self.comb += asked.eq(Mux(looks, self.host_address, block))
        draws = self.issue & (turn == 0) if turn_bits else self.issue
        groups = [(draws, look, self.last, asked)]
        for _ in range(params.groups):
            draws, look, *where = groups[-1]
            where = [delayed(self, signal, 1, reset_less=True) for signal in where]
            groups.append((delayed(self, draws, 1), delayed(self, look, 1), *where))
        for unit in range(params.units):
            drive = Drive(params.drive(unit))
            self.submodules += drive
            self.drives.append(drive)
            draws, look, last, asked = groups[1 + params.group(UNIT * unit)]
            self.comb += [
                drive.in_valid.eq(draws & (~last if unit in idle else 1)),
                drive.in_slot.eq(asked),
                drive.in_kind.eq(Cat(*kinds[UNIT * unit : UNIT * (unit + 1)])),
                drive.look.eq(look),
            ]
            width = params.drive(unit).levels
            counts += [drive.out_counts[width * k : width * (k + 1)] for k in range(UNIT)]
        if turn_bits:
            late = delayed(self, turn, params.read_delay + 2, reset_less=True)
            turns = [counts[at :: params.lanes] for at in range(params.lanes)]
            counts = [Signal.like(count) for count in counts[: params.lanes]]
            for count, values in zip(counts, turns, strict=True):
                self.comb += Case(late, {at: count.eq(value) for at, value in enumerate(values)})
        return counts

    def _kick(self, kind, count):
        """Return drive weight times count plus constant, from a table of kind and count."""
        value = Signal((self.params.layout.kick_width, True))
        cases = {}
        for number, table in enumerate(self.params.kick_table):
            if len(table) == 1:
                cases[number] = value.eq(table[0])
            else:
                entries = {n: value.eq(kick) for n, kick in enumerate(table)}
                cases[number] = Case(count, entries)
        self.comb += Case(kind, cases)
        return value

    def _spikes(self):
        """Put the lanes' spikes in order: queue, hash and trace."""
        params, layout, serializer = self.params, self.params.layout, self.serializer
        slot, last = Signal(params.slot_bits), Signal()
        ended = self.lanes[-1].done
        mask, taken = Signal(layout.lanes), Signal()
        self.sync += [
            If(ended, slot.eq(Mux(last, 0, slot + 1))),
            serializer.in_valid.eq(ended & ((mask != 0) | last)),
            serializer.in_end.eq(last),
            serializer.in_mask.eq(mask),
            serializer.in_slot.eq(slot),
        ]
        # The last slots may have fewer neurons than lanes.
        whole, rest = divmod(layout.plan.neurons, layout.lanes)
        full, edge = Signal(), Signal()
        self.comb += [full.eq(slot < whole), edge.eq(slot == whole)]
        late = [params.groups - 1 - params.group(k) for k in range(layout.lanes)]
        pairs = zip(self.lanes, late, strict=True)
        found = [delayed(self, lane.spike, n, reset_less=True) for lane, n in pairs]
        spikes = [spike & (full | edge if k < rest else full) for k, spike in enumerate(found)]
        self.submodules.digest = digest = Hash(HashParams())
        self.comb += [
            last.eq(slot == layout.slots - 1),
            mask.eq(Cat(*spikes)),
            serializer.event_ready.eq(self.event_ready),
            self.event_valid.eq(serializer.event_valid),
            self.event_neuron.eq(serializer.event_id),
            self.event_step.eq(self.step),
            taken.eq(self.event_valid & self.event_ready),
            digest.valid.eq(taken),
            digest.step.eq(self.step),
            digest.neuron.eq(self.event_neuron),
            self.hash.eq(digest.hash),
            self.queue.push.eq(taken),
            self.queue.push_id.eq(self.event_neuron),
            If(
                self._writes(Space.PUSH),
                self.queue.push.eq(1),
                self.queue.push_id.eq(self.host_data),
            ),
        ]

    def _dispatch(self):
        """Connect dispatcher, queue and lanes."""
        dispatcher, queue, lanes = self.dispatcher, self.queue, self.lanes
        self.comb += [
            *[getattr(queue, n).eq(getattr(dispatcher, n))
              for n in ("open", "open_step", "free", "out_ready")],
            *[getattr(dispatcher, n).eq(getattr(queue, n))
              for n in ("reading", "out_valid", "out_id")],
            dispatcher.idle.eq(self._all("idle")),
        ]  # fmt: skip
        if self.params.plan.recorded:
            width = len(self.in_id) + len(self.in_delay) + 1
            self.submodules.feed = feed = SyncFIFO(width, self.params.feed_depth)
            self.comb += [
                feed.din.eq(Cat(self.in_mark, self.in_delay, self.in_id)),
                feed.we.eq(self.in_valid),
                self.in_ready.eq(feed.writable),
                Cat(dispatcher.in_mark, dispatcher.in_delay, dispatcher.in_id).eq(feed.dout),
                dispatcher.in_valid.eq(feed.readable),
                feed.re.eq(dispatcher.in_ready),
            ]
        payload = {
            "bitmap": ("address", "weight"),
            "stored": ("row",),
            "procedural": ("projection", "a", "b"),
        }
        for store, fields in payload.items():
            ready, valid = self._all(f"{store}_ready"), Signal()
            self.comb += getattr(dispatcher, f"{store}_ready").eq(ready)
            # All lanes take a job in the same cycle, the one after the dispatcher's.
            self.sync += valid.eq(getattr(dispatcher, f"{store}_valid") & ready)
            self.comb += [getattr(lane, f"{store}_valid").eq(valid) for lane in lanes]
            for field in fields:
                name = f"{store}_{field}"
                value = getattr(dispatcher, name)
                if field in ("weight", "projection"):  # the others stay for a while
                    value = delayed(self, value, 1, reset_less=True)
                self.comb += [getattr(lane, name).eq(value) for lane in lanes]
        names = []
        if self.params.keyed:
            names += [f"gate_{field}" for field in ("a", "b", "length", "probability")]
        if self.params.plastic:
            names += ["plastic", "rule", "gap"]
        for name in names:
            # Any value will do after reset: no event is on its way.
            value = delayed(self, getattr(dispatcher, name), 1, reset_less=True)
            self.comb += [getattr(lane, name).eq(value) for lane in lanes]
        # It changes while no event is on its way, and may come late.
        bank = delayed(self, dispatcher.delivered[0], 1)
        self.comb += [lane.event_bank.eq(delayed(self, bank, 1, own=True)) for lane in lanes]

    def _all(self, name: str):
        """Return whether a port of all lanes was true two cycles ago: they are far apart."""
        every = Signal()
        near = [delayed(self, getattr(lane, name), 1, reset_less=True) for lane in self.lanes]
        self.sync += every.eq(reduce(and_, near))
        return every

    def _host(self):
        """Write memories; show a state and a generator between steps; both group by group.

        With several groups what a lane is to write is decoded in a cycle of its own.
        """
        which = {"state": Space.STATE, "bitmap": Space.BITMAP, "pointer": Space.POINTER,
                 "entry": Space.ENTRY}  # fmt: skip
        params = self.params
        we, late = self.host_we, int(params.groups > 1)
        seen = (self.host_space, self.host_lane, self.host_address, self.host_data)
        states, words = [], []
        for group in range(params.groups):
            if late:
                we = delayed(self, we, 1)
                seen = tuple(delayed(self, x, 1, reset_less=True) for x in seen)
            space, number, *what = seen
            address, data = (delayed(self, x, late, reset_less=True) for x in what)
            lanes = [k for k in range(params.lanes) if params.group(k) == group]
            for k in lanes:
                lane, mine = self.lanes[k], we & (number == k)
                self.comb += [lane.address.eq(address), lane.data.eq(data)]
                self.comb += [
                    getattr(lane, f"{name}_we").eq(delayed(self, mine & (space == at), late))
                    for name, at in which.items()
                ]
                if params.plastic:
                    looks = (space == Space.ENTRY) & ~we
                    self.comb += lane.entry_look.eq(delayed(self, looks, late))
            every = range(len(self.drives))
            units = [unit for unit in every if params.group(UNIT * unit) == group]
            for unit in units:
                drive, mine = self.drives[unit], we & (number == unit)
                self.comb += [
                    drive.we.eq(delayed(self, mine & (space == Space.GENERATOR), late)),
                    drive.address.eq(address),
                    drive.write_data.eq(data),
                ]
            states.append(self._chosen(number, [self.lanes[k].state for k in lanes]))
            words.append(self._chosen(number, [self.drives[unit].word for unit in units]))
        lane_group = self.host_lane[len(lanes).bit_length() - 1 :]
        unit_group = self.host_lane[max(0, len(units).bit_length() - 1) :]
        self.comb += [
            self.host_state.eq(self._chosen(lane_group, states)),
            self.host_word.eq(self._chosen(unit_group, words)),
        ]
        if params.plastic:
            dispatcher, asked = self.dispatcher, self.host_space == Space.PREVIOUS
            self.comb += [
                dispatcher.previous_we.eq(self._writes(Space.PREVIOUS)),
                dispatcher.previous_look.eq(self.looks & asked),
                dispatcher.previous_address.eq(self.host_address),
                dispatcher.previous_data.eq(self.host_data),
                If(asked, self.host_word.eq(dispatcher.previous)),
            ]

    def _chosen(self, number, values):
        """Return values[number modulo their number, a power of two]: of pairs, a cycle each."""
        for bit in range(len(values).bit_length() - 1):
            pairs, values = list(zip(values[::2], values[1::2], strict=True)), []
            for even, odd in pairs:
                values.append(Signal.like(even))
                self.sync += values[-1].eq(Mux(number[bit], odd, even))
        return values[0] if values else Constant(0)
