"""A lane's update is that of one LIF neuron with the sum of its events."""

from bitcortex.models.column.lane import Lane, LaneParams
from bitcortex.models.column.params import CoreParams
from bitcortex.models.neuron.lif import update
from bitcortex.sim.twins.column.plans import one_store


def test_update_of_a_slot() -> None:
    core = CoreParams(one_store("bitmap"), 4)
    lane = Lane(LaneParams(core, 1))
    quiet = dict.fromkeys(Lane.INPUTS, 0)
    for slot in range(core.layout.slots):
        lane.tick(**(quiet | {"sweep": 1, "slot": slot}))
    assert core.bitmap is not None
    bits = 0b1011
    lane.tick(**(quiet | {"bitmap_we": 1, "address": 2, "data": bits}))
    state = 5000
    lane.tick(**(quiet | {"state_we": 1, "address": 1, "data": state}))
    # A row with slots 0, 1 and 3, twice, into bank 1.
    for _ in range(2):
        lane.tick(**(quiet | {"bitmap_valid": 1, "bitmap_address": 2, "bitmap_weight": 700,
                              "event_bank": 1}))  # fmt: skip
    for _ in range(20):
        lane.tick(**(quiet | {"event_bank": 1}))
    assert lane.outputs()[5] == 1  # idle
    kick = 333
    lane.tick(**(quiet | {"read": 1, "read_bank": 1, "slot": 1, "kick": kick}))
    for _ in range(12):
        lane.tick(**(quiet | {"kick": kick, "slot": 1}))
    (v, left), _ = update(core.layout.neurons[0], (state, 0), 2 * 700 + kick, 0)
    assert lane.states[1] == v | left << core.plan.data_width
    assert lane.states[2] == 0  # not in the row, not updated
