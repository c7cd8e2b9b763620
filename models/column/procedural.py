"""Procedural rows: one lane's targets of a source, made anew from its key at every spike."""

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bitcortex import check
from bitcortex.models.model import Model
from bitcortex.network.keys import BANKS, MASK, procedural_row, strata

FIRST_EVENT = 6  # cycles from a job to its first candidate as an event
MAX_NEURON = 1 << 20


@dataclass(frozen=True)
class RowParams:
    """What the rows of a procedural projection have in common.

    Parameters
    ----------
    first, size
        Id of the first target, and number of targets.
    stride, fraction
        A stratum has ``stride / 2**fraction`` neurons, at least one; stride has 17 bits.
    weight
        Of every synapse, in units.
    """

    first: int
    size: int
    stride: int
    fraction: int
    weight: int

    def __post_init__(self) -> None:
        check.integer("first", self.first, 0, MAX_NEURON - 1)
        check.integer("size", self.size, 1, MAX_NEURON - self.first)
        check.integer("fraction", self.fraction, 0, 16)
        hint = "A stratum, stride / 2**fraction, has at least one neuron"
        check.integer("stride", self.stride, 1 << self.fraction, (1 << 17) - 1, hint)
        check.integer("weight", self.weight, -(1 << 31), (1 << 31) - 1)

    @property
    def base(self) -> int:
        """The first target rounded down to a multiple of 64: where the first strata begin."""
        return self.first // BANKS * BANKS

    @property
    def end(self) -> int:
        """Id after the last target."""
        return self.first + self.size

    @property
    def ratio(self) -> tuple[int, int]:
        """Stride and fraction of the same quotient in lowest terms, which need the fewest bits."""
        zeros = (self.stride & -self.stride).bit_length() - 1
        common = min(zeros, self.fraction)
        return self.stride >> common, self.fraction - common

    @property
    def strata(self) -> int:
        """Strata of each of the 64 banks, K; a row has 64 K candidates."""
        return strata(self.first, self.size, self.stride, self.fraction)


def targets(row: RowParams, a: int, b: int) -> NDArray[np.int64]:
    """Return the ids of the targets, in all lanes, of the source whose key is (a, b), ascending."""
    return procedural_row(row.first, row.size, row.stride, row.fraction, a, b)


@dataclass(frozen=True)
class ProceduralParams:
    """Parameters of the procedural rows of one lane.

    Parameters
    ----------
    lanes
        P, a power of two, 1 to 64.
    lane
        Which one, 0 to P - 1: that of the neurons with this id modulo P.
    slots
        Neurons of a lane, at most 2**20 / P.
    weight_width
        Bits of a weight, 2 to 32.
    rows
        One per projection, 1 to 256.
    depth
        Jobs that can wait, a power of two, 2 to 16.
    """

    lanes: int  # P
    lane: int  # this one
    slots: int  # neurons of a lane
    weight_width: int  # bits, signed
    rows: tuple[RowParams, ...]  # of the projections
    depth: int = 4  # jobs

    def __post_init__(self) -> None:
        power_of_two("lanes", self.lanes, 1, BANKS)
        check.integer("lane", self.lane, 0, self.lanes - 1)
        check.integer("slots", self.slots, 1, MAX_NEURON // self.lanes)
        check.integer("weight_width", self.weight_width, 2, 32)
        check.integer("number of rows", len(self.rows), 1, 256)
        power_of_two("depth", self.depth, 2, 16)
        top = (1 << (self.weight_width - 1)) - 1
        for i, row in enumerate(self.rows):
            check.integer(f"weight of rows[{i}]", row.weight, -top - 1, top)
            check.integer(
                f"last target of rows[{i}]", row.end - 1, 0, self.lanes * self.slots - 1,
                "A lane has too few slots",
            )  # fmt: skip

    @property
    def projection_width(self) -> int:
        """Bits of a projection's number."""
        return max(1, (len(self.rows) - 1).bit_length())

    @property
    def slot_width(self) -> int:
        """Bits of a slot."""
        return max(1, (self.slots - 1).bit_length())

    @property
    def shift(self) -> int:
        """Bits of a lane's number: an id is ``slot << shift | lane``."""
        return self.lanes.bit_length() - 1

    @property
    def position_width(self) -> int:
        """Bits of ``id // 64 << fraction``, for the largest candidate of any row."""
        return max(
            ((row.base // BANKS << fraction) + row.strata * stride - 1).bit_length()
            for row in self.rows
            for stride, fraction in [row.ratio]
        )


def power_of_two(name: str, value: int, low: int, high: int) -> None:
    """Raise ValueError unless `value` is a power of two from `low` to `high`."""
    check.integer(name, value, low, high)
    if value & (value - 1):
        raise ValueError(
            f"{name} must be a power of two, not {value}. Try {1 << value.bit_length()}"
        )


Event = tuple[int, int, int]  # valid, slot, weight


class Procedural(Model):
    """Regenerates this lane's targets of source rows, one candidate per cycle.

    Ports: a job is ``job_valid`` (in, 1), ``job_projection`` (in; a number beyond the last row is
    the last row), and the key ``job_a``, ``job_b`` (in, 32 each); it is taken if ``job_ready``
    (out, 1): fewer than `depth` jobs wait. A target is ``event_valid`` (out, 1), ``event_slot``
    (out) and ``event_weight`` (out, signed), and stays until ``event_ready`` (in, 1). Without
    ``event_valid``, slot (its low bits) and weight are those of the last candidate, which may have
    been none of the row's targets. ``idle`` (out, 1): no job waits, nothing is in flight. All
    outputs are registers or depend on registers only.

    **Timing**: a candidate per cycle, also from job to job; a job has ``64 K / lanes``, K strata.
    Its first is at the outputs 6 cycles after the job was taken if nothing went before. The
    pipeline stalls while ``event_valid & ~event_ready``.

    **Arithmetic**: unsigned. Candidate x = lane, lane + P, ... < 64 K, x = 64 k + b, has
    ``draw = ((b0 + a * x) mod 2**32) >> 16``, is neuron ``base + 64 m + b`` with
    ``m = ((k << 16) + draw) * stride >> (16 + fraction)``, and an event if that is a target. The
    order is that of x: ascending strata, not ascending ids.

    **Error**: a pair is connected with probability ``2**fraction / stride``, within 2**-16. Draws
    are independent in pairs (exactly for x < 2**17), so two neurons of different strata share
    sources by chance; two of one stratum share none. Triples are not independent: draws of equally
    spaced x are equally spaced, and three neurons of one m in equally spaced banks share five
    times the sources at 10 %. If `stride` is no multiple of ``2**fraction``, a neuron across a
    boundary of two strata can be hit from both, and gets two events.
    """

    INPUTS = ("job_valid", "job_projection", "job_a", "job_b", "event_ready")
    OUTPUTS = ("job_ready", "event_valid", "event_slot", "event_weight", "idle")

    def __init__(self, params: ProceduralParams) -> None:
        super().__init__(params)
        self.slot_mask = (1 << params.slot_width) - 1
        self.reset()

    def reset(self) -> None:
        self.queue: deque[tuple[int, int, int]] = deque()  # projection, a, b
        self.following: tuple[int, int, int] | None = None  # the job that is prefetched
        self.row: RowParams | None = None  # of the job at work
        self.a = self.word = self.x = self.last = 0
        self.product: Event | None = None  # what two stages hold: an event, or none
        self.total: Event | None = None
        self.event: Event = (0, 0, 0)

    def outputs(self) -> tuple[int, int, int, int, int]:
        """Return what the ports show in this cycle."""
        ready = len(self.queue) < self.params.depth
        nothing = not (self.queue or self.following or self.row or self.product or self.total)
        return (int(ready), *self.event, int(nothing and not self.event[0]))

    def tick(
        self, job_valid: int, job_projection: int, job_a: int, job_b: int, event_ready: int
    ) -> tuple[int, int, int, int, int]:
        queue, shown = self.queue, self.outputs()
        ready = shown[0]
        if event_ready or not self.event[0]:
            self._move()
        if queue and self.following is None:
            self.following = queue.popleft()
        if job_valid and ready:
            queue.append((job_projection, job_a, job_b))
        return shown

    def _move(self) -> None:
        """Advance the pipeline by a cycle."""
        # Last stage first: each takes what the one before held.
        self.event = self.total or (0, *self.event[1:])
        self.total, self.product = self.product, None
        row, params = self.row, self.params
        if row is not None:
            k, bank = divmod(self.x, BANKS)
            m = ((k << 16) + (self.word >> 16)) * row.stride >> (16 + row.fraction)
            neuron = row.base + BANKS * m + bank
            slot = neuron >> params.shift & self.slot_mask
            self.product = (int(row.first <= neuron < row.end), slot, row.weight)
            self.word = (self.word + self.a * params.lanes) & MASK
            self.x += params.lanes
            if self.x < self.last:
                return
            self.row = None
        if self.following:
            projection, self.a, b = self.following
            self.row = row = params.rows[min(projection, len(params.rows) - 1)]
            self.x, self.last = params.lane, BANKS * row.strata
            self.word = (b + self.a * params.lane) & MASK
            self.following = None
