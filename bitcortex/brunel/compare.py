"""Run variants in processes of their own, and compare their rates with what must come out."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from bitcortex import check
from bitcortex.brunel import reference
from bitcortex.brunel.params import PRESETS, BrunelParams
from bitcortex.brunel.registry import VARIANTS, Outcome, Variant, find
from bitcortex.brunel.work import Work, spike_hash
from bitcortex.errors import ToolError

SECONDS = {"brunel_seed": 1.0, "brunel_ai": 2.0}  # biological: the second is a noisy network
WARM_S = 0.01  # of a first run, which compiles
RTL_S = 0.02  # biological, of a comparison with gateware

Item = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What a simulation that a variant is compared with gave."""

    rate_hz: float
    hash: str
    by: str


# From the kind of `Variant.oracle`, parameters, seed and seconds; None if it cannot say.
Oracle = Callable[[str, BrunelParams, int, float], Answer | None]


@cache
def float64(kind: str, params: BrunelParams, seed: int, seconds: float) -> Answer | None:
    """Return what float64 neurons do on the same synapses and input spikes.

    It does not answer for the variants that are this very program: only Brian2 does.
    """
    if kind != "network":
        return None
    work = Work(params, seed, seconds)
    events = reference.lif(work)
    return Answer(work.statistics(events)[0], spike_hash(events), "float64")


@dataclass(frozen=True)
class Task:
    """Which runs to make of a variant.

    Parameters
    ----------
    variant, preset
        Names.
    n
        Neurons.
    seeds
        Draws of the network, 1 to `seeds`.
    seconds
        Biological, after the warm-up.
    rtl
        Whether to compare with gateware, if the variant has any.
    load
        Python file with variants of one's own.
    """

    variant: str
    preset: str
    n: int = 1000
    seeds: int = 5
    seconds: float = 1.0
    rtl: bool = False
    load: str = ""

    def __post_init__(self) -> None:
        check.one_of("preset", self.preset, PRESETS)
        check.integer("n", self.n, 20, 100_000)
        check.integer("seeds", self.seeds, 1, 1000)
        check.real("seconds", self.seconds, 0.01, 1000.0)


def load(path: str) -> None:
    """Run a Python file that enters variants.

    Raises
    ------
    FileNotFoundError
        If there is none.
    """
    text = Path(path).read_text()
    exec(compile(text, path, "exec"), {"__name__": "bitcortex_variants", "__file__": path})


def measure(task: Task) -> Item:
    """Run a variant on every seed in this process; return its item, not yet compared.

    A missing package is said in ``missing``, and then there are no results.
    """
    chosen: Variant[Any] = find(task.variant)
    if chosen.run is None:
        raise ValueError(
            f"{chosen.name} must have a function that runs it. Decorate one with .runs"
        )
    item: Item = {
        "variant": chosen.name, "title": chosen.title, "domain": chosen.domain,
        "workload": chosen.workload, "preset": task.preset, "neurons": task.n,
        "biological_s": task.seconds, "seeds": task.seeds, "within": chosen.within,
        "rate_hz": None, "expected_hz": None, "expectation": "", "error": None, "cv_isi": None,
        "seconds_mean": None, "seconds_std": None, "peak_mb": None, "engine": None, "hashes": [],
        "missing": None, "metrics": {}, "ok": None, "spike_for_spike": None, "rtl": None,
    }  # fmt: skip
    params = chosen(PRESETS[task.preset](task.n))
    outcomes: list[Outcome] = []
    seconds = []
    try:
        chosen.run(params, Work(params.network, 1, WARM_S, WARM_S).prepare())
        for seed in range(1, task.seeds + 1):
            work = Work(params.network, seed, task.seconds).prepare()
            start = time.perf_counter()
            outcomes.append(chosen.run(params, work))
            spent = time.perf_counter() - start
            seconds.append(spent if outcomes[-1].seconds is None else outcomes[-1].seconds)
            if chosen.workload == "network":
                item.setdefault("synapses", []).append(len(work.synapses[1]))
    except ToolError as error:
        return item | {"missing": str(error)}
    expected = [o.expected_hz for o in outcomes if o.expected_hz is not None]
    cvs = [o.cv_isi for o in outcomes if o.cv_isi == o.cv_isi]
    item |= {
        "rates_hz": [o.rate_hz for o in outcomes],
        "rate_hz": float(np.mean([o.rate_hz for o in outcomes])),
        "expected_hz": float(np.mean(expected)) if expected else None,
        "expectation": outcomes[0].expectation,
        "cv_isi": float(np.mean(cvs)) if cvs else None,
        "seconds_mean": float(np.mean(seconds)),
        "seconds_std": float(np.std(seconds)),
        "engine": outcomes[0].engine,
        "hashes": [o.hash for o in outcomes],
        "metrics": {
            name: float(np.mean([o.metrics[name] for o in outcomes]))
            for name in outcomes[0].metrics
        },
        "peak_mb": peak_mb(),
    }
    if task.rtl and chosen.rtl is not None:
        equality = chosen.rtl(params, Work(params.network, 1, RTL_S, 0.0))
        item["rtl"] = {"equal": equality.equal, "what": equality.what}
    return item


def peak_mb() -> float | None:
    """Return the largest resident memory of this process so far, MB; None where Linux is not."""
    status = Path("/proc/self/status")
    if not status.is_file():
        return None
    (line,) = (x for x in status.read_text().splitlines() if x.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024 / 1e6


def process(task: Task, limit_s: float = 1800.0) -> Item:
    """Run `measure` in a fresh process.

    Raises
    ------
    ToolError
        If it fails or takes too long, with the last lines of what it said.
    """
    command = [sys.executable, "-m", "bitcortex.brunel.compare", json.dumps(vars(task))]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=limit_s, check=False,
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise ToolError(
            f"{task.variant} on {task.preset} must end within {limit_s:g} s. Ask for fewer seeds, "
            "or less time"
        ) from None
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        raise ToolError(f"{task.variant} on {task.preset} must run, and does not:\n{said}")
    item: Item = json.loads(done.stdout.splitlines()[-1])
    return item


def judge(item: Item, task: Task, oracle: Oracle) -> Item:
    """Return an item with what was expected, the error, and whether that is small enough."""
    chosen: Variant[Any] = find(task.variant)
    if item["missing"]:
        return item
    if chosen.oracle != "own":
        params = chosen(PRESETS[task.preset](task.n)).network
        answers = [
            oracle(chosen.oracle, params, seed, task.seconds) for seed in range(1, task.seeds + 1)
        ]
        known = [answer for answer in answers if answer is not None]
        if len(known) < len(answers):
            item["expectation"] = "Brian2, which was not run"
        else:
            item["expected_hz"] = float(np.mean([answer.rate_hz for answer in known]))
            item["expectation"] = known[0].by
            if chosen.oracle in ("brian2", "tutorial"):
                item["spike_for_spike"] = [answer.hash for answer in known] == item["hashes"]
    checks = []
    if item["expected_hz"]:
        item["error"] = item["rate_hz"] / item["expected_hz"] - 1.0
        checks.append(abs(item["error"]) <= chosen.within)
    if item["spike_for_spike"] is not None:
        checks.append(item["spike_for_spike"])
    if item["rtl"] is not None:
        checks.append(item["rtl"]["equal"])
    item["ok"] = all(checks) if checks else None
    return item


def compare(
    tasks: Sequence[Task],
    oracle: Oracle = float64,
    jobs: int = 1,
    progress: Callable[[Item], object] = lambda item: None,
) -> list[Item]:
    """Run tasks, `jobs` processes at a time, and return their items in order.

    With more than one job, processes disturb each other's times.
    """
    check.integer("jobs", jobs, 1, 64)
    done = []
    with ThreadPoolExecutor(jobs) as pool:
        for task, item in zip(tasks, pool.map(process, tasks), strict=True):
            done.append(judge(item, task, oracle))
            progress(done[-1])
    return done


def all_ok(items: Iterable[Item]) -> bool:
    """Return whether nothing that was compared is wrong."""
    return all(item["ok"] is not False for item in items)


def main() -> None:
    """Run one task, given as JSON; print its item as JSON."""
    task = Task(**json.loads(sys.argv[1]))
    if task.load:
        load(task.load)
    print(json.dumps(measure(task), allow_nan=False))


if __name__ == "__main__":
    main()

__all__ = ["SECONDS", "VARIANTS", "Answer", "Item", "Oracle", "Task", "compare", "float64"]
