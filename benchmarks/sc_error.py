"""Error of stochastic-computing products and dot products against the length of the streams.

    python benchmarks/sc_error.py [--json] [--pairs 3000] [--vectors 300]

Mean |error| over random probabilities, uniform in [0, 1], the same ones for every encoder. A
product is the AND of two streams; a dot product is the sum of 64 of them (about 16), all inputs
sharing one source and all weights another. Prints a Markdown table; all seeds are fixed, so that
the figures are the same everywhere. `ok` is false if a figure is above its bound.
"""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bitcortex.analysis import log_log_slope
from bitcortex.models.encode.encoder import BitstreamEncoder
from bitcortex.models.encode.shared import SharedParams, channel_words
from bitcortex.models.encode.source import Source

LENGTHS = (64, 256, 1024, 4096)
TERMS = 64  # of a dot product
SEEDS = 30  # pairs of encoders that share the work
SEED = 11  # of the probabilities

Pair = tuple[BitstreamEncoder, BitstreamEncoder]


def sobol(length: int, seed: int) -> Pair:
    return (
        BitstreamEncoder(length, "sobol", dimension=1, seed=seed),
        BitstreamEncoder(length, "sobol", dimension=2, seed=seed),
    )


def ramp(length: int, seed: int) -> Pair:
    return (
        BitstreamEncoder(length, "counter", seed=seed),
        BitstreamEncoder(length, "sobol", seed=seed),
    )


def lfsr(length: int, seed: int) -> Pair:
    return (
        BitstreamEncoder(length, "lfsr", seed=2 * seed + 1),
        BitstreamEncoder(length, "lfsr", seed=2 * seed + 2),
    )


def bernoulli(length: int, seed: int) -> Pair:
    return (
        BitstreamEncoder(length, "bernoulli", seed=2 * seed),
        BitstreamEncoder(length, "bernoulli", seed=2 * seed + 1),
    )


def one_lfsr(length: int, seed: int) -> Pair:
    """The mistake that `check_independent` refuses."""
    same = BitstreamEncoder(length, "lfsr", seed=seed + 1)
    return same, BitstreamEncoder(length, "lfsr", seed=seed + 1)


PAIRS: dict[str, Callable[[int, int], Pair]] = {
    "Sobol dimension 1 x 2": sobol,
    "ramp x Sobol": ramp,
    "two LFSRs": lfsr,
    "Bernoulli": bernoulli,
    "one LFSR for both (refused)": one_lfsr,
}
# Name, maker, shift, rotate. No shift: all inputs compare with one word, and all weights.
DOTS: dict[str, tuple[Callable[[int, int], Pair], bool, bool]] = {
    "Sobol dimension 1 x 2": (sobol, True, False),
    "Sobol, no shifts": (sobol, False, False),
    "ramp x Sobol": (ramp, True, False),
    "two LFSRs": (lfsr, True, False),
    "two LFSRs, rotated as well": (lfsr, True, True),
    "two LFSRs, rotated, no shifts": (lfsr, False, True),
    "two LFSRs, no shifts": (lfsr, False, False),
}
BOUNDS = {  # what the project asks for
    ("product", "Sobol dimension 1 x 2", 256): 0.003,
    ("product", "Sobol dimension 1 x 2", 1024): 0.0008,
    ("product", "two LFSRs", 256): 0.025,
    ("dot product", "Sobol dimension 1 x 2", 256): 0.13,
    ("dot product", "Sobol dimension 1 x 2", 1024): 0.04,
}
STEEPEST = {("product", "Sobol dimension 1 x 2"): -0.9}  # log-log slope, at most


def product_error(make: Callable[[int, int], Pair], length: int, pairs: int) -> float:
    """Mean |error| of the AND of two streams; new bits for every pair of probabilities."""
    rng = np.random.default_rng(SEED)
    errors = []
    for seed in range(SEEDS):
        a, b = make(length, seed)
        for p, q in rng.random((-(-pairs // SEEDS), 2)):
            errors.append(abs((a.encode(p) & b.encode(q)).mean() - p * q))
    return float(np.mean(errors))


def dot_error(
    make: Callable[[int, int], Pair], length: int, vectors: int, shift: bool, rotate: bool
) -> float:
    """Mean |error| of the sum of 64 products; new bits for every pair of vectors."""
    rng = np.random.default_rng(SEED)
    errors = []
    for seed in range(SEEDS):
        encoders = make(length, seed)
        params = [
            replace(encoder.shared(TERMS), shift=shift, rotate=rotate) for encoder in encoders
        ]
        sources = [Source(p.source) for p in params]
        for p, q in rng.random((-(-vectors // SEEDS), 2, TERMS)):
            x, w = (
                channel_streams(of, source, encoder.code(values), length)
                for of, source, encoder, values in zip(
                    params, sources, encoders, (p, q), strict=True
                )
            )
            errors.append(abs((x & w).sum() / length - p @ q))
    return float(np.mean(errors))


def channel_streams(
    params: SharedParams, source: Source, codes: NDArray[np.int64], length: int
) -> NDArray[np.bool_]:
    return channel_words(params, source.next(length)) < codes[:, None]


def measure(pairs: int, vectors: int, progress: Callable[[str], object]) -> list[dict[str, Any]]:
    """Return one item per workload, encoder and length."""
    items = []
    jobs: list[tuple[str, str, Callable[[int], float]]] = [
        ("product", name, lambda length, make=make: product_error(make, length, pairs))
        for name, make in PAIRS.items()
    ]
    jobs += [
        ("dot product", name, lambda length, how=how: dot_error(how[0], length, vectors, *how[1:]))
        for name, how in DOTS.items()
    ]
    for workload, name, error in jobs:
        progress(f"{workload}, {name}")
        found = [error(length) for length in LENGTHS]
        slope = log_log_slope(LENGTHS, found)
        steepest = STEEPEST.get((workload, name))
        for length, value in zip(LENGTHS, found, strict=True):
            bound = BOUNDS.get((workload, name, length))
            items.append(
                {
                    "workload": workload,
                    "engine": name,
                    "seconds_median": None,  # the keys of every benchmark; nothing is timed here
                    "ratio_to_reference": None,
                    "rate_hz": None,
                    "cv_isi": None,
                    "peak_mb": None,
                    "length": length,
                    "mean_abs_error": value,
                    "bound": bound,
                    "slope": slope,
                    "slope_bound": steepest,
                    "ok": (bound is None or value <= bound)
                    and (steepest is None or slope <= steepest),
                }
            )
    return items


def table(items: list[dict[str, Any]]) -> str:
    """Return the items as a Markdown table."""
    lengths = [f"L = {length}" for length in LENGTHS]
    rows = [["mean \\|error\\|", *lengths, "slope"], ["---", *["---:"] * len(LENGTHS), "---:"]]
    for at in range(0, len(items), len(LENGTHS)):
        group = items[at : at + len(LENGTHS)]
        errors = [f"{item['mean_abs_error']:.2g}" for item in group]
        name = f"{group[0]['workload']}, {group[0]['engine']}"
        rows.append([name, *errors, f"{group[0]['slope']:.2f}"])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--json", action="store_true", help='one object {"ok": ..., "items": [...]}'
    )
    parser.add_argument("--pairs", type=int, default=3000, help="random pairs (%(default)s)")
    parser.add_argument("--vectors", type=int, default=300, help="random vectors (%(default)s)")
    arguments = parser.parse_args()
    for name in ("pairs", "vectors"):
        if getattr(arguments, name) < 1:
            parser.error(f"--{name} must be at least 1, not {getattr(arguments, name)}")
    items = measure(
        arguments.pairs, arguments.vectors, lambda what: print(what, file=sys.stderr, flush=True)
    )
    ok = all(item["ok"] for item in items)
    print(json.dumps({"ok": ok, "items": items}) if arguments.json else table(items))
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
