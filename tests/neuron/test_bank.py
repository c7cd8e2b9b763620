"""A population over block RAM: every neuron as if alone, clear, hazards, block RAM."""

import numpy as np
import pytest

from bitcortex.boards.area import measure
from bitcortex.boards.devices import find_device
from bitcortex.models.encode.lfsr import Lfsr
from bitcortex.models.neuron.bank import Bank, BankParams
from bitcortex.models.neuron.homeostatic import HomeostaticParams
from bitcortex.models.neuron.izhikevich import IzhikevichParams
from bitcortex.models.neuron.kinds import KINDS, kind_of
from bitcortex.models.neuron.lif import LifParams
from bitcortex.models.neuron.noise import noise_params
from bitcortex.models.neuron.stochastic_lif import StochasticLifParams
from bitcortex.sim.twin import find

IDLE = (0, 0, 0, 0)


def swept(params: BankParams) -> Bank:
    """Return a bank after its first sweep."""
    bank = Bank(params)
    for _ in range(params.n):
        assert bank.tick(*IDLE)[0] == 1
    assert bank.tick(*IDLE)[0] == 0
    return bank


@pytest.mark.parametrize(
    "neuron",
    [
        LifParams(leak="stochastic"),
        StochasticLifParams(),
        HomeostaticParams(step_down=3_000),
        IzhikevichParams(),
    ],
    ids=kind_of,
)
def test_every_neuron_as_if_alone(neuron: object) -> None:
    """In order, one per cycle: update k of the population gets word k."""
    params = BankParams(neuron, 20, seed=3)
    kind, lfsr = KINDS[kind_of(neuron)], Lfsr(noise_params(3))
    bits, fields = params.neuron.noise_bits, params.neuron.state_fields
    states = [tuple(field.reset for field in fields)] * 20
    kicks = np.random.default_rng(0).integers(-1_000, 9_000, (40, 20)).tolist()
    expected = []
    for row in kicks:
        for j, kick in enumerate(row):
            (word,) = lfsr.tick(1, 0, 0)
            states[j], spike = kind.update(neuron, states[j], kick, word & ((1 << bits) - 1))
            expected.append((j, spike, states[j][0]))
    bank = swept(params)
    shown = [bank.tick(0, 1, j, kick) for row in kicks for j, kick in enumerate(row)]
    shown += [bank.tick(*IDLE) for _ in range(params.latency)]
    found = [tuple(row[2:]) for row in shown if row[1]]
    assert found == expected
    assert [row[1] for row in shown].index(1) == params.latency
    assert sum(spike for _, spike, _ in expected) >= 20


def test_an_update_that_comes_too_early_reads_the_older_state() -> None:
    params = BankParams(LifParams(alpha=1 << 16, v_threshold=1_000), 2)
    for distance in range(1, params.latency + 3):
        bank = swept(params)
        bank.tick(0, 1, 0, 10)
        for _ in range(distance - 1):
            bank.tick(*IDLE)
        bank.tick(0, 1, 0, 10)
        shown = [bank.tick(*IDLE) for _ in range(params.latency)]
        assert shown[-1][4] == (20 if distance > params.latency else 10), distance


def test_clear_returns_states_and_noise() -> None:
    params = BankParams(StochasticLifParams(), 7)
    bank = swept(params)

    def run() -> list[tuple[int, ...]]:
        rows = [bank.tick(0, 1, t % 7, 900) for t in range(70)]
        return [row for row in rows + [bank.tick(*IDLE) for _ in range(8)] if row[1]]

    first = run()
    assert run() != first
    bank.tick(1, 0, 0, 0)
    busy = [bank.tick(0, 1, 3, 900)[0] for _ in range(8)]  # refused while busy
    assert busy == [1] * 7 + [0]
    for _ in range(10):
        bank.tick(*IDLE)
    assert run()[1:] != first[1:]  # the last of the eight was taken
    bank.tick(1, 0, 0, 0)
    for _ in range(8):
        bank.tick(*IDLE)
    assert run() == first


def test_reset_sweeps_again() -> None:
    bank = swept(BankParams(LifParams(), 5))
    for _ in range(3):
        bank.tick(0, 1, 2, 1_000)
    bank.reset()
    assert [bank.tick(*IDLE)[0] for _ in range(6)] == [1] * 5 + [0]


@pytest.mark.parametrize(("n", "width"), [(1, 1), (2, 1), (3, 2), (4096, 12), (65_536, 16)])
def test_index_width(n: int, width: int) -> None:
    assert BankParams(LifParams(), n).index_width == width


def test_mistakes() -> None:
    with pytest.raises(ValueError, match=r"n must be in 1\.\.65536, not 0"):
        BankParams(LifParams(), 0)
    with pytest.raises(TypeError, match="neuron must be parameters of one of lif"):
        BankParams(None, 4)


@pytest.mark.full
def test_states_are_in_block_ram() -> None:
    """1,024 neurons of 18 bits fill one block of 18 kbit exactly."""
    twin = find("neuron.bank")
    area = measure(twin.emit(BankParams(LifParams(), 1024)), find_device("ecp5-85"), seeds=5)
    assert area.bram == 1
    assert area.dsp == 1
    assert area.lut <= 200
    assert area.fmax_median_mhz >= 110.0
