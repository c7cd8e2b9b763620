"""What every test run says first."""

import shutil
from importlib.util import find_spec


def pytest_report_header() -> list[str]:
    found = ["simulators: verilator, icarus"]
    if not shutil.which("iverilog"):
        without = "no icarus: its cocotb tests are left out, apt install iverilog"
        found = [f"simulators: verilator ({without})"]
    for name in ("brian2", "nir"):
        if find_spec(name) is None:
            found.append(f"no {name}: its tests are left out here, make runs them in build/brian2")
    return found
