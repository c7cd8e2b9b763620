"""From an event-driven description to its Plan: the only place where its floats become integers."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bitcortex.network.connectivity import (
    AllToAll,
    Bernoulli,
    Bitstream,
    Explicit,
    FixedInDegree,
    OneToOne,
    Release,
    Stratified,
)
from bitcortex.network.connectivity_plan import Bitmap, Connectivity, Procedural, Stored
from bitcortex.network.description import SIGNS, Network
from bitcortex.network.drive_table import poisson_table, probability_code
from bitcortex.network.event_plan import (
    MAX_DELAY,
    MAX_WEIGHT,
    EventPlan,
    EventPopulation,
    EventProjection,
    Recorded,
)
from bitcortex.network.loss import Loss, Lowered
from bitcortex.network.lower_plasticity import lower_stdp
from bitcortex.network.neurons import LIF
from bitcortex.network.parts import Connection, Population, Uniform

DENSE = 1 / 32  # denser projections become bitmaps


@dataclass(frozen=True)
class _Context:
    network: Network
    unit: float  # mV
    losses: list[Loss]

    def units(self, thing: str, value_mv: float) -> int:
        """Return a voltage in units, and note what was lost."""
        code = round(value_mv / self.unit)
        self.losses.append(Loss(f"{thing} (mV)", value_mv, code * self.unit))
        if abs(code) > MAX_WEIGHT:
            raise ValueError(
                f"{thing} must be at most {MAX_WEIGHT * self.unit:.4g} mV in units of "
                f"{self.unit:.4g} mV, not {value_mv:g} mV. Lower it, or raise the smallest weight"
            )
        if code == 0 and value_mv != 0.0:
            raise ValueError(
                f"{thing} must be at least half a unit of {self.unit:.4g} mV, not {value_mv:g} mV. "
                "Raise it, or raise data_width of the neurons"
            )
        return code


def lower_events(network: Network, seed: int) -> Lowered[EventPlan]:
    """Turn an event-driven network into a Plan. See `bitcortex.network.lower.lower`."""
    if network.sources or network.projections:
        raise ValueError(
            f"network {network.name} must not mix event-driven connections with the layers of "
            "source() and project(). Use connect(), poisson(), bernoulli() or recorded()"
        )
    width = _data_width(network)
    losses: list[Loss] = []
    context = _Context(network, unit_mv(network), losses)
    losses.append(Loss("unit (mV)", context.unit, context.unit, f"{width}-bit membranes"))
    dt_ns = round(network.dt_ms * 1e6)
    if dt_ns != network.dt_ms * 1e6:
        losses.append(Loss("dt_ms", network.dt_ms, dt_ns / 1e6, "a step is a whole number of ns"))
    populations = tuple(_population(context, p) for p in network.populations.values())
    recorded = tuple(
        Recorded(r.name, r.size, r.sign, r.steps, r.channels.astype(np.uint32))
        for r in network.recordings.values()
    )
    projections = []
    for i, connection in enumerate(network.connections):
        projections += _projections(context, connection, np.random.SeedSequence([seed, i]))
    plan = EventPlan(network.name, dt_ns, width, seed, populations, recorded, tuple(projections))
    return Lowered(plan, tuple(losses))


def _data_width(network: Network) -> int:
    widths = set()
    for p in network.populations.values():
        if type(p.neuron) is not LIF:
            raise ValueError(
                f"{p.name}: the neuron of an event-driven population must be LIF, not "
                f"{type(p.neuron).__name__}. Use LIF, or layers with project()"
            )
        if p.neuron.leak == "stochastic":
            raise ValueError(
                f"{p.name}: leak must be floor, nearest or tutorial in an event-driven network, "
                "not stochastic"
            )
        widths.add(int(p.neuron.data_width))
    if len(widths) != 1:
        raise ValueError(
            f"populations of {network.name} must have one data_width, not {sorted(widths)}"
        )
    return widths.pop()


def unit_mv(network: Network) -> float:
    """Return the unit in mV: the smallest weight over the largest power of two that fits.

    Raises
    ------
    ValueError
        If the membranes of all populations cannot have one, or it is larger than a weight.
    """
    width = _data_width(network)
    voltages = [
        max(abs(p.neuron.v_threshold_mv), abs(p.neuron.v_reset_mv))
        for p in network.populations.values()
        if isinstance(p.neuron, LIF)
    ]
    weights, spread = [], []
    for c in network.connections:
        share = c.synapse.length if isinstance(c.synapse, Bitstream) else 1
        if isinstance(c.weight_mv, float):
            weights.append(abs(c.weight_mv) / share)
        elif isinstance(c.weight_mv, Uniform):
            spread.append(c.weight_mv.high / share)
        else:
            spread += [float(np.max(np.abs(c.weight_mv), initial=0.0)) / share]
        if c.plasticity:
            weights.append(c.plasticity.step_mv)
    weights += [abs(d.weight_mv) for d in network.drives.values()]
    found = [w for w in weights if w > 0.0] or [w for w in spread if w > 0.0]
    smallest = min(found, default=max(voltages))
    ceiling = (2 ** (width - 1) - 1) / (network.headroom * max(voltages))  # units per mV, at most
    power = math.floor(math.log2(ceiling * smallest))
    if power < 0:
        raise ValueError(
            f"{network.name}: the smallest weight of {smallest:g} mV must be at least one unit of "
            f"a {width}-bit membrane that holds {network.headroom * max(voltages):g} mV, which is "
            f"{1 / ceiling:.3g} mV. Raise data_width, or the weight"
        )
    return float(smallest / 2**power)


def _population(context: _Context, population: Population) -> EventPopulation:
    neuron, name, network = population.neuron, population.name, context.network
    assert isinstance(neuron, LIF)  # _data_width has refused all others
    dt_ms = network.dt_ms
    leak, alpha = neuron.leak, round(math.exp(-dt_ms / neuron.tau_ms) * 2**16)
    if leak == "tutorial":
        leak, alpha = "floor", 2**16 - 256 * int(dt_ms / neuron.tau_ms * 256)
    if not 0 < alpha < 2**16:
        raise ValueError(
            f"{name}: tau_ms must give a leak that 16 bits hold, and {neuron.tau_ms:g} ms at "
            f"steps of {dt_ms:g} ms does not. Choose a tau between {dt_ms / 11:.4g} and "
            f"{dt_ms * 2**16:.4g} ms"
        )
    losses = context.losses
    losses.append(Loss(f"{name}.tau_ms", neuron.tau_ms, -dt_ms / math.log(alpha / 2**16)))
    refractory = round(neuron.refractory_ms / dt_ms)
    if refractory > 255:
        raise ValueError(
            f"{name}: refractory_ms must be at most 255 steps ({255 * dt_ms:g} ms), "
            f"not {neuron.refractory_ms:g}"
        )
    losses.append(Loss(f"{name}.refractory_ms", neuron.refractory_ms, refractory * dt_ms))
    values: dict[str, Any] = {
        "data_width": int(neuron.data_width),
        "alpha": alpha,
        "leak": leak,
        "v_threshold": context.units(f"{name}.v_threshold", neuron.v_threshold_mv),
        "v_reset": context.units(f"{name}.v_reset", neuron.v_reset_mv),
        "refractory": refractory,
    }
    if values["v_reset"] >= values["v_threshold"]:
        raise ValueError(
            f"{name}: v_threshold_mv and v_reset_mv must differ by a unit of {context.unit:.4g} mV "
            f"or more, and {neuron.v_threshold_mv:g} and {neuron.v_reset_mv:g} do not. "
            "Raise data_width, or the threshold"
        )
    cdf: tuple[int, ...] = ()
    weight = constant = 0
    drive = network.drives.get(name)
    if drive is not None and drive.weight_mv != 0.0 and drive.mean > 0.0:
        weight = context.units(f"{name}.drive weight", drive.weight_mv)
        cdf = (
            poisson_table(name, drive.mean)
            if drive.poisson
            else (65_536 - probability_code(f"{name}: a Bernoulli drive", drive.mean),)
        )
        got = sum(65_536 - entry for entry in cdf) / 65_536
        losses.append(Loss(f"{name}.drive (events per step)", drive.mean, got, "16-bit table"))
    if network.constants_mv.get(name):
        per_step = network.constants_mv[name] * (1.0 - alpha / 2**16)
        constant = context.units(f"{name}.constant, per step", per_step)
    return EventPopulation(name, population.size, population.sign, values, cdf, weight, constant)


def _projections(
    context: _Context, connection: Connection, root: np.random.SeedSequence
) -> list[EventProjection]:
    network, label = context.network, f"{connection.source} to {connection.target}"
    source, target = connection.source, connection.target
    if source in network.populations:
        sources, sign = network.populations[source].size, network.populations[source].sign
    else:
        sources, sign = network.recordings[source].size, network.recordings[source].sign
    shape = (sources, network.populations[target].size)
    rng = np.random.default_rng(root)
    key = int(root.generate_state(1, np.uint32)[0])
    length, probability = 0, 0
    weight_mv = connection.weight_mv
    if isinstance(connection.synapse, Release | Bitstream):
        length = connection.synapse.length if isinstance(connection.synapse, Bitstream) else 1
        wanted = connection.synapse.probability
        probability = probability_code(f"{label}: the probability of a synapse", wanted)
        context.losses.append(Loss(f"{label}.probability", wanted, probability / 65_536))
        scale = 1.0 / length
        weight_mv = (
            Uniform(weight_mv.low * scale, weight_mv.high * scale)
            if isinstance(weight_mv, Uniform)
            else weight_mv * scale
        )

    plasticity = lower_stdp(
        label, connection.plasticity, network.dt_ms, context.units, context.losses
    )

    def projection(delay: int, connectivity: Connectivity) -> EventProjection:
        return EventProjection(
            source, target, delay, connectivity, length, probability, key, plasticity
        )

    if isinstance(weight_mv, float) and isinstance(connection.delay_ms, float):
        weight = SIGNS[sign] * context.units(f"{label}.weight", weight_mv)
        delay = _delay(context, label, np.array([connection.delay_ms]))[0]
        made = _homogeneous(context, connection, shape, weight, key, rng)
        if plasticity:
            made = made.into("stored", _first(network, target), key, label)
        return [projection(int(delay), made)]
    if connection.store in ("bitmap", "procedural"):
        raise ValueError(
            f"{label}: synapses with different weights or delays must be stored, not "
            f"{connection.store}. Use store='stored' or 'auto'"
        )
    pre, post = _pairs(connection, shape, rng)
    weights_mv = _values(weight_mv, len(pre), rng)
    codes = np.rint(weights_mv / context.unit).astype(np.int64) * SIGNS[sign]
    _note_weights(context, label, weights_mv, codes)
    delays = _delay(context, label, _values(connection.delay_ms, len(pre), rng))
    return [
        projection(int(d), _stored(pre[delays == d], post[delays == d], codes[delays == d], shape))
        for d in np.unique(delays)
    ]


def _values(
    value: float | Uniform | NDArray[np.float64], count: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    if isinstance(value, Uniform):
        return rng.uniform(value.low, value.high, count)
    return np.broadcast_to(np.asarray(value, np.float64), (count,))


def _note_weights(
    context: _Context, label: str, wanted: NDArray[np.float64], codes: NDArray[np.int64]
) -> None:
    lost = int(((wanted != 0.0) & (codes == 0)).sum())
    if lost and lost == np.count_nonzero(wanted):
        raise ValueError(
            f"weights of {label} must not all round to 0: the unit is {context.unit:.4g} mV. "
            "Raise them, or raise data_width of the neurons"
        )
    if len(codes) and np.abs(codes).max() > MAX_WEIGHT:
        raise ValueError(
            f"weights of {label} must be at most {MAX_WEIGHT * context.unit:.4g} mV in units of "
            f"{context.unit:.4g} mV, not {np.abs(wanted).max():g} mV. Lower them, or raise the "
            "smallest"
        )
    total = float(np.abs(codes).sum() * context.unit)
    note = f"{lost} weights became 0" if lost else ""
    context.losses.append(Loss(f"{label}.weights (sum, mV)", float(wanted.sum()), total, note))


def _delay(context: _Context, label: str, delays_ms: NDArray[np.float64]) -> NDArray[np.int64]:
    dt_ms = context.network.dt_ms
    steps = np.rint(delays_ms / dt_ms).astype(np.int64)
    if len(steps) and steps.max() > MAX_DELAY:
        raise ValueError(
            f"delay_ms of {label} must be at most {MAX_DELAY} steps ({MAX_DELAY * dt_ms:g} ms), "
            f"not {delays_ms.max():g}"
        )
    if len(steps):
        context.losses.append(
            Loss(f"{label}.delay (mean, ms)", float(delays_ms.mean()), float(steps.mean() * dt_ms))
        )
    return np.maximum(steps, 1)


def _homogeneous(
    context: _Context,
    connection: Connection,
    shape: tuple[int, int],
    weight: int,
    key: int,
    rng: np.random.Generator,
) -> Connectivity:
    """Return synapses of one weight, in the store that was asked for or fits best."""
    rule, (sources, targets), store = connection.rule, shape, connection.store
    label = f"{connection.source} to {connection.target}"
    if isinstance(rule, Stratified):
        rows_ = _stratified(context, label, rule.probability, shape, weight)
        first = _first(context.network, connection.target)
        return rows_.into("procedural" if store == "auto" else store, first, key, label)
    if isinstance(rule, Bernoulli) and (store == "bitmap" or rule.probability >= DENSE):
        rows = np.zeros((sources, -(-targets // 8)), np.uint8)
        for row in rows:
            row[:] = np.packbits(rng.random(targets) < rule.probability, bitorder="little")
        return Bitmap(rows, targets, weight).into(
            "bitmap" if store == "auto" else store, 0, 0, label
        )
    if isinstance(rule, Bernoulli):  # `_pairs` and `_stored` in a fifth of the memory
        lists = [row.astype(np.uint32) for row in _bernoulli(rule, shape, rng)]
        indptr = np.cumsum([0, *map(len, lists)])
        listed = Stored(
            indptr, np.concatenate(lists), np.full(indptr[-1], weight, np.int32), targets
        )
    else:
        pre, post = _pairs(connection, shape, rng)
        listed = _stored(pre, post, np.full(len(pre), weight), shape)
    count = len(listed.target)
    dense = count >= DENSE * sources * targets and not isinstance(rule, Explicit)
    wanted = ("bitmap" if dense else "stored") if store == "auto" else store
    return listed.into(wanted, 0, 0, label)


def _stratified(
    context: _Context, label: str, probability: float, shape: tuple[int, int], weight: int
) -> Procedural:
    if 0.5 < probability < 1.0:
        raise ValueError(
            f"probability of {label} must be 1 or at most 0.5 with Stratified, not {probability:g}."
            " Use Bernoulli"
        )
    fraction = min(16, 16 - math.ceil(math.log2(1.0 / probability)))
    stride = max(round(2**fraction / probability), 1 << fraction)
    context.losses.append(Loss(f"{label}.probability", probability, 2**fraction / stride))
    return Procedural(*shape, stride, fraction, weight)


def _first(network: Network, target: str) -> int:
    names = list(network.populations)
    return sum(network.populations[n].size for n in names[: names.index(target)])


def _pairs(
    connection: Connection, shape: tuple[int, int], rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return sources and targets of all synapses."""
    rule, (sources, targets) = connection.rule, shape
    label = f"{connection.source} to {connection.target}"
    if isinstance(rule, Explicit):
        return rule.pairs(shape, label)
    if isinstance(rule, OneToOne):
        if sources != targets:
            raise ValueError(f"{label}: OneToOne needs equal sizes, not {sources} and {targets}")
        return np.arange(sources), np.arange(sources)
    if isinstance(rule, FixedInDegree):
        if rule.count > sources:
            raise ValueError(
                f"{label}: an in-degree must be at most the {sources} sources, not {rule.count}"
            )
        chosen = np.empty((targets, rule.count), np.int64)
        for row in chosen:
            row[:] = rng.choice(sources, rule.count, replace=False)
        return chosen.ravel(), np.repeat(np.arange(targets), rule.count)
    if isinstance(rule, AllToAll):
        return np.repeat(np.arange(sources), targets), np.tile(np.arange(targets), sources)
    if isinstance(rule, Stratified):
        raise ValueError(
            f"{label}: Stratified synapses must have one weight and one delay. Use Bernoulli"
        )
    lists = list(_bernoulli(rule, shape, rng))
    pre = np.repeat(np.arange(sources), [len(x) for x in lists])
    return pre, np.concatenate(lists)


def _bernoulli(
    rule: Bernoulli, shape: tuple[int, int], rng: np.random.Generator
) -> Iterator[NDArray[np.int64]]:
    """Yield the targets of one source after the other."""
    sources, targets = shape
    for _ in range(sources):
        yield np.flatnonzero(rng.random(targets) < rule.probability)


def _stored(
    pre: NDArray[np.int64],
    post: NDArray[np.int64],
    codes: NDArray[np.int64],
    shape: tuple[int, int],
) -> Stored:
    sorted_ = (np.diff(pre) > 0) | ((np.diff(pre) == 0) & (np.diff(post) >= 0))
    order = slice(None) if sorted_.all() else np.lexsort((post, pre))
    indptr = np.concatenate([[0], np.cumsum(np.bincount(pre, minlength=shape[0]))])
    return Stored(
        indptr.astype(np.int64),
        post[order].astype(np.uint32),
        codes[order].astype(np.int32),
        shape[1],
    )
