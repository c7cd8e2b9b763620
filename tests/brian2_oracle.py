"""Brian2 as an oracle: its spikes, and decision 0005 in float64 to compare them with."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bitcortex.network.connectivity import Explicit
from bitcortex.network.description import SIGNS, Network
from bitcortex.network.interchange import brian2_build
from bitcortex.network.interchange.brian2 import from_brian2
from bitcortex.network.interchange.report import Report
from bitcortex.network.run import Events, Run

EXAMPLES = Path(__file__).parent.parent / "examples" / "brian2"
Pairs = set[tuple[int, int]]


def fresh() -> Any:
    """Return Brian2 as in a new process; the test is left out if it is not installed."""
    b = pytest.importorskip("brian2", reason="pip install 'bitcortex[brian2]'")
    b.start_scope()
    b.prefs.codegen.target = "numpy"
    b.defaultclock.dt = 0.1 * b.ms
    b.seed(1)
    return b


def pairs(steps: NDArray[Any], neurons: NDArray[Any]) -> Pairs:
    return set(zip(np.asarray(steps).tolist(), np.asarray(neurons).tolist(), strict=True))


def real_steps(net: Network, strict: dict[str, float], steps: int) -> Run:
    """Take the steps of decision 0005 with float64 in place of integers; no random drive.

    Parameters
    ----------
    net
        With explicit synapses only.
    strict
        Thresholds in mV of populations that fire above them, not at them.
    steps
        How many.
    """
    names = list(net.populations)
    sizes = [net.populations[n].size for n in names]
    first = dict(zip(names, np.cumsum([0, *sizes]), strict=False))

    def each(value: Callable[[str, Any], float]) -> NDArray[np.float64]:
        return np.repeat([value(n, net.populations[n].neuron) for n in names], sizes)

    dt = net.dt_ms
    kept = each(lambda n, c: np.exp(-dt / c.tau_ms))
    kept[each(lambda n, c: c.tau_ms) == brian2_build.NO_LEAK * dt] = 1.0
    constant = each(lambda n, c: net.constants_mv.get(n, 0.0) * (1.0 - np.exp(-dt / c.tau_ms)))
    threshold = each(lambda n, c: strict.get(n, c.v_threshold_mv))
    above = each(lambda n, c: n in strict).astype(bool)
    reset, pause = each(lambda n, c: c.v_reset_mv), each(lambda n, c: round(c.refractory_ms / dt))
    rows: dict[str, list[Any]] = {}
    for c in net.connections:
        assert isinstance(c.rule, Explicit)
        part = net.recordings.get(c.source) or net.populations[c.source]
        i, j = np.asarray(c.rule.sources), np.asarray(c.rule.targets) + first[c.target]
        w = np.broadcast_to(np.asarray(c.weight_mv) * SIGNS[part.sign], i.shape)
        d = np.broadcast_to(np.rint(np.asarray(c.delay_ms) / dt).astype(int), i.shape)
        rows.setdefault(c.source, []).append((i, j, w, d))
    longest = max((int(d.max()) for x in rows.values() for *_, d in x), default=1)
    arriving = np.zeros((steps + longest + 1, sum(sizes)))
    v, held = np.zeros(sum(sizes)), np.zeros(sum(sizes))
    at, who = [], []
    for t in range(steps):
        leaked = v * kept + constant + arriving[t]
        fires = (held <= 0) & np.where(above, leaked > threshold, leaked >= threshold)
        v = np.where((held > 0) | fires, reset, leaked)
        held = np.where(fires, pause, held - 1)
        found = np.flatnonzero(fires)
        at += [t] * len(found)
        who += found.tolist()
        for source, parts in rows.items():
            if source in first:
                mine = found[
                    (found >= first[source])
                    & (found < first[source] + net.populations[source].size)
                ]
                spikes = mine - first[source]
            else:
                r = net.recordings[source]
                spikes = r.channels[r.steps == t]
            for i, j, w, d in parts:
                here = np.isin(i, spikes)
                np.add.at(arriving, (t + d[here], j[here]), w[here])
    events = Events(steps, sum(sizes), np.array(at, np.int64), np.array(who, np.int64))
    populations = {n: (int(first[n]), s) for n, s in zip(names, sizes, strict=True)}
    return Run("real", "", dt * 1e-3, populations, events, "", 0.0)


def imported(
    network: Any, namespace: Any, monkeypatch: Any
) -> tuple[Network, Network, Report, dict[str, float]]:
    """Return our network, the one before thresholds moved to multiples of the unit, and those."""
    exact: dict[str, float] = {}
    with monkeypatch.context() as patch:
        patch.setattr(
            brian2_build,
            "above",
            lambda net, names: exact.update(
                {n: net.populations[n].neuron.v_threshold_mv for n in names}
            ),
        )
        real, _ = from_brian2(network, namespace)
    ours, report = from_brian2(network, namespace)
    return ours, real, report, exact


def truth(network: Any, namespace: Any, group: str, steps: int) -> Pairs:
    """Run Brian2 and return a group's spikes; it must have a SpikeMonitor."""
    import brian2 as b

    monitor = next(
        o for o in network.objects if isinstance(o, b.SpikeMonitor) and o.source.name == group
    )
    dt = b.defaultclock.dt
    network.run(steps * dt, namespace=namespace)
    return pairs(np.rint(np.asarray(monitor.t / dt)).astype(int), np.asarray(monitor.i))
