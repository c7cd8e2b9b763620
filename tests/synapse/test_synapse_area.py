"""Size and speed of synapses and recorder after place and route."""

import pytest

from bitcortex.boards.area import measure
from bitcortex.boards.devices import find_device
from bitcortex.models.recorder.spikes import SpikesParams
from bitcortex.models.synapse.dot_product import DotProductParams
from bitcortex.sim.twin import find


def test_dot_product_of_80_on_ecp5() -> None:
    verilog = find("synapse.dot_product").emit(DotProductParams(80, 256))
    area = measure(verilog, find_device("ecp5-85"), seeds=5)
    assert area.fmax_median_mhz >= 120
    assert area.lut <= 380
    assert area.dsp == area.bram == 0


@pytest.mark.full
def test_recorder_keeps_its_spikes_in_block_ram() -> None:
    """A FIFO that were read asynchronously would be thousands of flip-flops."""
    verilog = find("recorder.spikes").emit(SpikesParams(80, depth=256))
    area = measure(verilog, find_device("ice40up5k"), seeds=1)
    assert area.bram == 4  # 39 bits of spikes in three, the counts in one
    assert area.ff <= 250
    assert area.lut <= 600
