"""Sources of a layer: uniform, fresh at every pass, and with the error laws they claim."""

from dataclasses import replace

import numpy as np
import pytest

from bitcortex.models.encode.seeds import derive
from bitcortex.models.layer.streams import MODES, StreamParams, Streams

LENGTHS = [64, 128, 256, 512, 1024]


def product_errors(params: StreamParams, pairs: int, rng: np.random.Generator) -> float:
    """Mean absolute error of the product of an input and a weight stream, a new pass each."""
    streams = Streams(params)
    errors = []
    for x, w in rng.integers(0, 256, (pairs, 2)):
        rx, rw = streams.next()
        ones = ((rx < x) & (rw < w)).sum()
        errors.append(abs(ones / params.length - x * w / 65536))
    return float(np.mean(errors))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("length", [1, 2, 3, 100, 256, 257])
def test_next_is_what_the_ports_show(mode: str, length: int) -> None:
    params = StreamParams(length, mode, seed=9)
    passes, ports = Streams(params), Streams(params)
    for _ in range(4):
        rx, rw = passes.next()
        for advance in (0, 1):  # every pass twice
            seen = []
            for i in range(length):
                assert ports.tick(0, advance, 0)[2] == (i == length - 1)  # standing still
                seen.append(ports.tick(1, advance, 0)[:2])
            assert seen == list(zip(rx, rw, strict=True))


@pytest.mark.parametrize("mode", MODES)
def test_passes_are_fresh_and_reseed_returns_to_the_first(mode: str) -> None:
    streams = Streams(StreamParams(64, mode, seed=5))
    first, second = streams.next(), streams.next()
    for k in (0, 1):
        assert (first[k] != second[k]).any()
    streams.reseed()
    for k, again in enumerate(streams.next()):
        assert (first[k] == again).all()


@pytest.mark.parametrize("mode", MODES)
def test_seeds_give_different_words_and_sources_differ(mode: str) -> None:
    one, two = (Streams(StreamParams(64, mode, seed=s)).next() for s in (1, 2))
    assert (one[0] != two[0]).any()
    assert (one[1] != two[1]).any()
    assert (one[0] != one[1]).any()


def test_words_are_those_of_the_decision() -> None:
    """Sobol words of one pass, spelled out: Gray-code sequence, digital shift."""
    params = StreamParams(256, seed=77)
    mask = derive(77, 32, "mask")
    numbers = [[0x80], [0x80]]
    for _ in range(7):
        numbers[0].append(numbers[0][-1] >> 1)
        numbers[1].append(numbers[1][-1] ^ numbers[1][-1] >> 1)
    state = [0, 0]
    rx, rw = Streams(params).next()
    for index in range(256):
        assert rx[index] == state[0] ^ mask & 0xFF
        assert rw[index] == state[1] ^ mask >> 8 & 0xFF
        lowest_zero = (~index & index + 1).bit_length() - 1
        if index < 255:
            state = [s ^ numbers[d][lowest_zero] for d, s in enumerate(state)]


def test_a_single_sobol_stream_is_exact_from_2_to_the_bits_up() -> None:
    for length in (256, 512):
        for words in Streams(StreamParams(length, seed=3)).next():
            for code in range(257):
                assert (words < code).sum() == code * length // 256


@pytest.mark.parametrize("mode", MODES)
def test_words_are_uniform_over_passes(mode: str) -> None:
    """Chi-square of each position's 16 most significant classes, at the 1e-6 level."""
    streams = Streams(StreamParams(7, mode, seed=12))
    words = np.array([np.concatenate(streams.next()) for _ in range(4096)])  # (passes, 14)
    for position in range(14):
        counts = np.bincount(words[:, position] >> 4, minlength=16)
        chi_square = ((counts - 256.0) ** 2 / 256.0).sum()
        assert chi_square < 59.0  # 15 degrees of freedom, P(exceeded) = 4e-7


@pytest.mark.parametrize(
    ("mode", "length", "bound"),
    [("sobol", 256, 0.003), ("sobol", 1024, 0.0012), ("lfsr", 256, 0.025)],
)
def test_error_of_a_product(mode: str, length: int, bound: float) -> None:
    rng = np.random.default_rng(4)
    error = product_errors(StreamParams(length, mode, seed=1), 1000, rng)
    assert 0.0 < error <= bound


def test_product_is_unbiased_over_passes() -> None:
    """Mean over passes of the product's count, within five standard errors."""
    for mode in MODES:
        streams = Streams(StreamParams(16, mode, seed=2))
        counts = []
        for _ in range(4000):
            rx, rw = streams.next()
            counts.append(((rx < 100) & (rw < 200)).sum())
        want = 16 * 100 * 200 / 65536
        assert abs(np.mean(counts) - want) < 5 * np.std(counts) / np.sqrt(len(counts))


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("length", 0, r"length must be in 1\.\.16777216, not 0"),
        ("length", 2**24 + 1, "length must be in"),
        ("mode", "bernoulli", "mode must be one of sobol, lfsr, not 'bernoulli'"),
        ("bits", 9, r"bits must be in 1\.\.8, not 9"),
        ("bits", 0, "bits must be in"),
        ("seed", -1, "seed must be in"),
    ],
)
def test_wrong_parameters(field: str, value: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(StreamParams(), **{field: value})


def test_length_must_be_an_integer() -> None:
    with pytest.raises(TypeError, match=r"length must be an integer, not 2\.5"):
        StreamParams(length=2.5)  # type: ignore[arg-type]
