"""Variants in fixed point, V3 (Q8.8) and V11 (Q16.12): the tutorial's mapping, and ours."""

import math
from dataclasses import dataclass, replace
from hashlib import sha256

import numpy as np

from bitcortex.brunel import reference
from bitcortex.brunel.lif import bank, outcome
from bitcortex.brunel.params import BrunelParams
from bitcortex.brunel.registry import Equality, Mapped, Outcome, Translated, variant
from bitcortex.brunel.work import Work
from bitcortex.models.neuron.fixed_point_lif import FixedPointLifParams
from bitcortex.models.neuron.formats import Q8_8, Q16_12, Format, alpha_of, tau_of
from bitcortex.models.neuron.lif import FRACTION, LifParams
from bitcortex.network.connectivity_plan import Bitmap
from bitcortex.network.event_plan import EventPlan
from bitcortex.sim.simulate import simulate


@dataclass(frozen=True)
class FixedPoint(Translated):
    """A fixed-point LIF network.

    Parameters
    ----------
    format
        Q8.8 or Q16.12.
    neuron
        Integers of the neuron.
    j_exc_q, j_inh_q
        Kicks in units.
    unit_mv
        Of voltages.
    tutorial
        The tutorial's mapping: floor everywhere, ``leak_k = int(dt / tau * 2**fraction)``.
    """

    format: Format
    neuron: LifParams
    j_exc_q: int
    j_inh_q: int
    unit_mv: float
    tutorial: bool

    @property
    def leak_k(self) -> int:
        """The coefficient of `FixedPointLIFNeuron`; only the tutorial's leak is one."""
        return ((1 << FRACTION) - self.neuron.alpha) >> (FRACTION - self.format.fraction)

    @property
    def gain_k(self) -> int:
        """Of the input: 1."""
        return 1 << self.format.fraction

    @property
    def object(self) -> FixedPointLifParams:
        """Parameters of the tutorial's neuron."""
        lif = self.neuron
        return FixedPointLifParams(
            self.format.data_width, self.format.fraction, 0, lif.v_threshold, lif.v_reset,
            lif.refractory,
        )  # fmt: skip


def fixed_point(bp: BrunelParams, form: Format, tutorial: bool) -> FixedPoint:
    """Return the network in a format.

    The tutorial's mapping has units of 2**-fraction mV and cuts off what does not fit: J = 0.1 mV
    is 25.6 units, and becomes 25. Ours takes the unit J / round(J * 2**fraction) instead, so that J
    is exact, and with it g J, threshold and reset where they are multiples of J; its leak has 16
    bits, rounded to nearest.
    """
    one = 1 << form.fraction
    if tutorial:
        leak_k = int(bp.dt / bp.tau_mem * one)
        if not leak_k:
            raise ValueError(
                f"dt / tau_mem must be at least {1 / one:g} for a leak_k in {form}, not "
                f"{bp.dt / bp.tau_mem:g}: nothing would leak. Use a larger dt"
            )
        alpha, leak, unit = (
            (1 << FRACTION) - (leak_k << (FRACTION - form.fraction)),
            "floor",
            1 / one,
        )
        how = "int({} * 2**fraction)"
        leak_row = Mapped("leak_k", bp.dt / bp.tau_mem * one, leak_k, "floor", "tau",
                          "int(dt/tau * 2**fraction)")  # fmt: skip
    else:
        alpha, leak = alpha_of(bp.dt, bp.tau_mem), "nearest"
        unit = bp.weight_exc / max(1, round(bp.weight_exc * one))
        how = "round({} / unit), unit = J/round(J*2**fraction)"
        leak_row = Mapped("alpha", math.exp(-bp.dt / bp.tau_mem) * 2**FRACTION, alpha, "nearest",
                          "tau", "round(exp(-dt/tau) * 2**16)")  # fmt: skip

    def code(value: float) -> int:
        return int(value / unit) if tutorial else round(value / unit)

    def row(thing: str, value: float, parameter: str) -> Mapped:
        return Mapped(thing, value / unit, code(value), str(form), parameter, how.format(parameter))

    rows = (
        row("v_threshold_q", bp.threshold, "v_th"), row("v_reset_q", bp.reset, "v_reset"),
        row("j_exc_q", bp.weight_exc, "J"), row("j_inh_q", bp.weight_inh, "g*J"), leak_row,
        Mapped("tau (ms)", bp.tau_mem, tau_of(alpha, bp.dt), leak_row.thing, "tau", "as it acts"),
    )  # fmt: skip
    lif = LifParams(
        form.data_width, min(40, form.data_width + 8), alpha, leak, code(bp.threshold),
        code(bp.reset), bp.refractory_steps,
    )  # fmt: skip
    return FixedPoint(bp, rows, form, lif, code(bp.weight_exc), code(bp.weight_inh), unit, tutorial)


def plan_of(params: FixedPoint, work: Work) -> EventPlan:
    """Return the network's Plan with these integers: what the column engine runs."""
    lif, plan = params.neuron, work.plan
    neuron = {
        "data_width": lif.data_width, "alpha": lif.alpha, "leak": lif.leak,
        "v_threshold": lif.v_threshold, "v_reset": lif.v_reset, "refractory": lif.refractory,
    }  # fmt: skip
    populations = tuple(
        replace(p, neuron=neuron, drive=params.j_exc_q if p.cdf else 0) for p in plan.populations
    )
    projections = []
    for p in plan.projections:
        kick = params.j_exc_q if p.source == "exc" else -params.j_inh_q
        assert isinstance(p.connectivity, Bitmap)
        projections.append(replace(p, connectivity=replace(p.connectivity, weight=kick)))
    return replace(
        plan, data_width=lif.data_width, populations=populations, projections=tuple(projections)
    )


def run_fixed_point(params: FixedPoint, work: Work) -> Outcome:
    """Run the bank of neurons; with the tutorial's mapping, say what float64 makes of its numbers.

    That is the mapping's error alone: float64 neurons with its leak, kicks and threshold.
    """
    events = bank(work, params.neuron, params.j_exc_q, params.j_inh_q)
    if not params.tutorial:
        return outcome(work, events, "numba kernel")
    j, inhibition = (q * params.unit_mv for q in (params.j_exc_q, params.j_inh_q))
    mapped = reference.lif(
        work, lambda e, i, x: np.asarray(j * (e + x) - inhibition * i),
        params.neuron.alpha / (1 << FRACTION),
    )  # fmt: skip
    return outcome(
        work, events, "numba kernel", expected_hz=work.statistics(mapped)[0],
        expectation="float64 with the mapped leak and weights",
    )  # fmt: skip


def column_engine(plan: EventPlan, steps: int) -> Equality:
    """Compare the column engine with Numba on a Plan: spikes, and weights if they learn."""
    soft, hard = (simulate(plan, steps, engine) for engine in ("numba", "rtl"))
    texts = []
    for run in (soft, hard):
        learned = [w.weight.astype(np.int64).tobytes() for w in run.weights.values()]
        texts.append(" ".join([run.hash, *(sha256(x).hexdigest() for x in learned)]))
    what = "spikes and weights" if plan.plastic else "spikes"
    return Equality(texts[0], texts[1], f"{what} of {steps} steps, {plan.neurons} neurons")


def run_rtl(params: FixedPoint, work: Work) -> Equality:
    """Run the column engine on the Plan and compare its spikes with those of the bank."""
    plan = plan_of(params, work)
    rtl = simulate(plan, work.steps, "rtl", lanes=8)
    soft = run_fixed_point(replace(params, tutorial=False), work)
    return Equality(soft.hash, rtl.hash, f"spikes of {work.steps} steps, {plan.neurons} neurons")


@variant("V3", "fixed point Q8.8", "fixed-point")
def translate_v3_fixed_point(bp: BrunelParams) -> FixedPoint:
    """Return the network in Q8.8 of units of J / round(256 J)."""
    return fixed_point(bp, Q8_8, tutorial=False)


translate_v3_fixed_point.runs(run_fixed_point)
translate_v3_fixed_point.gateware(run_rtl)


@variant("V3t", "fixed point Q8.8, tutorial's mapping", "fixed-point", oracle="own")
def translate_v3_tutorial(bp: BrunelParams) -> FixedPoint:
    """Return the network in Q8.8 as the tutorial maps it, its errors included."""
    return fixed_point(bp, Q8_8, tutorial=True)


translate_v3_tutorial.runs(run_fixed_point)
translate_v3_tutorial.gateware(run_rtl)


@variant("V11", "fixed point Q16.12, 32 bits", "fixed-point")
def translate_v11_fixed_point_32(bp: BrunelParams) -> FixedPoint:
    """Return the network in Q16.12 of units of J / round(4096 J)."""
    return fixed_point(bp, Q16_12, tutorial=False)


translate_v11_fixed_point_32.runs(run_fixed_point)
translate_v11_fixed_point_32.gateware(run_rtl)


@variant("V11t", "fixed point Q16.12, tutorial's mapping", "fixed-point", oracle="own")
def translate_v11_tutorial(bp: BrunelParams) -> FixedPoint:
    """Return the network in Q16.12 as the tutorial maps it."""
    return fixed_point(bp, Q16_12, tutorial=True)


translate_v11_tutorial.runs(run_fixed_point)
translate_v11_tutorial.gateware(run_rtl)
