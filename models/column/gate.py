"""Stochastic synapses of a lane: how much of every event gets through."""

from collections import deque
from dataclasses import dataclass
from functools import cached_property

from bitcortex import check
from bitcortex.models.column.procedural import MAX_NEURON, power_of_two
from bitcortex.models.model import Model
from bitcortex.network.keys import BANKS, synapse_draws

LATENCY = 10  # cycles from the last draw of an event to what is left of it
ALWAYS = 1 << 16  # a probability: every draw is below


@dataclass(frozen=True)
class GateParams:
    """Parameters of a gate.

    Parameters
    ----------
    lanes
        P, a power of two, 1 to 64.
    lane
        Which one, 0 to P - 1: that of the neurons with this id modulo P.
    slots
        Neurons of the lane, at most 2**20 / P.
    weight_width
        Bits of a signed weight, 2 to 24.
    longest
        Draws per event, at most, 1 to 16.
    """

    lanes: int = 8  # P
    lane: int = 3  # this one
    slots: int = 32  # neurons of the lane
    weight_width: int = 16  # bits, signed
    longest: int = 16  # draws

    def __post_init__(self) -> None:
        power_of_two("lanes", self.lanes, 1, BANKS)
        check.integer("lane", self.lane, 0, self.lanes - 1)
        check.integer("slots", self.slots, 1, MAX_NEURON // self.lanes)
        check.integer("weight_width", self.weight_width, 2, 24)
        check.integer("longest", self.longest, 1, 16)

    @cached_property
    def slot_bits(self) -> int:
        """Bits of a slot's number."""
        return max(1, (self.slots - 1).bit_length())

    @cached_property
    def shift(self) -> int:
        """Bits of a lane's number: an id is ``slot << shift | lane``."""
        return self.lanes.bit_length() - 1

    @cached_property
    def length_bits(self) -> int:
        """Bits of a number of draws."""
        return self.longest.bit_length()

    @cached_property
    def total_width(self) -> int:
        """Bits of a signed weight times a number of draws: holds every one."""
        return self.weight_width + (self.longest - 1).bit_length()


class Gate(Model):
    """Multiplies every event's weight by how many of its draws are below a probability.

    Ports: ``event_valid`` (in, 1), ``event_slot`` (in), ``event_weight`` (in, signed) are an event,
    which stays until ``event_ready`` (out, 1): in the cycle of its last draw. ``key_a``, ``key_b``
    (in, 32 each), ``length`` (in, 1 to `longest`) and ``probability`` (in, 17, at most `ALWAYS`)
    must not change while events are here. ``out_valid`` (out, 1) is what is left of an event that
    got through at least once: ``out_slot`` (out), ``out_weight`` (out, signed; both hold). ``idle``
    (out, 1): nothing is on its way. With length 1 and `ALWAYS` events pass unchanged.

    **Timing**: a draw per cycle, so an event per `length` cycles; latency 10 after its last draw.

    **Arithmetic**: docs/decisions/0005-events.md: draw l of neuron j is number
    ``j * length + l`` of the key; the sum is exact.
    """

    INPUTS = (
        "event_valid", "event_slot", "event_weight", "key_a", "key_b", "length", "probability",
    )  # fmt: skip
    OUTPUTS = ("event_ready", "out_valid", "out_slot", "out_weight", "idle")

    def __init__(self, params: GateParams) -> None:
        super().__init__(params)
        self.reset()

    def reset(self) -> None:
        self.draw = self.count = 0
        # Of the last cycles, the oldest first: whether there was a draw, and the event it left.
        self.stages: deque[tuple[int, tuple[int, int] | None]] = deque([(0, None)] * LATENCY)
        self.event = (0, 0)

    def outputs(self) -> tuple[int, int, int, int]:
        """Return what all ports but `event_ready` show in this cycle: they are registers."""
        left = self.stages[0][1]
        return (int(left is not None), *self.event, int(not any(drawn for drawn, _ in self.stages)))

    def tick(
        self,
        event_valid: int,
        event_slot: int,
        event_weight: int,
        key_a: int,
        key_b: int,
        length: int,
        probability: int,
    ) -> tuple[int, int, int, int, int]:
        ready = int(self.draw + 1 == length)
        shown = (ready, *self.outputs())
        left = None
        if event_valid:
            neuron = event_slot << self.params.shift | self.params.lane
            number = neuron * length + self.draw
            self.count += synapse_draws((key_a, key_b), number) < probability
            self.draw += 1
            if ready:
                left = (event_slot, self.count * event_weight) if self.count else None
                self.draw = self.count = 0
        self.stages.append((event_valid, left))
        self.stages.popleft()
        self.event = self.stages[0][1] or self.event
        return shown
