"""Measure one simulator on one flat network file, in a process of its own.

    PYTHONPATH=benchmarks python -m simulators.run WORKER NETWORK.npz [--threads 1]

prints one JSON object. WORKER is one of the names in `WORKERS`.
"""

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bitcortex.analysis import cv_isi, firing_rate
from simulators import environment, flat

WORKERS: dict[str, tuple[str, ...]] = {
    "nest": ("simulators.nest_worker",),
    "brian2_cpp": ("simulators.brian2_worker", "--target", "cpp_standalone"),
    "brian2_cython": ("simulators.brian2_worker", "--target", "cython"),
    "brian2_tutorial": ("simulators.brian2_worker", "--target", "cython", "--tutorial"),
}
WARM_UP_MS = 200.0  # not in the statistics
MIN_SPIKES = 4  # of a neuron whose CV(ISI) counts: 3 intervals
BLOCK = 4096  # neurons whose spikes are dense at once
WORK = environment.REPOSITORY / "build" / "simulators-work"


def measure(
    worker: str,
    network: Path,
    threads: int = 1,
    limit_s: float = 600.0,
    wait_policy: str | None = None,
    spikes: bool = False,
) -> dict[str, Any]:
    """Run a simulator once and return what it took and what the network did.

    Parameters
    ----------
    worker
        A name in `WORKERS`.
    network
        Flat network file, .npz.
    threads
        Of the simulation.
    limit_s
        Seconds until the process is killed.
    wait_policy
        OMP_WAIT_POLICY. ``active`` spins at barriers: a must for Brian2 at two threads, and ruin
        if a thread has no core to itself. ``passive`` sleeps. None leaves it to the library, which
        spins for a while and then sleeps.
    spikes
        Whether to return the spikes as well.

    Returns
    -------
    dict
        ``worker``, ``threads``; ``seconds`` per phase, ``simulate_cpu_s``, ``peak_rss_bytes``,
        ``end_rss_bytes`` and ``versions`` (see `simulators.worker`); ``process_s``,
        wall seconds of the whole process; ``spikes_n``, ``rate_hz`` and ``cv_isi`` (means over
        neurons after `WARM_UP_MS`; CV over neurons of at least 3 intervals, None if there are
        none). With `spikes`, also ``step`` and ``neuron``, int32, sorted by step and neuron.

    Raises
    ------
    ValueError
        If there is no such worker.
    RuntimeError
        If the process fails or takes too long.
    """
    if worker not in WORKERS:
        raise ValueError(f"worker must be one of {', '.join(WORKERS)}, not {worker!r}")
    python = environment.python()
    WORK.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=WORK) as folder:
        output = Path(folder, "output.npz")
        module, *target = WORKERS[worker]
        command = [str(python), "-m", module, str(Path(network).resolve()), str(output)]
        command += [*target, "--threads", str(threads)]
        start = time.perf_counter()
        _run(command, _variables(folder, threads, wait_policy), limit_s)
        process_s = time.perf_counter() - start
        with np.load(output) as file:
            order = np.lexsort((file["neuron"], file["step"]))
            step, neuron = file["step"][order], file["neuron"][order]
            report = json.loads(str(file["report"]))
    found: dict[str, Any] = {"worker": worker, "threads": threads, "process_s": process_s}
    found |= report
    found |= statistics(flat.load(network), step, neuron)
    return found | {"step": step, "neuron": neuron} if spikes else found


def statistics(
    network: flat.Network, step: NDArray[np.int32], neuron: NDArray[np.int32]
) -> dict[str, float | None]:
    """Return the number of spikes, the mean rate in Hz and the mean CV of the intervals."""
    warm_up = round(WARM_UP_MS / network.dt_ms)
    if warm_up >= network.steps:
        warm_up = 0
    kept = step >= warm_up
    rates, cvs = [], []
    for first in range(0, network.n, BLOCK):
        here = kept & (neuron >= first) & (neuron < first + BLOCK)
        trains = np.zeros((min(BLOCK, network.n - first), network.steps - warm_up), bool)
        trains[neuron[here] - first, step[here] - warm_up] = True
        rates.append(firing_rate(trains, network.dt_ms / 1e3))
        cvs.append(cv_isi(trains[np.count_nonzero(trains, axis=1) >= MIN_SPIKES]))
    cv = np.concatenate(cvs)
    return {
        "spikes_n": len(step),
        "rate_hz": float(np.concatenate(rates).mean()),
        "cv_isi": float(cv.mean()) if len(cv) else None,
    }


def _variables(folder: str, threads: int, wait_policy: str | None) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    policy = {} if wait_policy is None else {"OMP_WAIT_POLICY": wait_policy}
    return (
        inherited
        | policy
        | {
            "OMP_NUM_THREADS": str(threads),
            "OPENBLAS_NUM_THREADS": "1",
            "PYTHONPATH": str(Path(__file__).resolve().parents[1]),
            "TMPDIR": folder,
        }
    )


def _run(command: list[str], variables: dict[str, str], limit_s: float) -> None:
    """Run a command; after the limit kill it and what it started."""
    process = subprocess.Popen(
        command,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(timeout=limit_s)
    except BaseException as error:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        if isinstance(error, subprocess.TimeoutExpired):
            raise RuntimeError(
                f"{' '.join(command)} must end within {limit_s:g} s. "
                "Simulate fewer steps or raise limit_s."
            ) from None
        raise
    if process.returncode:
        last = "\n".join(said.splitlines()[-20:])
        raise RuntimeError(
            f"{' '.join(command)} must succeed, not exit with {process.returncode}. "
            f"It said:\n{last}"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("worker", choices=WORKERS)
    parser.add_argument("network", type=Path, help="flat network file, .npz")
    parser.add_argument("--threads", type=int, default=1, help="%(default)s")
    parser.add_argument("--limit", type=float, default=600.0, help="seconds (%(default)s)")
    options = parser.parse_args()
    print(json.dumps(measure(options.worker, options.network, options.threads, options.limit)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
