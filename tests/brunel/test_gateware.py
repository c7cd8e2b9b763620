"""Variants as compiled Verilog: equal to software, bit for bit."""

from dataclasses import replace

import pytest

from bitcortex.brunel import VARIANTS, BrunelParams, Equality, Work, find

SMALL = replace(BrunelParams.ai(100), conn_prob=0.2)
QUICK = ("V14",)  # a small module; the others compile for long
NAMES = [name for name, v in VARIANTS.items() if v.rtl is not None]


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[] if n in QUICK else [pytest.mark.full]) for n in NAMES],
)
def test_gateware_equals_software(name: str) -> None:
    chosen = find(name)
    params = chosen(SMALL)
    assert chosen.rtl is not None
    found = chosen.rtl(params, Work(params.network, 1, 0.04, 0.0))
    assert found.equal, found.what
    assert len(found.software) >= 16


def test_a_difference_is_one() -> None:
    assert not Equality("a", "b", "letters").equal
