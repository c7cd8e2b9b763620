"""Variants that are LIF neurons in integers: V1, V7, V8, V18 to V20."""

import importlib
import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bitcortex.brunel import reference
from bitcortex.brunel.params import BrunelParams
from bitcortex.brunel.registry import Mapped, Outcome, Translated, variant
from bitcortex.brunel.work import Ids, Work, spike_hash
from bitcortex.errors import ToolError
from bitcortex.models.neuron.formats import tau_of
from bitcortex.models.neuron.lif import FRACTION
from bitcortex.models.neuron.stochastic_lif import STD, StochasticLifParams
from bitcortex.models.neuron.stochastic_lif_neuron import StochasticLIFNeuron
from bitcortex.network.run import Events
from bitcortex.sim.engine.neurons import kernel
from bitcortex.sim.simulate import simulate

EXTRA_REFRACTORY = 5  # steps, of V8
OBJECT_STEPS = 400  # of V1 in Python objects


@dataclass(frozen=True)
class Voltage(Translated):
    """A voltage-domain LIF network.

    Parameters
    ----------
    neuron
        Arguments of `StochasticLIFNeuron`.
    weight_exc, weight_inh
        Kicks in mV; external events have the excitatory one.
    external_per_step
        Mean number of external events.
    """

    neuron: dict[str, Any]
    weight_exc: float
    weight_inh: float
    external_per_step: float

    def units(self) -> tuple[StochasticLifParams, int, int]:
        """Return the neuron's integers, and both kicks in its units."""
        made = StochasticLIFNeuron(**self.neuron)
        fine = 1 << made.membrane.format.fraction
        return made.params, round(self.weight_exc * fine), round(self.weight_inh * fine)


def voltage(bp: BrunelParams, noise_std: float = 0.0, extra_refractory: int = 0) -> Voltage:
    """Return the one-to-one mapping to `StochasticLIFNeuron`.

    Parameters
    ----------
    bp
        Of the network.
    noise_std
        Standard deviation of the noise per step, in mV.
    extra_refractory
        Steps more of it than `bp` says.
    """
    steps = bp.refractory_steps + extra_refractory
    keywords: dict[str, Any] = {
        "v_rest": bp.v_rest, "v_reset": bp.v_reset, "v_threshold": bp.v_threshold,
        "tau_mem": bp.tau_mem, "dt": bp.dt, "noise_std": noise_std, "refractory_period": steps,
    }  # fmt: skip
    made = StochasticLIFNeuron(**keywords)
    one = 1 << made.membrane.format.fraction

    def mapped(thing: str, wanted: float, parameter: str) -> Mapped:
        got = round(wanted * one) / one
        return Mapped(thing, wanted, got, "Q16.12 mV", parameter, f"{parameter}, mV")

    network = replace(bp, refractory=steps * bp.dt) if extra_refractory else bp
    table: tuple[Mapped, ...] = (
        mapped("v_threshold", bp.threshold, "v_th"),
        mapped("v_reset", bp.reset, "v_reset"),
        mapped("weight_exc", bp.weight_exc, "J"),
        mapped("weight_inh", bp.weight_inh, "g*J"),
        Mapped("tau_mem", bp.tau_mem, tau_of(made.params.alpha, bp.dt), "alpha of 16 bits",
               "tau", "alpha = round(exp(-dt/tau) * 2**16)"),
        Mapped("refractory_period", network.refractory, steps * bp.dt, "steps", "refractory",
               "round(refractory/dt)" + (f" + {extra_refractory}" if extra_refractory else "")),
        Mapped("external_rate_hz", bp.external_rate_hz, _drive_hz(bp), "16-bit table", "rate",
               "eta*v_th/(J*C_E*tau)"),
    )  # fmt: skip
    if noise_std:
        got = made.params.noise_scale * STD / 256 / one
        table += (Mapped("noise_std", noise_std, got, "mV per step", "-", "of the variant"),)
    return Voltage(network, table, keywords, bp.weight_exc, bp.weight_inh, bp.external_per_step)


def _drive_hz(bp: BrunelParams) -> float:
    """Return the rate of an external input that the 16-bit table of the drive gives."""
    from bitcortex.network.drive_table import poisson_table

    if not bp.eta:
        return 0.0
    table = poisson_table("drive", bp.external_per_step)
    mean = sum(65_536 - entry for entry in table) / 65_536
    return mean / bp.c_exc / bp.dt * 1e3


def outcome(work: Work, events: Events, engine: str, exact: bool = True, **more: Any) -> Outcome:
    """Return the statistics of spikes; they have a hash if they are `exact`, integers' that is."""
    return Outcome(
        *work.statistics(events), engine, hash=spike_hash(events) if exact else "", **more
    )


# Runs.


def run_objects(params: Voltage, work: Work) -> Outcome:
    """Step an object per neuron, as the tutorial does, and then the same integers in NumPy.

    A step of an object takes microseconds: after `OBJECT_STEPS` steps `run_numpy` takes over, once
    its spikes are those of the objects. The time is that of objects, for all steps.

    Raises
    ------
    RuntimeError
        If objects and arrays do not fire alike.
    """
    _, j, inhibition = params.units()
    neurons = [
        StochasticLIFNeuron(**params.neuron, seed=i + 1).neuron for i in range(work.params.n_total)
    ]

    def advance(excitatory: Ids, inhibitory: Ids, external: Ids) -> Ids:
        kicks = (j * (excitatory + external) - inhibition * inhibitory).tolist()
        fired = [n.update(kick) for n, kick in zip(neurons, kicks, strict=True)]
        return np.flatnonzero(fired)

    steps = min(OBJECT_STEPS, work.steps)
    start = time.perf_counter()
    objects = work.simulate(advance, steps)
    seconds = (time.perf_counter() - start) * work.steps / steps
    full = run_numpy(params, work)
    if spike_hash(objects) != run_numpy(params, work, steps).hash:
        raise RuntimeError(f"objects and arrays must fire alike in {steps} steps, and do not")
    engine = f"python, an object per neuron, for {steps} steps; then its integers in numpy"
    return replace(full, engine=engine, seconds=seconds)


def run_numpy(params: Voltage, work: Work, steps: int | None = None) -> Outcome:
    """Step all neurons at once in NumPy integers: the same spikes as `run_objects`, bit for bit."""
    lif, j, inhibition = params.units()
    n = work.params.n_total
    v, held = np.zeros(n, np.int64), np.zeros(n, np.int64)
    top = (1 << (lif.data_width - 1)) - 1

    def advance(excitatory: Ids, inhibitory: Ids, external: Ids) -> Ids:
        free = held == 0
        leaked = (v * lif.alpha + (1 << (FRACTION - 1))) >> FRACTION
        added = leaked + j * (excitatory + external) - inhibition * inhibitory
        v[free] = np.clip(added, -top - 1, top)[free]
        held[~free] -= 1
        spikes = np.flatnonzero(free & (v >= lif.v_threshold))
        v[~free] = lif.v_reset
        v[spikes], held[spikes] = lif.v_reset, lif.refractory
        return spikes

    return outcome(work, work.simulate(advance, steps), "numpy")


def run_voltage(params: Voltage, work: Work) -> Outcome:
    """Step a bank of neurons, with noise if they have it: one LFSR for all, as in gateware.

    Without noise the simulators say the rate; with noise, float64 neurons with normal noise do.
    """
    lif, j, inhibition = params.units()
    events = bank(work, lif, j, inhibition)
    if not params.neuron["noise_std"]:
        return outcome(work, events, "numba kernel")
    rng = np.random.default_rng(work.seed)
    n, std = work.params.n_total, params.neuron["noise_std"]
    expected = reference.lif(work, noise=lambda: rng.normal(0.0, std, n))
    return outcome(
        work, events, "numba kernel", expected_hz=work.statistics(expected)[0],
        expectation="float64 with normal noise",
    )  # fmt: skip


def bank(work: Work, neuron: Any, j: int, inhibition: int, external_j: int | None = None) -> Events:
    """Run a bank of integer neurons of any kind in the network and return its spikes."""
    step, numbers = kernel(neuron)
    n = work.params.n_total
    state = np.array([[field.reset] * n for field in neuron.state_fields], np.int64)
    noise, fired = np.ones(1, np.int64), np.zeros(n, np.uint8)
    outer = j if external_j is None else external_j

    def advance(excitatory: Ids, inhibitory: Ids, external: Ids) -> Ids:
        kicks = j * excitatory + outer * external - inhibition * inhibitory
        step(numbers, state, kicks, noise, fired)
        return np.flatnonzero(fired)

    return work.simulate(advance)


@variant("V1", "stochastic LIF", "voltage")
def translate_v1_stochastic_lif(bp: BrunelParams) -> Voltage:
    """Return the one-to-one mapping to `StochasticLIFNeuron`, noise off."""
    return voltage(bp)


translate_v1_stochastic_lif.runs(run_objects)


@variant("V7", "membrane noise, 1 mV per step", "voltage", oracle="own")
def translate_v7_noise(bp: BrunelParams) -> Voltage:
    """Return V1 with noise of 1 mV in each step."""
    return voltage(bp, noise_std=1.0)


translate_v7_noise.runs(run_voltage)


@variant("V8", f"{EXTRA_REFRACTORY} refractory steps more", "voltage")
def translate_v8_refractory(bp: BrunelParams) -> Voltage:
    """Return V1 with five more steps of refractory time."""
    return voltage(bp, extra_refractory=EXTRA_REFRACTORY)


translate_v8_refractory.runs(run_voltage)


@dataclass(frozen=True)
class Compiled(Translated):
    """A network as a Plan for our engines: 16-bit membranes, the unit chosen from the weights."""

    unit_mv: float


@variant("V18", "Numba engine", "voltage")
def translate_v18_numba(bp: BrunelParams) -> Compiled:
    """Return the Plan's numbers: what `bitcortex.network.lower` makes of the network."""
    losses = Work(bp).lowered.losses
    names = {"exc.tau_ms": "tau", "exc.refractory_ms": "refractory", "exc.v_threshold (mV)": "v_th",
             "exc.v_reset (mV)": "v_reset", "exc.drive weight (mV)": "J",
             "exc to exc.weight (mV)": "J", "inh to exc.weight (mV)": "g*J",
             "exc.drive (events per step)": "rate"}  # fmt: skip
    table = [
        Mapped(x.thing, x.wanted, x.got, x.note, names[x.thing], "bitcortex.network.lower")
        for x in losses
        if x.thing in names
    ]
    return Compiled(bp, tuple(table), losses[0].got)


@translate_v18_numba.runs
def run_v18_numba(params: Compiled, work: Work) -> Outcome:
    """Run the event-driven engine."""
    return outcome(work, simulate(work.plan, work.steps, "numba").events, "numba engine")


@variant("V19", "PyTorch, CUDA where there is one", "voltage", needs=("torch",))
def translate_v19_torch(bp: BrunelParams) -> Voltage:
    """Return V1's parameters."""
    return voltage(bp)


@translate_v19_torch.runs
def run_v19_torch(params: Voltage, work: Work) -> Outcome:
    """Run V1's integers in PyTorch: the same spikes as V20, on CUDA or CPU."""
    torch = package("torch")
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    lif, j, inhibition = params.units()
    p, n = work.params, work.params.n_total
    indptr, targets = work.synapses
    matrix = np.zeros((n, n), np.float32)  # weights in units: sums are below 2**24, and exact
    sources = np.repeat(np.arange(n), np.diff(indptr))
    np.add.at(matrix, (sources, targets), np.where(sources < p.n_exc, j, -inhibition))
    weights = torch.from_numpy(matrix).to(device)
    external = torch.from_numpy(work.external).to(device)
    ring = torch.zeros((p.delay_steps, n), dtype=torch.float32, device=device)
    v = torch.zeros(n, dtype=torch.int64, device=device)
    held = torch.zeros_like(v)
    fired = torch.zeros((work.steps, n), dtype=torch.bool, device=device)
    top = (1 << (lif.data_width - 1)) - 1
    for t in range(work.steps):
        slot = t % p.delay_steps
        kicks = (ring[slot] @ weights).to(torch.int64) + j * external[t].to(torch.int64)
        leaked = (v * lif.alpha + (1 << (FRACTION - 1))) >> FRACTION
        free = held == 0
        v = torch.where(free, torch.clamp(leaked + kicks, -top - 1, top), lif.v_reset)
        spikes = free & (v >= lif.v_threshold)
        v = torch.where(spikes, lif.v_reset, v)
        held = torch.where(spikes, lif.refractory, torch.clamp(held - 1, min=0))
        ring[slot] = spikes.to(torch.float32)
        fired[t] = spikes
    events = Events.of(fired.cpu().numpy().astype(np.uint8))
    return outcome(work, events, f"torch {torch.__version__} on {device.type}")


@variant("V20", "vectorised NumPy", "voltage")
def translate_v20_numpy(bp: BrunelParams) -> Voltage:
    """Return V1's parameters."""
    return voltage(bp)


translate_v20_numpy.runs(run_numpy)


def package(name: str) -> Any:
    """Import a package of an extra.

    Raises
    ------
    ToolError
        If it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        raise ToolError(f"{name} is not installed. Try: pip install 'bitcortex[{name}]'") from None
