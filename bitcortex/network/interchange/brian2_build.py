"""From what was read of Brian2's objects to our description: time shifts and origins."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from bitcortex.network.connectivity import Explicit
from bitcortex.network.description import Network
from bitcortex.network.interchange.brian2_cells import Cells
from bitcortex.network.interchange.brian2_synapses import Drive, Edges, Ids
from bitcortex.network.interchange.classes import classes, places
from bitcortex.network.interchange.report import Part, Refusal, Report
from bitcortex.network.lower_events import DENSE, unit_mv
from bitcortex.network.neurons import LIF

NO_LEAK = 1 << 16  # time constant in steps of a membrane that 16 bits hold without leak


@dataclass(frozen=True)
class Schedule:
    """Whether kicks come after the threshold of their step, as in Brian2's default."""

    late: bool


@dataclass
class Builder:
    """Collects groups, sources and synapses.

    Parameters
    ----------
    name
        Of the network.
    dt
        Step in seconds.
    schedule
        Of the Brian2 network.
    cells
        Of every NeuronGroup; None of one that was refused.
    report
        Gets lines, and the parts of groups.
    """

    name: str
    dt: float
    schedule: Schedule
    cells: dict[str, Cells | None]
    report: Report
    edges: list[Edges] = field(default_factory=list)
    drives: list[Drive] = field(default_factory=list)
    recorded: dict[str, tuple[int, Ids, Ids]] = field(default_factory=dict)
    poisson: dict[str, NDArray[np.float64]] = field(default_factory=dict)

    def network(self) -> Network:
        """Return the description.

        Raises
        ------
        Refusal
            If something does not fit it.
        """
        if not any(self.cells.values()):
            raise Refusal("it has no neurons", "Add a NeuronGroup to the Network")
        net = Network(_word(self.name), dt_ms=self.dt * 1e3)
        highest, strict = 1.0, []
        try:
            for name, cells in self.cells.items():
                assert cells is not None  # refused ones have raised
                for part in self._parts(name, cells):
                    self._population(net, name, cells, part)
                    strict += [part.name] if cells.strict else []
                    neuron = net.populations[part.name].neuron
                    assert isinstance(neuron, LIF)
                    highest = max(highest, neuron.v_threshold_mv)
            for name, rates in self.poisson.items():
                self._relays(net, name, rates, highest)
            late = int(self._starts())  # our step 1 is Brian2's step 0
            for name, (size, steps, channels) in self.recorded.items():
                sign = _sign([e.weight for e in self.edges if e.source == name])
                net.recorded(name, size, steps + late, channels, sign)
                self.report.parts[name] = []
            for edges in self.edges:
                self._connect(net, edges)
            for name, cells in self.cells.items():
                assert cells is not None
                self.report.late[name] = late
                if late:
                    self._start(net, name, cells)
            _above(net, strict)
        except ValueError as error:
            raise Refusal(str(error), "See docs/events.md for what networks can be") from error
        return net

    def _parts(self, name: str, cells: Cells) -> list[Part]:
        """Return the populations of a group: neurons with equal constants and one drive."""
        columns = [cells.rate, cells.drift, cells.threshold, cells.reset]
        driven = np.full(len(cells.rate), -1.0)
        for k, drive in enumerate(self.drives):
            if drive.target == name:
                same = self._merged(k)
                mine = driven[drive.first : drive.last]
                if ((mine != -1.0) & (mine != same)).any():
                    raise Refusal(
                        f"{name} has two PoissonInputs of different weights",
                        "Use one weight, or a PoissonGroup for one of them",
                    )
                driven[drive.first : drive.last] = same
        parts = classes(name, [*columns, driven])
        self.report.parts[name] = parts
        if len(parts) > 1:
            names = f"{parts[0].name} to {parts[-1].name}"
            reason = f"{len(parts)} populations of neurons with equal constants: {names}"
            self.report.add(name, f"{len(cells.rate)} neurons", "mapped", reason)
        return parts

    def _merged(self, k: int) -> int:
        """Return the first drive of the same neurons and weight: their rates add."""
        mine = self.drives[k]
        for first, drive in enumerate(self.drives):
            same = (drive.target, drive.first, drive.last, drive.weight)
            if same == (mine.target, mine.first, mine.last, mine.weight):
                return first
        return k

    def _population(self, net: Network, group: str, cells: Cells, part: Part) -> None:
        first = part.indices[0]
        rate, drift = float(cells.rate[first]), float(cells.drift[first])
        origin, equilibrium = self._origin(cells, int(first))
        kept = math.exp(rate * net.dt_ms)
        reset = float(cells.reset[first]) - origin
        held = cells.refractory - 1
        if self.schedule.late:  # it leaks once before the first kick that counts
            held += 1
            reset = kept * reset + (1.0 - kept) * (equilibrium - origin) if rate else reset
        tau = -1.0 / rate if rate else NO_LEAK * net.dt_ms
        neuron = LIF(tau, float(cells.threshold[first]) - origin, reset, held * net.dt_ms)
        sign = _sign([e.weight for e in self.edges if e.source == group])
        net.population(part.name, len(part.indices), neuron, sign)
        if not rate and drift:  # where a membrane of so long a time constant would go
            net.constant(part.name, drift * net.dt_ms * NO_LEAK)
        elif equilibrium != origin:
            net.constant(part.name, equilibrium - origin)
        drives = [d for d in self.drives if d.target == group and d.first <= first < d.last]
        if drives:
            per_second = sum(d.rate_hz * d.inputs for d in drives)
            net.poisson(part.name, per_second, drives[0].weight * self._leaked(net, part.name))

    def _origin(self, cells: Cells, first: int) -> tuple[float, float]:
        """Return what is 0 in our membranes, and the equilibrium, in Brian2's millivolts."""
        rate, reset = float(cells.rate[first]), float(cells.reset[first])
        if not rate:
            return reset, reset
        equilibrium = -float(cells.drift[first]) / rate
        below = equilibrium < float(cells.threshold[first])
        return (equilibrium if below else reset), equilibrium

    def _leaked(self, net: Network, name: str) -> float:
        """Return what is left of a kick when the threshold sees it."""
        neuron = net.populations[name].neuron
        assert isinstance(neuron, LIF)
        if not self.schedule.late or neuron.tau_ms == NO_LEAK * net.dt_ms:
            return 1.0
        return math.exp(-net.dt_ms / neuron.tau_ms)

    def _relays(
        self, net: Network, name: str, rates: NDArray[np.float64], weight_mv: float
    ) -> None:
        """Add neurons that fire whenever their drive has an event."""
        parts = classes(name, [rates])
        self.report.parts[name] = parts
        sign = _sign([e.weight for e in self.edges if e.source == name])
        for part in parts:
            neuron = LIF(v_threshold_mv=weight_mv, v_reset_mv=0.0, refractory_ms=0.0)
            net.population(part.name, len(part.indices), neuron, sign)
            probability = float(rates[part.indices[0]]) * self.dt
            net.bernoulli(part.name, probability, weight_mv)

    def _connect(self, net: Network, edges: Edges) -> None:
        """Add a pathway between all populations of its groups."""
        sources, targets = self._ends(edges.source), self._ends(edges.target)
        from_part, from_place = places(sources, _size(sources))
        to_part, to_place = places(targets, _size(targets))
        for s, source in enumerate(sources):
            for t, target in enumerate(targets):
                here = (from_part[edges.i] == s) & (to_part[edges.j] == t)
                if here.any():
                    weight = edges.weight[here] * self._leaked(net, target.name)
                    delay = (edges.delay[here] + 1) * net.dt_ms
                    pre, post = from_place[edges.i[here]], to_place[edges.j[here]]
                    add(net, source.name, target.name, pre, post, weight, delay)

    def _ends(self, name: str) -> list[Part]:
        if name in self.recorded:
            return [Part(name, np.arange(self.recorded[name][0]))]
        return self.report.parts[name]

    def _starts(self) -> bool:
        """Return whether a neuron does not start at its origin."""
        for cells in filter(None, self.cells.values()):
            origins = [self._origin(cells, k)[0] for k in range(len(cells.start))]
            if (cells.start != origins).any():
                return True
        return False

    def _start(self, net: Network, name: str, cells: Cells) -> None:
        """Let a recorded source kick neurons to where they are in Brian2's step 0, our step 1."""
        for part in self.report.parts[name]:
            first = int(part.indices[0])
            kept = math.exp(float(cells.rate[first]) * net.dt_ms)
            origin, equilibrium = self._origin(cells, first)
            constant = (1.0 - kept) * (equilibrium - origin) or float(cells.drift[first]) * net.dt_ms * (kept == 1.0)
            kick = kept * (cells.start[part.indices] - origin - constant)
            moved = np.flatnonzero(kick)
            if len(moved):
                source = net.recorded(f"{part.name}_start", 1, [0], [0], _sign([kick]))
                zeros = np.zeros(len(moved), np.int64)
                delay = np.full(len(moved), net.dt_ms)
                add(net, source, part.name, zeros, moved, kick[moved], delay)


def add(
    net: Network,
    source: str,
    target: str,
    pre: Ids,
    post: Ids,
    weight: NDArray[np.float64],
    delay: NDArray[np.float64],
) -> None:
    """Connect explicit pairs, with signed weights, in the cheapest form."""
    part = net.recordings.get(source) or net.populations[source]
    values = weight if part.sign == "mixed" else np.abs(weight)
    one_weight, one_delay = len(np.unique(values)) == 1, len(np.unique(delay)) == 1
    sizes = part.size * net.populations[target].size
    single = len(np.unique(pre * net.populations[target].size + post)) == len(pre)
    dense = one_weight and one_delay and single and len(pre) >= DENSE * sizes
    net.connect(
        source,
        target,
        Explicit(pre, post),
        float(values[0]) if one_weight else values,
        float(delay[0]) if one_delay else delay,
        store="bitmap" if dense else "auto",
    )


def _size(parts: Sequence[Part]) -> int:
    return sum(len(part.indices) for part in parts)


def _sign(weights: Sequence[NDArray[np.float64]]) -> str:
    low = min((float(w.min()) for w in weights), default=0.0)
    high = max((float(w.max()) for w in weights), default=0.0)
    return "excitatory" if low >= 0.0 else "inhibitory" if high <= 0.0 else "mixed"


def _word(name: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in name)


def _above(net: Network, names: Sequence[str]) -> None:
    """Move thresholds that must be crossed to the next multiple of the unit."""
    wanted = {}
    for name in names:
        neuron = net.populations[name].neuron
        assert isinstance(neuron, LIF)
        wanted[name] = neuron.v_threshold_mv
    for _ in range(3):  # the unit may depend on the thresholds, by a factor of 2 at most
        unit = unit_mv(net)
        for name, level in wanted.items():
            population = net.populations[name]
            assert isinstance(population.neuron, LIF)
            codes = math.floor(level / unit + 1e-6) + 1
            neuron = replace(population.neuron, v_threshold_mv=codes * unit)
            net.populations[name] = replace(population, neuron=neuron)
        if unit_mv(net) == unit:
            return
