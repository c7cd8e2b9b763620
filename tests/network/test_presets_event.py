"""The event-driven networks that come with bitcortex are what they say, and so are their files."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bitcortex as bc
from bitcortex.analysis.intervals import cv_isi, cv_isi_events
from bitcortex.errors import UserError
from bitcortex.network import LIF, Network, Uniform, event_files, lower, presets
from bitcortex.network import plan as plans
from bitcortex.network import potjans_diesmann as microcircuit
from bitcortex.network.connectivity import AllToAll, Bernoulli, Release, Stratified
from bitcortex.network.event_plan import EventPlan
from bitcortex.network.potjans_diesmann import POPULATIONS, SIZES, in_degree, potjans_diesmann
from bitcortex.network.run import Run
from bitcortex.network.spiking_column import spiking_column

PRESETS = ("brunel_seed", "brunel_ai", "brunel_2000", "spiking_column", "potjans_diesmann")
# Measured over 10 s, seeds 1 to 3, in the order of POPULATIONS; see docs/events.md.
MEASURED_HZ = (0.59, 2.36, 4.42, 5.37, 6.13, 8.07, 0.74, 7.30)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_listed_and_have_seeds(name: str) -> None:
    assert presets.PRESETS[name] is getattr(presets, name)
    if name != "brunel_2000":  # it takes seconds to lower
        networks = [presets.PRESETS[name](seed=seed) for seed in (1, 1, 2)]
        digests = [lower(net).plan.digest for net in networks]
        assert digests[0] == digests[1] != digests[2]
        assert networks[0].event_driven


def test_brunel_rates() -> None:
    run = bc.simulate(presets.brunel_seed(n=1000), 10_000)
    assert 84 < run.rate_hz("exc") < 91
    assert 0.10 < np.nanmean(cv_isi_events(run.events, *run.populations["exc"])) < 0.17
    run = bc.simulate(presets.brunel_ai(n=1000), 20_000)
    assert 20 < run.rate_hz("exc") < 55
    assert 0.9 < np.nanmean(cv_isi_events(run.events, *run.populations["exc"])) < 1.2


def test_cv_of_events_is_that_of_the_raster() -> None:
    run = bc.simulate(presets.brunel_ai(n=100), 5_000)
    for name, (first, size) in run.populations.items():
        expected = cv_isi(run.spikes(name).T)
        np.testing.assert_allclose(cv_isi_events(run.events, first, size), expected)
        assert np.isfinite(expected).any()


# The microcircuit.


def test_microcircuit_has_the_published_size() -> None:
    assert sum(SIZES) == 77_169
    degrees = [[in_degree(t, s) for s in range(8)] for t in range(8)]
    synapses = sum(sum(row) * size for row, size in zip(degrees, SIZES, strict=True))
    assert synapses == pytest.approx(299e6, rel=1e-3)  # 0.3 billion, as published
    assert degrees[0][1] == pytest.approx(-math.log(1 - 0.1689) * 5834, rel=1e-6)
    assert degrees[0][5] == 0.0


def test_kick_has_the_area_of_the_published_potential() -> None:
    t = np.arange(0.0, 200.0, 1e-3)  # ms
    current, capacity, tau_s, tau_m = 87.8, 250.0, 0.5, 10.0  # pA, pF, ms
    peak_mv = current / capacity * tau_s * tau_m / (tau_m - tau_s)
    potential = peak_mv * (np.exp(-t / tau_m) - np.exp(-t / tau_s))
    assert potential.max() == pytest.approx(0.15, abs=1e-3)  # as published
    area = float(potential.sum() * 1e-3)
    assert microcircuit.KICK_MV * tau_m == pytest.approx(area, rel=1e-3)


@pytest.mark.parametrize("scale", [0.05, 0.1, 1.0])
def test_mean_and_variance_of_the_input_do_not_depend_on_the_scale(scale: float) -> None:
    """The numbers of the full circuit follow from the published table, those of ours are built."""
    net = potjans_diesmann(scale)
    for target, name in enumerate(POPULATIONS):
        drive = net.drives[name]
        events = drive.mean / net.dt_ms * 1e3  # per second
        mean, variance = events * drive.weight_mv, events * drive.weight_mv**2
        full_mean = microcircuit.EXTERNAL[target] * 8.0 * microcircuit.KICK_MV
        full_variance = full_mean * microcircuit.KICK_MV
        for c in net.connections:
            if c.target != name:
                continue
            assert isinstance(c.rule, Bernoulli)
            assert isinstance(c.weight_mv, float)
            source = POPULATIONS.index(c.source)
            population = net.populations[c.source]
            sign = 1 if population.sign == "excitatory" else -1
            rate = microcircuit.RATES_HZ[source] * c.rule.probability * population.size
            mean += sign * rate * c.weight_mv
            variance += rate * c.weight_mv**2
            weight = {(0, 2): 2.0}.get((target, source), 1.0 if source % 2 == 0 else -4.0)
            rate = microcircuit.RATES_HZ[source] * in_degree(target, source)
            full_mean += rate * weight * microcircuit.KICK_MV
            full_variance += rate * (weight * microcircuit.KICK_MV) ** 2
        mean += net.constants_mv.get(name, 0.0) / (microcircuit.TAU_MS * 1e-3)
        assert mean == pytest.approx(full_mean, rel=0.01), name
        assert variance == pytest.approx(full_variance, rel=0.01), name


def test_weights_and_delays_of_the_microcircuit() -> None:
    net = potjans_diesmann(0.1)
    plan: EventPlan = lower(net).plan
    unit = plan.populations[0].drive  # the excitatory kick
    assert [p.sign for p in plan.populations] == ["excitatory", "inhibitory"] * 4
    found: dict[tuple[str, str], list[np.ndarray[Any, Any]]] = {}
    for p in plan.projections:
        weights = np.unique(p.connectivity.into("stored", 0, 0, "").weights)  # type: ignore[union-attr]
        inhibitory = p.source.endswith("I")
        doubled = (p.source, p.target) == ("L4E", "L23E")
        assert weights.tolist() == [unit * (-4 if inhibitory else 2 if doubled else 1)]
        delays = np.full(p.connectivity.synapses(), p.delay * 0.1)
        found.setdefault((p.source, p.target), []).append(delays)
    assert len(found) == 55  # nine of the 64 pairs have no synapses
    for (source, target), parts in found.items():
        delays = np.concatenate(parts)
        mean = 0.75 if source.endswith("I") else 1.5
        n = len(delays)
        assert abs(delays.mean() - mean) < 5 * mean / 2 / math.sqrt(n) + 0.01, (source, target)
        if n > 10_000:
            assert delays.std() == pytest.approx(mean / 2, rel=0.03)
        s, t = POPULATIONS.index(source), POPULATIONS.index(target)
        expected = in_degree(t, s) / SIZES[s] * plan.size(source) * plan.size(target)
        assert abs(n - expected) < 5 * math.sqrt(expected)


def test_in_degrees_of_the_microcircuit_are_binomial() -> None:
    plan: EventPlan = lower(potjans_diesmann(0.1, delays="mean")).plan
    (p,) = [p for p in plan.projections if (p.source, p.target) == ("L23E", "L23E")]
    counts = np.zeros(plan.size("L23E"))
    for i in range(plan.size("L23E")):
        counts[p.connectivity.row(i, 0, p.seed)[0]] += 1
    probability = in_degree(0, 0) / SIZES[0]
    variance = len(counts) * probability * (1 - probability)
    assert counts.mean() == pytest.approx(len(counts) * probability, rel=0.01)
    assert counts.var() == pytest.approx(variance, rel=5 * math.sqrt(2 / len(counts)))


def rates(run: Run, first: int) -> list[float]:
    """Return the rates of all populations from a step on."""
    later = run.events.neuron[run.events.step >= first]
    seconds = (run.steps - first) * run.dt_s
    return [
        float(np.count_nonzero((later >= a) & (later < a + size)) / (size * seconds))
        for a, size in run.populations.values()
    ]


@pytest.mark.parametrize("delays", ["distributed", "mean"])
def test_rates_of_the_microcircuit(delays: str) -> None:
    run = bc.simulate(potjans_diesmann(0.1, delays=delays), 25_000)
    found = rates(run, 5_000)
    for name, rate, measured, published in zip(
        POPULATIONS, found, MEASURED_HZ, microcircuit.PUBLISHED_HZ, strict=True
    ):
        assert rate == pytest.approx(measured, rel=0.12), name
        assert 0.6 * published < rate < 1.05 * published, name
    counts = np.bincount(run.events.step, minlength=25_000)[5_000:]
    assert counts.max() < 200  # of 7,717: no oscillation of all neurons


def test_microcircuit_on_all_engines_and_stores() -> None:
    net = potjans_diesmann(0.02)
    run = bc.simulate(net, 600)
    assert len(run.events.step) > 50
    assert run.hash == bc.simulate(net, 600, engine="golden").hash
    assert run.hash == bc.simulate(net, 600, threads=2).hash
    plan: EventPlan = lower(potjans_diesmann(0.02, delays="mean")).plan
    hashes = {bc.simulate(plan.stored_as(store), 600).hash for store in ("bitmap", "stored")}
    assert len(hashes) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"scale": 0.001}, "scale must be in"),
        ({"scale": 1.5}, "scale must be in"),
        ({"scale": "big"}, "scale must be"),
        ({"delays": "normal"}, "delays must be one of distributed, mean, not 'normal'"),
        ({"scale": 0.25, "delays": "mean"}, "at most 0.2 with mean delays, not 0.25"),
        ({"seed": -1}, "seed must be in"),
    ],
)
def test_mistakes_with_the_microcircuit(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        potjans_diesmann(**arguments)


# The column.


def held_hz(run: Run, population: str) -> float:
    """Return the rate while the stimulus is held."""
    return float(run.spikes(population)[300:700].mean() / run.dt_s)


def test_spiking_column_on_all_engines() -> None:
    net = spiking_column()
    run = bc.simulate(net, 1000)
    assert run.hash == bc.simulate(net, 1000, engine="golden").hash
    assert run.hash == bc.simulate(net, 1000, threads=2).hash
    assert [p.size for p in net.populations.values()] == [80, 20]
    loops = {(c.source, c.target) for c in net.connections}
    assert {("exc", "exc"), ("exc", "inh"), ("inh", "exc")} < loops


def test_spiking_column_follows_its_stimulus() -> None:
    run = bc.simulate(spiking_column(), 1000)
    exc = run.spikes("exc")
    assert not exc[:100].any()
    assert not exc[920:].any()
    rising, held, falling = (exc[a:b].mean() for a, b in ((100, 300), (300, 700), (700, 900)))
    assert 0 < rising < held > falling > 0


@pytest.mark.parametrize("seed", [42, 1, 2])
def test_loops_of_the_spiking_column_matter(seed: int) -> None:
    whole = bc.simulate(spiking_column(seed), 1000)
    no_recurrence = bc.simulate(spiking_column(seed, recurrent=False), 1000)
    no_inhibition = bc.simulate(spiking_column(seed, inhibition=False), 1000)
    for run in (no_recurrence, no_inhibition):
        assert len(run.events.step) != len(whole.events.step)
    assert held_hz(no_inhibition, "exc") > 1.4 * held_hz(whole, "exc")
    assert held_hz(no_recurrence, "exc") < 0.93 * held_hz(whole, "exc")
    assert held_hz(no_recurrence, "inh") < 0.6 * held_hz(whole, "inh")
    assert 30 < held_hz(whole, "exc") < 45


# Files.


def everything() -> EventPlan:
    """Return a Plan with every kind of part."""
    net = Network("everything", dt_ms=0.1, seed=1)
    net.population("e", 40, LIF())
    net.population("i", 10, LIF(), "inhibitory")
    net.recorded("s", 5, [1, 2, 2], [0, 3, 4])
    net.connect("s", "e", AllToAll(), Uniform(1.0, 3.0))
    net.connect("e", "i", Bernoulli(0.3), 1.0, 1.0)
    net.connect("i", "e", Stratified(0.2), 2.0, 1.5)
    net.connect("e", "e", Bernoulli(0.1), 1.0, Uniform(0.5, 0.7), Release(0.5))
    net.poisson("e", 20_000.0, 1.0)
    net.constant("i", 25.0)
    plan: EventPlan = lower(net).plan
    return plan


PLAN = everything()


@pytest.mark.parametrize(
    "make",
    [
        everything,
        lambda: lower(presets.brunel_ai(n=200)).plan,
        lambda: lower(presets.brunel_ai(n=200, rule="stratified")).plan,
        lambda: lower(spiking_column()).plan,
        lambda: lower(potjans_diesmann(0.02)).plan,
    ],
)
def test_a_plan_survives_a_file(make: Callable[[], EventPlan], tmp_path: Path) -> None:
    plan = make()
    path = tmp_path / "plan.json"
    plan.save(path)
    assert event_files.is_event_plan(path)
    read = event_files.load(path)
    assert read.digest == plan.digest
    assert [p.connectivity.store for p in read.projections] == [
        p.connectivity.store for p in plan.projections
    ]
    assert bc.simulate(read, 300).hash == bc.simulate(plan, 300).hash
    event_files.save(read, tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda text: text[: len(text) // 2], "is not a complete JSON file"),
        (lambda text: "", "is not a complete JSON file"),
        (lambda text: "[" * 100_000, "is not a complete JSON file"),
        (lambda text: "[]", "is not an event-driven Plan"),
        (lambda text: "{}", "is not an event-driven Plan"),
        (lambda text: text.replace('"version": 1', '"version": 99'), "is a Plan of version 99"),
        (lambda text: text.replace('"dt_ns"', '"dt"'), "is a damaged Plan"),
        (lambda text: text.replace('"store": "bitmap"', '"store": "cloud"'), "is a damaged Plan"),
        (lambda text: text.replace('"zlib": "eJ', '"zlib": "!!'), "is a damaged Plan"),
        (lambda text: text.replace('"target": "e"', '"target": "x"'), "is a damaged Plan"),
        (lambda text: text.replace('"dt_ns": 100000', '"dt_ns": 200000'), "was altered"),
        (lambda text: text.replace('"digest": "', '"digest": "0'), "was altered"),
    ],
)
def test_a_damaged_file_is_refused(
    damage: Callable[[str], str], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "plan.json"
    PLAN.save(path)
    text = path.read_text()
    assert damage(text) != text
    path.write_text(damage(text))
    with pytest.raises(UserError, match=message):
        event_files.load(path)


def test_no_damage_goes_unnoticed(tmp_path: Path) -> None:
    """A part that is missing or replaced is refused; what is read is what was written."""
    path = tmp_path / "plan.json"
    PLAN.save(path)
    text = path.read_text()
    rng = np.random.default_rng(1)
    refused = 0
    for _ in range(300):
        content = json.loads(text)
        at: Any = content
        while isinstance(at, dict | list) and at:
            parent, keys = at, list(at) if isinstance(at, dict) else list(range(len(at)))
            key = keys[rng.integers(len(keys))]
            at = parent[key]
            if rng.random() < 0.2:
                break
        if rng.random() < 0.5:
            del parent[key]
        else:
            parent[key] = [None, "x", -1, 1e99, [], {}, "O", 10**30, "(1"][rng.integers(9)]
        path.write_text(json.dumps(content))
        try:
            assert event_files.load(path).digest == PLAN.digest
        except UserError:
            refused += 1
    assert refused > 270


def test_the_wrong_kind_of_file(tmp_path: Path) -> None:
    path = tmp_path / "layers.json"
    lower(presets.mixed()).plan.save(path)
    assert not event_files.is_event_plan(path)
    with pytest.raises(UserError, match="is not an event-driven Plan"):
        event_files.load(path)
    PLAN.save(path)
    with pytest.raises(UserError, match="is not a bitcortex Plan"):
        plans.load(path)
    with pytest.raises(FileNotFoundError):
        event_files.load(tmp_path / "none.json")
