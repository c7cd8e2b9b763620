"""Durations: a float is seconds, an int is steps."""

from numbers import Integral

from bitcortex import check
from bitcortex.network.event_plan import EventPlan
from bitcortex.network.plan import Plan


def steps_of(plan: Plan | EventPlan, seconds_or_steps: float | int) -> int:
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
