"""Sweeps of simulations, verifications and syntheses over parameters, on any executor."""

from bitcortex.sweep.axes import span
from bitcortex.sweep.cluster import dask_executor
from bitcortex.sweep.pool import ProcessPool, WorkerDied
from bitcortex.sweep.results import Outcome, Results
from bitcortex.sweep.sweep import Sweep, load

__all__ = [
    "Outcome", "ProcessPool", "Results", "Sweep", "WorkerDied", "dask_executor", "load", "span",
]  # fmt: skip
