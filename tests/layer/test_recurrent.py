"""Recurrent layer: its equation, its schedule, what is ignored when, and errors."""

from dataclasses import replace

import numpy as np
import pytest

from bitcortex.models.layer.dense import forward
from bitcortex.models.layer.recurrent import Recurrent, RecurrentParams, activate, step
from bitcortex.models.layer.streams import Streams
from bitcortex.sim.twins.layer.recurrent import TWIN

SMALL = RecurrentParams(2, 3, length=64, shift=1, seed=5)
IDLE = dict.fromkeys(Recurrent.INPUTS, 0)
WEIGHTS = np.random.default_rng(1).integers(-255, 256, (3, 5))
CODES = np.array([200, 90, 0, 256, 30])  # two inputs, three states


def loaded() -> Recurrent:
    layer = Recurrent(SMALL)
    layer.dense.weights[:] = WEIGHTS
    for i, code in enumerate(CODES):
        layer.tick(**(IDLE | {"code_we": 1, "code_input": i, "code": int(code)}))
    return layer


def run_pass(layer: Recurrent, noise: int = 0, **first: int) -> list[tuple[int, ...]]:
    """Start a pass and return the outputs of every cycle up to that of ``done``."""
    rows = [layer.tick(**(IDLE | {"start": 1} | first))]
    while not rows[-1][4]:
        busy = len(rows) < layer.params.cycles
        rows.append(layer.tick(**dict.fromkeys(IDLE, noise if busy else 0)))
    return rows


def states(layer: Recurrent) -> list[int]:
    """Read the state, port by port."""
    layer.tick(**IDLE)
    indices = [*range(1, layer.params.n_neurons), 0]
    return [layer.tick(**(IDLE | {"state_index": k}))[5] for k in indices]


def test_step_is_its_definition() -> None:
    rx, rw = Streams(SMALL.dense.streams).next()
    excitatory, inhibitory = forward(SMALL.dense, WEIGHTS, CODES, rx, rw)
    for j, found in enumerate(step(SMALL, WEIGHTS, CODES, rx, rw)):
        assert found == min(max((excitatory[j] - inhibitory[j]) // 2, 0), 256)


@pytest.mark.parametrize(
    ("shift", "signed", "code"),
    [(0, 255, 255), (0, 256, 256), (0, 257, 256), (0, -1, 0), (2, 1023, 255), (2, 1024, 256),
     (2, 1028, 256), (2, 3, 0), (2, -1, 0), (3, -1000, 0)],
)  # fmt: skip
def test_activation(shift: int, signed: int, code: int) -> None:
    params = RecurrentParams(8, 8, length=256, shift=shift)
    counts = np.array([max(signed, 0) + 7]), np.array([max(-signed, 0) + 7])
    assert activate(params, *counts).tolist() == [code]


def test_states_follow_the_equation_and_stay_readable() -> None:
    layer, streams = loaded(), Streams(SMALL.dense.streams)
    codes = CODES.copy()
    for _ in range(4):
        rows = run_pass(layer)
        codes[2:] = step(SMALL, WEIGHTS, codes, *streams.next())
        assert [row[3] for row in rows if row[1]] == codes[2:].tolist()
        assert [row[2] for row in rows if row[1]] == [0, 1, 2]
        assert states(layer) == codes[2:].tolist()
    assert codes[2:].any()


@pytest.mark.parametrize("case", list(TWIN.cases))
def test_schedule_is_the_documented_formula(case: str) -> None:
    params = TWIN.cases[case]
    rows = run_pass(Recurrent(params))
    times = [t for t, row in enumerate(rows) if row[1]]
    assert times == [
        (j + 1) * params.length + params.dense.latency + 1 for j in range(params.n_neurons)
    ]
    formula = params.n_neurons * (params.length + 1) + params.dense.latency + 3
    assert len(rows) - 1 == params.cycles == formula
    assert [row[0] for row in rows] == [0] + [1] * (params.cycles - 1) + [0]


def test_what_arrives_while_busy_is_ignored() -> None:
    quiet, noisy = loaded(), loaded()
    for _ in range(2):
        a, b = run_pass(quiet), run_pass(noisy, noise=1)
        assert [row[:5] for row in a] == [row[:5] for row in b]
    assert states(quiet) == states(noisy)


def test_reseed_keeps_the_state_and_a_write_changes_it() -> None:
    layer = loaded()
    run_pass(layer)
    before = states(layer)
    layer.tick(**(IDLE | {"reseed": 1}))
    assert states(layer) == before
    for k, code in enumerate(CODES[2:]):
        layer.tick(**(IDLE | {"code_we": 1, "code_input": 2 + k, "code": int(code)}))
    assert states(layer) == CODES[2:].tolist()
    run_pass(layer)
    assert states(layer) == before  # the first pass again


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("n_inputs", 0, r"n_inputs must be in 1\.\.32767, not 0"),
        ("n_neurons", 0, r"n_neurons must be in 1\.\.32767, not 0"),
        ("shift", 9, r"shift must be in 0\.\.8, not 9. More would make every state 0"),
        ("shift", -1, "shift must be in"),
        ("length", 0, "length must be in"),
        ("mode", "ramp", "mode must be one of sobol, lfsr"),
        ("bits", 9, "bits must be in"),
    ],
)
def test_wrong_parameters(field: str, value: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(SMALL, **{field: value})
