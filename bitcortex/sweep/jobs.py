"""Jobs that come with sweeps: simulate a network, verify a module, measure its area."""

import inspect
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np

from bitcortex import check
from bitcortex.analysis.intervals import cv_isi_events
from bitcortex.network.brunel import brunel
from bitcortex.network.description import Network
from bitcortex.network.duration import steps_of
from bitcortex.network.lower import lower
from bitcortex.network.presets import PRESETS
from bitcortex.network.run import Events, Run

DEFAULT_S = 1.0  # biological, of a network without a stimulus of its own
BIN_S = 1e-3  # of spike counts that say how synchronous a network is

# Brunel's with all its parameters, which are those of `brunel_seed` if not given, and the presets.
NETWORKS: dict[str, Callable[..., Network]] = {
    "brunel": partial(
        brunel, "brunel", n=1000, j_mv=0.1, g=5.0, eta=2.0, delay_ms=1.5, refractory_ms=2.0,
        rule="bernoulli", seed=1,
    ),
    **PRESETS,
}  # fmt: skip


def preset_of(name: str, parameters: Iterable[str]) -> Callable[..., Network]:
    """Return the function of a network that has these parameters.

    Raises
    ------
    ValueError
        If there is no such network, or no such parameter.
    """
    preset = NETWORKS[check.one_of("network", name.replace("-", "_"), NETWORKS)]
    known = [known for known in inspect.signature(preset).parameters if known != "name"]
    for parameter in parameters:
        check.one_of(f"a parameter of {name}", parameter, known)
    return preset


def simulate(
    network: str,
    seconds: float | None = None,
    warm_s: float = 0.0,
    engine: str = "numba",
    **parameters: Any,
) -> dict[str, Any]:
    """Simulate a network and return statistics of its spikes.

    Parameters
    ----------
    network
        ``brunel`` or a preset.
    seconds
        Biological, after the warm-up; a whole stimulus, or 1 s, if None.
    warm_s
        Seconds before, which are not counted.
    engine
        golden, numba, rtl, or a virtual board.
    parameters
        Of the network.

    Returns
    -------
    dict
        ``rate_hz`` (mean over neurons), ``cv_isi`` (mean of those with three spikes), ``synchrony``
        (chi: deviation of the population's mean count over the root mean variance of neurons, in
        bins of 1 ms), ``fano`` (variance over mean of the population's count in these bins),
        ``rate_hz.POPULATION``, ``neurons``, ``spikes`` and ``hash`` of the whole run. What is
        undefined is null.
    """
    from bitcortex.sim import simulate as engines

    plan = lower(preset_of(network, parameters)(**parameters)).plan
    warm = steps_of(plan, float(check.real("warm_s", warm_s, 0.0, 1e6)))
    if seconds is None:
        steps = getattr(plan, "steps", None) or warm + steps_of(plan, DEFAULT_S)
    else:
        steps = warm + steps_of(plan, float(check.real("seconds", seconds, 0.0, 1e6)))
    if steps <= warm:
        raise ValueError(f"seconds must be more than 0 after {warm_s:g} s of warm-up")
    run = engines.simulate(plan, int(steps), engine)
    return _statistics(run, warm)


def _statistics(run: Run, warm: int) -> dict[str, Any]:
    """Return what is known of the spikes from step `warm` on."""
    late = run.events.step >= warm
    step, neuron = run.events.step[late] - warm, run.events.neuron[late]
    events = Events(run.steps - warm, run.events.neurons, step, neuron)
    seconds = events.steps * run.dt_s
    cv = cv_isi_events(events, 0, events.neurons)
    known = cv[~np.isnan(cv)]
    chi, fano = _synchrony(events, max(1, round(BIN_S / run.dt_s)))
    found: dict[str, Any] = {
        "rate_hz": len(step) / events.neurons / seconds,
        "cv_isi": known.mean() if len(known) else None,
        "synchrony": chi,
        "fano": fano,
    }
    for name, (first, size) in run.populations.items():
        mine = np.count_nonzero((neuron >= first) & (neuron < first + size))
        found[f"rate_hz.{name}"] = mine / size / seconds
    return found | {
        "neurons": run.events.neurons, "spikes": len(run.events.step), "hash": run.hash
    }  # fmt: skip


def _synchrony(events: Events, bin_steps: int) -> tuple[float, float]:
    """Return chi and the Fano factor of the population's count; NaN where they are undefined.

    Equals `analysis.synchrony`, without a raster.
    """
    bins = events.steps // bin_steps
    whole = events.step < bins * bin_steps
    place, neuron = events.step[whole] // bin_steps, events.neuron[whole]
    if bins < 2 or not len(place):
        return float("nan"), float("nan")
    key, count = np.unique(neuron * bins + place, return_counts=True)
    squares = np.bincount(key // bins, weights=count.astype(float) ** 2, minlength=events.neurons)
    means = np.bincount(neuron, minlength=events.neurons) / bins
    single = float((squares / bins - means**2).mean())
    together = np.bincount(place, minlength=bins)
    chi = np.sqrt(together.var() / events.neurons**2 / single) if single > 0 else float("nan")
    return float(chi), float(together.var() / together.mean())


def verify(
    module: str,
    case: str | None = None,
    cycles: int = 100_000,
    seed: int = 1,
    mutants: int = 0,
) -> dict[str, Any]:
    """Compare a golden model with its gateware, bit for bit.

    Parameters
    ----------
    module, case
        As `bitcortex verify` names them; all cases if None.
    cycles
        Clock cycles of every case.
    seed
        Of the stimulus.
    mutants
        Of the first case, 0 to 250.

    Returns
    -------
    dict
        ``ok``, ``cases``, ``cycles``, ``hash`` (of the first case's golden trace), ``wrong`` (what
        differs, in words), ``missed`` (conditions that were not reached), ``mutants``, ``killed``.
    """
    from bitcortex.sim.twin import compare, find
    from bitcortex.sim.verify.mutants import LIMIT, score
    from bitcortex.sim.verify.twins import REQUIRED
    from bitcortex.sim.verify.twins import missed as left_out

    check.integer("cycles", cycles, 1, 2**40)
    check.integer("seed", seed, 0, 2**63 - 1)
    check.integer("mutants", mutants, 0, LIMIT)
    twin = find(module)
    cases = list(twin.cases) if case is None else [check.one_of("case", case, twin.cases)]
    found = {name: compare(twin, name, cycles, seed) for name in cases}
    wrong = [f"{name}, {e.difference}" for name, e in found.items() if e.difference]
    missed = [f"{name}, {what}" for name, e in found.items() for what in left_out(e)]
    made = score(twin, cycles, mutants) if mutants else None
    return {
        "ok": not wrong and not missed and (made is None or made.ratio >= REQUIRED),
        "cases": len(cases),
        "cycles": cycles,
        "hash": found[cases[0]].hash,
        "wrong": wrong,
        "missed": missed,
        "mutants": made.mutants if made else None,
        "killed": made.killed if made else None,
    }


def area(
    module: str,
    device: str = "ecp5-85",
    case: str | None = None,
    seed: int = 1,
    recipe: str | None = None,
) -> dict[str, Any]:
    """Synthesise, place and route a module out of context.

    Parameters
    ----------
    module, device, case, recipe
        As `bitcortex area` names them; the first case and recipe if None.
    seed
        Of the placement, 1 to 99.

    Returns
    -------
    dict
        ``lut``, ``ff``, ``bram``, ``spram``, ``dsp``, ``fmax_mhz``.
    """
    from bitcortex.boards.area import measure
    from bitcortex.boards.devices import find_device
    from bitcortex.sim.twin import find

    twin = find(module)
    chosen = check.one_of("case", case or next(iter(twin.cases)), twin.cases)
    check.integer("seed", seed, 1, 99)
    verilog = twin.emit(twin.cases[chosen])
    found = measure(verilog, find_device(device), 1, recipe, first_seed=seed)
    return {
        "lut": found.lut, "ff": found.ff, "bram": found.bram, "spram": found.spram,
        "dsp": found.dsp, "fmax_mhz": found.fmax_mhz[0],
    }  # fmt: skip
