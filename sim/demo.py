"""The demo: a column and a digit classifier on three engines, proved equal, in a report."""

import platform
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from bitcortex import __version__
from bitcortex.analysis import Report, cv_isi, plots
from bitcortex.network import lower, presets
from bitcortex.network.run import Run
from bitcortex.sim.column import ColumnResult, run_column
from bitcortex.sim.engine.digits import AccuracyCurve, DigitsResult, accuracy_by_length, classify
from bitcortex.sim.simulate import ENGINES, simulate
from bitcortex.sim.verify.networks import compare_engines

DIGITS_LENGTH = 128  # bits of a stream

Summary = dict[str, Any]


def run_demo(
    folder: Path,
    seed: int,
    progress: Callable[[int], object],
    say: Callable[[str], object],
) -> Summary:
    """Run everything, write pictures and ``report.html`` into `folder`, and return the summary.

    Parameters
    ----------
    folder
        Exists.
    seed
        Of the column.
    progress
        Called with percent done since the last call.
    say
        Told what begins.
    """
    say("cortical column on golden, numba and rtl")
    plan = lower(presets.column(seed)).plan
    column = compare_engines(plan, presets.COLUMN_STEPS, ENGINES)
    progress(35)
    say("control runs: inhibition blocked, recurrence blocked")
    controls = run_column(seed)
    progress(5)
    say(f"digits on golden, numba and rtl, {DIGITS_LENGTH} bits per stream")
    digits = {engine: classify(engine, DIGITS_LENGTH) for engine in ENGINES}
    progress(35)
    say("digits: accuracy against length")
    curve = accuracy_by_length()
    progress(10)
    say("two areas and mixed neuron kinds")
    hierarchy = simulate(presets.hierarchy(seed), presets.COLUMN_STEPS)
    mixed = simulate(presets.mixed(seed), presets.COLUMN_STEPS)
    progress(5)
    say("pictures and report")
    hashes = {
        "column": {engine: run.hash for engine, run in column.runs.items()},
        "digits": {engine: result.hash for engine, result in digits.items()},
    }
    summary = {
        "equal": column.equal
        and all(len(set(by_engine.values())) == 1 for by_engine in hashes.values()),
        "hashes": hashes,
        "spike_hash": hashes["column"],
        "plan_digest": plan.digest,
        "column": {k: v for k, v in asdict(controls).items() if k != "run"}
        | {"inhibition_effect": controls.inhibition_effect},
        "digits": {
            "images": digits["rtl"].images,
            "length": DIGITS_LENGTH,
            "accuracy": {engine: result.accuracy for engine, result in digits.items()},
            "float_accuracy": digits["rtl"].float_accuracy,
            "predictions_equal": all(
                (r.predictions == digits["golden"].predictions).all() for r in digits.values()
            ),
        },
        "versions": {"bitcortex": __version__, "python": platform.python_version()},
        "report": str(folder / "report.html"),
    }
    _report(folder, summary, column.runs, controls, digits, curve, hierarchy, mixed)
    progress(10)
    return summary


def _report(
    folder: Path,
    summary: Summary,
    column: dict[str, Run],
    controls: ColumnResult,
    digits: dict[str, DigitsResult],
    curve: AccuracyCurve,
    hierarchy: Run,
    mixed: Run,
) -> None:
    run = column["rtl"]
    stimulus = presets.ramp_hold_ramp(1)
    pictures = {
        "column": plots.column_figure(run, stimulus=stimulus, title="Cortical column (rtl)"),
        "column_statistics": plots.column_statistics(run),
        "hierarchy": plots.rates(_areas(hierarchy), hierarchy.dt_s, title="V1 drives V2"),
        "mixed": plots.raster(mixed, title="Izhikevich neurons drive LIF neurons"),
        "digits": plots.accuracy_vs_length(
            np.array(curve.lengths),
            {name: values.mean(axis=1) for name, values in curve.accuracy.items()},
            reference=curve.float_accuracy,
            title=f"Digits, {curve.images} held-out images",
        ),
    }
    for name, figure in pictures.items():
        figure.savefig(folder / f"{name}.png", dpi=150)
    report = Report("bitcortex demo")
    report.section(
        "Three engines, one hash",
        "The same Plan ran on the golden NumPy model, on compiled Numba loops and on Verilated "
        "gateware. The spike hash covers every spike in order; the digits hash every count.",
    )
    rows = [
        (workload, engine, value)
        for workload, hashes in summary["hashes"].items()
        for engine, value in hashes.items()
    ]
    verdict = "All equal." if summary["equal"] else "DIFFERENT. Run: bitcortex verify"
    report.table(("workload", "engine", "hash"), rows, verdict)
    report.section(
        "Cortical column",
        "80 excitatory and 20 inhibitory neurons, stochastic-computing synapses, loops closed "
        "through the previous step. The control runs set one projection to zero and keep all else.",
    )
    report.figure(pictures["column"], "Rasters and rates, from the gateware; stimulus below.")
    report.table(
        ("quantity", "value"),
        [
            ("held excitatory rate (Hz)", controls.held_hz),
            ("the same with inhibition blocked (Hz)", controls.no_inhibition_hz),
            ("the same with recurrent excitation blocked (Hz)", controls.no_recurrence_hz),
            ("held inhibitory rate (Hz)", controls.inhibitory_hz),
            ("rate before the stimulus (Hz)", controls.baseline_hz),
            ("rate in the last 30 ms (Hz)", controls.after_hz),
            ("largest smoothed rate (Hz)", controls.peak_hz),
            ("rate that refractoriness allows (Hz)", controls.bound_hz),
            ("correlation of rate and stimulus", controls.correlation),
            ("mean CV of the inter-spike intervals", float(np.nanmean(_cv(run)))),
        ],
    )
    report.figure(pictures["column_statistics"], "Intervals, their CV, and the spectrum.")
    report.section(
        "Digits",
        "scikit-learn's digits; a logistic regression quantised to signed 8-bit weights and "
        f"evaluated by the dense stochastic-computing layer, {DIGITS_LENGTH} bits per stream.",
    )
    report.table(
        ("engine", "images", "accuracy", "float", "seconds"),
        [(e, d.images, d.accuracy, d.float_accuracy, d.seconds) for e, d in digits.items()],
    )
    report.figure(pictures["digits"], "Accuracy against the length of the streams.")
    report.section("More networks", "The other two systems of the multi-scale tutorial.")
    report.figure(pictures["hierarchy"], "Four columns of V1 drive two columns of V2.")
    report.figure(pictures["mixed"], "Ten Izhikevich neurons drive fifty LIF neurons.")
    report.write(folder / "report.html")


def _cv(run: Run) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    held = run.spikes("exc")[presets.HOLD].T
    return np.asarray(cv_isi(held), np.float64)


def _areas(run: Run) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]:
    """Return the excitatory neurons of each area, shape (neurons, steps)."""
    found = {}
    for area in ("v1", "v2"):
        names = [n for n in run.populations if n.startswith(area) and n.endswith("exc")]
        found[area.upper()] = np.hstack([run.spikes(name) for name in names]).T
    return found
