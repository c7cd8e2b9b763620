"""What every test run says first."""

import shutil


def pytest_report_header() -> str:
    if shutil.which("iverilog"):
        return "simulators: verilator, icarus"
    return "simulators: verilator (no icarus: its cocotb tests are left out, apt install iverilog)"
