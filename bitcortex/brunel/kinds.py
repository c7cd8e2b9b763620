"""Variants with other neurons: V5 (Izhikevich) and V6 (homeostatic threshold)."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bitcortex.brunel.lif import bank, outcome
from bitcortex.brunel.params import BrunelParams
from bitcortex.brunel.registry import Equality, Mapped, Outcome, Translated, variant
from bitcortex.brunel.work import Ids, Work, spike_hash
from bitcortex.models.neuron.bank import BankParams
from bitcortex.models.neuron.formats import Format
from bitcortex.models.neuron.homeostatic_lif import HomeostaticLIFNeuron
from bitcortex.models.neuron.sc_izhikevich import SCIzhikevichNeuron
from bitcortex.network.run import Events

IZHIKEVICH_DT = 0.125  # ms, one of the neuron's steps
IZHIKEVICH = Format(24, 16)  # with steps this short, 10 fractional bits fire 2 % too often
TARGET_HZ = 30.0  # of V6: what the tutorial says of the network
ADAPTATION_MV = 0.5  # rise of the threshold per spike
SETTLE_S = 3.5  # of V6, before anything counts: the rate errs by exp(-t / 0.8 s) till then


@dataclass(frozen=True)
class Recovery(Translated):
    """A network of Izhikevich neurons.

    Parameters
    ----------
    neuron
        Arguments of `SCIzhikevichNeuron`.
    current
        Of an excitatory or external arrival for one step, in the paper's units.
    """

    neuron: dict[str, float]
    current: float

    def units(self) -> tuple[Any, int, int]:
        """Return the neuron's integers and both currents in its units."""
        made = SCIzhikevichNeuron(**self.neuron, format=IZHIKEVICH)
        one = made.input_format
        g = self.network.g_inh
        return made.params, one.units("current", self.current), one.units("g", g * self.current)


def rheobase(a: float, b: float) -> float:
    """Return the least constant current at which an Izhikevich neuron has no rest.

    Where the nullclines 0.04 v^2 + 5 v + 140 + I and b v touch; a and b of a resonator lose their
    rest earlier, by a Hopf bifurcation, which is refused.
    """
    if b > a + 0.2:
        raise ValueError(f"b must be at most a + 0.2 = {a + 0.2:g}, not {b}. Use an integrator")
    return (5.0 - b) ** 2 / 0.16 - 140.0


@variant("V5", "Izhikevich, regular spiking", "voltage", oracle="own", within=0.03)
def translate_v5_izhikevich(bp: BrunelParams) -> Recovery:
    """Return the network with regular spiking neurons.

    eta keeps its meaning: external input over that which brings a neuron to its threshold, here the
    rheobase. So J becomes a current for one step, J / V_th * I_rheobase * tau / dt.
    """
    neuron = {"a": 0.02, "b": 0.2, "c": -65.0, "d": 8.0, "dt": IZHIKEVICH_DT}
    network = replace(bp, dt=IZHIKEVICH_DT, delay=max(bp.delay, IZHIKEVICH_DT))
    limit = rheobase(neuron["a"], neuron["b"])
    current = bp.weight_exc / bp.threshold * limit * bp.tau_mem / IZHIKEVICH_DT
    one = 1 << SCIzhikevichNeuron(**neuron, format=IZHIKEVICH).input_format.fraction
    how = "J/v_th * I_rheobase * tau/dt"
    rows = [
        Mapped("dt", bp.dt, IZHIKEVICH_DT, "ms, a power of two", "dt", "1/8 ms"),
        Mapped("rheobase", limit, limit, "paper's units", "v_th", "(5 - b)**2/0.16 - 140"),
    ]
    for thing, value, parameter in (("current", current, "J"),
                                    ("current_inh", bp.g_inh * current, "g*J")):  # fmt: skip
        got = round(value * one) / one
        rows.append(Mapped(thing, value, got, "Q10.16", parameter, how))
    return Recovery(network, tuple(rows), neuron, current)


@translate_v5_izhikevich.runs
def run_v5_izhikevich(params: Recovery, work: Work) -> Outcome:
    """Run a bank of integer neurons, and the paper's equations in float64."""
    events = bank(work, *params.units())
    expected = work.statistics(izhikevich_float64(params, work))[0]
    return outcome(
        work, events, "numba kernel", expected_hz=expected,
        expectation="float64 equations, same input spikes",
    )  # fmt: skip


def izhikevich_float64(params: Recovery, work: Work) -> Events:
    """Run `bitcortex.models.reference.izhikevich` for all neurons of the network at once."""
    a, b, c, d, dt = (params.neuron[name] for name in ("a", "b", "c", "d", "dt"))
    n = work.params.n_total
    v, u = np.full(n, c), np.full(n, b * c)
    j, inhibition = params.current, params.network.g_inh * params.current

    def advance(excitatory: Ids, inhibitory: Ids, external: Ids) -> Ids:
        drive = j * (excitatory + external) - inhibition * inhibitory
        for _ in range(2):
            v[:] = np.minimum(v + 0.5 * dt * (0.04 * v * v + 5.0 * v + 140.0 - u + drive), 30.0)
        u[:] += dt * a * (b * v - u)
        spikes = np.flatnonzero(v >= 30.0)
        v[spikes] = c
        u[spikes] += d
        return spikes

    return work.simulate(advance)


@dataclass(frozen=True)
class Homeostatic(Translated):
    """A network of homeostatic LIF neurons.

    Parameters
    ----------
    neuron
        Arguments of `HomeostaticLIFNeuron`.
    """

    neuron: dict[str, float]

    def units(self) -> tuple[Any, int, int]:
        """Return the neuron's integers, and both kicks in its units."""
        made = HomeostaticLIFNeuron(**self.neuron)  # type: ignore[arg-type]
        one = 1 << made.membrane.format.fraction
        bp = self.network
        return made.params, round(bp.weight_exc * one), round(bp.weight_inh * one)


@variant("V6", "homeostatic threshold, 30 Hz", "voltage", oracle="own")
def translate_v6_homeostatic(bp: BrunelParams) -> Homeostatic:
    """Return the network with thresholds that adapt until every neuron fires at 30 Hz."""
    rate = TARGET_HZ * bp.dt * 1e-3
    neuron: dict[str, float] = {
        "v_rest": bp.v_rest, "v_reset": bp.v_reset, "v_threshold": bp.v_threshold,
        "tau_mem": bp.tau_mem, "dt": bp.dt, "refractory_period": bp.refractory_steps,
        "target_rate": rate, "adaptation": ADAPTATION_MV,
        "threshold_min": bp.v_reset + 0.05 * (bp.v_threshold - bp.v_reset),
        "threshold_max": bp.v_rest + 3 * bp.threshold,
    }  # fmt: skip
    made = HomeostaticLIFNeuron(**neuron)  # type: ignore[arg-type]
    rows = (
        Mapped("target_rate (Hz)", TARGET_HZ, made.target_rate / bp.dt * 1e3,
               "step_down / step_up", "-", "of the variant"),
        Mapped("adaptation", ADAPTATION_MV, made.params.step_up / (1 << 20), "mV per spike", "-",
               "of the variant"),
        Mapped("v_threshold", bp.threshold, made.membrane.format.value(made.params.v_threshold),
               "Q16.12, at first", "v_th", "v_th"),
    )  # fmt: skip
    return Homeostatic(bp, rows, neuron)


def settled(work: Work) -> Work:
    """Return the work with time for the thresholds to settle."""
    return replace(work, warm_up_s=work.warm_up_s + SETTLE_S)


@translate_v6_homeostatic.runs
def run_v6_homeostatic(params: Homeostatic, work: Work) -> Outcome:
    """Run a bank; the rate must be the target's, which no network parameter says."""
    longer = settled(work)
    events = bank(longer, *params.units())
    return outcome(
        longer, events, "numba kernel", expected_hz=TARGET_HZ,
        expectation="step_down / step_up of the threshold",
    )  # fmt: skip


@translate_v6_homeostatic.gateware
def rtl_v6_homeostatic(params: Homeostatic, work: Work) -> Equality:
    """Run the neurons in the bank's gateware, the synapses in NumPy, and compare the spikes."""
    from bitcortex.gateware.emit import emit
    from bitcortex.gateware.neuron.bank import Bank as Gateware
    from bitcortex.models.neuron.bank import Bank
    from bitcortex.sim.rtl.harness import Harness

    neuron, j, inhibition = params.units()
    n = work.params.n_total
    made = BankParams(neuron, n)
    verilog = emit(Gateware(made), Bank.INPUTS, Bank.OUTPUTS, "neuron_bank")
    cycles = n + made.latency + 1
    with Harness(verilog) as harness:
        quiet = {name: np.zeros(cycles, np.int64) for name in Bank.INPUTS}
        harness.run(quiet)  # the sweep after power-on

        def advance(excitatory: Ids, inhibitory: Ids, external: Ids) -> Ids:
            stimulus = {name: values.copy() for name, values in quiet.items()}
            stimulus["in_valid"][:n] = 1
            stimulus["in_index"][:n] = np.arange(n)
            stimulus["in_current"][:n] = j * (excitatory + external) - inhibition * inhibitory
            trace = harness.run(stimulus)
            valid = trace["out_valid"] == 1
            spikes: Ids = trace["out_index"][valid & (trace["out_spike"] == 1)]
            return spikes

        gateware = spike_hash(work.simulate(advance))
    software = spike_hash(bank(work, neuron, j, inhibition))
    return Equality(
        software, gateware, f"spikes of {work.steps} steps, {n} neurons", cycles * work.steps
    )
