"""The column engine, cycle by cycle."""

from collections import deque

from bitcortex.models.column.dispatcher import Dispatcher
from bitcortex.models.column.drive import UNIT, Drive
from bitcortex.models.column.gate import ALWAYS
from bitcortex.models.column.lane import Lane, LaneParams
from bitcortex.models.column.params import GROUP, CoreParams, Space
from bitcortex.models.column.queue import Queue
from bitcortex.models.column.serializer import Serializer
from bitcortex.models.model import Model
from bitcortex.models.recorder.hash import INITIAL, update

WORD = 0xFFFF_FFFF
GROUP_MASK = (1 << GROUP) - 1
SWEEP, IDLE, ISSUE = range(3)


class Choice:
    """One of several values, a power of two, as its number's bits say: of pairs, a cycle each."""

    def __init__(self, count: int) -> None:
        self.kept = [[0] * (count >> level) for level in range(1, count.bit_length())]

    def tick(self, values: list[int], number: int) -> int:
        """Return what was chosen; choose from values; the only one, or 0, without a cycle."""
        if not self.kept:
            return values[0] if values else 0
        shown, before = self.kept[-1][0], [values, *self.kept[:-1]]
        self.kept = [
            [pairs[2 * k + (number >> bit & 1)] for k in range(len(pairs) // 2)]
            for bit, pairs in enumerate(before)
        ]
        return shown


class Core(Model):
    """All neurons and synapses of an event-driven Plan.

    Ports: ``start`` (in, 1) runs ``steps`` (in, 32) steps; ignored while ``busy`` (out, 1).
    ``step`` (out, 32) counts steps done. ``pause`` (in, 1) lets no step begin. A spike is
    ``event_valid`` (out, 1), ``event_step`` (out, 32), ``event_neuron`` (out), in the order of
    neurons; the engine waits for ``event_ready`` (in, 1) and drops nothing. ``hash`` (out, 64)
    covers all spikes taken. ``overflow`` (out, 1): the spike queue was full, the engine has
    stopped. Recorded spikes of the steps to come are ``in_valid`` (in, 1) with ``in_id`` (in), a
    channel counted after all neurons, and ``in_delay`` (in), the number of their delay, in the step
    in which they arrive; ``in_mark`` (in, 1) instead ends a step. They are taken if ``in_ready``
    (out, 1). Between steps, the host writes ``host_data`` (in, 64) with ``host_we`` (in, 1) to
    ``host_space``, ``host_lane``, ``host_address`` (in; see `Space`), and sees the state of slot
    `host_address` of lane `host_lane` as ``host_state`` (out), or the generator of unit `host_lane`
    as ``host_word`` (out, 64), `CoreParams.look_latency` cycles after `host_space` is STATE or
    GENERATOR.

    **Timing**: after reset, a sweep of as many cycles as a lane has neurons, or a power of two, as
    many as there are rows of plastic synapses. A step takes
    ``slots + 1`` cycles and more for bursts of spikes, or the delivery of its events if that is
    longer. With delays of one or two steps, a step waits until the spikes that it needs were sent.

    **Arithmetic**: docs/decisions/0005-events.md.
    """

    INPUTS = (
        "start", "steps", "pause", "host_we", "host_space", "host_lane", "host_address",
        "host_data", "in_valid", "in_mark", "in_delay", "in_id", "event_ready",
    )  # fmt: skip
    OUTPUTS = (
        "busy", "step", "in_ready", "event_valid", "event_step", "event_neuron", "hash",
        "overflow", "host_state", "host_word",
    )  # fmt: skip

    def __init__(self, params: CoreParams) -> None:
        super().__init__(params)
        self.queue, self.dispatcher = Queue(params.queue), Dispatcher(params)
        self.serializer = Serializer(params.serializer)
        self.lanes = [Lane(LaneParams(params, lane)) for lane in range(params.lanes)]
        self.drives = [Drive(params.drive(unit)) for unit in range(params.units)]
        self.kinds = [params.kinds(lane) for lane in range(params.lanes * params.turns)]
        self.idle_units = params.idle_units()
        self.reset()

    def reset(self) -> None:
        params = self.params
        for part in (self.queue, self.dispatcher, self.serializer, *self.lanes, *self.drives):
            part.reset()
        self.state = SWEEP
        self.slot = self.wait = self.ended = 0
        self.target = self.begun = self.over = self.step = 0
        self.hash = INITIAL
        self.feed: deque[tuple[int, int, int]] = deque()
        # Of the last cycles, the newest last. What was issued: whether, the slot, whether it was
        # the last one, the bank, the slot that drives see, whether they show it. And the lanes'
        # spikes.
        late = params.groups - 1
        self.issued = deque([(0, 0, 0, 0, 0, 0)] * (params.read_delay + late + 6))
        self.fired = deque([0] * (late + 1))
        self.kicks = [0] * params.lanes
        # What is on its way: between lanes and dispatcher, and from the lanes to the serializer.
        self.every: deque[tuple[int, ...]] = deque([(0, 0, 0, 0)] * 2)
        self.job = (0,) * 9
        self.gate = (0, 0, 1, ALWAYS, 0, 0, 0)
        self.spikes = (0, 0, 0, 0)
        self.looks, self.reading = 0, deque([(1, 0, 0, 0)] * (late + 1))  # by group
        late = params.groups + 1 if params.groups > 1 else 0
        self.host: deque[tuple[int, ...]] = deque([(0, 0, 0, 0, 0)] * late, late)
        several = params.groups
        self.looks_at = [
            ([Choice(count // several) for _ in range(several)], Choice(several))
            for count in (params.lanes, len(self.drives))
        ]

    def tick(
        self,
        start: int,
        steps: int,
        pause: int,
        host_we: int,
        host_space: int,
        host_lane: int,
        host_address: int,
        host_data: int,
        in_valid: int,
        in_mark: int,
        in_delay: int,
        in_id: int,
        event_ready: int,
    ) -> tuple[int, ...]:
        params = self.params
        asked = self.dispatcher.outputs()
        reading, out_valid, out_id, overflow = self.queue.outputs()
        room, event_valid, event_id, ends = self.serializer.outputs()
        hosts = ((host_we, host_space, host_lane, host_address, host_data), *self.host)
        by_group = hosts[-params.groups :]  # what the host writes there, and what it asked before
        asks = [host[2] for host in (hosts[1:-1] if params.groups > 1 else hosts)]
        at_entry = [space == Space.ENTRY and not we for we, space, *_ in by_group]
        lanes = [lane.outputs(at_entry[params.group(k)]) for k, lane in enumerate(self.lanes)]
        sweep, left = int(self.state == SWEEP), int(self.step != self.target)
        busy = left | sweep | asked[24]
        in_ready = int(bool(params.plan.recorded) and len(self.feed) < params.feed_depth)
        words = [drive.outputs()[2] for drive in self.drives]
        host_state, host_word = (
            self._look(*looks, values, host_lane, asks)
            for looks, values in zip(
                self.looks_at, ([lane[6] for lane in lanes], words), strict=True
            )
        )
        if params.plastic and host_space == Space.PREVIOUS:
            host_word = asked[23]
        shown = (
            busy, self.step, in_ready, event_valid, self.step, event_id, self.hash, overflow,
            host_state, host_word,
        )  # fmt: skip
        delivered, current = asked[0], asked[15]
        free = int(not pause and not overflow)
        unsent, unread = (current - self.step) & 3, (current - self.over) & 3
        go = int(current != self.target and unsent <= params.lag and unread <= 1) & free
        may = int(self.begun != delivered) & free
        sets = int(host_we and host_space == Space.STEP)
        at_previous = host_space == Space.PREVIOUS

        # Dispatcher, its feed and the lanes' jobs.
        *ready, idle = self.every.popleft()  # of all lanes, two cycles ago
        self.every.append(tuple(int(all(lane[at] for lane in lanes)) for at in range(2, 6)))
        gate, held = self.gate, self.job
        job = (
            held[0], asked[7], held[2], held[3], asked[10], held[5], held[6], asked[13], asked[14]
        )  # fmt: skip
        self.gate = (
            asked[16], asked[17], asked[18], asked[19], asked[20], asked[21], asked[22]
        )  # fmt: skip
        for taken, at in ((job[0], 2), (job[3], 3), (job[5], 4)):
            assert not taken or all(lane[at] for lane in lanes), "a job that no lane may lose"
        self.job = (
            asked[6] & ready[0], asked[7], asked[8], asked[9] & ready[1], asked[10],
            asked[11] & ready[2], asked[12], asked[13], asked[14],
        )  # fmt: skip
        fed = self.feed[0] if self.feed else None
        mark, number, channel = fed or (0, 0, 0)
        self.dispatcher.tick(
            go, sets, host_data & WORD, reading, out_valid, out_id, int(fed is not None), mark,
            number, channel, ready[0], ready[1], ready[2], idle,
            int(host_we and at_previous), int(self.looks and at_previous),
            host_address & ((1 << params.previous_bits) - 1), host_data & WORD,
        )  # fmt: skip
        if fed is not None and asked[5]:
            self.feed.popleft()
        if in_valid and in_ready:
            self.feed.append((in_mark, in_delay, in_id))

        # Updater.
        state, slot = self.state, self.slot
        last = slot == params.layout.slots - 1
        issue, begun = 0, self.begun
        if state == SWEEP:
            self.slot, self.state = (0, IDLE) if last else (slot + 1, SWEEP)
        elif state == IDLE:
            self.state = ISSUE if may and not self.wait else IDLE
        elif room:
            issue, self.slot = 1, slot + 1
            if last:
                self.slot, self.state = 0, IDLE
        ended = issue and last
        self.wait = params.wait if ended else max(0, self.wait - 1)
        step = self.step

        # Spikes.
        done = lanes[-1][0]
        self.fired.append(sum(lane[1] << k for k, lane in enumerate(lanes)))
        self.fired.popleft()
        mask = sum(fired & GROUP_MASK << GROUP * g for g, fired in enumerate(self.fired))
        present = params.plan.neurons - self.ended * params.lanes
        if present < params.lanes:
            mask &= (1 << max(0, present)) - 1
        self.serializer.tick(*self.spikes, event_ready)
        end = int(self.ended == params.layout.slots - 1)
        self.spikes = (int(done and (mask != 0 or end)), mask, self.ended, end)
        if done:
            self.ended = (self.ended + 1) % params.layout.slots
        taken = event_valid & event_ready
        if taken:
            self.hash = update(self.hash, step, event_id)
        push, push_id = taken, event_id
        modulus = params.queue.steps
        marks, mark_step = ends, (step + 1) % modulus
        if host_we and host_space == Space.PUSH:
            push, push_id = 1, host_data & ((1 << params.queue.id_bits) - 1)
        if host_we and host_space == Space.MARK:
            marks, mark_step = 1, host_data % modulus
        self.queue.tick(push, push_id, marks, mark_step, asked[1], asked[2], asked[3], asked[4])

        # Lanes: what was issued some cycles ago.
        looks, self.looks = self.looks, int(not left and not sweep)
        history = self.issued
        seen = host_address if looks else slot // params.turns
        look = int(looks and host_space == Space.GENERATOR and not host_we)
        history.append((issue, slot, int(last), begun & 1, seen, look))
        history.popleft()
        begins = tuple(self.reading)
        next_read, next_slot, _, next_bank, *_ = history[-params.read_delay]
        if looks and host_space == Space.STATE:
            next_slot = host_address & ((1 << params.slot_bits) - 1)
        if sweep:
            next_slot = slot
        self.reading.appendleft((sweep, next_read, next_bank, next_slot))
        self.reading.pop()
        counts = 0
        for unit, drive in enumerate(self.drives):
            _, found, _ = drive.outputs()
            counts |= found << UNIT * drive.params.levels * unit
            group = params.group(UNIT * unit)
            we, space, lane_1, address, data = by_group[group]
            issue, slot, last, _, seen, look = history[-2 - group]
            kinds = 0
            for k in range(UNIT):
                kinds |= self._kind(UNIT * unit + k, slot) << k * drive.params.kind_bits
            drive.tick(
                int(issue and slot % params.turns == 0 and not (last and unit in self.idle_units)),
                seen % drive.params.words, kinds, look,
                int(we and space == Space.GENERATOR and lane_1 == unit),
                address % drive.params.words, data,
            )  # fmt: skip
        levels = self.drives[0].params.levels if self.drives else 0
        for k, lane in enumerate(self.lanes):
            group = params.group(k)
            we, space, lane_1, address, data = by_group[group]
            mine = we and lane_1 == k
            sweeps, read, bank, read_slot = begins[group]
            ready_slot = history[-3 - params.read_delay - group][1]
            kind_slot = history[-5 - params.read_delay - group][1]
            lane.tick(
                read, bank, read_slot, self.kicks[k], self._kind(k, kind_slot), sweeps,
                delivered & 1, *job, *gate, int(mine and space == Space.STATE),
                int(mine and space == Space.BITMAP), int(mine and space == Space.POINTER),
                int(mine and space == Space.ENTRY), int(at_entry[group]), address, data,
            )  # fmt: skip
            table = params.kick_table[self._kind(k, ready_slot)]
            place = ready_slot % params.turns * params.lanes + k
            count = counts >> place * levels & ((1 << levels) - 1)
            if len(table) == 1:
                self.kicks[k] = table[0]
            else:
                self.kicks[k] = table[count] if count < len(table) else 0

        # Host, and steps.
        self.host.appendleft(hosts[0])
        if start and not busy:
            self.target = (step + steps) & WORD
        self.begun = (begun + bool(ended)) & 3
        issued, _, was_last, *_ = history[-params.read_delay - params.groups]
        self.over = (self.over + bool(issued and was_last)) & 3
        self.step = (step + ends) & WORD
        if sets:
            self.step = self.target = host_data & WORD
            self.begun = self.over = host_data & 3
        return shown

    def _look(
        self, groups: list[Choice], among: Choice, values: list[int], number: int, asks: list[int]
    ) -> int:
        """Return what the host sees of the values of all lanes or units.

        Every group chooses as the host that it knows of asks.
        """
        size = max(1, len(values) // len(groups))
        parts = [values[g * size : (g + 1) * size] for g in range(len(groups))]
        chosen = [
            group.tick(part, ask) for group, part, ask in zip(groups, parts, asks, strict=True)
        ]
        return among.tick(chosen, number // size)

    def _kind(self, lane: int, slot: int) -> int:
        kinds = self.kinds[lane]
        return kinds[slot] if slot < len(kinds) else kinds[-1]
