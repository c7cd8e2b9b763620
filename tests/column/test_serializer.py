"""The serializer puts every spike out once, in the order of neurons, however slow the reader."""

import numpy as np
import pytest

from bitcortex.models.column.serializer import Serializer, SerializerParams


@pytest.mark.parametrize("eager", [1.0, 0.3])
def test_order(eager: float) -> None:
    rng = np.random.default_rng(3)
    params = SerializerParams(8, 5, 16, 4)
    model = Serializer(params)
    wanted: list[int] = []
    found: list[int] = []
    slot = 0
    for _ in range(3000):
        room, valid, spike, ends = model.outputs()
        sends = int(room and slot < 64 and rng.random() < 0.4)
        mask = int(rng.integers(0, 256)) if rng.random() < 0.7 else 0
        end = int(slot % 32 == 31)
        ready = int(rng.random() < eager)
        if sends:
            wanted += [slot % 32 * 8 + lane for lane in range(8) if mask >> lane & 1]
            wanted += [-1] * end
        assert not (valid and ends)
        if valid and ready:
            found.append(spike)
        if ends:
            found.append(-1)
        model.tick(sends, mask, slot % 32, end, ready)
        slot += sends
    assert slot == 64
    assert found == wanted


def test_bad_parameters() -> None:
    with pytest.raises(ValueError, match="lanes must be 1, 2, 4, 8, 16, 32 or 64, not 5"):
        SerializerParams(5)
    with pytest.raises(ValueError, match="margin must be in"):
        SerializerParams(4, 2, 8, 8)
