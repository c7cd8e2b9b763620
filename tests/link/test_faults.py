"""Over a line that errs, against the compiled gateware: no word is wrong, or written twice."""

from unittest.mock import patch

import numpy as np
import pytest
from link_loop import (
    APPEND,
    COUNTS,
    MEMORY,
    NOTHING,
    TAKE,
    WORDS,
    Faults,
    Target,
    VerilogTransport,
)
from migen import If, Mux

from bitcortex.errors import BusError, LinkError
from bitcortex.gateware.link.device import Device
from bitcortex.host.link import Link
from bitcortex.models.link.device import DeviceParams, State

RATES = (1e-3, 1e-2, 2e-2)
CASES = {f"{kind} {rate:g}": {kind: rate} for kind in Faults.KINDS for rate in RATES}
LATE = 0.03  # of the replies, so that their requests are repeated for nothing
CASES["all four 0.02"] = dict.fromkeys(Faults.KINDS, 2e-2)


def transact(link: Link, twin: Target, rng: np.random.Generator) -> None:
    """Do one thing on the board and on its twin, and compare."""
    count = int(rng.choice([1, 2, 4, int(rng.integers(1, 100))], p=[0.5, 0.3, 0.15, 0.05]))
    at = MEMORY + 4 * int(rng.integers(0, WORDS - count))
    kind = rng.random()
    if kind < 0.3:
        words = rng.integers(0, 1 << 32, count)
        link.write(at, words)
        for k, word in enumerate(words.tolist()):
            twin.write(at + 4 * k, word)
    elif kind < 0.6:
        assert link.read(at, count).tolist() == [twin.read(at + 4 * k) for k in range(count)]
    elif kind < 0.75:
        words = rng.integers(0, 1 << 32, count)
        link.write_fixed(APPEND, words)
        for word in words.tolist():
            twin.write(APPEND, word)
    elif kind < 0.9:
        assert link.read_fixed(TAKE, count).tolist() == [twin.read(TAKE) for _ in range(count)]
    elif kind < 0.98:
        assert link.read(APPEND).tolist() == [twin.append]
    else:
        with pytest.raises(BusError, match="address 0x00004000 cannot be"):
            link.read(NOTHING) if rng.random() < 0.5 else link.write(NOTHING, 1)


def soak(case: str, transactions: int, line: type[VerilogTransport] = VerilogTransport) -> Link:
    """Do many things, the same at every call, and look at everything in the end."""
    rng = np.random.default_rng(list(CASES).index(case))
    there, back = (Faults(rng, CASES[case]) for _ in range(2))
    transport = line(DeviceParams(), there, back, lambda: rng.random() < LATE)
    twin = Target()
    with (
        patch("bitcortex.host.link.session.os.urandom", rng.bytes),  # a session's number and nonce
        Link(transport, timeout_s=3600.0, clock=transport.clock) as link,
    ):
        for _ in range(transactions):
            transact(link, twin, rng)
        assert link.read(MEMORY, WORDS).tolist() == twin.memory
        assert link.read(COUNTS, WORDS).tolist() == twin.counts
        assert link.read(APPEND).tolist() == [twin.append]
    assert there.injected
    assert back.injected
    assert link.statistics.stale
    return link


@pytest.mark.parametrize("case", CASES)
def test_no_wrong_word_and_every_write_once(case: str) -> None:
    soak(case, 230)


@pytest.mark.full
@pytest.mark.parametrize("case", CASES)
def test_no_wrong_word_in_many(case: str) -> None:
    soak(case, 7_700)


# Negative controls: the test finds a device that does not do its part.


class Trusting(Device):  # type: ignore[misc]
    """It executes damaged frames too."""

    def __init__(self, params: DeviceParams) -> None:
        super().__init__(params)
        self.sync += If(self.state == State.RECEIVE, self.good.eq(self.whole))


class Forgetful(Device):  # type: ignore[misc]
    """It executes a repeated request again."""

    def __init__(self, params: DeviceParams) -> None:
        super().__init__(params)
        again = (self.state == State.CHECK) & self.good & (self.sequence == self.last)
        self.sync += If(again, self.state.eq(Mux(self.fetches, State.FETCH, State.BUS)))


@pytest.mark.parametrize("gateware", [Trusting, Forgetful])
def test_a_wrong_device_is_found(gateware: type[Device]) -> None:
    class Wrong(VerilogTransport):
        pass

    Wrong.gateware = gateware
    with pytest.raises((AssertionError, LinkError)):
        soak("flip 0.02", 230, Wrong)
