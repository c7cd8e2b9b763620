"""The Numba kernels of the dense layer give the counts of the golden model, bit for bit."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from bitcortex.models.layer import dense
from bitcortex.models.layer.dense import DenseParams
from bitcortex.models.layer.streams import Streams
from bitcortex.sim.engine import sc_kernels, sc_sources, sc_streams, simd
from bitcortex.sim.engine.sc_layer_numba import MODES

EDGE_WEIGHTS = (0, 1, -1, 255, -255)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("bits", [1, 5, 8])
@pytest.mark.parametrize("length", [1, 100, 256, 1000, 1024])
def test_sources_equal_the_golden_streams(mode: str, bits: int, length: int) -> None:
    golden = Streams(DenseParams(1, 1, length, mode, bits, seed=9).streams)
    state = sc_sources.initial_state(9, MODES[mode])
    points = sc_sources.sobol_points(length, bits)
    rx, rw = sc_sources.new_sources(length)
    for _ in range(4):
        sc_sources.sources(MODES[mode], bits, state, points, length, rx, rw)
        expected_x, expected_w = golden.next()
        np.testing.assert_array_equal(rx[:length], expected_x)
        np.testing.assert_array_equal(rw[:length], expected_w)
    assert (rx[length:] == 255).all()
    assert (rw[length:] == 255).all()


def test_sources_equal_the_golden_streams_over_whole_periods() -> None:
    """2**17 words meet the zero state of both registers, and bring the wider one home."""
    length = 2**17
    golden = Streams(DenseParams(1, 1, length, "lfsr", seed=9).streams)
    power_on = sc_sources.initial_state(9, sc_sources.LFSR)
    state = power_on.copy()
    points = np.zeros((2, 0), np.uint8)
    rx, rw = sc_sources.new_sources(length)
    sc_sources.sources(sc_sources.LFSR, 8, state, points, length, rx, rw)
    for found, expected in zip((rx, rw), golden.next(), strict=True):
        np.testing.assert_array_equal(found, expected)
        assert (np.bincount(found) == length // 256).all()
    np.testing.assert_array_equal(state, power_on)


def all_counts(weights: Any, codes: Any, rx: Any, rw: Any, length: int) -> dict[str, Any]:
    """Return the signed counts of a pass by every kernel there is, by name."""
    n_neurons, n_inputs = weights.shape
    scratch = sc_kernels.aligned((sc_kernels.SCRATCH,), np.uint16)
    found = {"plain": np.full((2, n_neurons), -1, np.int32)}
    sc_kernels.layer_counts(weights, codes, rx, rw, length, found["plain"], scratch)

    tiles, used = sc_kernels.pack_weights(weights)
    short = np.zeros(tiles.shape[2] * 8, np.uint16)
    for vector in sorted({False, simd.HAS_LOOKUP}):
        totals = np.zeros((2, len(short)), np.int32)
        sc_kernels.add_table_counts(
            codes, tiles, used, rx, rw, length, vector, totals, short, scratch
        )
        assert not short.any()
        assert not totals[:, n_neurons:].any()
        found["vector table" if vector else "table"] = totals[:, :n_neurons]

    totals = np.zeros((2, n_neurons), np.int32)
    n_words = sc_sources.words(min(length, sc_kernels.PART))
    x_words, w_words = (np.full((n, n_words), 2**64 - 1, np.uint64) for n in (n_inputs, 256))
    sc_streams.add_stream_counts(codes, tiles, used, rx, rw, length, totals, x_words, w_words)
    found["streams"] = totals

    stored = np.full((2, n_neurons), -1, np.int32)
    x_bits = rx[:length] < codes[:, None]
    w_bits = rw[:length] < np.abs(weights)[:, :, None]
    sc_streams.stored_counts(
        sc_streams.pack_bits(x_bits.astype(np.uint8)),
        sc_streams.pack_bits(w_bits.astype(np.uint8)),
        np.sign(weights).astype(np.int8),
        stored,
    )
    found["stored streams"] = stored
    return found


def check_all(
    params: DenseParams, weights: Any, rates: Any, spikes: Any, n_passes: int = 1
) -> None:
    """Compare every kernel with the golden forward pass."""
    golden = Streams(params.streams)
    state = sc_sources.initial_state(params.seed, MODES[params.mode])
    points = sc_sources.sobol_points(params.length, params.bits)
    rx, rw = sc_sources.new_sources(params.length)
    codes = np.concatenate([rates, spikes << params.bits]).astype(np.uint16)
    for _ in range(n_passes):
        sc_sources.sources(MODES[params.mode], params.bits, state, points, params.length, rx, rw)
        expected = dense.forward(params, weights, np.concatenate([rates, spikes]), *golden.next())
        for name, counts in all_counts(weights, codes, rx, rw, params.length).items():
            np.testing.assert_array_equal(counts, expected, err_msg=name)


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_kernels_equal_the_golden_layer(data: st.DataObject) -> None:
    n_rates, n_spikes = data.draw(st.integers(1, 9)), data.draw(st.integers(0, 4))
    n_neurons = data.draw(st.integers(1, 70))
    bits = data.draw(st.sampled_from([8, 8, 8, 4, 1]))
    params = DenseParams(
        n_rates + n_spikes,
        n_neurons,
        length=data.draw(st.one_of(st.sampled_from([64, 256, 512]), st.integers(1, 600))),
        mode=data.draw(st.sampled_from(sorted(MODES))),
        bits=bits,
        seed=data.draw(st.integers(0, 2**63 - 1)),
        n_spikes=n_spikes,
    )
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    top = params.top_weight
    low = data.draw(st.sampled_from([0, -top]))  # unsigned layers have no inhibitory tiles
    weights = rng.integers(low, top + 1, (n_neurons, params.n_inputs)).astype(np.int16)
    corners = np.clip(EDGE_WEIGHTS, low, top)
    edges = rng.random(weights.shape) < 0.3
    weights[edges] = rng.choice(corners, edges.sum())
    rates = rng.integers(0, 2**bits + 1, n_rates)
    rates[rng.random(n_rates) < 0.3] = rng.choice([0, 1, 2**bits - 1, 2**bits])
    check_all(params, weights, rates, rng.integers(0, 2, n_spikes))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("n_inputs", "n_neurons", "length"), [(20, 80, 256), (200, 130, 1024), (3, 65, 2000)]
)
def test_kernels_equal_the_golden_layer_over_passes(
    mode: str, n_inputs: int, n_neurons: int, length: int
) -> None:
    rng = np.random.default_rng(3)
    params = DenseParams(n_inputs, n_neurons, length, mode, seed=4, n_spikes=2)
    weights = rng.integers(-255, 256, (n_neurons, n_inputs)).astype(np.int16)
    rates = rng.integers(0, 257, n_inputs - 2)
    check_all(params, weights, rates, np.array([1, 0]), n_passes=3)


@pytest.mark.parametrize("length", [8191, 8192, 8193, 16384 + 70, 65536])
def test_long_streams_are_cut_without_a_seam(length: int) -> None:
    """All ones everywhere: the largest entry, the largest short sum, every part boundary."""
    weights = np.array([[255] * 9, [-255] * 9, [0, 1, -1, 128, -128, 255, -255, 77, -77]], np.int16)
    rates = np.array([256, 256, 256, 256, 255, 1, 128, 256, 0])
    check_all(DenseParams(9, 3, length), weights, rates, np.zeros(0, np.int64))


def test_short_sums_are_flushed_before_they_overflow() -> None:
    """300 inputs of 1023 ones each pass 65535, the most that a 16-bit sum holds."""
    weights = np.full((66, 300), 255, np.int16)
    weights[1] = -255
    check_all(DenseParams(300, 66, 1024), weights, np.full(300, 256), np.zeros(0, np.int64))


def test_an_unused_input_or_sign_changes_nothing() -> None:
    weights = np.zeros((9, 7), np.int16)
    weights[:, 2] = -9
    weights[4, 5] = 200
    check_all(DenseParams(7, 9, 300), weights, np.full(7, 256), np.zeros(0, np.int64))


def test_faulty_and_independent_streams() -> None:
    """Any streams at all: every synapse its own, with flipped bits, at a length with a tail."""
    rng = np.random.default_rng(8)
    n_inputs, n_neurons, length = 13, 6, 777
    x = rng.integers(0, 2, (n_inputs, length), np.uint8)
    w = rng.integers(0, 2, (n_neurons, n_inputs, length), np.uint8)
    w ^= (rng.random(w.shape) < 0.01).astype(np.uint8)
    signs = rng.choice(np.array([-1, 1], np.int8), (n_neurons, n_inputs))
    signs[:4] = 1  # four excitatory neurons take the faster path
    counts = np.zeros((2, n_neurons), np.int32)
    sc_streams.stored_counts(sc_streams.pack_bits(x), sc_streams.pack_bits(w), signs, counts)
    ones = (x & w).sum(axis=2, dtype=np.int64)
    np.testing.assert_array_equal(counts[0], (ones * (signs > 0)).sum(axis=1))
    np.testing.assert_array_equal(counts[1], (ones * (signs < 0)).sum(axis=1))


def test_shared_weight_streams_with_any_input_streams() -> None:
    """`and_popcounts` takes input streams that no comparator made."""
    rng = np.random.default_rng(9)
    weights = rng.integers(-255, 256, (10, 5)).astype(np.int16)
    x = rng.integers(0, 2, (5, 500), np.uint8)
    source = rng.integers(0, 256, 512).astype(np.uint8)
    dictionary = np.zeros((256, sc_sources.words(500)), np.uint64)
    sc_streams.encode(np.arange(256).astype(np.uint16), source, 0, 500, dictionary)
    totals = np.zeros((2, 10), np.int32)
    tiles, used = sc_kernels.pack_weights(weights)
    sc_streams.and_popcounts(sc_streams.pack_bits(x), dictionary, tiles, used, totals)
    ones = (x & (source[:500] < np.abs(weights)[:, :, None])).sum(axis=2, dtype=np.int64)
    np.testing.assert_array_equal(totals[0], (ones * (weights > 0)).sum(axis=1))
    np.testing.assert_array_equal(totals[1], (ones * (weights < 0)).sum(axis=1))


@pytest.mark.parametrize("length", [1, 63, 64, 65, 512, 700])
def test_encoded_streams_are_the_comparator(length: int) -> None:
    source = np.random.default_rng(1).integers(0, 256, sc_sources.padded(length)).astype(np.uint8)
    codes = np.array([0, 1, 128, 255, 256], np.uint16)
    out = np.full((5, sc_sources.words(length) + 8), 2**64 - 1, np.uint64)
    sc_streams.encode(codes, source, 0, length, out)
    bits = (source[:length] < codes[:, None]).astype(np.uint8)
    expected = np.zeros_like(out)
    expected[:, :-8] = sc_streams.pack_bits(bits)
    np.testing.assert_array_equal(out, expected)


@njit
def _simulate(
    n_passes: int, mode: int, state: Any, points: Any, length: int, rx: Any, rw: Any,
    weights: Any, codes: Any, counts: Any, scratch: Any,
) -> int:  # fmt: skip
    total = 0
    for _ in range(n_passes):
        sc_sources.sources(mode, 8, state, points, length, rx, rw)
        sc_kernels.layer_counts(weights, codes, rx, rw, length, counts, scratch)
        for j in range(counts.shape[1]):
            total += counts[0, j] - counts[1, j]
        codes[0] = total % 257  # feedback
    return total


def test_a_closed_loop_runs_inside_one_compiled_function() -> None:
    rng = np.random.default_rng(2)
    weights = rng.integers(-255, 256, (11, 4)).astype(np.int16)
    codes = rng.integers(0, 257, 4).astype(np.uint16)
    params = DenseParams(4, 11, 128, "lfsr", seed=6)
    golden, loop, expected = Streams(params.streams), codes.copy(), 0
    for _ in range(20):
        excitatory, inhibitory = dense.forward(params, weights, loop, *golden.next())
        expected += int(excitatory.sum() - inhibitory.sum())
        loop[0] = expected % 257
    found = _simulate(
        20,
        sc_sources.LFSR,
        sc_sources.initial_state(6, sc_sources.LFSR),
        sc_sources.sobol_points(128, 8),
        128,
        *sc_sources.new_sources(128),
        weights,
        codes,
        np.zeros((2, 11), np.int32),
        np.zeros(sc_kernels.SCRATCH, np.uint16),
    )
    assert found == expected


def test_kernels_are_exact_on_a_cpu_without_wide_vectors(tmp_path: Path) -> None:
    """The same tests, compiled for the oldest CPU of this architecture."""
    environment = {**os.environ, "NUMBA_CPU_NAME": "generic", "NUMBA_CACHE_DIR": str(tmp_path)}
    environment.pop("NUMBA_CPU_FEATURES", None)
    tests = "over_passes or long_streams or faulty or comparator"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", tests, __file__],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "passed" in done.stdout


def test_numba_is_not_imported_with_the_package() -> None:
    code = "import sys, bitcortex, bitcortex.sim.engine; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
