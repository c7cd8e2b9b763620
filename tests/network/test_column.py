"""The column: its loop is closed, its rate follows the stimulus and comes back."""

import numpy as np
import pytest

from bitcortex.sim.column import ColumnResult, run_column

SEEDS = (42, 1, 2, 3, 4)


@pytest.fixture(scope="module")
def results() -> list[ColumnResult]:
    return [run_column(seed) for seed in SEEDS]


@pytest.mark.parametrize("index", range(len(SEEDS)))
def test_dynamics(results: list[ColumnResult], index: int) -> None:
    result = results[index]
    assert result.inhibition_effect >= 0.30
    assert result.no_recurrence_hz < 0.95 * result.held_hz
    assert result.correlation >= 0.9
    assert result.peak_hz < 0.5 * result.bound_hz
    assert result.held_hz > 10.0
    assert result.baseline_hz < 0.15 * result.held_hz
    assert result.after_hz < 0.15 * result.held_hz


def test_seeds_differ_in_spikes_and_agree_in_statistics(results: list[ColumnResult]) -> None:
    assert len({result.run.hash for result in results}) == len(SEEDS)
    held = np.array([result.held_hz for result in results])
    inhibitory = np.array([result.inhibitory_hz for result in results])
    assert held.std() / held.mean() < 0.1
    assert inhibitory.std() / inhibitory.mean() < 0.1
