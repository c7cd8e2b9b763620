"""The firmware's rates: compiled for this machine, and compared with fractions."""

import ctypes
import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import bitcortex.firmware
from bitcortex.sim.rtl.cache import cached, content_hash
from bitcortex.sim.rtl.verilator import compiler

SOURCE = Path(bitcortex.firmware.__path__[0]) / "rate.c"
WORD = st.integers(1, 2**32 - 1)
MOST = 2**64 - 1
Rate = Callable[[int, int, int, int], int]


@pytest.fixture(scope="module")
def rate() -> Rate:
    def build(folder: Path) -> None:
        command = [compiler(), "-x", "c", "-std=c11", "-O1", "-shared", "-fPIC", "-Wall", "-Werror"]
        subprocess.run([*command, str(SOURCE), "-o", str(folder / "rate.so")], check=True)

    folder = cached("firmware-rate", content_hash(SOURCE.read_text()), build)
    function = ctypes.CDLL(str(folder / "rate.so")).rate_tenths
    function.restype = ctypes.c_uint64
    function.argtypes = [ctypes.c_uint32] * 4
    made: Rate = function
    return made


@example(spikes=2**32 - 1, neurons=1, steps=1, dt_ns=1)  # more than 64 bits
@example(spikes=2**32 - 1, neurons=2**32 - 1, steps=2**32 - 1, dt_ns=2**32 - 1)
@example(spikes=1, neurons=2, steps=10**5, dt_ns=10**5)  # half a tenth: up
@example(spikes=1, neurons=2, steps=10**5 + 1, dt_ns=10**5)  # less
@example(spikes=0, neurons=1, steps=1, dt_ns=1)
@given(spikes=st.integers(0, 2**32 - 1), neurons=WORD, steps=WORD, dt_ns=WORD)
def test_rounded_half_up(rate: Rate, spikes: int, neurons: int, steps: int, dt_ns: int) -> None:
    exact = Fraction(spikes * 10**10, neurons * steps * dt_ns)
    wanted = (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
    assert rate(spikes, neurons, steps, dt_ns) == min(wanted, MOST)


def test_a_rate_that_people_know(rate: Rate) -> None:
    # 1,000 neurons, 10,000 steps of 0.1 ms, 32,456 spikes: 32.456 Hz
    assert rate(32_456, 1000, 10_000, 100_000) == 325
