"""Words cross in their order, whatever the two sides do."""

from collections import deque
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from migen import run_simulation

from bitcortex.gateware.link.crossing import Crossing as Gateware
from bitcortex.models.link.crossing import Crossing, CrossingParams

BITS = st.integers(0, 1)


@given(st.integers(1, 3), st.lists(st.tuples(BITS, BITS), max_size=200))
def test_in_order(bits: int, sides: list[tuple[int, int]]) -> None:
    model = Crossing(CrossingParams(16, bits))
    inside: deque[int] = deque()
    for word, (put, take) in enumerate(sides):
        tx_ready, valid, data = model.tick(put, word, take)
        if valid and take:
            assert data == inside.popleft()
        if put and tx_ready:
            inside.append(word)
        assert len(inside) <= 1 << bits


def test_a_word_comes_after_four_cycles() -> None:
    model = Crossing(CrossingParams(8))
    found = [model.tick(int(cycle == 0), 7, 1)[1:] for cycle in range(6)]
    assert [valid for valid, _ in found] == [0, 0, 0, 0, 1, 0]
    assert found[4] == (1, 7)


@pytest.mark.parametrize(("write_ns", "read_ns"), [(26, 8), (8, 26), (8, 9), (10, 10)])
@pytest.mark.parametrize("eager", [1.0, 0.5])
def test_two_clocks(write_ns: int, read_ns: int, eager: float) -> None:
    """Every word comes once and in its order, and the slower clock has a word in each cycle."""
    fifo = Gateware(CrossingParams(16), "write", "read")
    words, came, cycles = 200, [], 0
    rng = Random(1)

    def puts() -> Iterator[Any]:
        for word in range(words):
            while rng.random() > eager:
                yield
            yield fifo.tx_data.eq(word)
            yield fifo.tx_valid.eq(1)
            yield
            while not (yield fifo.tx_ready):
                yield
            yield fifo.tx_valid.eq(0)

    def takes() -> Iterator[Any]:
        nonlocal cycles
        ready = 0
        while len(came) < words:
            if ready and (yield fifo.valid):
                came.append((yield fifo.data))
            ready = int(rng.random() <= eager)
            yield fifo.ready.eq(ready)
            cycles += bool(came)
            yield

    run_simulation(
        fifo,
        {"write": puts(), "read": takes()},
        clocks={"write": (write_ns, 3), "read": read_ns},
    )
    assert came == list(range(words))
    if eager == 1:
        assert cycles * read_ns <= 1.1 * words * max(write_ns, read_ns)
