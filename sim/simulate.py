"""One call for every engine: `simulate(network, steps, engine=...)`."""

import time
from collections.abc import Callable
from numbers import Integral
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bitcortex import check
from bitcortex.errors import ToolError
from bitcortex.models.recorder.hash import hash_events
from bitcortex.network.description import Network
from bitcortex.network.lower import lower
from bitcortex.network.plan import Plan
from bitcortex.network.run import Run

ENGINES = ("golden", "numba", "rtl")
CHUNK = 50  # steps between two reports of progress

Progress = Callable[[int], object]


class Engine(Protocol):
    """Runs a Plan in chunks: ``run(a)`` then ``run(b)`` is ``run(a + b)``."""

    name: str

    def run(self, steps: int) -> NDArray[np.uint8]:
        """Take `steps` steps and return the raster, shape (steps, neurons)."""
        ...

    def signals(self) -> dict[str, NDArray[np.int64]]:
        """Return the internals of the last step, in the order of cause and effect.

        Keys are ``population.signal``: counts, then state fields, then spikes; values have shape
        (size,).
        """
        ...

    def close(self) -> None:
        """Free what the engine holds."""
        ...


def make_engine(name: str, plan: Plan) -> Engine:
    """Return an engine by name; ``auto`` is ``numba``.

    Raises
    ------
    ValueError
        If there is no such engine.
    ToolError
        If what the rtl engine needs is not installed.
    """
    check.one_of("engine", name, ("auto", *ENGINES))
    if name == "golden":
        from bitcortex.sim.engine.golden import GoldenEngine

        return GoldenEngine(plan)
    if name == "rtl":
        try:
            from bitcortex.sim.engine.rtl import RtlEngine
        except ModuleNotFoundError as error:
            raise ToolError(
                f"the rtl engine needs {error.name}. Try: pip install 'bitcortex[rtl]'"
            ) from error

        return RtlEngine(plan)
    from bitcortex.sim.engine.numba import NumbaEngine

    return NumbaEngine(plan)


def steps_of(plan: Plan, seconds_or_steps: float | int) -> int:
    """Return a duration in steps: an int is steps, a float is seconds.

    Raises
    ------
    ValueError
        If the duration is negative, no whole number of steps, or longer than the stimulus.
    """
    if isinstance(seconds_or_steps, Integral):
        steps = check.integer("steps", seconds_or_steps, 0, 2**31 - 1)
    else:
        seconds = check.real("seconds", seconds_or_steps, 0.0, 1e6)
        exact = seconds * 1e9 / plan.dt_ns
        steps = round(exact)
        if abs(exact - steps) > 1e-6 * max(1.0, exact):
            raise ValueError(
                f"seconds must be a multiple of the step of {plan.dt_ns / 1e6:g} ms, not {seconds}"
            )
    if plan.steps is not None and steps > plan.steps:
        raise ValueError(
            f"steps must be at most the {plan.steps} of the stimulus, not {steps}. "
            "Give the sources more rows"
        )
    return steps


def simulate(
    network: Network | Plan,
    seconds_or_steps: float | int,
    engine: str = "auto",
    seed: int | None = None,
    progress: Progress = lambda steps: None,
) -> Run:
    """Simulate a network and return its spikes.

    Parameters
    ----------
    network
        A description, or a Plan made from one.
    seconds_or_steps
        A float is seconds, an int is steps.
    engine
        ``golden``, ``numba``, ``rtl`` or ``auto`` (numba). All give the same spikes.
    seed
        Replaces the network's seed; not allowed with a Plan.
    progress
        Called with the number of steps done since the last call.

    Raises
    ------
    ValueError
        If the network cannot be lowered, the engine is unknown or the duration does not fit.
    """
    if isinstance(network, Plan):
        if seed is not None:
            raise ValueError("seed must be None with a Plan, which has its seeds inside")
        plan = network
    else:
        plan = lower(network, seed).plan
    steps = steps_of(plan, seconds_or_steps)
    running = make_engine(engine, plan)
    chunks = [np.zeros((0, plan.neurons), np.uint8)]
    try:
        start = time.perf_counter()
        for first in range(0, steps, CHUNK):
            chunks.append(running.run(min(CHUNK, steps - first)))
            progress(len(chunks[-1]))
        seconds = time.perf_counter() - start
    finally:
        running.close()
    raster = np.concatenate(chunks)
    return Run(
        engine=running.name,
        digest=plan.digest,
        dt_s=plan.dt_ns * 1e-9,
        populations={p.name: (plan.first_neuron(p.name), p.size) for p in plan.populations},
        raster=raster,
        hash=spike_hash(raster),
        seconds=seconds,
    )


def spike_hash(raster: NDArray[np.uint8]) -> str:
    """Return the running hash of a raster, 16 hexadecimal digits."""
    steps, neurons = np.nonzero(raster)
    return f"{hash_events(steps, neurons):016x}"
