"""Plastic synapses of a lane: stochastic STDP of the events of one row."""

from collections import deque
from dataclasses import dataclass
from functools import cached_property

from bitcortex import check
from bitcortex.models.column.procedural import MAX_NEURON, power_of_two
from bitcortex.models.model import Model
from bitcortex.network.keys import BANKS, synapse_draws
from bitcortex.network.plasticity import HISTORY_BITS, Stdp

LATENCY = 8  # cycles from a draw to what it makes of the weight
GAP_BITS = HISTORY_BITS + 1  # of the steps since the arrival before: window and age together
LONG = (1 << GAP_BITS) - 1  # as many steps, or more


@dataclass(frozen=True)
class PlasticityParams:
    """Parameters of plastic synapses.

    Parameters
    ----------
    lanes
        P, a power of two, 1 to 64.
    lane
        Which one, 0 to P - 1: that of the neurons with this id modulo P.
    slots
        Neurons of the lane, at most 2**20 / P.
    entries
        Synapses of the lane, 1 to 2**24.
    weight_width
        Bits of a signed weight, 2 to 24; plastic ones are not negative.
    rules
        Of the projections; 1 to 256 different ones.
    """

    lanes: int = 8  # P
    lane: int = 3  # this one
    slots: int = 32  # neurons of the lane
    entries: int = 4096  # synapses
    weight_width: int = 16  # bits, signed
    rules: tuple[Stdp, ...] = (Stdp(40, 80, 6554, 13_107, 100, 32_767),)

    def __post_init__(self) -> None:
        power_of_two("lanes", self.lanes, 1, BANKS)
        check.integer("lane", self.lane, 0, self.lanes - 1)
        check.integer("slots", self.slots, 1, MAX_NEURON // self.lanes)
        check.integer("entries", self.entries, 1, 1 << 24)
        check.integer("weight_width", self.weight_width, 2, 24)
        check.integer("number of rules", len(self.rules), 1, 256)
        for rule in self.rules:
            check.integer("maximum of a rule", rule.maximum, 1, (1 << self.weight_bits) - 1)

    @cached_property
    def slot_bits(self) -> int:
        """Bits of a slot's number."""
        return max(1, (self.slots - 1).bit_length())

    @cached_property
    def entry_bits(self) -> int:
        """Bits of an entry's address."""
        return max(1, (self.entries - 1).bit_length())

    @cached_property
    def shift(self) -> int:
        """Bits of a lane's number: an id is ``slot << shift | lane``."""
        return self.lanes.bit_length() - 1

    @property
    def weight_bits(self) -> int:
        """Bits of a weight, which has no sign."""
        return self.weight_width - 1

    @cached_property
    def rule_bits(self) -> int:
        """Bits of a rule's number."""
        return max(1, (len(self.rules) - 1).bit_length())


@dataclass
class Draw:
    """One of an event's two draws on its way.

    Parameters
    ----------
    second
        Whether it is the one that depresses.
    slot, address, weight
        Of the event.
    hit
        Whether the weight changes, once the age is there.
    """

    second: int
    slot: int
    address: int
    weight: int
    hit: bool = False


def older(code: int) -> int:
    """Return the code of a neuron's age a step later, if it does not fire: 4,095 is forgotten.

    A code is the age plus 1, or 0 if no spike is known.
    """
    return (code + 1) % (1 << HISTORY_BITS) if code else 0


class Plasticity(Model):
    """Changes the weight of every event of a plastic row, before and after it is delivered.

    Ports: ``event_valid`` (in, 1), ``event_address``, ``event_slot``, ``event_weight`` (in, not
    signed) are an event from the stored entry at that address; it stays until ``event_ready``
    (out, 1): in its second cycle. ``age`` (in, 12) is that of the neuron `event_slot` of two cycles
    before: the steps since its last spike plus 1, or 0 if none is known. ``key_a``, ``key_b``
    (in, 32 each), ``gap`` (in, 13), the steps since the arrival before, `LONG` if they are more,
    0 if there was none, and ``rule`` (in; a number beyond the last rule is the last one) must not
    change while events are here. ``out_valid`` (out, 1) delivers ``out_weight`` (out, not signed)
    to ``out_slot`` (out); ``out_write`` (out, 1), a cycle later, is the weight that stays, for the
    entry ``out_address`` (out) of that slot. The three hold. ``idle`` (out, 1): nothing is on its
    way.

    **Timing**: a draw per cycle, so an event per two; delivered 8 cycles after its first draw,
    written after 9.

    **Arithmetic**: docs/decisions/0007-stdp.md, with ages and gap one larger than there. Then it
    is ``age != 0`` and ``0 <= gap - age <= window_plus`` that potentiates, and
    ``0 != age <= window_minus`` that depresses: no gap and no age need a case of their own.
    """

    INPUTS = (
        "event_valid", "event_address", "event_slot", "event_weight", "age",
        "key_a", "key_b", "gap", "rule",
    )  # fmt: skip
    OUTPUTS = (
        "event_ready", "out_valid", "out_write", "out_address", "out_slot", "out_weight", "idle",
    )  # fmt: skip

    def __init__(self, params: PlasticityParams) -> None:
        super().__init__(params)
        self.reset()

    def reset(self) -> None:
        self.second = self.address = self.slot = self.weight = 0
        # Of the last cycles, the oldest first; that of `LATENCY` cycles before is the output.
        self.draws: deque[Draw | None] = deque([None] * LATENCY)

    def outputs(self) -> tuple[int, ...]:
        """Return what the ports show in this cycle."""
        shown = self.draws[0]
        return (
            self.second,
            int(shown is not None and not shown.second),
            int(shown is not None and shown.second),
            self.address,
            self.slot,
            self.weight,
            int(not any(self.draws)),
        )

    def tick(
        self,
        event_valid: int,
        event_address: int,
        event_slot: int,
        event_weight: int,
        age: int,
        key_a: int,
        key_b: int,
        gap: int,
        rule: int,
    ) -> tuple[int, ...]:
        shown, rules = self.outputs(), self.params.rules
        stdp = rules[min(rule, len(rules) - 1)]
        draw = self.draws[-2]
        if draw and age:
            neuron = draw.slot << self.params.shift | self.params.lane
            y = int(synapse_draws((key_a, key_b), 2 * neuron + draw.second))
            if draw.second:
                draw.hit = age <= stdp.window_minus and y < stdp.p_minus
            else:
                draw.hit = 0 <= gap - age <= stdp.window_plus and y < stdp.p_plus
        self.draws.popleft()
        new = None
        if event_valid:
            new = Draw(self.second, event_slot, event_address, event_weight)
            self.second = 1 - self.second
        self.draws.append(new)
        done = self.draws[0]
        if done:
            self.slot, self.address = done.slot, done.address
            if not done.second:
                self.weight = done.weight
            if done.hit and done.second:
                self.weight = max(self.weight - stdp.step, 0)
            elif done.hit:
                self.weight = min(self.weight + stdp.step, stdp.maximum)
        return shown
