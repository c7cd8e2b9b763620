"""The 20 -> 80 layer with a weight of its own per synapse is placed and routed on small devices."""

import pytest

from bitcortex.boards.area import measure
from bitcortex.boards.devices import find_device
from bitcortex.models.layer.dense import DenseParams
from bitcortex.sim.twins.layer.dense import TWIN

LAYER = DenseParams(20, 80, length=256)


@pytest.mark.parametrize(
    ("device", "lut", "bram", "mhz"),
    [
        pytest.param("ice40up5k", 1100, 12, 36.0, marks=pytest.mark.full),
        ("ecp5-25", 1000, 5, 85.0),
    ],
)
def test_layer_fits(device: str, lut: int, bram: int, mhz: float) -> None:
    area = measure(TWIN.emit(LAYER), find_device(device), seeds=1)
    assert area.bram == bram  # 180 bits wide: 12 x 16 on the iCE40, 5 x 36 on the ECP5
    assert area.lut <= lut
    assert area.dsp == 0
    assert area.fmax_median_mhz >= mhz
