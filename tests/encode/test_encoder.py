"""BitstreamEncoder: shapes, exactness, fresh bits, equality with the gateware, errors."""

import numpy as np
import pytest

import bitcortex as bc
from bitcortex.models.encode.encoder import MODES, BitstreamEncoder, check_independent
from bitcortex.models.encode.sng import SngParams
from bitcortex.sim.rtl.harness import Harness
from bitcortex.sim.twin import find

GATEWARE = ("lfsr", "sobol", "counter")


def test_public_name_and_default() -> None:
    assert bc.BitstreamEncoder is BitstreamEncoder
    encoder = BitstreamEncoder()
    assert (encoder.length, encoder.mode, encoder.dimension, encoder.width) == (256, "sobol", 1, 16)


@pytest.mark.parametrize("mode", MODES)
def test_shapes_and_type(mode: str) -> None:
    encoder = BitstreamEncoder(64, mode)
    for p, shape in ((0.5, (64,)), ([0.1, 0.2], (2, 64)), (np.full((3, 4), 0.3), (3, 4, 64))):
        bits = encoder.encode(p)
        assert bits.shape == shape
        assert bits.dtype == np.uint8
        assert set(np.unique(bits)) == {0, 1}
    assert encoder.encode(np.empty((0, 5))).shape == (0, 5, 64)


@pytest.mark.parametrize("mode", MODES)
def test_zero_and_one_are_certain(mode: str) -> None:
    encoder = BitstreamEncoder(128, mode)
    for _ in range(5):
        assert not encoder.encode(np.zeros(7)).any()
        assert encoder.encode(np.ones(7)).all()


@pytest.mark.parametrize("mode", MODES)
def test_bits_are_fresh_until_reset(mode: str) -> None:
    encoder = BitstreamEncoder(64, mode, seed=5)
    p = np.linspace(0.05, 0.95, 20)
    first, second = encoder.encode(p), encoder.encode(p)
    assert (first != second).any()
    encoder.reset()
    assert (encoder.encode(p) == first).all()
    assert (encoder.encode(p) == second).all()
    assert (BitstreamEncoder(64, mode, seed=5).encode(p) == first).all()
    assert (BitstreamEncoder(64, mode, seed=6).encode(p) != first).any()


def test_global_random_state_is_left_alone() -> None:
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - it is what must not change
    for mode in MODES:
        BitstreamEncoder(64, mode).encode(0.3)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


@pytest.mark.parametrize("mode", GATEWARE)
def test_probability_is_exact_over_the_period(mode: str) -> None:
    """16 calls of 16 bits are a period of 8 bits: k ones, whatever the entry's place."""
    encoder = BitstreamEncoder(16, mode, width=8, seed=9)
    p = np.random.default_rng(1).random(50)
    ones = sum(encoder.encode(p).sum(axis=1, dtype=int) for _ in range(16))
    assert (ones == encoder.code(p)).all()
    assert (encoder.code(p) == np.rint(p * 256)).all()


def test_probability_of_bernoulli_bits() -> None:
    encoder = BitstreamEncoder(100_000, "bernoulli", seed=3)
    p = np.array([0.1, 0.5, 0.9])
    deviation = np.sqrt(p * (1 - p) / 100_000)
    assert (np.abs(encoder.encode(p).mean(axis=1) - p) < 5 * deviation).all()


@pytest.mark.parametrize(("mode", "error"), [("sobol", 1), ("counter", 1), ("lfsr", 80)])
def test_error_of_one_stream(mode: str, error: int) -> None:
    """In bits: about one for Sobol and ramp, at most five deviations for an LFSR."""
    encoder = BitstreamEncoder(256, mode, seed=4)
    p = np.random.default_rng(2).random(100)
    for _ in range(10):
        assert (np.abs(encoder.encode(p).sum(axis=1) - 256 * p) <= error).all()


@pytest.mark.parametrize("mode", GATEWARE)
def test_scalar_is_the_sng_in_gateware(mode: str) -> None:
    encoder = BitstreamEncoder(64, mode, dimension=3, seed=8)
    p = [0.3, 0.7, 0.01, 0.99]
    bits = np.concatenate([encoder.encode(value) for value in p])
    codes = np.append(np.repeat(encoder.code(p), 64), 0)
    run = np.ones(len(codes), np.int64)
    with Harness(find("encode.sng").emit(SngParams(encoder.source))) as harness:
        trace = harness.run({"enable": run, "restart": 0 * run, "threshold": codes})
    assert (trace["bitstream"][1:] == bits).all()


@pytest.mark.parametrize("mode", GATEWARE)
def test_array_is_the_shared_source_in_gateware(mode: str) -> None:
    encoder = BitstreamEncoder(64, mode, dimension=2, seed=8)
    vectors = np.random.default_rng(3).random((4, 5))
    bits = np.hstack([encoder.encode(p) for p in vectors])  # (5, 256)
    flat = [sum(int(c) << 17 * i for i, c in enumerate(encoder.code(p))) for p in vectors]
    codes = np.array([*np.repeat(np.array(flat, object), 64), 0], object)
    run = np.ones(len(codes), np.int64)
    with Harness(find("encode.shared").emit(encoder.shared(5))) as harness:
        trace = harness.run({"enable": run, "restart": 0 * run, "thresholds": codes})
    expected = sum(row.astype(np.int64) << i for i, row in enumerate(bits))
    assert (trace["bits"][1:] == expected).all()


def test_entries_do_not_depend_on_how_many_there_are() -> None:
    few, many = BitstreamEncoder(seed=2), BitstreamEncoder(seed=2)
    p = np.random.default_rng(4).random(40_000)  # more than are held at once
    assert (few.encode(p[:10]) == many.encode(p)[:10]).all()
    assert (few.encode(p[30_000:])[:10] != few.encode(p[:10])).any()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"length": 0}, r"length must be in 1\.\.16777216, not 0"),
        ({"mode": "halton"}, "mode must be one of lfsr, sobol, bernoulli, counter, not 'halton'"),
        ({"dimension": 0}, r"dimension must be in 1\.\.10, not 0"),
        ({"dimension": 11}, "dimension must be in"),
        ({"width": 2}, r"width must be in 3\.\.32, not 2"),
        ({"width": 33}, "width must be in"),
        ({"seed": -1}, "seed must be in"),
        ({"mode": "lfsr", "seed": 0}, r"seed must be in 1\..*not 0\. Zero would lock"),
        ({"mode": "counter", "length": 100}, r"must be a power of two .* not 100\. Try 64 or 128"),
        ({"mode": "counter", "length": 512, "width": 8}, r"at most 2\*\*width = 256 .* not 512"),
    ],
)
def test_wrong_parameters(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        BitstreamEncoder(**changes)  # type: ignore[arg-type]


def test_numpy_integers_are_integers() -> None:
    encoder = BitstreamEncoder(np.int64(64), "counter", width=np.int32(8))  # type: ignore[arg-type]
    assert encoder.encode(0.25).sum() == 16


def test_length_must_be_an_integer() -> None:
    with pytest.raises(TypeError, match=r"length must be an integer, not 256\.0"):
        BitstreamEncoder(length=256.0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("p", "message"),
    [
        (1.5, r"p must be a probability in \[0, 1\], not 1\.5"),
        (float("nan"), "p must be a probability in .* not nan"),
        ([0.1, -0.1], r"p\[1\] must be a probability"),
        ([[0.1, 0.2], [np.nan, 0.3]], r"p\[1, 0\] must be a probability"),
        (np.zeros(65_537), "p must have at most 65536 entries, not 65537"),
    ],
)
@pytest.mark.parametrize("mode", MODES)
def test_wrong_probabilities_leave_the_state_alone(mode: str, p: object, message: str) -> None:
    encoder, other = BitstreamEncoder(mode=mode), BitstreamEncoder(mode=mode)
    with pytest.raises(ValueError, match=message):
        encoder.encode(p)  # type: ignore[arg-type]
    assert (encoder.encode(0.5) == other.encode(0.5)).all()


def test_bernoulli_has_no_gateware() -> None:
    with pytest.raises(ValueError, match="mode must be one of lfsr, sobol, counter for a source"):
        _ = BitstreamEncoder(mode="bernoulli").source


@pytest.mark.parametrize("mode", MODES)
def test_same_source_for_two_operands_is_refused(mode: str) -> None:
    """And rightly so: 0.5 times 0.5 would be 0.5."""
    a, b = BitstreamEncoder(mode=mode, seed=3), BitstreamEncoder(mode=mode, seed=3)
    with pytest.raises(ValueError, match=r"different sources.*\(0\.5 \* 0\.5 = 0\.5\)\. Give one"):
        check_independent(a, b)
    wrong = (a.encode(0.5) & b.encode(0.5)).mean()
    assert abs(wrong - 0.5) < 0.1
    with pytest.raises(ValueError, match="both are one encoder"):
        check_independent(a, a)


@pytest.mark.parametrize(
    ("mode", "hint"), [("sobol", "another dimension"), ("counter", "another mode")]
)
def test_another_seed_does_not_help_these(mode: str, hint: str) -> None:
    with pytest.raises(ValueError, match=hint):
        check_independent(BitstreamEncoder(mode=mode), BitstreamEncoder(mode=mode, seed=2))


def test_independent_operands_pass() -> None:
    sobol, ramp = BitstreamEncoder(), BitstreamEncoder(mode="counter")
    pairs = [
        (sobol, BitstreamEncoder(dimension=2)),
        (sobol, ramp),
        (BitstreamEncoder(mode="lfsr", seed=1), BitstreamEncoder(mode="lfsr", seed=2)),
        (BitstreamEncoder(mode="bernoulli", seed=1), BitstreamEncoder(mode="bernoulli", seed=2)),
        (BitstreamEncoder(mode="bernoulli"), sobol),
    ]
    for a, b in pairs:
        check_independent(a, b)
        quarter = np.mean([(a.encode(0.5) & b.encode(0.5)).mean() for _ in range(50)])
        assert abs(quarter - 0.25) < 0.02


def test_operands_need_one_length() -> None:
    with pytest.raises(ValueError, match="must have one length, not 256 and 128"):
        check_independent(BitstreamEncoder(), BitstreamEncoder(128, dimension=2))
