"""Time of one forward pass of the stochastic-computing dense layer, input encoding included.

    python benchmarks/sc_layer.py [--json] [--workload 784x128x1024] [--mode lfsr] [--repeats 200]

`benchmarks/README.md` says what each figure means. Every engine is checked against NumPy, bit for
bit, before a time is taken; one thread; engines take turns, so that noise hits all of them.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from numba import njit

from bitcortex.models.layer.streams import StreamParams, Streams
from bitcortex.sim.engine import sc_kernels, sc_sources, sc_streams, simd
from bitcortex.sim.engine.sc_layer_numba import MODES, VectorizedSCLayer

SEED = 7
DISTURBED = 1.25  # median / minimum above which something else ran on the machine
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
# Seconds that the project asks for, one thread, on a quiet machine.
TARGETS = {
    ("20x80x256", "stream"): 10e-6,
    ("784x128x1024", "stream"): 170e-6,
    ("1024x1024x1024", "stream"): 3.5e-3,
    ("784x128x1024", "table"): 50e-6,
    ("1024x1024x1024", "table"): 400e-6,
}
WORKLOADS = ("20x80x256", "784x128x1024", "1024x1024x1024")


@dataclass
class Engine:
    """Something to time: `call` makes one pass and returns what `counts` turns into counts."""

    name: str
    method: str
    call: Callable[[], Any]
    counts: Callable[[Any], Any] | None  # None: no counts, not stochastic computing
    roofline: str = ""  # what bounds it
    least: float = 0.0  # seconds at that bound


@njit
def _popcounts(words: Any, repeats: int) -> int:
    total = 0
    quarter = len(words) // 4  # four runs at once: the fastest way to read much memory, too
    for _ in range(repeats):
        a0, a1 = simd.zero_words(), simd.zero_words()
        a2, a3 = simd.zero_words(), simd.zero_words()
        for at in range(0, quarter, 8):
            x = simd.load_words(words, at)
            a0 = simd.add_and_popcount(a0, x, x)
            a1 = simd.add_and_popcount(a1, x, simd.load_words(words, at + quarter))
            a2 = simd.add_and_popcount(a2, x, simd.load_words(words, at + 2 * quarter))
            a3 = simd.add_and_popcount(a3, x, simd.load_words(words, at + 3 * quarter))
        total += simd.total(a0) + simd.total(a1) + simd.total(a2) + simd.total(a3)
    return total


@njit
def _lookups(words: Any, short: Any, repeats: int) -> None:
    t0, t1 = simd.load_bytes(words, 0), simd.load_bytes(words, 8)
    t2, t3 = simd.load_bytes(words, 16), simd.load_bytes(words, 24)
    for _ in range(repeats):
        for at in range(0, len(words), 8):
            index = simd.load_bytes(words, at)
            low = simd.lookup(t0, t1, t2, t3, index)
            high = simd.lookup(t3, t2, t1, t0, index)
            simd.add_pairs(short, 0, low, high)


@njit
def _loads(table: Any, index: Any, repeats: int) -> np.int64:
    total = np.int64(0)
    for _ in range(repeats):
        for at in range(0, len(index), 8):
            for k in range(8):
                total += np.int64(table[index[at + k]])
    return total


def rooflines() -> dict[str, float]:
    """Measure the bounds of this core, each in units per second, best of many."""
    rng = np.random.default_rng(SEED)
    words = sc_kernels.aligned((1024,), np.uint64)  # 8 KB: in the first-level cache
    words[:] = rng.integers(0, 2**63, 1024)
    index = rng.integers(0, 256, 8192).astype(np.uint8)
    table = rng.integers(0, 1024, 256).astype(np.uint16)
    bounds = {
        "popcount": (lambda: _popcounts(words, 100), 100 * 1024 * 64),  # stream bits
        "load": (lambda: _loads(table, index, 10), 10 * 8192),  # one table entry each
    }
    if simd.HAS_LOOKUP:
        short = np.zeros(64, np.uint16)
        bounds["look-up"] = (lambda: _lookups(words, short, 100), 100 * 1024 * 8)  # synapses
    return {name: amount / _best(call) for name, (call, amount) in bounds.items()}


def _best(call: Callable[[], Any], repeats: int = 200) -> float:
    call()
    return min(_timed(call, repeats)) * 1e-9


def _timed(call: Callable[[], Any], repeats: int) -> list[int]:
    times = []
    for _ in range(repeats):
        start = time.perf_counter_ns()
        call()
        times.append(time.perf_counter_ns() - start)
    return times


def numpy_pass(streams: Streams, weights_q: Any, x: Any) -> Any:
    """One pass in NumPy: encode inputs and the 256 weight codes, AND, bitwise_count, sum."""
    rx, rw = streams.next()
    codes = np.floor(x * 256 + 0.5)
    x_words = sc_streams.pack_bits((rx < codes[:, None]).view(np.uint8))
    w_words = sc_streams.pack_bits((rw < np.arange(256)[:, None]).view(np.uint8))
    used = -(-len(rx) // 64)
    x_words, w_words = x_words[:, :used].copy(), w_words[:, :used].copy()
    block = max(1, 2**15 // x_words.size)  # neurons at a time: 256 KB stay in the cache
    ones = [
        np.bitwise_count(x_words & w_words[weights_q[j : j + block]]).sum((1, 2), dtype=np.int64)
        for j in range(0, len(weights_q), block)
    ]
    return np.concatenate(ones).tolist()


def engines(workload: str, mode: str, limits: dict[str, float]) -> list[Engine]:
    """Return everything to time for a workload; the first is the reference."""
    n_inputs, n_neurons, length = map(int, workload.split("x"))
    x = np.random.default_rng(SEED).random(n_inputs)
    layers = {
        method: VectorizedSCLayer(n_inputs, n_neurons, length, SEED, mode, method)
        for method in ("table", "stream")
    }
    weights_q = layers["table"].weights_q
    bits = n_inputs * n_neurons * length
    golden = Streams(StreamParams(length, mode, seed=SEED))
    lookup = "look-up" if simd.HAS_LOOKUP else "load"

    state = sc_sources.initial_state(SEED, MODES[mode])
    points = sc_sources.sobol_points(length, 8)
    rx, rw = sc_sources.new_sources(length)
    codes = np.floor(x * 256 + 0.5).astype(np.uint16)
    counts = np.zeros((2, n_neurons), np.int32)
    scratch = sc_kernels.aligned((sc_kernels.SCRATCH,), np.uint16)

    def plain() -> Any:
        sc_sources.sources(MODES[mode], 8, state, points, length, rx, rw)
        sc_kernels.layer_counts(weights_q, codes, rx, rw, length, counts, scratch)
        return counts

    # Stored streams: those of the first pass, encoded once; the inputs are encoded in every call.
    first_x, first_w = sc_sources.new_sources(length)
    first_x[:length], first_w[:length] = Streams(golden.params).next()
    n_words = sc_sources.words(length)
    x_words = sc_kernels.aligned((n_inputs, n_words), np.uint64)
    w_words = sc_kernels.aligned((n_neurons, n_inputs, n_words), np.uint64)
    flat = w_words.reshape(-1, n_words)
    sc_streams.encode(weights_q.reshape(-1).astype(np.uint16), first_w, 0, length, flat)
    signs = np.ones((n_neurons, n_inputs), np.int8)

    def stored() -> Any:
        sc_streams.encode(codes, first_x, 0, length, x_words)
        sc_streams.stored_counts(x_words, w_words, signs, counts)
        return counts

    all_words = w_words.reshape(-1)
    floats, x32 = layers["table"].weights.astype(np.float32), x.astype(np.float32)
    return [
        Engine("numpy", "bitwise_count", lambda: numpy_pass(golden, weights_q, x), list),
        Engine("numba", "table", lambda: layers["table"].forward(x),
               lambda means: np.rint(means * (n_inputs * length)).astype(int).tolist(),
               lookup, n_inputs * n_neurons / limits[lookup]),
        Engine("numba", "stream", lambda: layers["stream"].forward(x),
               lambda means: np.rint(means * (n_inputs * length)).astype(int).tolist(),
               "popcount", bits / limits["popcount"]),
        Engine("numba", "layer_counts", plain, lambda found: found[0].tolist(),
               "load", n_inputs * n_neurons / limits["load"]),
        Engine("numba", "stored streams", stored, lambda found: found[0].tolist(),
               "read of stored streams"),
        Engine("numpy", "float32 GEMV", lambda: floats @ x32, None),
        Engine("", "read", lambda: _popcounts(all_words, 1), None),  # takes turns: a bound
    ]  # fmt: skip


def equal(candidates: list[Engine]) -> bool:
    """Whether all engines count alike; stored streams have the first pass only."""
    same = True
    for n_pass in range(3):
        expected = candidates[0].call()
        for engine in candidates[1:]:
            if engine.counts and (n_pass == 0 or engine.method != "stored streams"):
                same &= engine.counts(engine.call()) == expected
    return same


def measure(candidates: list[Engine], repeats: int) -> list[Any]:
    """Return at least `repeats` times per engine in seconds, in 10 rounds of turns."""
    times: list[list[int]] = [[] for _ in candidates]
    for _ in range(10):
        for engine, column in zip(candidates, times, strict=True):
            column += _timed(engine.call, -(-repeats // 10) + 1)[1:]  # the first warms the caches
    return [np.array(column) * 1e-9 for column in times]


_CONSTRUCT = """
import json, sys, time
import numpy as np
from bitcortex.sim.engine.sc_layer_numba import VectorizedSCLayer
def resident(which):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(which)) / 1024
shape, method = [int(n) for n in sys.argv[1].split("x")], sys.argv[2]
VectorizedSCLayer(2, 2, method=method).forward(np.ones(2))
with open("/proc/self/clear_refs", "w") as reset:
    reset.write("5")  # the peak starts again at what is resident now
before, start = resident("VmRSS"), time.perf_counter()
layer = VectorizedSCLayer(*shape, method=method)
seconds = time.perf_counter() - start
layer.forward(np.ones(shape[0]))
print(json.dumps([resident("VmHWM") - before, seconds]))
"""


def construction(workload: str, method: str) -> tuple[float | None, float | None]:
    """Return MB and seconds to construct a layer in a fresh process (None where unknown)."""
    if not os.path.exists("/proc/self/status") or method not in ("table", "stream"):
        return None, None
    command = [sys.executable, "-c", _CONSTRUCT, workload, method]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    megabytes, seconds = json.loads(done.stdout)
    return megabytes, seconds


def benchmark(workload: str, mode: str, repeats: int, limits: dict[str, float]) -> list[Any] | None:
    """Return the items of a workload, or None if the engines differ."""
    candidates = engines(workload, mode, limits)
    if not equal(candidates):
        return None
    n_inputs, n_neurons, length = map(int, workload.split("x"))
    columns = measure(candidates, repeats)
    reference = float(np.median(columns[0]))
    read = float(columns.pop().min())  # as fast as this core ever read that much in this run
    candidates.pop()
    for engine in candidates:
        engine.least = read if engine.roofline == "read of stored streams" else engine.least
    items = []
    for engine, seconds in zip(candidates, columns, strict=True):
        median = float(np.median(seconds))
        megabytes, construct = construction(workload, engine.method)
        bits = n_inputs * n_neurons * length
        items.append({
            "workload": workload,
            "engine": engine.name,
            "seconds_median": median,
            "ratio_to_reference": reference / median,
            "rate_hz": None,
            "cv_isi": None,
            "peak_mb": megabytes,
            "method": engine.method,
            "mode": mode,
            "seconds_min": float(seconds.min()),
            "seconds_p90": float(np.quantile(seconds, 0.9)),
            "seconds_construct": construct,
            "seconds_target": TARGETS.get((workload, engine.method)),
            "repeats": len(seconds),
            "disturbed": bool(median > DISTURBED * seconds.min()),
            "gbit_per_s": bits / median * 1e-9 if engine.counts else None,
            "fraction_of_roofline": engine.least / median if engine.roofline else None,
            "roofline": engine.roofline or None,
            "roofline_per_s": limits.get(engine.roofline),
        })  # fmt: skip
    return items


def table(items: list[Any]) -> str:
    """Return the items as text, times in microseconds."""
    lines = [
        f"{'workload':15}{'engine':7}{'method':15}{'min':>10}{'median':>10}{'p90':>10}{'target':>8}"
        f"{'ratio':>8}{'Gbit/s':>8}{'MB':>6}  of roofline"
    ]
    for item in items:
        times = "".join(f"{item[f'seconds_{k}'] * 1e6:10.2f}" for k in ("min", "median", "p90"))
        target, rate = item["seconds_target"], item["gbit_per_s"]
        lines.append(
            f"{item['workload']:15}{item['engine']:7}{item['method']:15}{times}"
            + (f"{target * 1e6:8.0f}" if target else f"{'-':>8}")
            + f"{item['ratio_to_reference']:8.1f}"
            + (f"{rate:8.0f}" if rate else f"{'-':>8}")
            + (f"{item['peak_mb']:6.1f}" if item["peak_mb"] is not None else f"{'-':>6}")
            + (f"  {item['fraction_of_roofline']:.2f} of {item['roofline']}"
               if item["roofline"] else "")
            + ("  disturbed" if item["disturbed"] else "")
        )  # fmt: skip
    return "\n".join(lines)


def header(arguments: argparse.Namespace) -> str:
    """Return when, on what and how the times were taken."""
    cpu = platform.processor() or platform.machine()
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo") as info:
            names = [line.split(":")[1].strip() for line in info if line.startswith("model name")]
        cpu = names[0] if names else cpu
    wide = [name for name in ("avx2", "avx512vpopcntdq", "avx512vbmi") if name in simd.FEATURES]
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    return (
        f"{time.strftime('%Y-%m-%d')}, {cpu}, {os.cpu_count()} cores, "
        f"{' '.join(wide) or 'no AVX'}, load {load}\n"
        f"Python {platform.python_version()}, NumPy {np.__version__}, "
        f"Numba {numba.__version__}, 1 thread, mode {arguments.mode}, "
        f">= {arguments.repeats} repeats, times in us"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workload", choices=WORKLOADS, action="append", help="default: all")
    parser.add_argument("--mode", choices=sorted(MODES), default="sobol")
    parser.add_argument("--repeats", type=int, default=200, help="times per engine, at least")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    if arguments.repeats < 1:
        parser.error(f"--repeats must be at least 1, not {arguments.repeats}")
    if ONE_THREAD.items() - os.environ.items():  # NumPy reads them when it is imported
        again = [sys.executable, *sys.argv]
        return subprocess.run(again, env=os.environ | ONE_THREAD, check=False).returncode
    limits = rooflines()
    items, ok = [], True
    for workload in arguments.workload or WORKLOADS:
        found = benchmark(workload, arguments.mode, arguments.repeats, limits)
        if found is None:
            ok = False
            print(f"{workload}: engines differ, so no time is printed", file=sys.stderr)
        else:
            items += found
    if arguments.json:
        print(json.dumps({"ok": ok, "items": items}, indent=2))
    else:
        print(header(arguments), table(items), sep="\n")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
