"""From an event-driven Plan to the arrays of the compiled kernels."""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bitcortex.models.column.layout import largest_column
from bitcortex.models.neuron.lif import FRACTION
from bitcortex.network.connectivity_plan import Bitmap, Procedural, Stored
from bitcortex.network.event_plan import EventPlan, EventPopulation, EventProjection
from bitcortex.network.keys import strata
from bitcortex.sim.engine.event_lists import COPIED, EVENTS, LINE
from bitcortex.sim.engine.event_plastic import LONG_AGO, Plastic
from bitcortex.sim.engine.event_rows import ROWS, ascends, or_lists, or_rows, procedural_rows
from bitcortex.sim.engine.event_state import State, Tables
from bitcortex.sim.engine.lanes import LANES
from bitcortex.sim.engine.simd import aligned, realigned

Array = NDArray[Any]
ROW_BITS = 512  # a row of bits is a multiple of this
DENSE = 1 / 128  # synapses per pair from which rows of bits are faster than lists


def in_rows(projection: EventProjection) -> bool:
    """Return whether a projection is kept as rows of bits: at most one synapse per pair, all alike.

    Where rows come from memory, one of 1/128 takes as long as a list of its targets; where they
    come from a cache it is several times faster.
    """
    c = projection.connectivity
    if projection.length or projection.plasticity:
        return False
    if isinstance(c, Stored):
        sources, targets = c.shape
        enough = len(c.target) >= DENSE * sources * targets > 0
        return enough and c.weights.min() == c.weights.max() and ascends(c.indptr, c.target)
    if isinstance(c, Procedural):
        # Strata of a fraction of a neuron may give a pair two synapses, which a bit cannot hold.
        whole = c.stride % (1 << c.fraction) == 0
        return whole and (1 << c.fraction) / c.stride >= DENSE
    return True


def misfit(plan: EventPlan) -> str:
    """Return what a Plan must have and has not for the kernels; empty if it fits."""
    if plan.data_width != 16:
        return "16-bit membranes (data_width=16)"
    for p in plan.populations:
        if not 1 <= (1 << FRACTION) - p.neuron["alpha"] <= 32_767:
            return f"a tau_ms of more than 1.45 steps in {p.name}"
        if max(abs(p.drive), abs(p.constant)) > 32_767:
            return f"drive weights and constants below 32,768 units in {p.name}"
    if largest_sum(plan) >= 2**31 - 2**17:
        return "inputs below 2**31 units in any step"
    return ""


def largest_sum(plan: EventPlan) -> int:
    """Return a bound of the magnitude of a neuron's input in one step, in units."""
    most = dict.fromkeys((p.name for p in plan.populations), 0)
    for projection in plan.projections:
        most[projection.target] += largest_column(plan, projection)
    drives = {p.name: len(p.cdf) * abs(p.drive) + abs(p.constant) for p in plan.populations}
    return max(most[name] + drives[name] for name in most)


class Builder:
    """Tables and state of a Plan for a number of parts."""

    def __init__(self, plan: EventPlan, parts: int, batch: int) -> None:
        self.plan, self.parts, self.batch = plan, parts, batch
        self.sources = plan.neurons + sum(r.size for r in plan.recorded)
        self.words = -(-plan.neurons // ROW_BITS) * ROW_BITS // 64
        blocks = self.words * 64 // LANES
        # Parts meet at multiples of 16 blocks: 512-bit words belong to one part.
        groups = self.words // 8
        self.edges = [groups * k // parts * 16 for k in range(parts)] + [blocks]
        self.used = -(-plan.neurons // LANES)  # blocks with neurons
        self.in_rows = [in_rows(p) for p in plan.projections]

    def tables(self) -> Tables:
        """Return the constant arrays."""
        runs, run_start = self._runs()
        params, cdf, segments = self._params()
        sets, weights, matrix = self._rows()
        planes = sum(max(3, int(n).bit_length()) for n in self.class_rows)
        delays, indptr, usual, target, weight, packed = self._lists()
        stochastic, sto_indptr, sto_rows, sto_target, sto_weight = self._stochastic()
        return Tables(
            self.parts, self.words, planes, self.sources, self._bounds(), self.plan.driven, runs,
            run_start, params, cdf, segments, sets, weights, matrix, delays, indptr, usual, target,
            weight, packed, stochastic, sto_indptr, sto_rows, sto_target, sto_weight,
        )  # fmt: skip

    def state(self, tables: Tables) -> State:
        """Return the state before the first step."""
        padded = self.words * 64
        parts, planes = self.parts, tables.planes
        ring = self.plan.longest_delay + self.batch + 1
        memory = aligned((max(1, parts * planes) * self.words,), np.uint64)
        widest = max(b - a for a, b in pairwise(self.edges))
        return State(
            v=aligned((padded,), np.int16),
            refractory=aligned((padded,), np.int16),
            sums=aligned((padded,), np.int32),
            generators=realigned(np.tile(self.plan.generators(), parts)),
            planes=memory,
            planes32=memory.view(np.uint32),
            events=aligned((parts * -(-self.room // LINE) * LINE,), np.uint32),
            ring=np.zeros(ring * self.sources, np.int32),
            ring_part=np.zeros(ring * len(tables.bounds) + ring, np.int64)[
                : ring * len(tables.bounds)
            ],
            fired=aligned((parts * -(-padded // LANES // LANES) * LANES,), np.uint32),
            out=np.zeros(parts * self.batch * widest * LANES, np.int32),
            out_count=np.zeros(parts * self.batch, np.int64),
            offsets=np.zeros(parts * (max(self.class_rows, default=0) + ROWS), np.int64),
            plane=np.zeros(max(1, parts * planes), np.int64),
            plane_copies=aligned((max(1, parts * planes) * LANES,), np.int16),
        )

    def _bounds(self) -> Array:
        """Return the first id of every population and recorded source, and the end."""
        firsts = [self.plan.first_neuron(name) for name in self.plan.names]
        return np.array([*firsts, self.sources], np.int64)

    def _part(self, name: str) -> int:
        return int(np.searchsorted(self._bounds(), self.plan.first_neuron(name)))

    def _runs(self) -> tuple[Array, Array]:
        """Return runs of blocks of one kind, in order of blocks, for every part."""
        kinds = self._kinds()
        bounds = np.cumsum([0] + [p.size for p in self.plan.populations])
        pieces: list[tuple[int, int, int, int]] = []  # first neuron, last, kind
        found: list[list[int]] = []
        for i, kind in enumerate(kinds):
            a, b = int(bounds[i]), int(bounds[i + 1])
            if pieces and pieces[-1][2] == kind:
                pieces[-1] = (pieces[-1][0], b, kind, 0)
            else:
                pieces.append((a, b, kind, 0))
        for a, b, kind, _ in pieces:
            block = a // LANES
            while block * LANES < b:
                low, high = max(a - block * LANES, 0), min(b - block * LANES, LANES)
                whole = (b - block * LANES) // LANES if low == 0 else 0
                count = max(1, whole)
                mask = (1 << high) - (1 << low) if count == 1 else 0xFFFF_FFFF
                found.append([block, count, kind, mask, 1])
                block += count
        for run, after in pairwise(found):
            run[4] = int(run[0] + run[1] - 1 != after[0])
        runs: list[list[int]] = []
        start = [0]
        for first, last in pairwise(self.edges):
            for block, count, kind, mask, end in found:
                for low, high, mine in (
                    (block, min(block + count, first), False),
                    (max(block, first), min(block + count, last), True),
                    (max(block, last), block + count, False),
                ):
                    if high > low and (mine or end):
                        runs.append([low, high - low, kind if mine else -1, mask, end])
            start.append(len(runs))
        return np.array(runs, np.int64), np.array(start, np.int64)

    def _kinds(self) -> list[int]:
        """Return which populations have equal neurons and drives."""
        known: list[EventPopulation] = []
        kinds = []
        for p in self.plan.populations:
            same = [
                i
                for i, q in enumerate(known)
                if (p.neuron, p.cdf, p.drive, p.constant) == (q.neuron, q.cdf, q.drive, q.constant)
            ]
            if not same:
                known.append(p)
                same = [len(known) - 1]
            kinds.append(same[0])
        self.known = known
        return kinds

    def _params(self) -> tuple[Array, Array, Array]:
        """Return the numbers of every kind, and its drive table in two forms.

        The second: what the 64 segments of 1024 draws give at least, and their first entries; the
        entries that are not the first of their segment come last in the first form.
        """
        rows, segments = [], []
        entries: list[int] = []
        for p in self.known:
            half = 1 << (FRACTION - 1) if p.neuron["leak"] == "nearest" else 0
            table = np.array(p.cdf if p.drive else (), np.int64)
            # An entry of 0 fires at every draw: no comparison can be less than that.
            cdf = table[table > 0]
            always = p.constant + p.drive * int(np.count_nonzero(table == 0))
            start = np.arange(64) * 1024
            least = np.searchsorted(cdf, start, side="right")
            firsts = {int(k) for k in least if k < len(cdf)}
            edge = np.array([cdf[k] - 1 if k < len(cdf) else 65_535 for k in least], np.int64)
            inside = edge < start + 1023
            edge = np.where(inside, edge, 65_535)
            mine = {int(k) for k, hit in zip(least, inside, strict=True) if hit} & firsts
            rare = [k for k in range(len(cdf)) if k not in mine and cdf[k] % 1024]
            sure = [k for k in range(len(cdf)) if k not in rare]
            # An entry at the start of a segment is part of what the segment gives at least.
            # Rare entries are added by comparison, in later segments too: not twice.
            least = np.searchsorted(cdf[sure], start, side="right")
            segments += [(p.drive * least).astype(np.int16), edge.astype(np.uint16)]
            rows.append(
                [
                    (1 << FRACTION) - p.neuron["alpha"], half, p.neuron["v_threshold"],
                    p.neuron["v_reset"], p.neuron["refractory"], always, p.drive,
                    len(entries), len(entries) + len(cdf), len(entries) + len(sure),
                    int(cdf[rare].min()) - 1 if rare else 65_535,
                ]
            )  # fmt: skip
            entries += [int(cdf[k]) - 1 for k in (*sure, *rare)]
        flat = np.array(entries, np.int64).astype(np.uint16)
        return (
            np.array(rows, np.int64),
            realigned(np.repeat(flat, LANES)),
            realigned(np.concatenate([s.view(np.int16) for s in segments])),
        )

    def _weight(self, projection: EventProjection) -> int:
        c = projection.connectivity
        return int(c.weights[0]) if isinstance(c, Stored) else c.weight

    def _rows(self) -> tuple[Array, Array, Array]:
        """Return sets of rows by class of weight, the weights, and the rows of bits."""
        mine = [p for p, rows in zip(self.plan.projections, self.in_rows, strict=True) if rows]
        keys: dict[tuple[int, str, int], list[EventProjection]] = {}
        for p in mine:
            keys.setdefault((self._weight(p), p.source, p.delay), []).append(p)
        # Two projections of one pair may share synapses: they cannot share a row of bits.
        groups = [
            (weight, source, delay, group)
            for (weight, source, delay), members in keys.items()
            for group in _disjoint(members)
        ]
        weights = sorted({weight for weight, *_ in groups})
        groups.sort(key=lambda g: weights.index(g[0]))
        sets, row = [], 0
        self.class_rows = [0] * len(weights)
        total = sum(self.plan.size(source) for _, source, *_ in groups)
        matrix = aligned(((total + 1) * self.words,), np.uint64)
        for weight, source, delay, group in groups:
            first, size = self.plan.first_neuron(source), self.plan.size(source)
            sets.append([self._part(source), first, delay, weights.index(weight), row])
            self.class_rows[weights.index(weight)] += size
            part = matrix[row * self.words : (row + size) * self.words]
            for p in group:
                self._fill(part, p)
            row += size
        return (
            np.array(sets, np.int64).reshape(-1, 5),
            np.array(weights, np.int64),
            matrix,
        )

    def _fill(self, part: Array, p: EventProjection) -> None:
        """Set the bits of a projection in its rows."""
        first, size = self.plan.first_neuron(p.target), self.plan.size(p.target)
        if isinstance(p.connectivity, Procedural):
            c = p.connectivity
            k = strata(first, size, c.stride, c.fraction)
            procedural_rows(part, self.words, p.seed, first, size, c.stride, c.fraction, k)
        elif isinstance(p.connectivity, Bitmap):
            or_rows(part, self.words, p.connectivity.rows, first)
        else:
            or_lists(part, self.words, p.connectivity.indptr, p.connectivity.target, first)

    def _lists(self) -> tuple[Array, Array, int, Array, Array, bool]:
        """Return the lists of targets of all fixed synapses that are not in rows."""
        mine = [
            p
            for p, rows in zip(self.plan.projections, self.in_rows, strict=True)
            if not (rows or p.length or p.plasticity)
        ]
        delays = sorted({p.delay for p in mine})
        counts = np.zeros(self.parts * self.sources * len(delays) + 1, np.int64)
        pre, post, weight = [], [], []
        for p in mine:
            rows, targets, weights = self._synapses(p)
            part = self._part_of(targets)
            pre.append((part * self.sources + rows) * len(delays) + delays.index(p.delay))
            post.append(targets)
            weight.append(weights)
        keys = np.concatenate(pre) if pre else np.zeros(0, np.int64)
        order = np.argsort(keys, kind="stable")
        targets = np.concatenate(post)[order] if post else np.zeros(0, np.int64)
        weights = np.concatenate(weight)[order] if weight else np.zeros(0, np.int64)
        np.add.at(counts, keys + 1, 1)
        packed = self.plan.neurons <= 65_536 and int(np.abs(weights).max(initial=0)) <= 32_767
        if packed:
            words = (weights.astype(np.int64) << 16 | targets) & 0xFFFF_FFFF
            target, weight32 = words.astype(np.uint32), np.zeros(0, np.int32)
        else:
            target, weight32 = targets.astype(np.uint32), weights.astype(np.int32)
        lengths = counts[1:]
        usual = -(-int(np.quantile(lengths, 0.98)) // LINE) if mine else 0
        self.room = EVENTS + int(lengths.max(initial=0)) + (COPIED + 1) * LINE
        # Short lists are copied by whole lines.
        target = np.concatenate([target, np.zeros((COPIED + 1) * LINE, np.uint32)])
        return np.array(delays, np.int64), np.cumsum(counts), usual, target, weight32, packed

    def _stochastic(self) -> tuple[Array, Array, int, Array, Array]:
        mine = [p for p in self.plan.projections if p.length]
        table = [[p.delay, p.length, p.probability, p.seed] for p in mine]
        firsts, rows, indptr, target, weight, _ = self._by_part(mine)
        head = np.array(table, np.int64).reshape(-1, 4)
        return np.hstack([firsts[:, :2], head, firsts[:, 2:]]), indptr, rows, target, weight

    def plastic(self) -> Plastic:
        """Return the plastic projections, as they are before the first step."""
        mine = list(self.plan.plastic)
        firsts, rows, indptr, target, weight, order = self._by_part(mine)
        table = []
        for p in mine:
            rule = p.plasticity
            assert rule is not None
            table.append([rule.window_plus, rule.window_minus, rule.p_plus, rule.p_minus])
            table[-1] += [rule.step, rule.maximum]
        heads = np.array([[p.delay, p.seed] for p in mine], np.int64).reshape(-1, 2)
        rules = np.array(table, np.int64).reshape(-1, 6)
        return Plastic(
            np.hstack([firsts[:, :2], heads, firsts[:, 2:], rules]), rows, indptr, target, order,
            weight, np.zeros(self.parts * rows, np.int64),
            np.full(self.plan.neurons, LONG_AGO, np.int64),
        )  # fmt: skip

    def _by_part(
        self, projections: list[EventProjection]
    ) -> tuple[Array, int, Array, Array, Array, Array]:
        """Return the synapses of some projections in lists by part and source.

        Source, its first id and first row of every projection; number of rows; where the list of
        every part and row begins; targets, weights, and numbers in the order of the Plan.
        """
        total = sum(self.plan.size(p.source) for p in projections)
        counts = np.zeros(self.parts * total + 1, np.int64)
        rows_, post, weight, heads, row = [], [], [], [], 0
        for p in projections:
            first, size = self.plan.first_neuron(p.source), self.plan.size(p.source)
            heads.append([self._part(p.source), first, row])
            pre, targets, weights = self._synapses(p)
            rows_.append(self._part_of(targets) * total + row + pre - first)
            post.append(targets)
            weight.append(weights)
            row += size
        keys = np.concatenate(rows_) if rows_ else np.zeros(0, np.int64)
        order = np.argsort(keys, kind="stable")
        np.add.at(counts, keys + 1, 1)
        return (
            np.array(heads, np.int64).reshape(-1, 3),
            total,
            np.cumsum(counts),
            (np.concatenate(post)[order] if post else np.zeros(0)).astype(np.uint32),
            (np.concatenate(weight)[order] if weight else np.zeros(0)).astype(np.int32),
            order,
        )

    def _synapses(self, p: EventProjection) -> tuple[Array, Array, Array]:
        """Return source id, target id and weight of every synapse."""
        first, to = self.plan.first_neuron(p.source), self.plan.first_neuron(p.target)
        if isinstance(p.connectivity, Stored):
            c = p.connectivity
            pre = np.repeat(np.arange(len(c.indptr) - 1), np.diff(c.indptr))
            return first + pre, to + c.target.astype(np.int64), c.weights.astype(np.int64)
        rows = [p.connectivity.row(i, to, p.seed) for i in range(self.plan.size(p.source))]
        pre = np.repeat(np.arange(len(rows)), [len(t) for t, _ in rows])
        targets = np.concatenate([t for t, _ in rows])
        return first + pre, to + targets, np.concatenate([w for _, w in rows])

    def _part_of(self, neurons: Array) -> Array:
        return np.searchsorted(np.array(self.edges[1:-1]) * LANES, neurons, side="right")


def _disjoint(members: list[EventProjection]) -> list[list[EventProjection]]:
    """Return the projections in groups in which no target population occurs twice."""
    groups: list[list[EventProjection]] = []
    for p in members:
        for group in groups:
            if all(q.target != p.target for q in group):
                group.append(p)
                break
        else:
            groups.append([p])
    return groups
