"""Does our asynchronous irregular network have the statistics of Brian2's?

Per seed, one draw of the connections of `brunel_ai`, run by our Numba engine and by Brian2, each
with its own Poisson drive: mean rate, CV(ISI), and the distributions of the neurons' rates and of
pairwise correlations (two-sample Kolmogorov-Smirnov tests, Holm's correction over all of them).
Both share their connections, so the neurons of the two runs are alike in pairs, and the tests err
on the side of finding no difference. Controls of the method: our engine against itself with another
drive, which must look the same, and against weaker inhibition, which must not.
"""

import argparse
import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import export
import numpy as np
from numpy.typing import NDArray
from scipy.stats import ks_2samp
from simulators import flat, run

from bitcortex.network import lower
from bitcortex.network.brunel import brunel, brunel_ai
from bitcortex.network.event_plan import EventPlan
from bitcortex.sim.simulate import simulate

EXAMPLES = """examples:
  python benchmarks/brunel_statistics.py
  python benchmarks/brunel_statistics.py --seeds 3 --seconds 2 --json build/statistics.json"""
NEURONS = 1000
BIN_MS = 5.0  # of the spike counts that are correlated
RATE_WITHIN = 0.02  # relative, mean over seeds
CV_WITHIN = 0.03
ALPHA = 0.05
OTHER_DRIVE = 1_000_003  # added to the seed of the drive
WEAKER_G = 5.5  # of the control that must look different
TESTS = ("rates", "correlations")


def statistics(
    step: NDArray[Any], neuron: NDArray[Any], network: flat.Network, pairs: NDArray[np.int64]
) -> dict[str, Any]:
    """Return rates (Hz) per neuron, mean CV(ISI), and correlations of pairs, after the warm-up.

    Parameters
    ----------
    step, neuron
        Of every spike.
    network
        For its size, step and duration.
    pairs
        Shape (pairs, 2), neurons.
    """
    warm_up = round(run.WARM_UP_MS / network.dt_ms)
    kept = step >= warm_up
    at, who = step[kept] - warm_up, neuron[kept]
    seconds = (network.steps - warm_up) * network.dt_ms * 1e-3
    width = round(BIN_MS / network.dt_ms)
    bins = (network.steps - warm_up) // width
    inside = at < bins * width
    counts = np.bincount(who[inside] * bins + at[inside] // width, minlength=network.n * bins)
    counts = counts.reshape(network.n, bins).astype(float)
    counts -= counts.mean(axis=1, keepdims=True)
    norm = np.sqrt((counts**2).sum(axis=1))
    a, b = pairs[(norm[pairs] > 0).all(axis=1)].T  # a silent neuron has no correlation
    found = run.statistics(network, step, neuron)
    return {
        "rate_hz": found["rate_hz"],
        "cv_isi": found["cv_isi"],
        "rates": np.bincount(who, minlength=network.n) / seconds,
        "correlations": (counts[a] * counts[b]).sum(axis=1) / (norm[a] * norm[b]),
    }


def holm(p: list[float]) -> list[float]:
    """Return p-values adjusted for multiple tests (Holm 1979): reject where below the level."""
    order = np.argsort(p)
    steps = np.array(p)[order] * np.arange(len(p), 0, -1)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(steps))
    return [float(x) for x in adjusted]


def weaker(seed: int) -> EventPlan:
    """Return the Plan of `brunel_ai`, where g = 6, with weaker inhibition: same connections."""
    net = brunel("brunel_ai", NEURONS, 0.8, WEAKER_G, 1.5, 1.5, 2.0, "bernoulli", seed)
    return lower(net).plan


def one_seed(seed: int, options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Return the statistics of all runs of a seed: brian2, ours, and the two controls."""
    lowered = lower(brunel_ai(NEURONS, seed))
    plan = lowered.plan
    steps = round((run.WARM_UP_MS * 1e-3 + options.seconds) * 1e9 / plan.dt_ns)
    network = export.flat_network(lowered, steps)
    path = folder / "network.npz"
    flat.save(network, path)
    rng = np.random.default_rng(seed)
    pairs = np.array([rng.choice(NEURONS, 2, replace=False) for _ in range(options.pairs)])
    other = run.measure(options.target, path, limit_s=options.limit, spikes=True)
    found = {"brian2": statistics(other["step"], other["neuron"], network, pairs)}
    for name, chosen in {
        "ours": plan,
        "other drive": replace(plan, seed=plan.seed + OTHER_DRIVE),
        "weaker inhibition": weaker(seed),
    }.items():
        events = simulate(chosen, steps, "numba").events
        found[name] = statistics(events.step, events.neuron, network, pairs)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seeds", type=int, default=10, help="draws (%(default)s)")
    parser.add_argument("--seconds", type=float, default=5.0,
                        help="biological, after 0.2 s of warm-up (%(default)s)")  # fmt: skip
    parser.add_argument("--pairs", type=int, default=2000, help="of neurons (%(default)s)")
    parser.add_argument("--target", choices=("brian2_cython", "brian2_cpp"),
                        default="brian2_cython", help="%(default)s")  # fmt: skip
    parser.add_argument("--limit", type=float, default=600.0, help="seconds per run (%(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write one JSON object")
    options = parser.parse_args()
    if options.seeds < 1 or options.seconds <= 0 or options.pairs < 2:
        parser.error("--seeds, --seconds and --pairs must be positive")
    run.WORK.mkdir(parents=True, exist_ok=True)
    runs = []
    with tempfile.TemporaryDirectory(dir=run.WORK) as folder:
        for seed in range(1, options.seeds + 1):
            runs.append(one_seed(seed, options, Path(folder)))
            print(f"seed {seed} of {options.seeds}", file=sys.stderr, flush=True)
    result = evaluate(runs)
    print(table(result))
    if options.json:
        about = {"network": f"brunel_ai({NEURONS})", "seconds": options.seconds,
                 "target": options.target, "pairs": options.pairs}  # fmt: skip
        options.json.write_text(json.dumps(result | about, indent=2))
    return 0 if result["ok"] else 1


def evaluate(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return {"ok", "items", ...}: an item per seed, the means over seeds, and the controls."""
    items: list[dict[str, Any]] = [{"seed": k + 1} for k in range(len(runs))]
    rejected = {}
    for name in ("brian2", "other drive", "weaker inhibition"):
        tests = [ks_2samp(found["ours"][test], found[name][test])
                 for found in runs for test in TESTS]  # fmt: skip
        adjusted = holm([float(t.pvalue) for t in tests])
        rejected[name] = sum(p < ALPHA for p in adjusted)
        for k, item in enumerate(items):
            item[name] = {key: runs[k][name][key] for key in ("rate_hz", "cv_isi")} | {
                test: {
                    "ks": float(tests[2 * k + at].statistic),
                    "p": float(tests[2 * k + at].pvalue),
                    "p_holm": adjusted[2 * k + at],
                    "mean": float(runs[k][name][test].mean()),
                    "std": float(runs[k][name][test].std()),
                }
                for at, test in enumerate(TESTS)
            }
    for item, found in zip(items, runs, strict=True):
        item["ours"] = {key: found["ours"][key] for key in ("rate_hz", "cv_isi")} | {
            test: {"mean": float(found["ours"][test].mean()),
                   "std": float(found["ours"][test].std())}
            for test in TESTS
        }  # fmt: skip
    mean = {key: [float(np.mean([item[who][key] for item in items])) for who in ("ours", "brian2")]
            for key in ("rate_hz", "cv_isi")}  # fmt: skip
    rate_error = mean["rate_hz"][0] / mean["rate_hz"][1] - 1
    cv_error = mean["cv_isi"][0] - mean["cv_isi"][1]
    control = float(np.mean([item["weaker inhibition"]["rate_hz"] for item in items]))
    same = abs(rate_error) <= RATE_WITHIN and abs(cv_error) <= CV_WITHIN
    return {
        "ok": bool(same and rejected["brian2"] == 0 and rejected["weaker inhibition"] > 0),
        "items": items,
        "mean": mean,
        "rate_error": rate_error,
        "cv_error": cv_error,
        "control_rate_error": control / mean["rate_hz"][0] - 1,
        "tests": len(TESTS) * len(runs),
        "rejected": rejected,
    }


def table(result: dict[str, Any]) -> str:
    """Return the result as text."""
    lines = [f"{'seed':>4}{'rate (Hz)':>20}{'CV(ISI)':>18}{'KS of rates':>22}"
             f"{'KS of correlations':>22}",
             f"{'':4}" + f"{'ours':>10}{'Brian2':>10}" + f"{'ours':>9}{'Brian2':>9}"
             + f"{'distance':>11}{'p (Holm)':>11}" * 2]  # fmt: skip
    for item in result["items"]:
        ours, other = item["ours"], item["brian2"]
        lines.append(
            f"{item['seed']:4}{ours['rate_hz']:10.2f}{other['rate_hz']:10.2f}"
            f"{ours['cv_isi']:9.3f}{other['cv_isi']:9.3f}"
            + "".join(f"{other[t]['ks']:11.3f}{other[t]['p_holm']:11.3g}" for t in TESTS)
        )
    rate, cv, rejected = result["mean"]["rate_hz"], result["mean"]["cv_isi"], result["rejected"]
    lines += [
        f"mean{rate[0]:10.2f}{rate[1]:10.2f}{cv[0]:9.3f}{cv[1]:9.3f}",
        f"rate {result['rate_error']:+.2%} (at most {RATE_WITHIN:.0%}), "
        f"CV {result['cv_error']:+.4f} (at most {CV_WITHIN})",
        f"distributions that differ from Brian2's: {rejected['brian2']} of {result['tests']} tests",
        f"controls: {rejected['other drive']} tests tell our network from itself with another "
        f"drive (wanted: 0), {rejected['weaker inhibition']} from one whose inhibition is weaker "
        f"by {1 - WEAKER_G / 6:.0%} and whose rate is {result['control_rate_error']:+.1%} off "
        "(wanted: some)",
        "ok" if result["ok"] else "NOT the same statistics",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RuntimeError as error:  # a simulator that fails or takes too long
        sys.exit(f"error: {error}")
