"""What every test run says first."""

import shutil
from importlib.util import find_spec


def pytest_report_header() -> list[str]:
    icarus = (
        "simulators: verilator (no icarus: its cocotb tests are left out, apt install iverilog)"
    )
    found = ["simulators: verilator, icarus" if shutil.which("iverilog") else icarus]
    for name in ("brian2", "nir"):
        if find_spec(name) is None:
            found.append(f"no {name}: its tests are left out, pip install 'bitcortex[{name}]'")
    return found
