"""Source: every kind is uniform over its period, and `next` is what the ports show."""

from dataclasses import replace

import pytest

from bitcortex.models.encode.lfsr import shift
from bitcortex.models.encode.source import KINDS, Source, SourceParams, conflict


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", [1, 0x5A, 0xFF])
def test_every_word_once_per_period(kind: str, seed: int) -> None:
    words = Source(SourceParams(kind, 8, seed=seed, ramp=4)).next(512)
    assert sorted(words[:256]) == list(range(256))
    assert (words[256:] == words[:256]).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", [8, 18])
def test_next_is_what_the_ports_show(kind: str, width: int) -> None:
    params = SourceParams(kind, width, seed=77, dimension=3, ramp=4)
    ports, source = Source(params), Source(params)
    for length in (1, 3, 200, 256, 300):
        shown = [ports.tick(1, 0)[0] for _ in range(length)]
        assert source.next(length).tolist() == shown
    assert ports.tick(0, 0) == source.tick(0, 0)
    ports.tick(1, 1)  # restart
    assert ports.tick(1, 0)[0] == Source(params).next(1)[0]


def test_seed_is_the_first_word_and_shifts_all_others() -> None:
    assert Source(SourceParams("lfsr", 8, seed=9)).next(1) == [9]
    for kind in ("sobol", "counter"):
        plain = Source(SourceParams(kind, 8, seed=0)).next(256)
        shifted = Source(SourceParams(kind, 8, seed=9)).next(256)
        assert (plain ^ 9 == shifted).all()
        assert shifted[0] == 9


def test_conflicts() -> None:
    lfsr = SourceParams("lfsr", 16, seed=0xACE1)
    state = 0xACE1
    for behind in range(16):
        other = replace(lfsr, seed=state)
        for pair in ((lfsr, other), (other, lfsr)):
            assert conflict(*pair) == f"both are the same LFSR, {behind} words apart"
        state = shift(state, lfsr.lfsr)
    assert conflict(lfsr, replace(lfsr, seed=state)) is None
    assert conflict(lfsr, SourceParams("lfsr", 17, seed=0xACE1)) is None
    sobol = SourceParams("sobol", 8, dimension=2)
    assert conflict(sobol, replace(sobol, seed=99)) == "both are Sobol sequences of dimension 2"
    assert conflict(sobol, replace(sobol, dimension=3)) is None
    ramp = SourceParams("counter", 8, ramp=8)
    assert conflict(ramp, replace(ramp, seed=99)) == "both are ramps"
    assert conflict(ramp, sobol) is None


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("kind", "bernoulli", "kind must be one of lfsr, sobol, counter, not 'bernoulli'"),
        ("width", 2, r"width must be in 3\.\.32, not 2"),
        ("width", 33, "width must be in"),
        ("seed", 0, r"seed must be in 1\.\.65535, not 0"),
        ("seed", 2**16, "seed must be in"),
        ("dimension", 11, r"dimension must be in 1\.\.10, not 11"),
        ("ramp", 17, r"ramp must be in 0\.\.16, not 17"),
    ],
)
def test_wrong_parameters(field: str, value: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(SourceParams(), **{field: value})


def test_shift_must_fit_the_word() -> None:
    with pytest.raises(ValueError, match=r"seed must be in 0\.\.255, not 256"):
        SourceParams("sobol", 8, seed=256)
