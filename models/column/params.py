"""Parameters of the parts of a column engine, from the Plan that it is made for."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bitcortex.models.column.accumulator import AccumulatorParams
from bitcortex.models.column.bitmap import BitmapParams
from bitcortex.models.column.drive import UNIT, DriveParams
from bitcortex.models.column.gate import GateParams
from bitcortex.models.column.layout import BLOCK, PROCEDURAL, Job, Layout
from bitcortex.models.column.membrane import MembraneParams
from bitcortex.models.column.plasticity import PlasticityParams
from bitcortex.models.column.procedural import ProceduralParams, RowParams
from bitcortex.models.column.queue import QueueParams
from bitcortex.models.column.serializer import SerializerParams
from bitcortex.models.column.stored import StoredParams
from bitcortex.network.connectivity_plan import Procedural
from bitcortex.network.event_plan import EventPlan
from bitcortex.network.plasticity import HISTORY_BITS
from bitcortex.network.words import Space as Space

GROUP = 8  # lanes that work in the same cycle
FIFO = 32  # words of spikes that wait for the serializer
CALM = 5  # cycles in which all lanes were idle, until the key of synapses changes
DRAIN = 3  # cycles until all lanes say, two late, whether they are done with the last job


@dataclass(frozen=True)
class CoreParams:
    """Parameters of a column engine.

    Parameters
    ----------
    plan
        Neurons, drives, delays and procedural rows are built in; the other synapses and all states
        are written by the host.
    lanes
        1, 2, 4, 8, 16, 32 or 64.
    queue_depth
        Spikes in the queue, a power of two; None for the worst case, which never overflows.
    spram
        Whether bitmaps lie in SPRAM; see `BitmapParams`.
    """

    plan: EventPlan
    lanes: int = 8
    queue_depth: int | None = None
    spram: bool = False

    @cached_property
    def layout(self) -> Layout:
        """How the Plan lies on the lanes."""
        return Layout(self.plan, self.lanes, self.spram)

    @cached_property
    def accumulator(self) -> AccumulatorParams:
        """Of every lane."""
        layout = self.layout
        return AccumulatorParams(layout.slots, layout.sum_width, layout.event_width)

    @cached_property
    def membrane(self) -> MembraneParams:
        """Of every lane."""
        return MembraneParams(self.layout.neurons, reach=self.reach)

    @cached_property
    def bitmap(self) -> BitmapParams | None:
        """Of every lane; None without bitmaps."""
        layout, rows = self.layout, self.layout.bitmap_rows
        if not rows:
            return None
        return BitmapParams(
            layout.slots, rows, layout.weight_width, spram=self.spram, reach=self.reach
        )

    @cached_property
    def stored(self) -> StoredParams | None:
        """Of every lane; None without stored synapses."""
        rows, layout = self.layout.stored_rows, self.layout
        if not rows:
            return None
        longest = max(len(slots) for lane in layout.stored_memory for slots, _ in lane)
        return StoredParams(
            layout.slots, rows, max(1, layout.entries), layout.weight_width, max(1, longest),
            plastic=self.plastic,
        )  # fmt: skip

    def procedural(self, lane: int) -> ProceduralParams | None:
        """Of a lane; None without procedural rows."""
        rows, shift = [], self.layout.shift
        for p in self.layout.procedural:
            c = p.connectivity
            assert isinstance(c, Procedural)
            first = self.plan.first_neuron(p.target)
            rows.append(RowParams(first, c.targets, c.stride, c.fraction, c.weight >> shift))
        if not rows:
            return None
        return ProceduralParams(
            self.lanes, lane, self.layout.slots, self.layout.weight_width, tuple(rows)
        )

    def gate(self, lane: int) -> GateParams | None:
        """Of a lane; None without stochastic synapses."""
        layout = self.layout
        if not layout.longest:
            return None
        return GateParams(self.lanes, lane, layout.slots, layout.weight_width, layout.longest)

    def plasticity(self, lane: int) -> PlasticityParams | None:
        """Of a lane; None without plastic synapses."""
        layout = self.layout
        if not self.plastic:
            return None
        assert self.stored is not None
        return PlasticityParams(
            self.lanes, lane, layout.slots, self.stored.entries, layout.weight_width, layout.rules
        )

    @cached_property
    def plastic(self) -> bool:
        """Whether there are plastic synapses."""
        return bool(self.layout.rules)

    @cached_property
    def keyed(self) -> bool:
        """Whether there are synapses with a key, stochastic or plastic."""
        return self.plastic or self.layout.longest > 0

    @cached_property
    def sweep(self) -> int:
        """Cycles of the sweep after a reset."""
        return max(self.layout.slots, 1 << self.previous_bits if self.plastic else 0)

    @cached_property
    def previous_bits(self) -> int:
        """Bits of a row of plastic synapses."""
        return max(1, (self.layout.plastic_rows - 1).bit_length())

    @cached_property
    def rule_bits(self) -> int:
        """Bits of a rule's number."""
        return max(1, (len(self.layout.rules) - 1).bit_length())

    @property
    def turns(self) -> int:
        """Slots that a drive unit draws for at once: it has four counts, whatever the lanes."""
        return max(1, UNIT // self.lanes)

    @cached_property
    def units(self) -> int:
        """Drive units; 0 without drive."""
        return self.lanes * self.turns // UNIT if self.plan.driven else 0

    def drive(self, unit: int) -> DriveParams:
        """Of four lanes, or of several slots of fewer."""
        return DriveParams(self.layout.tables, self.lanes * self.turns, unit)

    @cached_property
    def serializer(self) -> SerializerParams:
        """Of the engine."""
        return SerializerParams(self.lanes, self.slot_bits, FIFO, self.update_latency + 2)

    @cached_property
    def queue(self) -> QueueParams:
        """Of the spike queue."""
        depth = self.layout.queue_depth if self.queue_depth is None else self.queue_depth
        return QueueParams(1 << self.id_bits, depth, self.layout.queue_steps)

    @cached_property
    def ids(self) -> int:
        """Neurons and recorded channels."""
        return self.plan.neurons + sum(r.size for r in self.plan.recorded)

    @cached_property
    def id_bits(self) -> int:
        """Bits of the number of a neuron or channel, and of any slot and lane together."""
        return int(max((self.ids - 1).bit_length(), self.serializer.id_bits))

    @cached_property
    def slot_bits(self) -> int:
        """Bits of a slot's number."""
        return max(1, (self.layout.slots - 1).bit_length())

    @cached_property
    def lane_bits(self) -> int:
        """Bits of a lane's number."""
        return max(1, self.lanes.bit_length() - 1)

    @cached_property
    def age_at(self) -> int:
        """Bits of a neuron's membrane and refractory counter, which come first in its state."""
        return self.plan.data_width + self.membrane.refractory_bits

    @cached_property
    def state_bits(self) -> int:
        """Bits of a neuron's state; with plastic synapses it ends in the code of its age."""
        return self.age_at + (HISTORY_BITS if self.plastic else 0)

    @cached_property
    def job_list(self) -> tuple[Job, ...]:
        """All jobs, by delay and then by source."""
        return tuple(job for key in self._order for job in self.layout.jobs.get(key, ()))

    def job_values(self, store: int | None, field: str) -> dict[int, int]:
        """Return a number of every job of a store, by the job's place in the list."""
        jobs = enumerate(self.job_list)
        return {n: int(getattr(job, field)) for n, job in jobs if store in (None, job.store)}

    @property
    def seeded(self) -> int | None:
        """Which jobs have a seed: those of a store, or of any if there are synapses with a key."""
        return None if self.keyed else PROCEDURAL

    @property
    def _order(self) -> list[tuple[int, str]]:
        return [(d, part) for d in self.delays for part in self.layout.parts]

    @cached_property
    def delays(self) -> tuple[int, ...]:
        """All delays, the replayed ones first; one of them at least."""
        return self.layout.delays or (1,)

    @cached_property
    def replays(self) -> int:
        """Delays after which the queue is replayed: at least one, to free its space."""
        return max(1, len(self.layout.replayed))

    @cached_property
    def job_ranges(self) -> tuple[tuple[tuple[int, int], ...], ...]:
        """First and last + 1 job, by delay and part."""
        at, found = 0, []
        for d in self.delays:
            row = []
            for part in self.layout.parts:
                count = len(self.layout.jobs.get((d, part), ()))
                row.append((at, at + count))
                at += count
            found.append(tuple(row))
        return tuple(found)

    @cached_property
    def parts(self) -> tuple[tuple[int, int], ...]:
        """First id and last + 1 of every part."""
        firsts = [self.plan.first_neuron(name) for name in self.layout.parts]
        return tuple(
            (first, first + self.plan.size(name))
            for first, name in zip(firsts, self.layout.parts, strict=True)
        )

    @cached_property
    def row_bits(self) -> int:
        """Bits of a row of any store."""
        rows = max(self.layout.bitmap_rows, self.layout.stored_rows, self.ids)
        return int(max(1, (rows - 1).bit_length()))

    @cached_property
    def bitmap_address_bits(self) -> int:
        """Bits of the address of a bitmap's word."""
        return self.bitmap.address_bits if self.bitmap else 1

    @cached_property
    def feed_depth(self) -> int:
        """Recorded spikes and marks that the engine holds: two of the busiest step at least."""
        most = 0
        for r in self.plan.recorded:
            fans = sum(p.source == r.name for p in self.plan.projections)
            most += int(np.bincount(r.steps).max(initial=0)) * fans if len(r.steps) else 0
        return int(max(16, 1 << (2 * most + 1).bit_length()))

    @cached_property
    def delay_bits(self) -> int:
        """Bits of the number of a delay."""
        return max(1, (len(self.delays) - 1).bit_length())

    @cached_property
    def projection_bits(self) -> int:
        """Bits of the number of a procedural projection."""
        return max(1, (len(self.layout.procedural) - 1).bit_length())

    @cached_property
    def length_bits(self) -> int:
        """Bits of a number of draws."""
        return max(1, self.layout.longest.bit_length())

    @cached_property
    def address_bits(self) -> int:
        """Bits of a host address."""
        bits = [self.slot_bits, 8, self.bitmap_address_bits]
        if self.stored:
            bits += [self.stored.row_bits, self.stored.entry_bits]
        if self.plastic:
            bits.append(self.previous_bits)
        return max(bits)

    @cached_property
    def drive_latency(self) -> int:
        """Cycles from a slot to its drive counts; 0 without drive."""
        return self.drive(0).latency if self.plan.driven else 0

    @cached_property
    def read_delay(self) -> int:
        """Cycles from a slot's issue to the reading of its sum, in the first group of lanes."""
        return max(1, self.drive_latency - 1)

    @cached_property
    def groups(self) -> int:
        """Groups of lanes; each works a cycle after the one before."""
        return -(-self.lanes // GROUP)

    @property
    def reach(self) -> int:
        """Further registers at memories and multipliers: with several groups they may be far."""
        return int(self.groups > 1)

    def group(self, lane: int) -> int:
        """Return the group that a lane belongs to."""
        return lane // GROUP

    @cached_property
    def update_latency(self) -> int:
        """Cycles from a slot's issue to its spike's arrival at the serializer."""
        return self.read_delay + self.groups - 1 + 5 + self.membrane.latency

    @cached_property
    def look_latency(self) -> int:
        """Cycles from a host's address to what it holds, between steps."""
        return 9 + self.groups + self.lane_bits

    @cached_property
    def lag(self) -> int:
        """Steps that may be unfinished while one is delivered: updated, or their spikes sent.

        With plastic synapses none: an event needs the age that its target has after that step.
        """
        return 0 if self.plastic else min(2, min(self.delays[: self.replays]) - 1)

    @cached_property
    def wait(self) -> int:
        """Cycles between two steps, in which the last writes of the first one end."""
        slots = self.layout.slots
        states = self.membrane.latency + 3 - slots
        if not self.plan.driven:
            return max(0, states)
        words = self.drive(0).words * self.turns
        return max(0, states, 3 - (slots % words or words))

    @cached_property
    def kick_table(self) -> tuple[tuple[int, ...], ...]:
        """Drive and constant input by kind and count."""
        layout = self.layout
        return tuple(
            tuple(n * weight + constant for n in range(len(table) + 1))
            for table, weight, constant in zip(
                layout.tables, layout.drives, layout.constants, strict=True
            )
        )

    def idle_units(self) -> tuple[int, ...]:
        """Return the drive units that serve no block in the last slot (of 64 lanes)."""
        first = (self.layout.slots - 1) * self.lanes
        starts = ((u, (first + UNIT * u) // BLOCK * BLOCK) for u in range(self.units))
        return tuple(u for u, start in starts if start >= self.plan.neurons)

    def kinds(self, lane: int) -> tuple[int, ...]:
        """Kind of the neuron of every slot of a lane."""
        ids = np.arange(self.layout.slots) * self.lanes + lane
        return tuple(self.layout.kind_of(int(i)) for i in ids)
