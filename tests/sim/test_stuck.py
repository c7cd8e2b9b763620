"""Stuck nets: the same as through a port where there is one, and anywhere else, too."""

import numpy as np
import pytest

from bitcortex.models.model import Trace
from bitcortex.sim.rtl.harness import Harness, pack_bits
from bitcortex.sim.twin import find
from bitcortex.sim.verify.stuck import nets, stuck_nets

CYCLES = 5000
DENSE, FAULTY = find("layer.dense"), find("layer.faulty_dense")
CASE = next(iter(DENSE.cases))
VERILOG = DENSE.emit(DENSE.cases[CASE])
STIMULUS = DENSE.stimulus(DENSE.cases[CASE], np.random.default_rng(1), CYCLES)
STIMULUS["rst"][:] = 0


def run(net: str, value: int) -> Trace:
    with Harness(stuck_nets(VERILOG, {net: value})) as harness:
        return harness.run(STIMULUS)


@pytest.mark.parametrize(
    ("net", "line", "value"), [("dense_input_bit1", 1, 0), ("dense_sign2", 10, 1)]
)
def test_a_net_is_a_line(net: str, line: int, value: int) -> None:
    ports = np.zeros((2, CYCLES, 16), np.bool_)
    ports[:, :, line] = [[True], [bool(value)]]
    with Harness(FAULTY.emit(FAULTY.cases[CASE])) as harness:
        want = harness.run(STIMULUS | {"stuck": pack_bits(ports[0]), "flip": pack_bits(ports[1])})
    found = run(net, value)
    assert all((found[port] == want[port]).all() for port in found)
    with Harness(VERILOG) as harness:
        clean = harness.run(STIMULUS)
    assert any((found[port] != clean[port]).any() for port in found)


def test_registers_and_single_bits() -> None:
    assert not run("dense_so_far0", 0)["out_excitatory"].max() > 4  # a count of the last step only
    assert set(run("dense_out_index[1]", 1)["out_index"]) <= {2, 3}


def test_packed_ports_must_fit() -> None:
    with Harness(FAULTY.emit(FAULTY.cases[CASE])) as harness:
        wrong = STIMULUS | {"stuck": np.zeros((CYCLES, 2), np.uint64), "flip": np.zeros(CYCLES)}
        message = r"stuck must be uint64 of shape \(cycles, 1\), not uint64 of \(5000, 2\)"
        with pytest.raises(ValueError, match=message):
            harness.run(wrong)


def test_wrong_nets() -> None:
    assert nets(VERILOG)["dense_so_far0"] == 6
    with pytest.raises(ValueError, match=r"not 'dense_sofar0'\. Near it: dense_so_far0"):
        stuck_nets(VERILOG, {"dense_sofar0": 1})
    with pytest.raises(ValueError, match=r"bit of dense_so_far0 must be in 0\.\.5, not 6"):
        stuck_nets(VERILOG, {"dense_so_far0[6]": 1})
    with pytest.raises(ValueError, match=r"value of dense_so_far0 must be in 0\.\.63, not 64"):
        stuck_nets(VERILOG, {"dense_so_far0": 64})
