"""Drive a twin's stimulus cycle by cycle and compare every output port with the golden model.

The golden trace comes as a JSON file named by ``TWIN_TRACE``: {"inputs": {port: values},
"outputs": {port: values}}, where ``sys_rst`` is one of the inputs.
"""

import json
import os
from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import Timer


@cocotb.test()
async def every_port_in_every_cycle(dut: Any) -> None:
    """Outputs are resolvable and equal just before every rising edge."""
    trace = json.loads(Path(os.environ["TWIN_TRACE"]).read_text())
    drive = [(getattr(dut, name), values) for name, values in trace["inputs"].items()]
    expect = [(getattr(dut, name), values) for name, values in trace["outputs"].items()]
    cycles = len(drive[0][1])
    for cycle in range(cycles):
        dut.sys_clk.value = 0
        for port, values in drive:
            port.value = values[cycle] & ((1 << len(port)) - 1)
        await Timer(5, "ns")
        for port, values in expect:
            found = port.value
            where = f"cycle {cycle}: {port._name} is"
            assert found.is_resolvable, f"{where} {found} in the gateware"
            want = values[cycle] & ((1 << len(port)) - 1)
            got = int(found) if len(port) == 1 else found.to_unsigned()
            assert got == want, f"{where} {got} in the gateware and {want} in the golden model"
        dut.sys_clk.value = 1
        await Timer(5, "ns")
    assert cycles > 0
