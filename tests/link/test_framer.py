"""What the framer sends, the host's codec reads."""

import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bitcortex.host.link.frame import Splitter, stuff
from bitcortex.models.link.framer import Framer, FramerParams


def line(symbols: list[tuple[int, int]], eager: float = 1.0) -> tuple[bytes, int]:
    """Return the bytes of data and flags, and the cycles they took."""
    model, rng = Framer(FramerParams()), np.random.default_rng(1)
    sent = bytearray()
    at = cycles = 0
    while at < len(symbols) or model.tx_valid:
        data, flag = symbols[at] if at < len(symbols) else (0, 0)
        ready = int(rng.random() < eager)
        taken, valid, byte = model.tick(int(at < len(symbols)), data, flag, ready)
        if valid and ready:
            sent.append(byte)
        at += taken if at < len(symbols) else 0
        cycles += 1
    return bytes(sent), cycles


@given(st.binary(min_size=1, max_size=40), st.sampled_from([1.0, 0.3]))
def test_a_frame(body: bytes, eager: float) -> None:
    data = body + zlib.crc32(body).to_bytes(4, "little")
    symbols = [(0, 1), *((byte, 0) for byte in data), (0, 1)]
    sent, _ = line(symbols, eager)
    assert sent == stuff(body)
    assert Splitter().feed(sent) == [body]


@pytest.mark.parametrize(("byte", "cycles"), [(0x41, 20), (0x7E, 40)])
def test_timing(byte: int, cycles: int) -> None:
    assert line([(byte, 0)] * 10)[1] == cycles
