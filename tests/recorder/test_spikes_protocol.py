"""The recorder's protocol in cocotb, for fast and slow sources and sinks."""

import dataclasses
from pathlib import Path

import pytest
from cocotb_runner import SIMULATORS, run_cocotb
from recorder.cocotb_spikes import PARAMS

from bitcortex.gateware.emit import Verilog
from bitcortex.sim.twins.recorder.spikes import TWIN

TESTS = [
    "clear_during_a_sweep_begins_it_anew",
    "clear_empties_everything",
    "every_spike_comes_out_once_and_in_order",
    "full_fifo_stalls_and_loses_nothing",
    "spikes_go_before_reads",
]


@pytest.fixture(scope="module")
def verilog() -> Verilog:
    return TWIN.emit(PARAMS)


@pytest.mark.parametrize(("source", "sink"), [(100, 100), (100, 30), (30, 100), (50, 50), (90, 5)])
@pytest.mark.parametrize("simulator", SIMULATORS)
def test_protocol(simulator: str, source: int, sink: int, verilog: Verilog, tmp_path: Path) -> None:
    rates = {"SOURCE": str(source), "SINK": str(sink)}
    ran = run_cocotb(verilog, "recorder.cocotb_spikes", simulator, tmp_path, **rates)
    assert sorted(ran) == TESTS


@pytest.mark.parametrize(
    ("change", "test"),
    [
        ({"depth": 8}, "full_fifo_stalls_and_loses_nothing"),
        ({"n": 5}, "clear_during_a_sweep_begins_it_anew"),
        ({"count_width": 4}, "spikes_go_before_reads"),
    ],
)
def test_protocol_test_finds_another_recorder(
    change: dict[str, int], test: str, tmp_path: Path
) -> None:
    """Negative control."""
    wrong = TWIN.emit(dataclasses.replace(PARAMS, **change))
    with pytest.raises(AssertionError, match=test):
        run_cocotb(
            wrong, "recorder.cocotb_spikes", SIMULATORS[-1], tmp_path, SOURCE="90", SINK="30"
        )
