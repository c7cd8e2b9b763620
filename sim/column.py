"""The column experiment: does the loop close, does the rate follow, does it come back?"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from bitcortex.network.lower import lower
from bitcortex.network.presets import COLUMN_STEPS, HOLD, column
from bitcortex.network.run import Run
from bitcortex.sim.pieces import Progress
from bitcortex.sim.simulate import simulate

SMOOTHING = 20  # steps of the moving average that is compared with the stimulus
RAMPS = slice(30, 470)  # steps in which the correlation is taken: silence, ramps and hold


@dataclass(frozen=True)
class ColumnResult:
    """What the column does, and what it does with one loop cut; rates in Hz."""

    run: Run
    held_hz: float  # excitatory rate while the stimulus is held
    inhibitory_hz: float  # inhibitory rate while the stimulus is held
    baseline_hz: float  # excitatory rate before the stimulus
    after_hz: float  # and in the last 30 steps
    peak_hz: float  # largest smoothed rate
    bound_hz: float  # the rate that refractoriness allows
    correlation: float  # of the smoothed excitatory rate with the stimulus
    no_inhibition_hz: float  # held rate with inhibition blocked
    no_recurrence_hz: float  # held rate with recurrent excitation blocked

    @property
    def inhibition_effect(self) -> float:
        """Relative rise of the held rate when inhibition is blocked."""
        return self.no_inhibition_hz / self.held_hz - 1.0


def smoothed_rate_hz(run: Run, population: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the moving average of a population's rate, shape (steps,)."""
    kernel = np.ones(SMOOTHING) / SMOOTHING
    return np.convolve(run.spikes(population).mean(axis=1), kernel, mode="same") / run.dt_s


def run_column(
    seed: int = 42, engine: str = "auto", progress: Progress = lambda steps: None
) -> ColumnResult:
    """Run the column and its two control runs on one engine.

    Parameters
    ----------
    seed
        Of weights, streams and noise.
    engine
        Of all three runs.
    progress
        Called with steps done; three times 500 in all.
    """
    plan = lower(column(seed)).plan
    start: Callable[..., Run] = partial(
        simulate, seconds_or_steps=COLUMN_STEPS, engine=engine, progress=progress
    )
    run = start(plan)
    blocked = start(plan.without("inh", "exc"))
    alone = start(plan.without("exc", "exc"))
    rate = smoothed_rate_hz(run, "exc")
    stimulus = plan.source("stimulus").codes[:, 0]
    return ColumnResult(
        run=run,
        held_hz=_held(run, "exc"),
        inhibitory_hz=_held(run, "inh"),
        baseline_hz=float(run.spikes("exc")[:50].mean() / run.dt_s),
        after_hz=float(run.spikes("exc")[-30:].mean() / run.dt_s),
        peak_hz=float(rate.max()),
        bound_hz=1.0 / (run.dt_s * (1 + plan.population("exc").neuron["refractory"])),
        correlation=float(np.corrcoef(rate[RAMPS], stimulus[RAMPS])[0, 1]),
        no_inhibition_hz=_held(blocked, "exc"),
        no_recurrence_hz=_held(alone, "exc"),
    )


def _held(run: Run, population: str) -> float:
    return float(run.spikes(population)[HOLD].mean() / run.dt_s)
