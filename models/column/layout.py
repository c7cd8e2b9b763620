"""How an event-driven Plan lies on the lanes of the column engine."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bitcortex.models.column.bitmap import WORDS
from bitcortex.models.column.gate import ALWAYS
from bitcortex.models.neuron.lif import LifParams
from bitcortex.network.connectivity_plan import Bitmap, Procedural, Stored
from bitcortex.network.event_plan import EventPlan, EventProjection
from bitcortex.network.plasticity import Stdp
from bitcortex.network.states import plastic_places

LANES = (1, 2, 4, 8, 16, 32, 64)
BLOCK = 32  # neurons served by one advance of eight generators
BITMAP, STORED, PROCEDURAL = range(3)


@dataclass(frozen=True)
class Job:
    """What a spike of a source does to all lanes.

    Parameters
    ----------
    store
        BITMAP, STORED or PROCEDURAL.
    first
        Row of the source's first neuron in the store; of a procedural projection, its number.
    weight
        Of a bitmap's events.
    seed
        Of procedural rows and stochastic synapses.
    length, probability
        Of synapses with a key: draws per event, and the 16-bit threshold; 0 if they have none.
        Plastic ones have a key too, and let every event pass.
    rule
        Of plastic synapses, from 1; 0 if they are not.
    """

    store: int
    first: int
    weight: int = 0
    seed: int = 0
    length: int = 0
    probability: int = 0
    rule: int = 0


@dataclass(frozen=True)
class Layout:
    """A Plan on a number of lanes: neuron id is slot ``id // lanes`` of lane ``id % lanes``.

    Weights, drives and constants are those of the Plan divided by ``2**shift``.

    Parameters
    ----------
    plan
        Of an event-driven network.
    lanes
        One of `LANES`.
    spram
        Whether bitmaps have the words of SPRAM; see `BitmapParams`.
    """

    plan: EventPlan
    lanes: int
    spram: bool = False

    def __post_init__(self) -> None:
        if self.lanes not in LANES:
            raise ValueError(f"lanes must be one of {LANES}, not {self.lanes}")

    @cached_property
    def slots(self) -> int:
        """Neurons per lane; driven ones in whole blocks of 32, which share eight generators."""
        neurons = -(-self.plan.neurons // BLOCK) * BLOCK if self.plan.driven else self.plan.neurons
        return -(-neurons // self.lanes)

    @cached_property
    def kinds(self) -> tuple[int, ...]:
        """Number of the kind of each population; equal neurons and drives are one kind."""
        keys = [repr((p.neuron, p.cdf, p.drive, p.constant)) for p in self.plan.populations]
        return tuple(list(dict.fromkeys(keys)).index(key) for key in keys)

    def example(self, kind: int) -> int:
        """Return the first population of a kind."""
        return self.kinds.index(kind)

    @cached_property
    def kind_count(self) -> int:
        """Number of kinds."""
        return max(self.kinds) + 1

    def kind_of(self, neuron: int) -> int:
        """Return the kind of a neuron; that of the last one for numbers beyond it."""
        end = 0
        for kind, p in zip(self.kinds, self.plan.populations, strict=True):
            end += p.size
            if neuron < end:
                return kind
        return self.kinds[-1]

    @cached_property
    def tables(self) -> tuple[tuple[int, ...], ...]:
        """Drive table of every kind."""
        return tuple(
            self.plan.populations[self.example(k)].cdf if self.drives[k] else ()
            for k in range(self.kind_count)
        )

    @cached_property
    def shift(self) -> int:
        """Zeros at the end of all inputs of neurons, which sums and weights leave out."""
        common = 0
        for p in self.plan.projections:
            common |= int(np.bitwise_or.reduce(weights_of(p)))
        for population in self.plan.populations:
            common |= population.drive | population.constant
        return (common & -common).bit_length() - 1 if common else 0

    @cached_property
    def drives(self) -> tuple[int, ...]:
        """Weight of a drive event of every kind."""
        return tuple(
            self.plan.populations[self.example(k)].drive >> self.shift
            for k in range(self.kind_count)
        )

    @cached_property
    def constants(self) -> tuple[int, ...]:
        """Constant input of every kind."""
        return tuple(
            self.plan.populations[self.example(k)].constant >> self.shift
            for k in range(self.kind_count)
        )

    @cached_property
    def neurons(self) -> tuple[LifParams, ...]:
        """Parameters of every kind of neuron."""
        width = self.current_width + self.shift
        return tuple(
            LifParams(**self.plan.populations[self.example(k)].neuron, current_width=width)
            for k in range(self.kind_count)
        )

    @cached_property
    def sum_width(self) -> int:
        """Bits of the sum of a neuron's synapses in one step."""
        most = dict.fromkeys((p.name for p in self.plan.populations), 0)
        for p in self.plan.projections:
            most[p.target] += largest_column(self.plan, p) >> self.shift
        return max(2, max(most.values()).bit_length() + 1, self.event_width)

    @cached_property
    def kick_width(self) -> int:
        """Bits of drive and constant together."""
        largest = max(
            len(table) * abs(drive) + abs(constant)
            for table, drive, constant in zip(self.tables, self.drives, self.constants, strict=True)
        )
        return largest.bit_length() + 1

    @cached_property
    def current_width(self) -> int:
        """Bits of a neuron's input, less its last `shift` zeros."""
        return max(self.sum_width, self.kick_width) + 1

    @cached_property
    def weight_width(self) -> int:
        """Bits of a signed weight."""
        largest = [1]
        for p in self.plan.projections:
            largest.append(int(np.abs(weights_of(p) >> self.shift).max(initial=0)))
        return max(largest).bit_length() + 1

    @cached_property
    def longest(self) -> int:
        """Draws of an event of stochastic synapses, at most; 0 if there are none."""
        return max((p.length for p in self.plan.projections), default=0)

    @cached_property
    def rules(self) -> tuple[Stdp, ...]:
        """Different rules of plastic synapses."""
        found = [self._rule(p.plasticity) for p in self.plan.plastic if p.plasticity]
        return tuple(dict.fromkeys(found))

    def _rule(self, rule: Stdp) -> Stdp:
        return replace(rule, step=rule.step >> self.shift, maximum=rule.maximum >> self.shift)

    @cached_property
    def event_width(self) -> int:
        """Bits of what an event adds: a weight, or as many as it has draws."""
        return self.weight_width + max(0, self.longest - 1).bit_length()

    @cached_property
    def delays(self) -> tuple[int, ...]:
        """All delays in steps: the replayed ones, then those that only recorded spikes have."""
        every = {p.delay for p in self.plan.projections}
        return (*self.replayed, *sorted(every - set(self.replayed), reverse=True))

    @cached_property
    def replayed(self) -> tuple[int, ...]:
        """Delays of synapses between neurons in steps, the longest first."""
        inner = {p.name for p in self.plan.populations}
        delays = {p.delay for p in self.plan.projections if p.source in inner}
        return tuple(sorted(delays, reverse=True))

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """Populations, then recorded sources."""
        return self.plan.names

    @cached_property
    def _bitmaps(self) -> list[tuple[str, int, int, list[EventProjection]]]:
        """Source, delay, weight and projections of every set of bitmap rows."""
        found: list[tuple[str, int, int, list[EventProjection]]] = []
        for p in self.plan.projections:
            if not isinstance(p.connectivity, Bitmap):
                continue
            key = (p.source, p.delay, p.connectivity.weight)
            for *other, group in found:
                fixed = not p.length and not group[0].length  # draws need a job of their own
                if fixed and tuple(other) == key and all(q.target != p.target for q in group):
                    group.append(p)
                    break
            else:
                found.append((*key, [p]))
        return found

    @cached_property
    def _stored(self) -> list[tuple[str, int, list[EventProjection]]]:
        """Source, delay and projections of every set of stored rows, the plastic ones first."""
        found: dict[tuple[str, int, int], list[EventProjection]] = {}
        for number, p in enumerate(self.plan.projections):
            if isinstance(p.connectivity, Stored):
                keyed = p.length or p.plasticity  # draws need a job of their own
                alone = number if keyed else -1
                found.setdefault((p.source, p.delay, alone), []).append(p)
        groups = [(source, delay, group) for (source, delay, _), group in found.items()]
        return sorted(groups, key=lambda group: group[2][0].plasticity is None)

    @cached_property
    def procedural(self) -> tuple[EventProjection, ...]:
        """Procedural projections."""
        return tuple(p for p in self.plan.projections if isinstance(p.connectivity, Procedural))

    @cached_property
    def jobs(self) -> dict[tuple[int, str], tuple[Job, ...]]:
        """Jobs of a spike, by delay and source."""
        found: dict[tuple[int, str], list[Job]] = {}
        row = 0
        for source, delay, weight, group in self._bitmaps:
            job = _job(BITMAP, row, group[0], weight >> self.shift)
            found.setdefault((delay, source), []).append(job)
            row += self.plan.size(source)
        row = 0
        for source, delay, group in self._stored:
            rule = group[0].plasticity
            number = 1 + self.rules.index(self._rule(rule)) if rule else 0
            job = replace(_job(STORED, row, group[0]), rule=number)
            found.setdefault((delay, source), []).append(job)
            row += self.plan.size(source)
        for number, p in enumerate(self.procedural):
            found.setdefault((p.delay, p.source), []).append(_job(PROCEDURAL, number, p))
        return {key: tuple(jobs) for key, jobs in found.items()}

    @cached_property
    def bitmap_rows(self) -> int:
        """Rows of all bitmaps."""
        return sum(self.plan.size(source) for source, *_ in self._bitmaps)

    @cached_property
    def words(self) -> int:
        """Words of a lane's bitmap row."""
        return -(-self.slots // WORDS[self.spram])

    @cached_property
    def stored_rows(self) -> int:
        """Rows of all stored projections."""
        return sum(self.plan.size(source) for source, *_ in self._stored)

    @cached_property
    def bitmap_memory(self) -> NDArray[np.uint32]:
        """Words of all bitmaps, shape (lanes, rows * words)."""
        word = WORDS[self.spram]
        bits = np.zeros((self.bitmap_rows, self.lanes * self.words * word), np.uint8)
        row = 0
        for source, *_, group in self._bitmaps:
            size = self.plan.size(source)
            for p in group:
                assert isinstance(p.connectivity, Bitmap)
                first, targets = self.plan.first_neuron(p.target), self.plan.size(p.target)
                part = np.unpackbits(p.connectivity.rows, axis=1, bitorder="little", count=targets)
                bits[row : row + size, first : first + targets] |= part
            row += size
        # (rows, slots, lanes) -> (lanes, rows, words, bits)
        cube = bits.reshape(self.bitmap_rows, self.words * word, self.lanes)
        packed = np.packbits(cube.transpose(2, 0, 1), axis=2, bitorder="little")
        return packed.reshape(self.lanes, -1).view(f"<u{word // 8}").astype(np.uint32)

    @cached_property
    def plastic_rows(self) -> int:
        """Rows of plastic projections, which are the first of all stored ones."""
        return sum(self.plan.size(p.source) for p in self.plan.plastic)

    @cached_property
    def plastic_places(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Lane, address and slot of every plastic synapse, in the order of the Plan."""
        lanes, slots = plastic_places(self.plan, self.lanes)
        addresses = np.zeros(len(lanes), np.int64)
        for lane in range(self.lanes):
            mine = lanes == lane
            addresses[mine] = np.arange(np.count_nonzero(mine))
        return lanes, addresses, slots

    @cached_property
    def stored_memory(self) -> list[list[tuple[NDArray[np.int64], NDArray[np.int64]]]]:
        """Slots and weights of every stored row of every lane."""
        memory: list[list[tuple[NDArray[np.int64], NDArray[np.int64]]]] = [
            [] for _ in range(self.lanes)
        ]
        for source, _, group in self._stored:
            for i in range(self.plan.size(source)):
                rows = [p.connectivity.row(i, 0, 0) for p in group]
                firsts = [self.plan.first_neuron(p.target) for p in group]
                ids = np.concatenate([f + t for f, (t, _) in zip(firsts, rows, strict=True)])
                weights = np.concatenate([w for _, w in rows]) >> self.shift
                for lane in range(self.lanes):
                    mine = ids % self.lanes == lane
                    memory[lane].append((ids[mine] // self.lanes, weights[mine]))
        return memory

    @cached_property
    def entries(self) -> int:
        """Entries of the fullest lane's stored rows."""
        return max(sum(len(slots) for slots, _ in lane) for lane in self.stored_memory)

    @cached_property
    def queue_steps(self) -> int:
        """Steps that the spike queue remembers: a power of two."""
        return int(max(4, 1 << (self.plan.longest_delay + 1).bit_length()))

    @cached_property
    def queue_depth(self) -> int:
        """Spikes that the queue holds in the worst case, as a power of two."""
        steps = self.plan.longest_delay + 2
        most = 0
        for p in self.plan.populations:
            most += p.size * -(-steps // (p.neuron["refractory"] + 1))
        return int(max(4, 1 << most.bit_length()))


def weights_of(projection: EventProjection) -> NDArray[np.int64]:
    """Return all weights of a projection, or the one that all its synapses have.

    Those of a plastic one include a step and the maximum.
    """
    c, rule = projection.connectivity, projection.plasticity
    if not isinstance(c, Stored):
        return np.array([c.weight], np.int64)
    weights = c.weights.astype(np.int64)
    return np.append(weights, [rule.step, rule.maximum]) if rule else weights


def _job(store: int, first: int, p: EventProjection, weight: int = 0) -> Job:
    if p.plasticity:
        return Job(store, first, weight, p.seed, 1, ALWAYS)
    if p.length:
        return Job(store, first, weight, p.seed, p.length, p.probability)
    return Job(store, first, weight, p.seed if store == PROCEDURAL else 0)


def largest_column(plan: EventPlan, projection: EventProjection) -> int:
    """Return a bound of the sum of the magnitudes of the weights of one target."""
    c = projection.connectivity
    if isinstance(c, Stored):
        sums = np.zeros(c.targets, np.int64)
        np.add.at(sums, c.target, np.abs(c.weights.astype(np.int64)))
        if projection.plasticity:
            fan = np.bincount(c.target, minlength=1)
            return int(fan.max(initial=0)) * projection.plasticity.maximum
        return int(sums.max(initial=0)) * projection.most
    if isinstance(c, Bitmap):
        most = 0
        for first in range(0, c.rows.shape[1], 1024):
            bits = np.unpackbits(c.rows[:, first : first + 1024], axis=1)
            most = max(most, int(bits.sum(axis=0, dtype=np.int64).max(initial=0)))
        return most * abs(c.weight) * projection.most
    # Strata of a fraction of a neuron may give a pair two synapses.
    twice = 2 if c.stride % (1 << c.fraction) else 1
    return twice * plan.size(projection.source) * abs(c.weight) * projection.most
