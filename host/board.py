"""A board: the driver of the accelerator, over any link."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bitcortex import check
from bitcortex.closing import Closing
from bitcortex.errors import BoardError, LinkError, RestartError
from bitcortex.host.access import Access, LinkLike
from bitcortex.host.bundle import Bundle
from bitcortex.host.chunk import Chunk
from bitcortex.host.feed import Feed
from bitcortex.host.identity import identify
from bitcortex.network.description import Network
from bitcortex.network.duration import steps_of
from bitcortex.network.event_plan import EventPlan
from bitcortex.network.lower import lower
from bitcortex.network.run import Events, Run, weights_of
from bitcortex.network.snapshot import Learned, Snapshot, beginning
from bitcortex.network.spike_hash import INITIAL, hash_events
from bitcortex.network.states import plastic_places
from bitcortex.network.words import Space, spikes_of

Progress = Callable[[int], object]
Stream = Callable[[Run], object]
_FIRST = 64  # steps of the first chunk; they double until one takes `_PATIENCE`
_PATIENCE = 0.2  # seconds
_NONE = np.zeros(0, np.int64)


class Board(Closing):
    """An accelerator that holds a network, checked against its bundle when it is opened.

    A board goes on from where it is: two runs of a second are the spikes of one of two seconds, and
    `Run.hash` is that of all spikes since the last `reset` or `restore`. Synapses are uploaded
    before the first run.

    Parameters
    ----------
    link
        `bitcortex.host.link.Link`, or what does the same; the board closes it.
    bundle
        Of the bitstream that the board holds.
    name
        For `Run.engine`.
    step_timeout_s
        Seconds after which a step that has not ended is an error.

    Raises
    ------
    LinkError
        If nothing answers.
    BoardError
        If the board is not what its bundle says; the message says what differs.
    """

    def __init__(
        self, link: LinkLike, bundle: Bundle, name: str = "", step_timeout_s: float = 10.0
    ) -> None:
        self.link = link
        self.bundle = bundle
        self.plan = bundle.plan
        self.name = name or bundle.board
        self.step_timeout_s = step_timeout_s
        self.step = 0  # the next one
        self._access = Access(link, bundle.addresses)
        self._feed = Feed(bundle.plan, bundle.states.delays)
        self._has_synapses = False
        self._has_states = False
        self._lost = False  # something failed, so that the board's state is not known
        self._hash = INITIAL
        self._recent = (_NONE, _NONE)  # spikes that have not yet arrived everywhere
        self._known = 0  # the step from which on all spikes are known
        self._paused = threading.Event()
        self._stopped = threading.Event()
        self._runner: int | None = None  # thread of the run
        try:
            check.real("step_timeout_s", step_timeout_s, 1e-3, 3600.0)
            identify(self._access, bundle)
        except BaseException:
            link.close()
            raise

    def close(self) -> None:
        """Give the line back; the board keeps what it holds. May be called twice."""
        self.link.close()

    # What it holds.

    def upload(self) -> None:
        """Load the synapses, and go back to the beginning.

        Raises
        ------
        BoardError
            If the board's CRC is wrong, twice.
        """
        self._has_synapses = False
        self.reset()

    def reset(self) -> None:
        """Go back to the beginning: step 0, no spikes, the weights of the Plan."""
        self.restore(beginning(self.plan))

    def restore(self, snapshot: Snapshot) -> None:
        """Go on from a snapshot, of any engine of the same Plan.

        Raises
        ------
        ValueError
            If it is of another network.
        BoardError
            If the board's CRC is wrong, twice.
        """
        self._rests("restore")
        n = self.plan.neurons
        if len(snapshot.v) != n or len(snapshot.learned) != len(self.plan.plastic):
            raise ValueError(f"snapshot must be of {self.plan.name} with {n} neurons")
        access = self._access
        self._has_states, self._lost = False, True
        access.set("pause", 0)
        self._paused.clear()
        access.pulse("reset")
        end = time.monotonic() + self.step_timeout_s
        while access.status().busy:
            if time.monotonic() > end:
                raise BoardError(
                    f"the board is still busy {self.step_timeout_s:g} s after a reset. Load its "
                    "bitstream again"
                )
        if not self._has_synapses:
            access.upload(self.bundle.synapses, "the synapses")
            self._has_synapses = True
        access.upload(self.bundle.states.words(self.plan, snapshot), "the states")
        access.pulse("clear_trace")
        self.step = snapshot.step
        self._hash = INITIAL
        self._recent = snapshot.spikes
        self._known = 0
        self._has_states, self._lost = True, False

    def snapshot(self) -> Snapshot:
        """Return everything that the next steps depend on; any engine goes on from there.

        Raises
        ------
        BoardError
            If the last steps were not recorded: the spikes on their way are not known.
        """
        self._rests("snapshot")
        self._prepare()
        longest = self.plan.longest_delay
        if self._known > max(0, self.step - longest):
            raise BoardError(
                f"a snapshot has the spikes of the last {longest} steps, and they were not "
                f"recorded. Run {longest} steps with record=True first"
            )
        states = self.bundle.states
        words = np.zeros(states.slots * states.lanes, np.uint64)
        for lane in range(states.lanes):
            words[lane :: states.lanes] = self._access.peek(Space.STATE, lane, states.slots)
        plastic = bool(self.plan.plastic)
        v, refractory, ages = states.unpack(words[: self.plan.neurons], plastic)
        generators = self.plan.generators()
        for unit, places in enumerate(states.generators):
            found = self._access.peek(Space.GENERATOR, unit, len(places))
            generators[list(places)] = found
        return Snapshot(self.step, v, refractory, generators, self._recent, ages, self._learned())

    def _learned(self) -> tuple[Learned, ...]:
        """Return what plastic projections have learned."""
        plan, states = self.plan, self.bundle.states
        if not plan.plastic:
            return ()
        lanes, _ = plastic_places(plan, states.lanes)
        weights = np.zeros(len(lanes), np.uint64)
        for lane in range(states.lanes):
            mine = lanes == lane
            weights[mine] = self._access.peek(Space.ENTRY, lane, int(mine.sum()))
        rows = sum(plan.size(p.source) for p in plan.plastic)
        return states.learned(plan, weights, self._access.peek(Space.PREVIOUS, 0, rows))

    # What it does.

    def run(
        self,
        network: Network | EventPlan | float | int,
        duration: float | int | None = None,
        *,
        record: bool = True,
        progress: Progress = lambda steps: None,
        stream: Stream | None = None,
        chunk: int | None = None,
    ) -> Run:
        """Run, and return the spikes: ``run(duration)`` or ``run(network, duration)``.

        Parameters
        ----------
        network
            May be given to make sure that the board holds it.
        duration
            A float is seconds, an int is steps.
        record
            Whether spikes are read; else they are only counted and hashed.
        progress
            Called with the number of steps done since the last call.
        stream
            Called with one piece of the run after the other, as soon as it is there: a `Run` whose
            steps are counted from its own beginning, and whose hash is that of all spikes so far.
            The spikes are then not kept, and the result has their `counts`. False ends the run.
        chunk
            Steps that the engine is given at a time; adapted to the board's speed if None.

        Returns
        -------
        Run
            Steps are counted from this call, and fewer than asked for if `stop` was called.

        Raises
        ------
        ValueError
            If the duration does not fit the network.
        BoardError
            If the network is not the board's; if the spike queue overflows, a step does not end,
            or the hash of the board is not that of its spikes.
        LinkError
            If the line breaks.
        """
        if isinstance(network, Network | EventPlan):
            if duration is None:
                raise TypeError("duration must be given after the network: run(network, 1.0)")
            self._holds(network)
        elif duration is not None:
            raise TypeError(f"network must be a Network or a Plan, not {network!r}")
        else:
            duration = network
        steps = steps_of(self.plan, duration)
        check.integer("steps", self.step + steps, 0, 2**32 - 1, "Reset the board first")
        if chunk is not None:
            check.integer("chunk", chunk, 1, 2**31 - 1)
        if self._paused.is_set():
            raise BoardError("the board must not be paused when a run begins. Call resume()")
        self._rests("run")
        self._prepare()
        return self._run(steps, record, progress, stream, chunk)

    def _holds(self, network: Network | EventPlan) -> None:
        """Refuse another network than the board's."""
        plan = lower(network).plan if isinstance(network, Network) else network
        if plan.digest != self.plan.digest:
            raise BoardError(
                f"the board holds {self.plan.name} {self.plan.digest[:12]}, not {plan.name} "
                f"{plan.digest[:12]}. Build the board for this network, or open another one"
            )

    def _prepare(self) -> None:
        """Make the board hold a state."""
        if self._lost:
            raise BoardError(
                "the last run did not end, or the last restore failed, so that the board's state "
                "is not known. Call reset(), or restore() a snapshot"
            )
        if not self._has_states:
            self.reset()

    def _rests(self, what: str) -> None:
        if self._runner is not None:
            raise BoardError(f"{what}() must wait until run() has returned. Call stop() first")

    def _run(
        self,
        steps: int,
        record: bool,
        progress: Progress,
        stream: Stream | None,
        chunk: int | None,
    ) -> Run:
        first, done = self.step, 0
        kept = ([_NONE], [_NONE])
        counts = np.zeros(len(self.plan.populations), np.int64)
        size = chunk or _FIRST
        self._runner = threading.get_ident()
        self._stopped.clear()
        begin = time.perf_counter()
        try:
            while done < steps and not self._stopped.is_set():
                began = time.perf_counter()
                count = min(size, steps - done)
                step, neuron = self._advance(count, record)
                found = np.array(self._access.each("population_spikes", len(counts)))
                counts += found
                seconds = time.perf_counter() - began
                if stream is None:
                    kept[0].append(step - first)
                    kept[1].append(neuron)
                else:
                    events = Events(count, self.plan.neurons, step - first - done, neuron)
                    part = self._result(events, seconds, None if record else found)
                    if stream(part) is False:
                        self._stopped.set()
                done += count
                progress(count)
                if chunk is None and seconds < _PATIENCE:
                    size *= 2
            learned = self._learned()
        except LinkError as error:
            self._lost = True
            self._has_synapses &= not isinstance(error, RestartError)
            raise type(error)(f"{error} (in step {self.step - first} of {steps})") from None
        finally:
            self._runner = None
        events = Events(done, self.plan.neurons, *map(np.concatenate, kept))
        counted = None if record and stream is None else counts
        run = self._result(events, time.perf_counter() - begin, counted)
        return replace(run, weights=weights_of(self.plan, learned))

    def _result(self, events: Events, seconds: float, counts: NDArray[np.int64] | None) -> Run:
        names = [p.name for p in self.plan.populations]
        return Run(
            engine=self.name,
            digest=self.plan.digest,
            dt_s=self.plan.dt_ns * 1e-9,
            populations={n: (self.plan.first_neuron(n), self.plan.size(n)) for n in names},
            events=events,
            hash=f"{self._hash:016x}",
            seconds=seconds,
            counts={} if counts is None else dict(zip(names, counts.tolist(), strict=True)),
        )

    def _advance(self, steps: int, record: bool) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Take some steps, to their end; return step and neuron of the spikes."""
        access, first = self._access, self.step
        self._lost = True
        chunk = Chunk(access, self._feed if self.plan.recorded else None, self.step_timeout_s)
        words = chunk.run(first, steps, record, self._paused.is_set)
        try:
            step, neuron = spikes_of(words, first)
        except ValueError as error:
            raise BoardError(f"{error}. Reset the board") from None
        found, spikes = access.get("hash"), access.get("spikes")
        self.step = first + steps
        if record:
            self._hash = hash_events(step.tolist(), neuron.tolist(), self._hash)
            if (found, spikes) != (self._hash, len(step)):
                raise BoardError(
                    f"the board counted {spikes} spikes with hash {found:016x}, and {len(step)} "
                    f"with {self._hash:016x} arrived, in steps {first} to {self.step}: they are "
                    "not to be trusted. Reset the board, and report this"
                )
            both = (
                np.concatenate([self._recent[0], step]),
                np.concatenate([self._recent[1], neuron]),
            )
            young = both[0] >= self.step - self.plan.longest_delay
            self._recent = both[0][young], both[1][young]
        else:
            self._hash = found
            self._known, self._recent = self.step, (_NONE, _NONE)
        self._lost = False
        return step, neuron

    def pause(self) -> None:
        """Let no step begin, while another thread waits in `run`.

        Up to three steps that have begun end first.
        """
        if self._runner == threading.get_ident():
            raise BoardError("pause() must be called from another thread than run(). Use stop()")
        self._paused.set()
        self._access.set("pause", 1)

    def resume(self) -> None:
        """Go on after `pause`."""
        self._access.set("pause", 0)
        self._paused.clear()

    def stop(self) -> None:
        """Let `run` return at the end of its chunk; from another thread, or from `progress`."""
        self._stopped.set()
        if self._paused.is_set():
            self.resume()
