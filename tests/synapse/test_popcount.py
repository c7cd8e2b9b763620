"""The popcount's latency and width are what its parameters say."""

import pytest

from bitcortex.models.synapse.popcount import Popcount, PopcountParams


@pytest.mark.parametrize(("n", "latency", "width"), [(1, 1, 1), (8, 1, 4), (9, 2, 4), (65, 3, 7)])
def test_latency_and_width(n: int, latency: int, width: int) -> None:
    params = PopcountParams(n)
    assert (params.latency, params.width) == (latency, width)
    model = Popcount(params)
    full = (1 << n) - 1
    shown = [model.tick(bits)[0] for bits in (full, 1, 0, full, *[0] * latency)]
    assert shown[latency : latency + 4] == [n, 1, 0, n]
    assert shown[:latency] == [0] * latency


def test_mistakes() -> None:
    with pytest.raises(ValueError, match=r"n must be in 1\.\.65535, not 0"):
        PopcountParams(0)
    with pytest.raises(TypeError, match="n must be an integer"):
        PopcountParams(2.5)  # type: ignore[arg-type]
