"""The inputs of a lane's neurons: one bank receives events while the other is read and cleared."""

from collections import deque
from dataclasses import dataclass

from bitcortex import check
from bitcortex.models.model import Model
from bitcortex.models.neuron.field import signed_range

LATENCY = 3  # cycles from `read_slot` to `read_sum`
DRAIN = 4  # cycles after the last event until its bank may be read


@dataclass(frozen=True)
class AccumulatorParams:
    """Parameters of an accumulator.

    Parameters
    ----------
    slots
        Neurons of the lane, 1 to 65,536.
    width
        Bits of a sum, which the caller knows to hold every sum of a step.
    weight_width
        Bits of a signed weight, at most `width`.
    """

    slots: int = 32
    width: int = 24
    weight_width: int = 16

    def __post_init__(self) -> None:
        check.integer("slots", self.slots, 1, 65_536)
        check.integer("width", self.width, 2, 40)
        check.integer("weight_width", self.weight_width, 2, self.width)

    @property
    def slot_bits(self) -> int:
        """Bits of a slot's number."""
        return max(1, (self.slots - 1).bit_length())


class Accumulator(Model):
    """Two banks of sums.

    Ports: ``event_valid`` (in, 1) adds ``event_weight`` (in, signed) to ``event_slot`` (in) of
    bank ``event_bank`` (in, 1). ``read_valid`` (in, 1) reads ``read_slot`` (in) of bank
    ``read_bank`` (in, 1) and clears it: ``read_sum`` (out, signed) has the sum three cycles
    later, and holds it until the next one.
    ``sweep`` (in, 1), without events and reads, clears `read_slot` of both banks: power-on does
    not. Events and reads must be of different banks, a bank may be read `DRAIN` cycles after its
    last event, and receive events two cycles after its last read; a slot is read again after two
    cycles at the earliest.

    **Timing**: one event and one read per cycle. An event reads its sum in cycle 1, takes it into
    a register in 2, adds in 3 and writes in 4; the sums of the three events before it are
    forwarded.

    **Arithmetic**: exact as long as sums fit `width` bits; wraps otherwise.
    """

    INPUTS = (
        "event_valid", "event_bank", "event_slot", "event_weight",
        "read_valid", "read_bank", "read_slot", "sweep",
    )  # fmt: skip
    OUTPUTS = ("read_sum",)

    def __init__(self, params: AccumulatorParams) -> None:
        super().__init__(params)
        self.banks = [[0] * params.slots, [0] * params.slots]
        self.reset()

    def reset(self) -> None:
        # Sums that were read in the two cycles before.
        self.coming: deque[int | None] = deque([None] * (LATENCY - 1))
        self.sum = 0

    def outputs(self) -> tuple[int]:
        """Return what the ports show in this cycle."""
        return (self.sum,)

    def tick(
        self,
        event_valid: int,
        event_bank: int,
        event_slot: int,
        event_weight: int,
        read_valid: int,
        read_bank: int,
        read_slot: int,
        sweep: int,
    ) -> tuple[int]:
        shown = self.outputs()
        if sweep:
            self.banks[0][read_slot] = self.banks[1][read_slot] = 0
        # An event's sum is settled as soon as it comes: forwarding makes the pipeline invisible.
        low, high = signed_range(self.params.width)
        if event_valid:
            bank = self.banks[event_bank]
            total = bank[event_slot] + event_weight
            bank[event_slot] = (total - low) % (high - low + 1) + low
        found = self.coming.popleft()
        self.sum = self.sum if found is None else found
        self.coming.append(self.banks[read_bank][read_slot] if read_valid else None)
        if read_valid:
            self.banks[read_bank][read_slot] = 0
        return shown
