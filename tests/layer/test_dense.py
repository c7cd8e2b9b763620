"""Dense layer: counts spelled out, statistics of the mean, protocol and errors."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from bitcortex.gateware.layer.dense import Dense as Gateware
from bitcortex.models.layer.dense import Dense, DenseParams, forward, mean
from bitcortex.models.layer.streams import Streams
from bitcortex.sim.twins.layer.dense import TWIN

Integers = NDArray[np.int64]
SMALL = DenseParams(5, 3, length=32, n_spikes=2, seed=21)
IDLE = dict.fromkeys(Dense.INPUTS, 0)


def random_layer(params: DenseParams, seed: int = 0) -> tuple[Integers, Integers]:
    rng = np.random.default_rng(seed)
    top = params.top_weight
    weights = rng.integers(-top, top + 1, (params.n_neurons, params.n_inputs))
    codes = rng.integers(0, top + 2, params.n_inputs)
    codes[params.n_rates :] = rng.integers(0, 2, params.n_spikes)
    return weights, codes


def loaded(params: DenseParams, seed: int = 0) -> Dense:
    """Return a layer with random weights and codes."""
    layer = Dense(params)
    weights, codes = random_layer(params, seed)
    layer.weights[:] = weights
    layer.codes[: params.n_rates] = codes[: params.n_rates]
    return layer


def run_pass(layer: Dense, **first: int) -> list[tuple[int, ...]]:
    """Start a pass and return the outputs of every cycle up to that of ``done``."""
    rows = [layer.tick(**(IDLE | {"start": 1} | first))]
    while not rows[-1][-1]:
        rows.append(layer.tick(**IDLE))
    return rows


def test_forward_is_its_definition() -> None:
    """One loop per rule, as docs/decisions/0002-streams.md words it."""
    for seed in range(5):
        weights, codes = random_layer(SMALL, seed)
        rx, rw = Streams(SMALL.streams).next()
        excitatory, inhibitory = forward(SMALL, weights, codes, rx, rw)
        for j in range(3):
            counts = [0, 0]
            for i in range(5):
                for x, w in zip(rx, rw, strict=True):
                    on = x < codes[i] if i < 3 else codes[i] == 1
                    if on and w < abs(weights[j, i]):
                        counts[int(weights[j, i] < 0)] += 1
            assert counts == [excitatory[j], inhibitory[j]]


def test_largest_and_smallest() -> None:
    """With a full period every weight of 255 is on for 255 of 256 words."""
    params = DenseParams(4, 2, length=256)
    rx, rw = Streams(params.streams).next()
    full = np.full(4, 256)
    weights = np.array([[255] * 4, [-255] * 4])
    assert [c.tolist() for c in forward(params, weights, full, rx, rw)] == [[1020, 0], [0, 1020]]
    assert [c.tolist() for c in forward(params, weights, 0 * full, rx, rw)] == [[0, 0], [0, 0]]
    assert [c.tolist() for c in forward(params, 0 * weights, full, rx, rw)] == [[0, 0], [0, 0]]
    assert mean(params, np.array([1024, -1024, 0])).tolist() == [1.0, -1.0, 0.0]


@pytest.mark.parametrize("mode", ["sobol", "lfsr"])
def test_mean_is_unbiased(mode: str) -> None:
    """Average over passes against the exact dot product, within five standard errors."""
    params = DenseParams(6, 3, length=16, mode=mode, seed=5)
    weights, codes = random_layer(params, 3)
    exact = (codes / 256) @ (weights / 256).T / params.n_inputs
    streams = Streams(params.streams)
    means = []
    for _ in range(2000):
        excitatory, inhibitory = forward(params, weights, codes, *streams.next())
        means.append(mean(params, excitatory - inhibitory))
    error = np.mean(means, axis=0) - exact
    assert (np.abs(error) < 5 * np.std(means, axis=0) / np.sqrt(2000)).all()
    assert np.std(means, axis=0).min() > 0.0


def test_error_falls_with_length() -> None:
    """RMS error of the mean: Sobol at least as 1/L**0.8 from 16 to 1024, LFSR about 1/sqrt(L)."""
    slopes = {}
    for mode in ("sobol", "lfsr"):
        errors = []
        lengths = [16, 64, 256, 1024]
        for length in lengths:
            params = DenseParams(16, 8, length=length, mode=mode, seed=5)
            weights, codes = random_layer(params, 3)
            exact = (codes / 256) @ (weights / 256).T / params.n_inputs
            streams = Streams(params.streams)
            found = [
                mean(params, np.subtract(*forward(params, weights, codes, *streams.next())))
                for _ in range(60)
            ]
            errors.append(np.sqrt(np.mean((np.array(found) - exact) ** 2)))
        slopes[mode] = np.polyfit(np.log(lengths), np.log(errors), 1)[0]
    assert slopes["sobol"] < -0.8
    assert -0.65 < slopes["lfsr"] < -0.35


@pytest.mark.parametrize("case", list(TWIN.cases))
def test_schedule_is_the_documented_formula(case: str) -> None:
    params = TWIN.cases[case]
    layer = loaded(params)
    expected = forward(params, layer.weights, layer.codes, *Streams(params.streams).next())
    rows = run_pass(layer)
    results = [(t, row) for t, row in enumerate(rows) if row[1]]
    assert [t for t, _ in results] == [
        (j + 1) * params.length + params.latency for j in range(params.n_neurons)
    ]
    assert [row[2] for _, row in results] == list(range(params.n_neurons))
    assert [row[3] for _, row in results] == expected[0].tolist()
    assert [row[4] for _, row in results] == expected[1].tolist()
    assert [row[0] for row in rows] == [0] + [1] * (params.cycles - 1) + [0]
    assert len(rows) == params.cycles + 1
    assert [row[5] for row in rows].index(1) == params.cycles


def test_a_start_with_done_makes_passes_follow_one_another() -> None:
    layer = loaded(SMALL)
    streams = Streams(SMALL.streams)
    rows = [
        layer.tick(**(IDLE | {"start": int(t % SMALL.cycles == 0)}))
        for t in range(3 * SMALL.cycles)
    ]
    found = [row[3:5] for row in rows if row[1]]
    want = []
    for _ in range(2):
        want += list(zip(*forward(SMALL, layer.weights, layer.codes, *streams.next()), strict=True))
    assert found[: len(want)] == want


def test_what_arrives_while_busy_is_ignored() -> None:
    quiet, noisy = loaded(SMALL), loaded(SMALL)
    want = run_pass(quiet)
    noise = dict.fromkeys(Dense.INPUTS, 1)
    found = [noisy.tick(**(IDLE | {"start": 1}))]
    while not found[-1][-1]:
        last = len(found) == SMALL.cycles
        found.append(noisy.tick(**(IDLE if last else noise)))
    assert found == want
    assert run_pass(noisy) == run_pass(quiet)  # nothing was kept either


def test_what_arrives_with_start_takes_part() -> None:
    layer, other = loaded(SMALL), loaded(SMALL)
    run_pass(layer)
    write = {"weight_we": 1, "weight_neuron": 2, "weight_input": 1, "weight": -200}
    write |= {"code_we": 1, "code_input": 1, "code": 256, "reseed": 1, "spikes": 0b10}
    rows = run_pass(layer, **write)
    other.weights[2, 1] = -200
    other.codes[:] = [*other.codes[:1], 256, other.codes[2], 0, 1]
    counts = forward(SMALL, other.weights, other.codes, *Streams(SMALL.streams).next())
    assert [row[3:5] for row in rows if row[1]] == list(zip(*counts, strict=True))


def test_codes_without_a_meaning_saturate() -> None:
    largest, beyond = Dense(SMALL), Dense(SMALL)
    for layer, weight, code in ((largest, -255, 256), (beyond, -256, 511)):
        for j in range(SMALL.n_neurons):
            for i in range(SMALL.n_inputs):
                layer.write_weight(j, i, weight)
                layer.write_code(i, code)
    assert run_pass(beyond) == run_pass(largest)


def test_addresses_outside_the_layer_are_ignored() -> None:
    layer = Dense(SMALL)
    layer.write_weight(3, 0, 1)
    layer.write_weight(0, 5, 1)
    layer.write_code(3, 7)  # a spiking input
    assert not layer.weights.any()
    assert not layer.codes.any()


def test_gateware_ports_have_the_documented_widths() -> None:
    layer = Gateware(DenseParams(20, 80, length=256, n_spikes=5))
    widths = {name: len(getattr(layer, name)) for name in (*Dense.INPUTS, *Dense.OUTPUTS)}
    assert widths == {
        "weight_we": 1, "weight_neuron": 7, "weight_input": 5, "weight": 9, "code_we": 1,
        "code_input": 5, "code": 9, "spikes": 5, "start": 1, "reseed": 1, "busy": 1,
        "out_valid": 1, "out_index": 7, "out_excitatory": 13, "out_inhibitory": 13, "done": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("n_inputs", 0, r"n_inputs must be in 1\.\.65535, not 0"),
        ("n_neurons", 0, r"n_neurons must be in 1\.\.65535, not 0"),
        ("n_spikes", 6, r"n_spikes must be in 0\.\.5, not 6"),
        ("length", 0, "length must be in"),
        ("mode", "ramp", "mode must be one of sobol, lfsr"),
        ("bits", 12, r"bits must be in 1\.\.8"),
    ],
)
def test_wrong_parameters(field: str, value: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(SMALL, **{field: value})


def test_forward_refuses_what_does_not_fit() -> None:
    weights, codes = random_layer(SMALL)
    rx, rw = Streams(SMALL.streams).next()
    with pytest.raises(ValueError, match=r"weights must have shape \(3, 5\), not \(5, 3\)"):
        forward(SMALL, weights.T, codes, rx, rw)
    with pytest.raises(ValueError, match=r"codes must have shape \(5,\), not \(4,\)"):
        forward(SMALL, weights, codes[1:], rx, rw)
    with pytest.raises(ValueError, match=r"rw must have shape \(32,\), not \(31,\)"):
        forward(SMALL, weights, codes, rx, rw[1:])
    with pytest.raises(ValueError, match="magnitude of at most 255, not 510"):
        forward(SMALL, np.full_like(weights, -510), codes, rx, rw)
    for i, code, top in ((1, 257, 256), (1, -1, 256), (4, 2, 1)):
        wrong = codes.copy()
        wrong[i] = code
        with pytest.raises(ValueError, match=rf"codes\[{i}\] must be in 0\.\.{top}, not {code}"):
            forward(SMALL, weights, wrong, rx, rw)
