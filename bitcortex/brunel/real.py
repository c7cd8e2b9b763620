"""Variants in float64, which round nothing: V9 (Brian2's order of a step) and V10 (exact leak)."""

from dataclasses import dataclass

import numpy as np

from bitcortex.brunel import reference
from bitcortex.brunel.lif import outcome
from bitcortex.brunel.params import BrunelParams
from bitcortex.brunel.registry import Mapped, Outcome, Translated, variant
from bitcortex.brunel.work import Work


@dataclass(frozen=True)
class Real(Translated):
    """A network in float64, which rounds nothing."""


def _real(bp: BrunelParams, leak: str) -> Real:
    same = (("v_threshold", bp.threshold, "v_th"), ("v_reset", bp.reset, "v_reset"),
            ("weight_exc", bp.weight_exc, "J"), ("weight_inh", bp.weight_inh, "g*J"))  # fmt: skip
    table = tuple(Mapped(thing, x, x, "float64", p, p) for thing, x, p in same)
    return Real(bp, (*table, Mapped("tau_mem", bp.tau_mem, _tau(bp, leak), leak, "tau", leak)))


def _tau(bp: BrunelParams, leak: str) -> float:
    """Return the time constant that a scheme really has."""
    return bp.tau_mem if leak == "exp(-dt/tau)" else -bp.dt / float(np.log1p(-bp.dt / bp.tau_mem))


@variant("V9", "Brian2's order of a step", "voltage", oracle="tutorial")
def translate_v9_brian2_timing(bp: BrunelParams) -> Real:
    """Return the network as the tutorial runs it in Brian2: Euler, kicks after the threshold."""
    return _real(bp, "1 - dt/tau")


@translate_v9_brian2_timing.runs
def run_v9_brian2_timing(params: Real, work: Work) -> Outcome:
    """Run Brian2's order in float64; the hash is that of Brian2's spikes, if they are equal."""
    return outcome(work, reference.brian2_order(work), "numpy float64")


@variant("V10", "exact exponential leak", "voltage", oracle="brian2")
def translate_v10_exact_leak(bp: BrunelParams) -> Real:
    """Return the network with the leak exp(-dt / tau), in float64."""
    return _real(bp, "exp(-dt/tau)")


@translate_v10_exact_leak.runs
def run_v10_exact_leak(params: Real, work: Work) -> Outcome:
    """Run float64 neurons with the exact leak, and say what Euler's leak changes."""
    euler = reference.lif(work, retained=1.0 - work.params.dt / work.params.tau_mem)
    rate = work.statistics(euler)[0]
    return outcome(work, reference.lif(work), "numpy float64", metrics={"euler_hz": rate})
