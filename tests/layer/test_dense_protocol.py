"""The dense layer's protocol in cocotb, on every simulator that is here."""

from pathlib import Path

import pytest
from cocotb_runner import SIMULATORS, run_cocotb

from bitcortex.models.layer.dense import DenseParams
from bitcortex.sim.twins.layer.dense import TWIN

PARAMS = DenseParams(5, 3, length=32, n_spikes=2, seed=21)  # those of cocotb_dense


@pytest.mark.parametrize("simulator", SIMULATORS)
def test_protocol(simulator: str, tmp_path: Path) -> None:
    ran = run_cocotb(TWIN.emit(PARAMS), "layer.cocotb_dense", simulator, tmp_path)
    assert sorted(ran) == [
        "everything_is_ignored_while_busy",
        "passes_with_fresh_bits",
        "reseed_returns_to_the_first_bits",
        "reset_ends_a_pass_and_keeps_the_weights",
        "start_with_done_leaves_no_gap",
    ]


def test_protocol_test_finds_a_wrong_schedule(tmp_path: Path) -> None:
    """Negative control: a layer with other streams, and so other counts, fails."""
    wrong = DenseParams(5, 3, length=32, n_spikes=2, seed=22)
    with pytest.raises(AssertionError, match="passes_with_fresh_bits"):
        run_cocotb(TWIN.emit(wrong), "layer.cocotb_dense", SIMULATORS[-1], tmp_path)
