"""What the workers share: one process, one network, one measurement.

A worker is run as ``python -m simulators.NAME_worker NETWORK.npz OUTPUT.npz`` with the python of
the simulators' environment. OUTPUT holds `step` and `neuron` (int32, one entry per spike; a spike
of the first step has step 0) and `report`, a JSON object:

seconds
    Wall seconds of import, build (neurons and drive), connect, compile (all that happens once
    between that and the first step) and simulate (the steps and nothing else).
simulate_cpu_s
    CPU seconds of simulate, all threads together.
peak_rss_bytes, end_rss_bytes
    Resident memory of the process that simulates: the peak, and right after the last step.
versions
    Of simulator, NumPy and Python.
"""

import argparse
import json
import platform
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

PHASES = ("import", "build", "connect", "compile", "simulate")


class Clock:
    """Wall seconds of the phases of a worker."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(PHASES, 0.0)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[name] += time.perf_counter() - start


def arguments(
    description: str, targets: Sequence[str] = (), flags: Sequence[str] = ()
) -> argparse.Namespace:
    """Return the arguments of the command line: network, output, threads, target and flags."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("network", type=Path, help="flat network file, .npz")
    parser.add_argument("output", type=Path, help="spikes and report, .npz")
    parser.add_argument("--threads", type=int, default=1, help="%(default)s")
    if targets:
        parser.add_argument("--target", choices=targets, default=targets[0], help="%(default)s")
    for flag in flags:
        parser.add_argument(flag, action="store_true")
    found = parser.parse_args()
    if found.threads < 1:
        parser.error(f"--threads must be at least 1, not {found.threads}")
    return found


def memory() -> dict[str, int]:
    """Return the resident memory of this process, peak and now.

    Not getrusage: its ru_maxrss counts the memory of the process that started this one.
    """
    lines = Path("/proc/self/status").read_text().splitlines()
    kib = {line.split(":")[0]: line.split()[1] for line in lines if line.endswith(" kB")}
    if "VmHWM" not in kib:
        raise RuntimeError("/proc/self/status must have a line VmHWM. The workers need Linux.")
    return {"peak_rss_bytes": int(kib["VmHWM"]) * 1024, "end_rss_bytes": int(kib["VmRSS"]) * 1024}


def save(
    output: Path,
    step: ArrayLike,
    neuron: ArrayLike,
    clock: Clock,
    simulate_cpu_s: float,
    versions: dict[str, str],
    used: dict[str, int],
) -> None:
    """Write spikes and report."""
    report = {
        "seconds": clock.seconds,
        "simulate_cpu_s": simulate_cpu_s,
        "versions": versions | {"numpy": np.__version__, "python": platform.python_version()},
    } | used
    np.savez(
        output,
        step=np.asarray(step, np.int32),
        neuron=np.asarray(neuron, np.int32),
        report=json.dumps(report),
    )
