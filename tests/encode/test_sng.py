"""SNG: an input k gives exactly k ones in 2**n cycles, from every source, in model and gateware."""

import numpy as np
import pytest

from bitcortex.boards.area import measure
from bitcortex.boards.devices import find_device
from bitcortex.models.encode.sng import Sng, SngParams
from bitcortex.models.encode.source import KINDS, SourceParams
from bitcortex.sim.rtl.harness import Harness
from bitcortex.sim.twin import find

PERIOD = 256


def params_of(kind: str) -> SngParams:
    return SngParams(SourceParams(kind, 8, seed=0x5A, dimension=2, ramp=8))


def every_code() -> dict[str, np.ndarray]:
    """A whole period for every code 0..256, and a cycle for the last bit."""
    codes = np.append(np.repeat(np.arange(PERIOD + 1), PERIOD), 0)
    run = np.ones(len(codes), np.int64)
    return {"enable": run, "restart": 0 * run, "threshold": codes}


def ones_per_code(bits: np.ndarray) -> np.ndarray:
    return bits[1:].reshape(PERIOD + 1, PERIOD).sum(axis=1)


@pytest.mark.parametrize("kind", KINDS)
def test_golden_gives_exactly_k_ones(kind: str) -> None:
    trace = Sng(params_of(kind)).trace(every_code())
    assert (ones_per_code(trace["bitstream"]) == np.arange(PERIOD + 1)).all()


@pytest.mark.parametrize("kind", KINDS)
def test_compiled_gateware_gives_exactly_k_ones(kind: str) -> None:
    with Harness(find("encode.sng").emit(params_of(kind))) as harness:
        trace = harness.run(every_code())
    assert (ones_per_code(trace["bitstream"]) == np.arange(PERIOD + 1)).all()
    assert trace["valid"][1:].all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("code", [0, 1, 12345, 65535, 65536])
def test_sixteen_bits_are_exact_too(kind: str, code: int) -> None:
    sng = Sng(SngParams(SourceParams(kind, 16, dimension=3)))
    sng.tick(1, 0, code)
    assert sum(sng.tick(1, 0, code)[0] for _ in range(2**16)) == code


def test_latency_and_pause() -> None:
    sng = Sng(SngParams(SourceParams("counter", 8, seed=0, ramp=8)))
    assert sng.tick(1, 0, 1) == (0, 0)
    assert sng.tick(1, 0, 1) == (1, 1)  # word 0 < 1
    assert sng.tick(0, 0, 3) == (0, 1)  # word 1 < 1 is false
    assert sng.tick(0, 0, 2) == (1, 0)  # word 2 < 3, though not enabled
    assert sng.tick(1, 1, 2) == (0, 0)
    assert sng.tick(1, 0, 1) == (0, 1)  # the restart's cycle still used word 2
    assert sng.tick(0, 0, 0) == (1, 1)


def test_wrong_parameters_are_those_of_the_source() -> None:
    with pytest.raises(ValueError, match="kind must be one of lfsr, sobol, counter, not 'ramp'"):
        SngParams(SourceParams("ramp"))
    with pytest.raises(ValueError, match="Zero would lock a linear register up"):
        SngParams(SourceParams("lfsr", seed=0))


@pytest.mark.full
@pytest.mark.parametrize("device", ["ecp5-85", "ice40up5k", "gw1nr-9"])
def test_sixteen_bits_synthesise_for_every_family(device: str) -> None:
    area = measure(find("encode.sng").emit(SngParams()), find_device(device), seeds=1)
    assert 16 + 2 <= area.ff <= 20
    assert 17 <= area.lut <= 100
    assert area.bram == area.dsp == 0
