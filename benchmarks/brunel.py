"""Brunel's network in bitcortex, Brian2, NEST and a plain float64 loop, on the same connections.

Every simulator gets the same synapses and its own random drive, runs in its own process and takes
turns with the others. Rates and CV(ISI) are compared before any factor is printed.
`benchmarks/README.md` says what each figure means.
"""

import argparse
import contextlib
import json
import os
import pickle
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import brunel_report
import export
import numpy as np
from brunel_report import NAMES, OURS
from simulators import flat, run, worker

from bitcortex.network import lower

EXAMPLES = """examples:
  python benchmarks/brunel.py --case seed-1000 --repeats 5
  python benchmarks/brunel.py --json build/brunel.json --markdown build/brunel.md \\
      --plot build/brunel.png
  python benchmarks/brunel.py --case dense-100000 --simulators bitcortex --threads 1"""
NUMBA_CACHE = run.environment.REPOSITORY / "build" / "cache" / "numba"
ONE_THREAD = ("lists", "ablation", "brian2_cython")


@dataclass(frozen=True)
class Case:
    """Who runs a network of `export`, and for how long."""

    what: str
    seconds: float  # biological
    rows: tuple[str, ...] = tuple(NAMES)
    once: tuple[str, ...] = ()  # simulators that run once, on one thread: too slow


SEED = "J 0.1 mV, g 5, eta 2, 10 %"
CASES = {
    "seed-1000": Case(SEED, 5.0),
    "seed-10000": Case(SEED, 1.0),
    "hetero-10000": Case(
        f"{SEED}, a weight and a delay per synapse", 1.0, tuple(x for x in NAMES if x != "lists")
    ),
    "brunel-2000": Case("Brunel (2000), fixed in-degrees", 1.0),
    "seed-100000": Case(
        "J 0.1 mV, g 5, eta 2, 1 %", 0.5, ("bitcortex", "ablation", "brian2_cpp", "nest"), ("nest",)
    ),
    "dense-100000": Case(f"{SEED}, stratified", 1.0, ("bitcortex",)),
}


@dataclass(frozen=True)
class Row:
    """A simulator on a number of threads."""

    name: str
    threads: int

    def __str__(self) -> str:
        return f"{NAMES[self.name]}, {self.threads} thread{'s' * (self.threads > 1)}"


# Our own worker: like those in `simulators`, with a Plan in place of a flat network file.


def build(case: str, file: Path) -> None:
    """Draw the connections of a network and lower it; write what is left, and what it took."""
    clock = worker.Clock()
    with clock.phase("build"):
        lowered = lower(export.NETWORKS[case]())
    used = worker.memory()["peak_rss_bytes"]
    with file.open("wb") as out:
        pickle.dump((lowered, clock.seconds["build"], used), out)


def work(plan_file: Path, threads: int, steps: int, output: Path) -> None:
    """Run our engine once in this process and write spikes and a report."""
    clock = worker.Clock()
    with clock.phase("import"):
        import numba

        from bitcortex.sim.engine.hash import hash_spikes
        from bitcortex.sim.simulate import make_event_engine, simulate
    with plan_file.open("rb") as file:
        plan = pickle.load(file)
    digest = plan.digest
    cpu: list[tuple[float, int]] = []
    nothing = np.zeros(0, np.int64)
    with clock.phase("compile"):  # and the tables of the engine, which the second one makes anew
        hash_spikes(nothing, nothing)
        engine: Any = make_event_engine("numba", plan, threads)
        used = engine.threads
        engine.close()
        del engine
    with clock.phase("connect"):
        done = simulate(plan, steps, "numba", threads=threads,
                        progress=lambda n: cpu.append((time.process_time(), n)))  # fmt: skip
    clock.seconds["connect"] -= done.seconds
    clock.seconds["compile"] = max(0.0, clock.seconds["compile"] - clock.seconds["connect"])
    clock.seconds["simulate"] = done.seconds
    # CPU seconds are known from the end of the first chunk on.
    (first, chunk), last = cpu[0], cpu[-1][0]
    share = (steps - chunk) / steps
    report = {
        "seconds": clock.seconds,
        "simulate_cpu_s": (last - first) / share if share else done.seconds,
        "versions": {"numba": numba.__version__, "numpy": np.__version__,
                     "python": platform.python_version()},
        "digest": digest, "hash": done.hash, "threads_used": used,
    } | worker.memory()  # fmt: skip
    np.savez(output, step=done.events.step.astype(np.int32),
             neuron=done.events.neuron.astype(np.int32), report=json.dumps(report))  # fmt: skip


def process(what: str, script: str, asked: list[Any], limit_s: float, cache: Path) -> float:
    """Run a script of ours in its own process and return its wall seconds."""
    here = Path(__file__).resolve()
    variables = os.environ | {
        "PYTHONPATH": str(here.parent),
        "OPENBLAS_NUM_THREADS": "1",
        "NUMBA_CACHE_DIR": str(cache),
        "NUMBA_NUM_THREADS": str(os.cpu_count() or 1),
    }
    command = [sys.executable, str(here.with_name(script)), *map(str, asked)]
    start = time.perf_counter()
    try:
        done = subprocess.run(command, env=variables, capture_output=True, text=True,
                              timeout=limit_s, check=False)  # fmt: skip
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"{what} must end within {limit_s:g} s. Raise --limit") from None
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).splitlines()[-20:])
        raise RuntimeError(f"{what} must succeed, not exit with {done.returncode}:\n{said}")
    return time.perf_counter() - start


def measure(row: Row, network: Path, limit_s: float, cache: Path = NUMBA_CACHE) -> dict[str, Any]:
    """Run a simulator once in its own process; as `simulators.run.measure`, with the spikes.

    Our Plan lies beside the flat network file.
    """
    if row.name not in (*OURS, "ablation"):
        return run.measure(row.name, network, row.threads, limit_s, spikes=True)
    described = flat.load(network)
    with tempfile.TemporaryDirectory(dir=run.WORK) as folder:
        output = Path(folder, "output.npz")
        script, asked = "ablation.py", [network, output]
        if row.name in OURS:
            plan = network.with_suffix(f".{row.name}")
            script, asked = "brunel.py", ["--work", plan, row.threads, described.steps, output]
        process_s = process(str(row), script, asked, limit_s, cache)
        with np.load(output) as file:
            step, neuron = file["step"], file["neuron"]
            found = json.loads(str(file["report"]))
    found |= {"process_s": process_s, "step": step, "neuron": neuron}
    return found | run.statistics(described, step, neuron)


# The comparison.


def benchmark(case: str, options: argparse.Namespace, folder: Path) -> tuple[list[Any], bool]:
    """Return the items of a case, and whether everything that must be equal is."""
    chosen = CASES[case]
    names = [name for name in chosen.rows if name in options.simulators]
    rows = [Row(name, t) for name in names for t in options.threads
            if t == 1 or name not in (*ONE_THREAD, *chosen.once)]  # fmt: skip
    say(f"{case}: network")
    process(f"building {case}", "brunel.py", ["--build", case, folder / "built"], options.limit,
            NUMBA_CACHE)  # fmt: skip
    with (folder / "built").open("rb") as file:
        lowered, build_s, build_rss = pickle.load(file)
    plan = lowered.plan
    steps = round((options.seconds or chosen.seconds) * 1e9 / plan.dt_ns)
    outside = any(name not in OURS for name in names)
    described = export.flat_network(lowered, steps, synapses=outside)
    full, bare = folder / "full.npz", folder / "bare.npz"
    flat.save(described, full)
    flat.save(export.flat_network(lowered, steps, synapses=False), bare)
    stores = {name: plan.stored_as("stored") if name == "lists" else plan
              for name in OURS if name in names}  # fmt: skip
    for name, stored in stores.items():
        full.with_suffix(f".{name}").write_bytes(pickle.dumps(stored))
        bare.with_suffix(f".{name}").write_bytes(pickle.dumps(replace(stored, projections=())))
    degree = np.diff(described.indptr) if outside else export.out_degrees(plan)
    synapses = int(degree.sum())
    warm = [row for row in rows if row.name in (*OURS, "ablation", "brian2_cython")]
    first = {}
    for row in warm:  # caches; not counted
        first[row] = measure(row, full, options.limit)["seconds"]["compile"]
        say(f"{case} [warm-up] {row}")
    found: dict[Row, list[Any]] = {row: [] for row in rows}
    without: dict[Row, list[Any]] = {row: [] for row in rows}
    for repeat in range(options.repeats):
        for row in rows:
            if repeat and row.name in chosen.once:
                continue
            done = measure(row, full, options.limit)
            del done["step"]
            done["events"] = float(degree[done.pop("neuron")].sum())
            found[row].append(done)
            say(f"{case} [{repeat + 1}/{options.repeats}] {row}: "
                f"{done['seconds']['simulate']:.4g} s, {done['rate_hz']:.2f} Hz")  # fmt: skip
            if row.threads == 1:
                other = measure(row, bare, options.limit)
                without[row].append(other["simulate_cpu_s"])
    ours = [(stores[row.name].digest, done) for row in rows if row.name in OURS
            for done in found[row]]  # fmt: skip
    equal = len({done["hash"] for _, done in ours}) <= 1
    equal &= all(done["digest"] == digest for digest, done in ours)
    items = []
    for row in rows:
        item = brunel_report.summary(case, row, found[row], without[row], plan.neurons, steps)
        item |= {"what": chosen.what, "biological_s": steps * plan.dt_ns * 1e-9,
                 "neurons": plan.neurons, "synapses": synapses,
                 "compile_first_s": first.get(row)}  # fmt: skip
        if row.name in OURS:
            item["seconds"]["build"] = build_s
            item["build_peak_rss_bytes"] = build_rss
        item["real_time_factor"] = item["biological_s"] / item["seconds"]["simulate"]
        items.append(item)
    brunel_report.compare(case, items, equal)
    return items, equal


def cold(limit_s: float, threads: list[int], folder: Path) -> dict[str, float]:
    """Return the seconds to compile our engine without a cache, by threads."""
    lowered = lower(export.NETWORKS["seed-10000"]())
    file = folder / "cold.npz"
    flat.save(export.flat_network(lowered, 100, synapses=False), file)
    file.with_suffix(".bitcortex").write_bytes(pickle.dumps(lowered.plan))
    found = {}
    for count in threads:
        with tempfile.TemporaryDirectory(dir=folder) as cache:
            done = measure(Row("bitcortex", count), file, limit_s, Path(cache))
        found[str(count)] = done["seconds"]["compile"]
        say(f"cold compile, {count} threads: {found[str(count)]:.1f} s")
    return found


def machine(options: argparse.Namespace) -> dict[str, Any]:
    """Return when and on what the times were taken."""
    cpu = platform.processor() or platform.machine()
    with contextlib.suppress(OSError):
        info = Path("/proc/cpuinfo").read_text().splitlines()
        cpu = next((x.split(":")[1].strip() for x in info if x.startswith("model name")), cpu)
    return {
        "date": time.strftime("%Y-%m-%d"),
        "cpu": cpu,
        "cores": os.cpu_count(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "load_before": os.getloadavg()[0],
        "repeats": options.repeats,
    }


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--case", nargs="+", choices=CASES, default=list(CASES), metavar="CASE",
                        help=f"default: all of {', '.join(CASES)}")  # fmt: skip
    parser.add_argument("--simulators", nargs="+", choices=NAMES, default=list(NAMES),
                        metavar="NAME", help=f"default: all of {', '.join(NAMES)}")  # fmt: skip
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2], help="default: 1 2")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each (%(default)s)")
    parser.add_argument("--seconds", type=float, help="biological; default: the case's")
    parser.add_argument(
        "--limit", type=float, default=1800.0, help="seconds of a run (%(default)s)"
    )
    parser.add_argument("--no-cold", action="store_true", help="leave out the cold compile times")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write one JSON object")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write tables")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="write a picture")
    parser.add_argument("--build", nargs=2, help=argparse.SUPPRESS)  # case, output: a worker
    parser.add_argument("--work", nargs=4, help=argparse.SUPPRESS)  # plan ... output: a worker
    options = parser.parse_args()
    if options.build:
        build(options.build[0], Path(options.build[1]))
        return 0
    if options.work:
        plan, threads, steps, output = options.work
        work(Path(plan), int(threads), int(steps), Path(output))
        return 0
    if options.repeats < 1 or (options.seconds is not None and options.seconds <= 0):
        parser.error("--repeats must be at least 1, and --seconds above 0")
    cores = os.cpu_count() or 1
    if not all(1 <= t <= cores for t in options.threads):
        parser.error(f"--threads must be in 1..{cores}, the cores of this machine")
    options.threads = sorted(set(options.threads))
    about = machine(options)
    items: list[Any] = []
    ok = True
    run.WORK.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=run.WORK) as name:
        folder = Path(name)
        cold_s = {} if options.no_cold or "bitcortex" not in options.simulators else (
            cold(options.limit, options.threads, folder))  # fmt: skip
        for case in options.case:
            found, equal = benchmark(case, options, folder)
            items += found
            ok &= equal
            if not equal:
                say(f"{case}: our spikes depend on threads or stores, so no factor is printed")
            about |= {"load_after": os.getloadavg()[0], "cold_compile_s": cold_s}
            write(options, about, items, ok)  # what is done is kept if a later case fails
    print(*brunel_report.header(about, items), "", brunel_report.tables(items, False), sep="\n")
    return 0 if ok else 1


def write(options: argparse.Namespace, about: dict[str, Any], items: list[Any], ok: bool) -> None:
    """Write the files that were asked for."""
    if options.json:
        options.json.write_text(json.dumps({"ok": ok, "machine": about, "items": items}, indent=2))
    if options.markdown:
        text = "\n".join(
            [*brunel_report.header(about, items), "", brunel_report.tables(items, True)]
        )
        options.markdown.write_text(text)
    if options.plot:
        brunel_report.plot(items, options.plot)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RuntimeError as error:  # a simulator that fails or takes too long
        sys.exit(f"error: {error}")
