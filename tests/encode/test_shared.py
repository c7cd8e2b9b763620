"""Shared source: every channel exact, errors of channels that average out."""

from dataclasses import replace

import numpy as np
import pytest

from bitcortex.analysis import scc
from bitcortex.models.encode.seeds import derive
from bitcortex.models.encode.shared import Shared, SharedParams, channel_words
from bitcortex.models.encode.source import KINDS, Source, SourceParams


def params_of(kind: str, **changes: bool) -> SharedParams:
    return SharedParams(SourceParams(kind, 8, seed=0x5A, dimension=2, ramp=8), 16, **changes)


def streams(params: SharedParams, codes: np.ndarray, length: int) -> np.ndarray:
    """The streams of all channels, shape (channels, length)."""
    words = channel_words(params, Source(params.source).next(length))
    return (words < codes[:, None]).astype(np.uint8)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shift", [False, True])
def test_every_channel_gives_exactly_k_ones(kind: str, shift: bool) -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        codes = rng.integers(0, 257, 16)
        ones = streams(params_of(kind, shift=shift), codes, 256).sum(axis=1)
        assert (ones == codes).all()


def test_rotated_channels_are_exact_too() -> None:
    codes = np.arange(16) * 17
    assert (streams(params_of("lfsr", rotate=True), codes, 256).sum(axis=1) == codes).all()


@pytest.mark.parametrize("kind", KINDS)
def test_ports_show_the_words_of_the_channels(kind: str) -> None:
    params = params_of(kind)
    codes = np.random.default_rng(4).integers(0, 257, 16)
    thresholds = sum(int(code) << 9 * i for i, code in enumerate(codes))
    model = Shared(params)
    model.tick(1, 0, thresholds)
    shown = [model.tick(1, 0, thresholds)[0] for _ in range(300)]
    bits = streams(params, codes, 300)
    assert shown == [sum(int(bit) << i for i, bit in enumerate(column)) for column in bits.T]


def test_masks_and_rotations() -> None:
    params = params_of("lfsr", rotate=True)
    assert params.masks[0] == 0
    assert params.masks[5] == derive(0x5A, 8, "lfsr", 2, "channel", 5)
    assert params.rotations == (0, 1, 2, 3, 4, 5, 6, 7) * 2
    words = channel_words(params, np.array([0b1000_0001]))[:, 0] ^ np.array(params.masks)
    assert words[:3].tolist() == [0b1000_0001, 0b0000_0011, 0b0000_0110]
    assert params_of("sobol", shift=False).masks == (0,) * 16


def test_a_mask_does_not_depend_on_the_number_of_channels() -> None:
    params = params_of("sobol")
    assert replace(params, channels=99).masks[:16] == params.masks


def mean_scc(params: SharedParams, absolute: bool) -> float:
    """Mean (absolute) SCC of all pairs of channels over random codes."""
    rng = np.random.default_rng(5)
    values = []
    for _ in range(40):
        bits = streams(params, rng.integers(26, 231, 16), 256)
        pairs = scc(bits[:, None], bits[None])[np.triu_indices(16, 1)]
        values.append((np.abs(pairs) if absolute else pairs).mean())
    return float(np.mean(values))


@pytest.mark.parametrize("kind", KINDS)
def test_shifts_take_the_sign_of_the_correlation_away(kind: str) -> None:
    assert mean_scc(params_of(kind, shift=False), absolute=False) == 1.0
    assert abs(mean_scc(params_of(kind), absolute=False)) < 0.25


def test_rotation_takes_its_magnitude_away() -> None:
    assert mean_scc(params_of("lfsr"), absolute=True) > 0.6
    assert mean_scc(params_of("lfsr", rotate=True), absolute=True) < 0.35


@pytest.mark.parametrize("kind", ["sobol", "counter"])
def test_rotation_is_for_an_lfsr(kind: str) -> None:
    message = rf"rotate must be False with a source of kind {kind}.*Use shift alone"
    with pytest.raises(ValueError, match=message):
        params_of(kind, rotate=True)


@pytest.mark.parametrize("channels", [0, 65537])
def test_wrong_number_of_channels(channels: int) -> None:
    with pytest.raises(ValueError, match=rf"channels must be in 1\.\.65536, not {channels}"):
        SharedParams(channels=channels)
