"""The synapse's product is exact over a joint period of its two sources."""

import pytest

from bitcortex.models.encode.source import Source, SourceParams
from bitcortex.models.synapse.bitstream import Bitstream, BitstreamParams


def ones(mode: str, p: int, w: int) -> int:
    """Count the product's ones over a net of 2**8 points of two Sobol dimensions, 4 bits each."""
    params = BitstreamParams(SourceParams("sobol", 8, dimension=2), mode, weight=w << 4)
    synapse, source = Bitstream(params), Source(SourceParams("sobol", 8, dimension=1))
    words = source.next(256).tolist()
    count = 0
    for t in range(258):
        pre = int(t < 256 and words[t] < p << 4)
        valid, post = synapse.tick(int(t < 256), 0, 0, 0, pre)
        count += post * valid
    return count


@pytest.mark.parametrize(("p", "w"), [(0, 7), (16, 7), (8, 8), (3, 13), (16, 16), (5, 0)])
def test_product_is_exact_over_a_net(p: int, w: int) -> None:
    """256 points of two dimensions are a net: every 16 x 16 box holds exactly one."""
    assert ones("and", p, w) == p * w
    assert ones("xnor", p, w) == p * w + (16 - p) * (16 - w)


def test_weight_holds_from_the_next_cycle_on() -> None:
    synapse = Bitstream(BitstreamParams(weight=0))
    assert not any(synapse.tick(1, 0, 0, 0, 1)[1] for _ in range(50))
    synapse.tick(1, 0, 1, 256, 1)
    synapse.tick(1, 0, 0, 0, 1)
    synapse.tick(1, 0, 0, 0, 1)
    assert all(synapse.tick(1, 0, 0, 0, 1)[1] for _ in range(50))
