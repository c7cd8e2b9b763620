"""From what was read of Brian2's objects to our description: time shifts and origins."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bitcortex.network.description import Network
from bitcortex.network.interchange.brian2_cells import Cells
from bitcortex.network.interchange.brian2_synapses import Drive, Edges, Ids
from bitcortex.network.interchange.classes import classes, places
from bitcortex.network.interchange.parts import NO_LEAK, above, add, arithmetic, sign_of, word
from bitcortex.network.interchange.report import Part, Refusal, Report
from bitcortex.network.neurons import LIF


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
    headroom
        See `Network`.
    """

    name: str
    dt: float
    schedule: Schedule
    cells: dict[str, Cells | None]
    report: Report
    headroom: float = 1.25
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
        net = Network(word(self.name), self.dt * 1e3, headroom=self.headroom)
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
                sign = sign_of([e.weight for e in self.edges if e.source == name])
                net.recorded(name, size, steps + late, channels, sign)
                self.report.parts[name] = []
            for edges in self.edges:
                self._connect(net, edges)
            for name, cells in self.cells.items():
                assert cells is not None
                self.report.late[name] = late
                if late:
                    self._start(net, name, cells)
            above(net, strict)
            arithmetic(net, self.report)
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
            reset = kept * reset + _per_step(cells, int(first), origin, net.dt_ms)
        tau = -1.0 / rate if rate else NO_LEAK * net.dt_ms
        neuron = LIF(tau, float(cells.threshold[first]) - origin, reset, held * net.dt_ms)
        sign = sign_of([e.weight for e in self.edges if e.source == group])
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
        sign = sign_of([e.weight for e in self.edges if e.source == name])
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
            origin, _ = self._origin(cells, first)
            constant = _per_step(cells, first, origin, net.dt_ms)
            kick = kept * (cells.start[part.indices] - origin - constant)
            moved = np.flatnonzero(kick)
            if len(moved):
                source = net.recorded(f"{part.name}_start", 1, [0], [0], sign_of([kick]))
                zeros = np.zeros(len(moved), np.int64)
                delay = np.full(len(moved), net.dt_ms)
                add(net, source, part.name, zeros, moved, kick[moved], delay)


def _per_step(cells: Cells, first: int, origin: float, dt_ms: float) -> float:
    """Return what a neuron's constant current adds to a step, in mV."""
    rate, drift = float(cells.rate[first]), float(cells.drift[first])
    if not rate:
        return drift * dt_ms
    return -math.expm1(rate * dt_ms) * (-drift / rate - origin)


def _size(parts: Sequence[Part]) -> int:
    return sum(len(part.indices) for part in parts)
