"""One lane of the column engine: synapses, inputs, states and the membrane pipeline."""

from collections import deque
from dataclasses import dataclass

from bitcortex import check
from bitcortex.models.column.accumulator import Accumulator
from bitcortex.models.column.bitmap import Bitmap
from bitcortex.models.column.gate import Gate
from bitcortex.models.column.membrane import Membrane
from bitcortex.models.column.params import CoreParams
from bitcortex.models.column.plasticity import Plasticity, older
from bitcortex.models.column.procedural import Procedural
from bitcortex.models.column.stored import Stored
from bitcortex.models.model import Model
from bitcortex.models.neuron.field import as_signed


@dataclass(frozen=True)
class LaneParams:
    """Parameters of a lane.

    Parameters
    ----------
    core
        Of the engine.
    lane
        Which one.
    """

    core: CoreParams
    lane: int

    def __post_init__(self) -> None:
        check.integer("lane", self.lane, 0, self.core.lanes - 1)


class Lane(Model):
    """The neurons ``lane``, ``lane + P``, ... of a Plan.

    Ports: ``read`` (in, 1) begins an update of the neuron ``slot`` (in) with the sums of bank
    ``read_bank`` (in, 1); ``kick`` (in, signed), drive and constant input, and ``kind`` (in) of
    the neuron come three and four cycles later. Kicks, weights and sums are in units of
    ``2**shift`` of the membrane's. ``done`` (out, 1) ends it with ``spike`` (out, 1).
    ``sweep`` (in, 1) clears the state and
    the sums of `slot`. Synapses add to ``event_bank`` (in, 1):
    ``bitmap_valid``, ``bitmap_address``, ``bitmap_weight``, ``stored_valid``, ``stored_row``,
    ``procedural_valid``, ``procedural_projection``, ``procedural_a``, ``procedural_b`` (in) are
    jobs of the stores, taken if ``bitmap_ready``, ``stored_ready``, ``procedural_ready`` (out, 1);
    ``idle`` (out, 1): no job is left, nothing is on its way. Stochastic synapses draw from the key
    ``gate_a``, ``gate_b`` with ``gate_length`` and ``gate_probability`` (in; see `Gate`), which
    only change while the lane is idle; so do ``plastic`` (in, 1), whether the stored events are of
    plastic synapses, ``rule`` and ``gap`` (in; see `Plasticity`). The host writes ``data`` (in, 64)
    at ``address`` (in): ``state_we``, ``bitmap_we``, ``pointer_we``, ``entry_we`` (in, 1).
    ``state`` (out) is that of the slot of four cycles before; with ``entry_look`` (in, 1) for three
    cycles before and in this one, of an idle lane with plastic synapses, it is the weight at
    `address` instead. A state's highest bits are then the code of the neuron's age (`older`).

    **Timing**: one update and one event per cycle. The sum is read in cycle 1, the state in cycle
    2; the membrane pipeline begins in cycle 4. A slot is updated again after its update has ended.
    No update is under way while there are plastic events, which read the ages.

    **Arithmetic**: docs/decisions/0005-events.md.
    """

    INPUTS = (
        "read", "read_bank", "slot", "kick", "kind", "sweep", "event_bank",
        "bitmap_valid", "bitmap_address", "bitmap_weight", "stored_valid", "stored_row",
        "procedural_valid", "procedural_projection", "procedural_a", "procedural_b",
        "gate_a", "gate_b", "gate_length", "gate_probability",
        "plastic", "rule", "gap",
        "state_we", "bitmap_we", "pointer_we", "entry_we", "entry_look", "address", "data",
    )  # fmt: skip
    OUTPUTS = (
        "done", "spike", "bitmap_ready", "stored_ready", "procedural_ready", "idle", "state",
    )  # fmt: skip

    def __init__(self, params: LaneParams) -> None:
        super().__init__(params)
        core = params.core
        self.width, self.shift = core.plan.data_width, core.layout.shift
        self.sums = Accumulator(core.accumulator)
        self.bitmap = Bitmap(core.bitmap) if core.bitmap else None
        self.stored = Stored(core.stored) if core.stored else None
        rows = core.procedural(params.lane)
        self.procedural = Procedural(rows) if rows else None
        gate = core.gate(params.lane)
        self.gate = Gate(gate) if gate else None
        learning = core.plasticity(params.lane)
        self.plasticity = Plasticity(learning) if learning else None
        self.membrane = Membrane(core.membrane)
        self.age_at = core.age_at
        self.states = [0] * core.layout.slots
        self.mask = (1 << core.slot_bits) - 1
        self.reset()

    def reset(self) -> None:
        stores = (self.bitmap, self.stored, self.procedural)
        for part in (self.sums, *stores, self.gate, self.plasticity, self.membrane):
            if part is not None:
                part.reset()
        # Of the last four cycles: read, slot; and what the state memory gave.
        self.reads: deque[tuple[int, int]] = deque([(0, 0)] * 4)
        self.ends: deque[tuple[int, int]] = deque([(0, 0)] * (self.params.core.membrane.latency))
        self.current = 0
        self.state_1 = self.state = 0
        self.shows: deque[int] = deque([0, 0, 0])
        self.writes: tuple[int, int] | None = None  # in the next cycle: address, state

    def outputs(self, entry_look: int = 0) -> tuple[int, ...]:
        """Return what the ports show in this cycle."""
        stores = [s.outputs() if s else None for s in (self.bitmap, self.stored, self.procedural)]
        ready = [s[0] if s else 0 for s in stores]
        idle = all(s[4] for s in stores if s) and (not self.gate or self.gate.outputs()[3])
        idle = idle and (not self.plasticity or self.plasticity.outputs()[6])
        done, spike, *_ = self.membrane.outputs()
        state = self.state
        if entry_look and self.stored and self.plasticity:
            state = self.stored.event[1] & ((1 << self.stored.params.weight_width) - 1)
        return (done, spike, *ready, int(idle), state)

    def tick(
        self,
        read: int,
        read_bank: int,
        slot: int,
        kick: int,
        kind: int,
        sweep: int,
        event_bank: int,
        bitmap_valid: int,
        bitmap_address: int,
        bitmap_weight: int,
        stored_valid: int,
        stored_row: int,
        procedural_valid: int,
        procedural_projection: int,
        procedural_a: int,
        procedural_b: int,
        gate_a: int,
        gate_b: int,
        gate_length: int,
        gate_probability: int,
        plastic: int,
        rule: int,
        gap: int,
        state_we: int,
        bitmap_we: int,
        pointer_we: int,
        entry_we: int,
        entry_look: int,
        address: int,
        data: int,
    ) -> tuple[int, ...]:
        shown = self.outputs(entry_look)
        low, high = data & 0xFFFF_FFFF, data >> 32
        # Stores: the first of them that has an event adds it, or what the gate leaves of it.
        stores = [store for store in (self.bitmap, self.stored, self.procedural) if store]
        offers = [store.outputs()[1:4] for store in stores]
        event: tuple[int, int, int] = next((offer for offer in offers if offer[0]), (0, 0, 0))
        first, taken = offers.index(event) if event[0] else len(stores), 1
        learned: tuple[int, ...] = (0,) * 7
        age_slot = None
        if self.plasticity and self.stored:
            *_, valid, event_slot, weight, _, place = self.stored.outputs()
            valid = int(valid and plastic)
            p = self.plasticity.params
            learned = self.plasticity.tick(
                valid, place, event_slot, weight & ((1 << p.weight_bits) - 1),
                self.state >> self.age_at, gate_a, gate_b, gap, rule & ((1 << p.rule_bits) - 1),
            )  # fmt: skip
            age_slot = event_slot if valid else None
            event = (0, event[1], event[2]) if plastic else event
        if self.gate:
            taken, valid, event_slot, weight, _ = self.gate.tick(
                *event, gate_a, gate_b, gate_length, gate_probability
            )
            event = (valid, event_slot, weight)
        for number, store in enumerate(stores):
            ready = int(number <= first and taken)
            if isinstance(store, Stored) and plastic:
                ready = learned[0]
            if isinstance(store, Bitmap):
                p = store.params
                store.tick(
                    bitmap_we, address & ((1 << p.address_bits) - 1),
                    low & ((1 << p.word_bits) - 1), bitmap_valid, bitmap_address, bitmap_weight,
                    ready,
                )  # fmt: skip
            elif isinstance(store, Stored):
                p = store.params
                entry: tuple[int, int, int, int] = (
                    entry_we, address & ((1 << p.entry_bits) - 1), low & ((1 << p.slot_bits) - 1),
                    as_signed(high, p.weight_width),
                )  # fmt: skip
                if learned[2]:
                    entry = (1, learned[3], learned[4], learned[5])
                store.tick(
                    pointer_we, address & ((1 << p.row_bits) - 1),
                    low & ((1 << p.entry_bits) - 1), high & ((1 << p.count_bits) - 1),
                    *entry, stored_valid, stored_row, ready, entry_look,
                )  # fmt: skip
            else:
                store.tick(
                    procedural_valid, procedural_projection, procedural_a, procedural_b, ready
                )
        if learned[1]:
            event = (1, learned[4], learned[5])
        found = self.sums.outputs()[0]
        self.sums.tick(event[0], event_bank, event[1], event[2], read, read_bank, slot, sweep)
        # Update.
        valid_4, slot_4 = self.reads[0]
        done, _, v_next, left = self.membrane.outputs()
        ended, age = self.ends.popleft()
        state = self.state
        self.ends.append((slot_4, older(state >> self.age_at)))
        refractory = (state & ((1 << self.age_at) - 1)) >> self.width
        v = as_signed(state, self.width)
        self.membrane.tick(valid_4, kind, self.current << self.shift, v, refractory)
        self.current = found + kick
        if self.shows.popleft():
            self.state = self.state_1
        self.shows.append(1 - sweep)
        self.state_1 = self._stored_state(self.reads[2][1] if age_slot is None else age_slot)
        self.reads.popleft()
        self.reads.append((read, slot))
        if self.writes:
            self.states[self.writes[0]] = self.writes[1]
        self.writes = None
        if sweep:
            self.writes = (slot, 0)
        elif state_we:
            self.writes = (address & self.mask, data & ((1 << self.params.core.state_bits) - 1))
        elif done:
            state = v_next & ((1 << self.width) - 1) | left << self.width
            if self.plasticity:
                state |= (1 if shown[1] else age) << self.age_at
            self.writes = (ended, state)
        return shown

    def _stored_state(self, slot: int) -> int:
        return self.states[slot] if slot < len(self.states) else 0
