"""Replays the spikes of every delay and gives their jobs to all lanes."""

from bitcortex.models.column.gate import ALWAYS
from bitcortex.models.column.layout import BITMAP, PROCEDURAL, STORED, Job
from bitcortex.models.column.mix import Mix, MixParams
from bitcortex.models.column.params import CALM, DRAIN, CoreParams
from bitcortex.models.column.plasticity import LONG
from bitcortex.models.model import Model

WORD = 0xFFFF_FFFF
IDLE, OPEN, REPLAY, HOST, FIND, HAND, DRAINING = range(7)  # of spikes
NEXT, SETUP, KEY, WAIT, ISSUE = range(5)  # of jobs
SALT, SALTED, FACTOR, OFFSET, KEYED, CALMING = range(5, 11)  # of those of synapses with a key


class Dispatcher(Model):
    """The machine that delivers the synaptic events of a step.

    Ports: ``go`` (in, 1) allows it to begin the step ``current`` (out, 32); ``delivered`` (out,
    2) counts the steps that are done, modulo 4; ``set`` (in, 1) makes both ``set_step`` (in, 32).
    The spikes of a step are looked up while the events of the one before arrive. It asks the spike
    queue with ``open``, ``open_step``, ``free``, ``out_ready`` (out) and reads ``reading``,
    ``out_valid``, ``out_id`` (in); see `Queue`. After the queue's spikes come those of recorded
    sources: while ``in_ready`` (out, 1), ``in_valid`` (in, 1) is a spike of ``in_id`` with delay
    number
    ``in_delay``, or with ``in_mark`` the end of the step (in). Jobs go to all lanes at once, when
    ``bitmap_ready``, ``stored_ready``, ``procedural_ready`` (in, 1, of all lanes) allow it:
    ``bitmap_valid``, ``bitmap_address``, ``bitmap_weight``, ``stored_valid``, ``stored_row``,
    ``procedural_valid``, ``procedural_projection``, ``procedural_a``, ``procedural_b`` (out).
    A job of stochastic synapses is given when all lanes are idle, with its key and how to draw,
    ``gate_a``, ``gate_b``, ``gate_length``, ``gate_probability`` (out), and no other one until they
    are idle again; otherwise these let every event pass. So is a job of plastic ones, with
    ``plastic`` (out, 1), ``rule`` and ``gap`` (out; see `Plasticity`). The step of the last arrival
    at such a row is remembered: the host writes ``previous_data`` (in, 32) of the row
    ``previous_address`` (in) with ``previous_we`` (in, 1), and sees, with ``previous_look``
    (in, 1), that of the cycle before as ``previous`` (out, 32). ``sweeping`` (out, 1): after reset
    all rows are cleared, and no step begins. A step is done when all lanes are
    ``idle`` (in, 1), `DRAIN` cycles after its last job or later.

    **Timing**: 4 cycles per job, while the next spike is looked up; 9 more for procedural rows; 18
    more and twice `CALM` for stochastic and plastic synapses. Two jobs are at least four cycles
    apart: so old may what the lanes say be.
    """

    INPUTS = (
        "go", "set", "set_step", "reading", "out_valid", "out_id", "in_valid", "in_mark",
        "in_delay", "in_id", "bitmap_ready", "stored_ready", "procedural_ready", "idle",
        "previous_we", "previous_look", "previous_address", "previous_data",
    )  # fmt: skip
    OUTPUTS = (
        "delivered", "open", "open_step", "free", "out_ready", "in_ready",
        "bitmap_valid", "bitmap_address", "bitmap_weight", "stored_valid", "stored_row",
        "procedural_valid", "procedural_projection", "procedural_a", "procedural_b", "current",
        "gate_a", "gate_b", "gate_length", "gate_probability", "plastic", "rule", "gap", "previous",
        "sweeping",
    )  # fmt: skip

    def __init__(self, params: CoreParams) -> None:
        super().__init__(params)
        self.mix = Mix(MixParams())
        self.weights = params.job_values(BITMAP, "weight")
        self.projections = params.job_values(PROCEDURAL, "first")
        self.seeds = params.job_values(params.seeded, "seed")
        self.memory = [0] * (1 << params.previous_bits)  # step of the last arrival
        self.last = self.since = self.known = 0  # in it; steps since then; whether there was one
        self.reset()

    def reset(self) -> None:
        self.mix.reset()
        self.spikes, self.state = IDLE, NEXT
        self.current = self.delivered = self.pending = self.quiet = 0
        self.delay = self.spike = self.local = self.job = self.end = 0
        self.found_local = self.found_job = self.found_end = self.rests = 0
        self.row = self.address = self.fed = self.a = self.b = self.got = 0
        self.gate_a = self.gate_b = self.calm = self.drawing = 0
        self.length, self.probability = 1, ALWAYS
        self.plastic = self.rule = self.gap = self.looked = self.swept = 0
        self.sweeping = int(self.params.plastic)

    def outputs(self) -> tuple[int, ...]:
        """Return what the ports show in this cycle."""
        params, issues = self.params, self.state == ISSUE and not self.pending
        job, steps = self._job(), params.queue.steps
        bitmap, stored = job.store == BITMAP, job.store == STORED
        return (
            self.delivered,
            int(self.spikes == OPEN),
            (self.current - params.delays[min(self.delay, len(params.delays) - 1)]) % steps,
            int(self.delay == 0),
            int(self.spikes == REPLAY),
            int(self.spikes == HOST),
            int(issues and bitmap),
            self.address,
            self._value(self.weights),
            int(issues and stored),
            self.row,
            int(issues and not bitmap and not stored),
            self._value(self.projections),
            self.a,
            self.b,
            self.current,
            self.gate_a,
            self.gate_b,
            self.length,
            self.probability,
            self.plastic,
            self.rule,
            self.gap,
            self.last if self.looked else 0,
            self.sweeping,
        )

    def _job(self) -> Job:
        """Return the job that is looked up; the last one if there is none."""
        jobs = self.params.job_list or (Job(BITMAP, 0),)
        return jobs[min(self.job, len(jobs) - 1)]

    def _value(self, values: dict[int, int]) -> int:
        """Return what the job has; what the last one has if it is of another store."""
        return values.get(self.job, [*values.values(), 0][-2 if values else -1])

    def tick(
        self,
        go: int,
        set: int,
        set_step: int,
        reading: int,
        out_valid: int,
        out_id: int,
        in_valid: int,
        in_mark: int,
        in_delay: int,
        in_id: int,
        bitmap_ready: int,
        stored_ready: int,
        procedural_ready: int,
        idle: int,
        previous_we: int,
        previous_look: int,
        previous_address: int,
        previous_data: int,
    ) -> tuple[int, ...]:
        shown, params = self.outputs(), self.params
        hashed, y = self.mix.outputs()
        job = self._job()
        arrives = False  # a spike at a row of plastic synapses
        asks, x = 0, (self._value(self.seeds) + 2 * self.local + self.got) & WORD
        state, pending, row, current = self.state, self.pending, self.row, self.current
        if pending:
            self.quiet = min(self.quiet + 1, DRAIN)
            if self.quiet == DRAIN and idle:
                self.quiet = self.pending = 0
                self.delivered = (self.delivered + 1) & 3
        rests, self.rests = self.rests, int(state == NEXT and self.job == self.end)
        takes = self.rests and self.spikes == HAND
        found = self.found_local, self.found_job, self.found_end
        if self.spikes == IDLE:
            self.delay = self.fed = 0
            if go and not self.sweeping:
                self.spikes = OPEN
        elif self.spikes == OPEN:
            self.spikes = REPLAY
        elif self.spikes == REPLAY:
            self.spike = out_id
            if out_valid:
                self.spikes = FIND
            elif not reading:
                if self.delay < params.replays - 1:
                    self.delay, self.spikes = self.delay + 1, OPEN
                else:
                    self.spikes = HOST if params.plan.recorded else DRAINING
        elif self.spikes == HOST:
            self.spike, self.delay = in_id, in_delay
            if in_valid:
                self.fed, self.spikes = (self.fed, DRAINING) if in_mark else (1, FIND)
        elif self.spikes == FIND:
            part = next((n for n, (_, end) in enumerate(params.parts) if self.spike < end), None)
            first, _ = params.parts[-1 if part is None else part]
            self.found_local = (self.spike - first) & ((1 << params.id_bits) - 1)
            begin = stop = 0
            if part is not None and self.delay < len(params.delays):
                begin, stop = params.job_ranges[self.delay][part]
            self.found_job, self.found_end = (begin, stop) if begin != stop else (0, 0)
            self.spikes = HAND
        elif self.spikes == HAND:
            if takes or self.found_job == self.found_end:
                self.spikes = HOST if self.fed else REPLAY
        elif self.spikes == DRAINING and not pending and rests:
            self.pending, self.current, self.spikes = 1, (self.current + 1) & WORD, IDLE
        if state == NEXT:
            self.got = 0
            if takes:
                self.local, self.job, self.end = found
            if self.job != self.end:
                self.state = SETUP
        elif state == SETUP:
            self.row, self.state = self.local + job.first, KEY
            asks, self.got = int(job.store == PROCEDURAL), 1
        elif state == KEY:
            words = params.bitmap.words if params.bitmap else 1
            self.address = self.row * words & ((1 << params.bitmap_address_bits) - 1)
            asks, self.got = int(job.store == PROCEDURAL), 0
            self.state = WAIT if asks else SALT if job.length else ISSUE
        elif state == WAIT:
            if hashed:
                self.a, self.b = self.b, y
                self.state = (SALT if job.length else ISSUE) if self.got else WAIT
                self.got = 1
        elif state in (SALT, FACTOR, OFFSET):
            asks, x = 1, (self._value(self.seeds) + self.local) & WORD
            if state != SALT:
                x = (self.gate_b + 2 * self.current + self.got) & WORD
            self.got, self.state = int(state == FACTOR), state + 1
        elif state in (SALTED, KEYED):
            if hashed:
                self.gate_a, self.gate_b = self.gate_b, y
                if state == KEYED:
                    self.state, self.got = CALMING if self.got else KEYED, 1
                else:
                    self.state = FACTOR
        elif state == CALMING:
            self.calm = self.calm + 1 if idle else 0
            if self.calm == CALM:
                self.calm, self.drawing = 0, 1 - self.drawing
                self.length, self.probability, self.plastic = 1, ALWAYS, 0
                if self.drawing:
                    self.length, self.probability = job.length, job.probability
                    self.state = ISSUE
                    if job.rule:
                        self.plastic, self.rule, arrives = 1, job.rule - 1, True
                        self.gap = min(self.since, LONG) if self.known else 0
                else:
                    self._next_job()
        elif state == ISSUE:
            ready = (bitmap_ready, stored_ready, procedural_ready)[job.store]
            if ready and not pending:
                if job.length:
                    self.state = CALMING
                else:
                    self._next_job()
        self.mix.tick(asks, x)
        if params.plastic:
            self._remember(
                arrives, row, current, previous_we, previous_look, previous_address, previous_data
            )
        if set:
            self.current, self.delivered = set_step, set_step & 3
            self.pending = self.quiet = 0
        return shown

    def _remember(
        self, arrives: bool, row: int, step: int, we: int, look: int, address: int, data: int
    ) -> None:
        """Read or write the step of the last arrival: the sweep, a spike, or the host."""
        last = len(self.memory) - 1
        self.since, self.known = (step - self.last) & WORD, int(self.last != 0)
        self.looked = 0
        if self.sweeping:
            self.memory[self.swept] = 0
            self.sweeping, self.swept = int(self.swept < last), self.swept + 1
        elif arrives:
            self.memory[row & last] = step
        elif we:
            self.memory[address & last] = data
        else:
            self.looked, self.last = look, self.memory[(address if look else row) & last]

    def _next_job(self) -> None:
        """Go on with the next job of the spike, or of the next one."""
        self.job, self.state = self.job + 1, NEXT
