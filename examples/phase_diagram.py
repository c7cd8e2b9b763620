"""Brunel's phase diagram: rate, irregularity and synchrony over inhibition g and drive eta.

    python examples/phase_diagram.py --workers 2         a picture, phase_diagram.png
    python examples/phase_diagram.py --dask tcp://head:8786

A network of 2,500 neurons, each pair connected with a probability of 0.2, and J = 0.25 mV: the
400 excitatory kicks that a neuron can get add up to 100 mV, as in Brunel (2000), J. Comput.
Neurosci. 8, 183, whose Fig. 2 has these axes. Run it again after it was stopped or killed, and it
goes on; run it when it is complete, and it only draws.
"""

import argparse
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import BoundaryNorm, ListedColormap, LogNorm
from matplotlib.figure import Figure
from rich.console import Console

from bitcortex.cli.progress import steps_bar
from bitcortex.sweep import Results, Sweep, dask_executor, span
from bitcortex.sweep.jobs import simulate

AXES = {"eta": span(0.5, 4.0, 15), "g": span(3.0, 8.0, 11)}
FIXED = {
    "network": "brunel", "n": 2500, "probability": 0.2, "rule": "fixed-in-degree",
    "j_mv": 0.25, "delay_ms": 1.5, "seed": 1, "warm_s": 0.2, "seconds": 1.0,
}  # fmt: skip

# Where one regime ends is a convention: these are ours, for this size of network.
SILENT_HZ = 0.5
IRREGULAR = 0.5  # CV of the inter-spike intervals from which on a network is called irregular
SYNCHRONOUS = 0.2  # chi from which on it is called synchronous; independent neurons have 0.02
REGIMES = ("Q", "SR", "AR", "SI", "AI")
NAMES = ("quiescent", "synchronous regular", "asynchronous regular", "synchronous irregular",
         "asynchronous irregular")  # fmt: skip
COLOURS = ("#DDDDDD", "#D55E00", "#E69F00", "#CC79A7", "#56B4E9")  # Okabe and Ito's


def regimes(results: Results) -> np.ndarray:
    """Return the index into `REGIMES` of every point, from what was measured."""
    rate, cv, chi = (results.array(key) for key in ("rate_hz", "cv_isi", "synchrony"))
    names = np.where(cv < IRREGULAR, 1, 3) + (chi < SYNCHRONOUS)
    return np.where((rate < SILENT_HZ) | np.isnan(cv), 0, names)


def draw(results: Results) -> Figure:
    """Return four panels: rate, CV, synchrony, and the regimes that they make."""
    eta, g = (np.array(values, float) for values in results.axes.values())
    figure = Figure(figsize=(11, 8.2), layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    panels = figure.subplots(2, 2).ravel()
    shown: list[tuple[str, str, str, dict[str, Any]]] = [
        (
            "rate_hz",
            "mean rate (grey: no spike)",
            "Hz",
            {"cmap": "viridis", "norm": LogNorm(0.1, 500)},
        ),
        (
            "cv_isi",
            "irregularity (grey: unknown)",
            "CV of inter-spike intervals",
            {"cmap": "cividis", "vmin": 0},
        ),
        (
            "synchrony",
            "synchrony (grey: unknown)",
            "chi, bins of 1 ms",
            {"cmap": "magma", "vmin": 0},
        ),
    ]
    for axes, (key, title, label, how) in zip(panels, shown, strict=False):
        mesh = axes.pcolormesh(g, eta, results.array(key), shading="nearest", **how)
        axes.set_facecolor(COLOURS[0])  # where there is nothing
        figure.colorbar(mesh, ax=axes, label=label)
        axes.set_title(title, loc="left", fontweight="bold")
    found = regimes(results)
    norm = BoundaryNorm(np.arange(len(REGIMES) + 1) - 0.5, len(REGIMES))
    mesh = panels[3].pcolormesh(
        g, eta, found, shading="nearest", cmap=ListedColormap(COLOURS), norm=norm,
        edgecolor="white", linewidth=0.5,
    )  # fmt: skip
    bar = figure.colorbar(mesh, ax=panels[3], ticks=range(len(REGIMES)))
    bar.ax.set_yticklabels(
        [f"{short}: {name}" for short, name in zip(REGIMES, NAMES, strict=True)], fontsize=8
    )
    for (row, column), index in np.ndenumerate(found):
        panels[3].text(
            g[column], eta[row], REGIMES[index], ha="center", va="center", fontsize=7
        )  # fmt: skip
    title = f"regime: R if CV < {IRREGULAR:g}, S if chi ≥ {SYNCHRONOUS:g}"
    panels[3].set_title(title, loc="left", fontweight="bold")
    for axes in panels:
        axes.set_xlabel("g, inhibition over excitation")
        axes.set_ylabel("eta, external drive over threshold drive")
    figure.suptitle(
        f"Brunel's network, {FIXED['n']:,} neurons, J = {FIXED['j_mv']} mV, delay 1.5 ms: "
        f"{len(results.outcomes)} points of {FIXED['seconds']:g} s",
        fontsize=12,
    )
    return figure


def main() -> None:
    """Run the sweep, and draw it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("phase_diagram.jsonl"))
    parser.add_argument("--picture", type=Path, default=Path("phase_diagram.png"))
    parser.add_argument("--workers", type=int)
    parser.add_argument("--dask", metavar="ADDRESS")
    arguments = parser.parse_args()
    sweep = Sweep(simulate, AXES, FIXED)
    with ExitStack() as stack:
        executor = stack.enter_context(dask_executor(arguments.dask)) if arguments.dask else None
        bar = stack.enter_context(steps_bar(Console(stderr=True), "points", len(sweep)))
        results = sweep.run(arguments.out, executor, workers=arguments.workers, progress=bar)
    draw(results).savefig(arguments.picture, dpi=130)
    names, counts = np.unique(regimes(results), return_counts=True)
    what = ", ".join(f"{REGIMES[n]} {count}" for n, count in zip(names, counts, strict=True))
    print(f"{len(results.outcomes)} points: {what}; digest {results.digest}")


if __name__ == "__main__":
    main()
