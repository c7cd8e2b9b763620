"""Stochastic computing correlation and error against length."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bitcortex import analysis
from bitcortex.analysis import streams


def test_scc_by_hand():
    a = [1, 1, 1, 1, 0, 0, 0, 0]
    assert streams.scc(a, [1, 1, 0, 0, 1, 1, 0, 0]) == 0.0
    assert streams.scc(a, [1, 1, 1, 1, 1, 1, 0, 0]) == 1.0
    assert streams.scc(a, [0, 0, 0, 0, 1, 1, 1, 1]) == -1.0
    assert streams.scc(a, [1, 1, 1, 0, 1, 0, 0, 0]) == 0.5


@given(
    st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=40),
)
def test_scc_is_the_formula_in_probabilities(pairs):
    a, b = np.array(pairs, dtype=np.uint8).T
    p, q, both = a.mean(), b.mean(), (a & b).mean()
    value = float(streams.scc(a, b))
    if p in (0, 1) or q in (0, 1):
        assert np.isnan(value)
        return
    if both > p * q + 1e-12:
        expected = (both - p * q) / (min(p, q) - p * q)
    else:
        expected = (both - p * q) / (p * q - max(p + q - 1, 0))
    assert value == pytest.approx(expected, abs=1e-9)
    assert -1.0 <= value <= 1.0
    assert value == float(streams.scc(b, a))


def test_pairs_by_broadcasting_and_as_a_matrix():
    bits = np.random.default_rng(1).random((5, 300)) < 0.4
    bits[3] = True
    matrix = streams.scc_matrix(bits)
    np.testing.assert_array_equal(matrix, streams.scc(bits[:, None], bits[None]))
    keep = [0, 1, 2, 4]
    assert np.diagonal(matrix)[keep].tolist() == [1.0] * 4
    assert np.isnan(matrix[3]).all()


class Bernoulli:
    """Independent bits."""

    def __init__(self, length, rng):
        self.length, self.rng = length, rng

    def encode(self, p):
        return (self.rng.random(self.length) < p).astype(np.uint8)


class VanDerCorput:
    """A low-discrepancy stream in base 2 or a ramp: together the Hammersley points."""

    def __init__(self, length, ramp):
        steps, width = np.arange(length), int(length).bit_length() - 1
        turned = sum(((steps >> bit) & 1) << (width - 1 - bit) for bit in range(width))
        self.values = (steps if ramp else turned) / length

    def encode(self, p):
        return (self.values < p).astype(np.uint8)


LENGTHS = [16, 64, 256, 1024]


def test_error_of_independent_bits_falls_with_the_square_root():
    rng = np.random.default_rng(5)
    errors = streams.error_vs_length(
        lambda n: (Bernoulli(n, rng), Bernoulli(n, rng)), LENGTHS, pairs=400
    )
    assert streams.log_log_slope(LENGTHS, errors) == pytest.approx(-0.5, abs=0.05)
    assert errors[2] == pytest.approx(0.0172, rel=0.15)  # of the design's table


def test_error_of_low_discrepancy_streams_falls_faster():
    errors = streams.error_vs_length(
        lambda n: (VanDerCorput(n, True), VanDerCorput(n, False)), LENGTHS, pairs=400
    )
    assert streams.log_log_slope(LENGTHS, errors) < -0.8
    again = streams.error_vs_length(
        lambda n: (VanDerCorput(n, True), VanDerCorput(n, False)), LENGTHS, pairs=400
    )
    assert errors.tolist() == again.tolist()  # the operands depend on the seed alone


def test_error_is_measured_against_the_exact_product():
    class Ones:
        def encode(self, p):
            return np.ones(8, dtype=np.uint8)

    (error,) = streams.error_vs_length(lambda n: (Ones(), Ones()), [8], pairs=50, seed=3)
    operands = np.random.default_rng(3).random((50, 2))
    assert error == pytest.approx(np.mean(1 - operands.prod(axis=1)))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: streams.scc([1, 0], [1, 0, 1]), r"one length.*\(2,\) and \(3,\)"),
        (lambda: streams.scc(1, [1]), "one length"),
        (lambda: streams.scc([1, 3], [1, 0]), r"a\[1\] must be 0 or 1, not 3"),
        (lambda: streams.scc([1, 0], [0.5, 0]), r"b\[0\] must be 0 or 1, not 0.5"),
        (lambda: streams.scc_matrix([1, 0]), r"streams must have shape \(n_streams, length\)"),
        (lambda: streams.log_log_slope([1], [1]), "two or more points"),
        (lambda: streams.log_log_slope([1, 2], [0, 1]), "must be positive"),
        (
            lambda: streams.error_vs_length(
                lambda n: (VanDerCorput(8, True), VanDerCorput(8, True)), [16], pairs=1
            ),
            r"shape \(16,\), not \(8,\) and \(8,\)",
        ),
        (lambda: streams.error_vs_length(None, [0], pairs=1), r"lengths\[0\] must be in"),
        (lambda: streams.error_vs_length(None, [8], pairs=0), "pairs must be in"),
    ],
)
def test_errors_name_the_rule_and_the_value(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_everything_is_exported():
    for name in analysis.__all__:
        assert getattr(analysis, name) is not None
