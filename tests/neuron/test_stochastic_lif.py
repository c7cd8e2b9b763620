"""Stochastic LIF neuron: distribution of the noise, firing by noise alone, the user's class."""

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

import bitcortex as bc
from bitcortex.models.encode.lfsr import Lfsr
from bitcortex.models.neuron import lif
from bitcortex.models.neuron.cell import Cell, CellParams
from bitcortex.models.neuron.formats import Q8_8, Format
from bitcortex.models.neuron.noise import noise_params
from bitcortex.models.neuron.stochastic_lif import (
    MEAN,
    STD,
    StochasticLifParams,
    noise_of,
    scale_of,
    update,
)


def words(seed: int, count: int) -> list[int]:
    lfsr = Lfsr(noise_params(seed))
    return [lfsr.tick(1, 0, 0)[0] for _ in range(count)]


def noises(params: StochasticLifParams, seed: int, count: int) -> NDArray[np.float64]:
    return np.array([noise_of(params, word) for word in words(seed, count)], float)


def test_noise_is_the_centred_sum_of_four_bytes() -> None:
    params = StochasticLifParams(noise_scale=256)
    for bytes_ in itertools.product((0, 1, 127, 255), repeat=4):
        word = sum(byte << 8 * i for i, byte in enumerate(bytes_))
        assert noise_of(params, word) == sum(bytes_) - 510
    assert MEAN == 510
    assert pytest.approx(STD**2) == 4 * np.var(np.arange(256))


def test_noise_fits_its_width() -> None:
    for scale in (0, 1, 97, 256, 443, 4_096, 1 << 20):
        params = StochasticLifParams(noise_scale=scale)
        top = 1 << (params.noise_width - 1)
        assert -top <= noise_of(params, 0) <= noise_of(params, 0xFFFFFFFF) < top


@pytest.mark.parametrize("seed", [1, 2, 99])
def test_mean_deviation_and_correlation_of_the_noise(seed: int) -> None:
    """Within five standard errors of 0, std and 0, and never beyond 3.45 deviations."""
    params = StochasticLifParams(noise_scale=443)
    count = 20_000
    noise = noises(params, seed, count)
    std = 443 / 256 * STD
    assert abs(noise.mean()) < 5 * std / count**0.5
    assert noise.std() == pytest.approx(std, rel=5 * 0.6 / count**0.5)
    for lag in (1, 2, 3, 10, 100):
        assert abs(np.mean(noise[:-lag] * noise[lag:])) / std**2 < 5 / count**0.5, lag
    assert np.abs(noise).max() <= 3.46 * std
    kurtosis = np.mean(noise**4) / std**4 - 3.0
    assert kurtosis == pytest.approx(-0.3, abs=0.1)


def test_seeds_are_independent() -> None:
    params = StochasticLifParams(noise_scale=443)
    first, second = noises(params, 1, 20_000), noises(params, 2, 20_000)
    assert abs(np.corrcoef(first, second)[0, 1]) < 5 / 20_000**0.5


def test_scale_of_a_deviation() -> None:
    assert scale_of(256.0) == 443  # 1 mV in Q8.8
    params = StochasticLifParams(noise_scale=scale_of(1_000.0))
    assert noises(params, 5, 20_000).std() == pytest.approx(1_000.0, rel=0.02)


def test_update_is_lif_behind_the_noise() -> None:
    params = StochasticLifParams(v_threshold=700)
    rng = np.random.default_rng(0)
    for word in words(3, 500):
        state = (int(rng.integers(-1_000, 700)), int(rng.integers(0, 2)))
        kick = int(rng.integers(-500, 500))
        expected = lif.update(params.lif, state, kick + noise_of(params, word), 0)
        assert update(params, state, kick, word) == expected


def test_no_noise_is_lif() -> None:
    params = StochasticLifParams(noise_scale=0)
    for word in words(1, 50):
        assert update(params, (300, 0), 77, word) == lif.update(params.lif, (300, 0), 77, 0)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"noise_scale": -1}, r"noise_scale must be in 0\.\.1048576, not -1"),
        ({"leak": "stochastic"}, "leak must be one of floor, nearest, not 'stochastic'"),
        ({"v_threshold": 40_000}, r"v_threshold must be in 1\.\.32767, not 40000"),
    ],
)
def test_mistakes(values: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        StochasticLifParams(**values)  # type: ignore[arg-type]


# The user's class.


def test_free_membrane_fluctuates_as_it_should() -> None:
    """An AR(1) process: std of v is noise_std / sqrt(1 - alpha^2)."""
    neuron = bc.StochasticLIFNeuron(v_threshold=100.0, noise_std=1.0, seed=3)
    trace = []
    for _ in range(20_000):
        neuron.step(10.0)
        trace.append(neuron.v)
    found = np.array(trace[200:])
    assert found.mean() == pytest.approx(10.0, abs=0.6)
    assert found.std() == pytest.approx(1.0 / (1.0 - np.exp(-0.1)) ** 0.5, rel=0.08)


def test_noise_fires_where_the_drive_alone_does_not() -> None:
    quiet, noisy = bc.StochasticLIFNeuron(), bc.StochasticLIFNeuron(noise_std=2.0, seed=4)
    assert sum(quiet.step(15.0) for _ in range(2_000)) == 0
    assert sum(noisy.step(15.0) for _ in range(2_000)) > 20


def test_class_is_the_golden_cell_bit_for_bit() -> None:
    neuron = bc.StochasticLIFNeuron(noise_std=1.5, refractory_period=2, seed=9, format=Q8_8)
    cell = Cell(CellParams(neuron.params, seed=9))
    rng = np.random.default_rng(1)
    spikes = 0
    for current in rng.uniform(0.0, 60.0, 300):
        kick = neuron.membrane.kick(float(current))
        cell.tick(1, kick)
        ended = [cell.tick(0, 0) for _ in range(6)][-1]
        spike = neuron.step(float(current))
        assert ended[1:] == (1, spike, neuron.neuron.field("v"))
        spikes += spike
    assert spikes > 10


def test_delta_synapse_and_leak_as_in_the_tutorial() -> None:
    neuron = bc.StochasticLIFNeuron(
        v_rest=0.0, v_reset=10.0, v_threshold=20.0, tau_mem=20.0, dt=0.1, resistance=1.0
    )
    neuron.v += 15.0
    assert neuron.step(0.0) == 0
    assert neuron.v == pytest.approx(15.0 * np.exp(-0.1 / 20.0), abs=2e-3)
    neuron.v += 6.0
    assert neuron.step(0.0) == 1
    assert neuron.v == 10.0


def test_constant_current_drives_v_to_its_limit_above_rest() -> None:
    neuron = bc.StochasticLIFNeuron(
        v_rest=-65.0, v_reset=-70.0, v_threshold=-50.0, resistance=10.0, refractory_period=3
    )
    assert neuron.v == -65.0
    for _ in range(400):
        assert neuron.step(1.2) == 0
    assert neuron.v == pytest.approx(-53.0, abs=0.05)
    while not neuron.step(5.0):
        pass
    assert (neuron.v, neuron.refractory) == (-70.0, 3)
    neuron.reset_state()
    assert (neuron.v, neuron.refractory) == (-65.0, 0)


def test_x_value_is_a_probability() -> None:
    """Rate against code: silent below threshold at half, and as a constant current above."""
    neuron = bc.StochasticLIFNeuron(length=256)
    counts = []
    for code in (0, 64, 120, 160, 200, 256):
        neuron.reset_state()
        counts.append(sum(neuron.step(x_value=code)[0] for _ in range(1_000)))
    assert counts[:2] == [0, 0]
    assert counts == sorted(counts)
    constant = bc.StochasticLIFNeuron()
    assert counts[-1] == sum(constant.step(40.0) for _ in range(1_000))
    spike, v = neuron.step(x_value=200)
    assert isinstance(spike, int)
    assert v == neuron.v


def test_streams_are_exact_over_their_period() -> None:
    """65,536 bits of code x hold exactly 256 x ones: mean kick = x / 256 of a full stream."""
    neuron = bc.StochasticLIFNeuron(length=1 << 16, tau_mem=5.0)
    for code in (0, 1, 77, 255, 256):
        neuron.reset_state()
        neuron.step(x_value=code)
        expected = round(neuron.full_kick * code / 256)
        assert abs(neuron.neuron.field("v") - expected) <= 1


def test_runs_repeat_and_seeds_differ() -> None:
    def run(seed: int) -> list[int]:
        neuron = bc.StochasticLIFNeuron(noise_std=2.0, length=16, seed=seed)
        return [neuron.step(x_value=140)[0] for _ in range(500)]

    assert run(1) == run(1)
    assert run(1) != run(2)
    assert abs(sum(run(1)) - sum(run(2))) < 20


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"v_threshold": 1e9}, r"v_threshold must be in \[-524288, 524288\], not 1000000000"),
        ({"v_threshold": 200.0, "format": Q8_8}, r"127\.996\], not 200\.0\. Q8.*more data"),
        ({"v_reset": 20.0}, r"v_reset must be below v_threshold, not 20\.0 >= 20\.0 mV"),
        ({"v_rest": 30.0}, "v_rest must be below v_threshold"),
        ({"tau_mem": 0.01}, r"tau_mem must be in \["),
        ({"dt": -1.0}, r"dt must be in \["),
        ({"noise_std": 1e6}, r"noise_std must be in \[0, 128\]"),
        ({"noise_std": float("nan")}, "noise_std must be in"),
        ({"length": 0}, r"length must be in 1\.\.65536, not 0"),
        ({"refractory_period": 300}, r"refractory_period must be in 0\.\.255, not 300"),
        ({"seed": -1}, "seed must be in"),
    ],
)  # fmt: skip
def test_mistakes_of_the_class(values: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        bc.StochasticLIFNeuron(**values)  # type: ignore[arg-type]


def test_input_that_does_not_fit() -> None:
    neuron = bc.StochasticLIFNeuron(format=Format(16, 8))
    with pytest.raises(ValueError, match=r"current must be in \[-2624.*, 2624.*not 5000"):
        neuron.step(5_000.0)
    with pytest.raises(ValueError, match=r"x_value must be in 0\.\.256, not 257"):
        neuron.step(x_value=257)
    with pytest.raises(ValueError, match=r"v must be in \[-128, 127\.996\], not 130"):
        neuron.v += 130.0
    with pytest.raises(TypeError, match="format must be a Format"):
        bc.StochasticLIFNeuron(format="Q8.8")  # type: ignore[arg-type]
