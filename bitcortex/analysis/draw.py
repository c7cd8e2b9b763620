"""What a panel of a picture shows: every function draws on one Matplotlib Axes.

Nothing here touches pyplot or rcParams, so drawing is free of global state.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bitcortex.analysis.intervals import cv_isi, isi
from bitcortex.analysis.rates import population_rate
from bitcortex.analysis.spectrum import power_spectrum
from bitcortex.analysis.trains import spike_steps

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Trains = Mapping[str, NDArray[np.bool_]]

# Okabe and Ito's palette, told apart with every common colour blindness (jfly.uni-koeln.de/color).
BLUE, VERMILLION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
ORANGE, SKY = "#E69F00", "#56B4E9"
INHIBITORY_COLOURS = (VERMILLION, PURPLE)  # neighbours differ; the light ones are for lines
OTHER_COLOURS = (BLUE, GREEN)
INK, SOFT, LINE = "#222222", "#666666", "#C8CCD2"


def new_figure(width: float, height: float) -> "Figure":
    """Return an empty white figure on the Agg canvas, in inches.

    Raises
    ------
    ImportError
        If Matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise ImportError(
            "plots need matplotlib, which is not installed. Run: pip install 'bitcortex[demo]'"
        ) from None
    figure = Figure(figsize=(width, height), layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def finish(axes: "Axes", xlabel: str, ylabel: str, title: str = "") -> None:
    """Label a panel and give it the house look."""
    axes.set_facecolor("white")
    axes.set_xlabel(xlabel, fontsize=10, color=INK)
    axes.set_ylabel(ylabel, fontsize=10, color=INK)
    if title:
        axes.set_title(title, fontsize=11, color=INK, loc="left", fontweight="bold")
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(SOFT)
    axes.tick_params(axis="both", which="both", colors=SOFT, labelcolor=INK, labelsize=9)
    legend = axes.get_legend()
    if legend is not None:
        legend.set_frame_on(False)


def colours(names: list[str]) -> dict[str, str]:
    """Return a colour per group: warm for names with "inh" in them, cool for the others."""
    warm = [name for name in names if "inh" in name.lower()]
    cool = [name for name in names if name not in warm]
    return {
        name: palette[index % len(palette)]
        for members, palette in ((warm, INHIBITORY_COLOURS), (cool, OTHER_COLOURS))
        for index, name in enumerate(members)
    }


def time_unit(n_steps: int, dt: float) -> tuple[float, str]:
    """Return the factor from steps to the unit of the time axis, and its name."""
    return (dt * 1e3, "ms") if n_steps * dt <= 5.0 else (dt, "s")


def draw_raster(axes: "Axes", groups: Trains, dt: float, title: str = "") -> None:
    """Draw a tick per spike, groups one above the other, the first at the bottom."""
    n_steps = next(iter(groups.values())).shape[1]
    total = sum(len(trains) for trains in groups.values())
    factor, unit = time_unit(n_steps, dt)
    panel = axes.get_window_extent()
    points = 72.0 / axes.figure.dpi  # per pixel
    size = float(np.clip(0.85 * panel.height * points / max(total, 1), 1.0, 8.0))
    width = float(np.clip(0.9 * panel.width * points / max(n_steps, 1), 0.5, 1.4))
    colour = colours(list(groups))
    first, middles = 0, []
    for name, trains in groups.items():
        neuron, step, n_neurons, _ = spike_steps(trains)
        axes.plot(
            step * factor, neuron + first, linestyle="none", marker="|", markersize=size,
            markeredgewidth=width, color=colour[name],
        )  # fmt: skip
        if first:
            axes.axhline(first - 0.5, color=LINE, linewidth=0.8, zorder=0)
        middles.append(first + (n_neurons - 1) / 2)
        first += n_neurons
    axes.set_xlim(0, n_steps * factor)
    axes.set_ylim(-0.5 - 0.01 * total, total - 0.5 + 0.01 * total)
    finish(axes, f"time ({unit})", "neuron" if len(groups) == 1 else "", title)
    if len(groups) > 1:
        labels = [f"{name} ({len(trains):,})" for name, trains in groups.items()]
        axes.set_yticks(middles, labels)
        axes.tick_params(axis="y", length=0)
        for label, name in zip(axes.get_yticklabels(), groups, strict=True):
            label.set_color(colour[name])


def draw_rates(axes: "Axes", groups: Trains, dt: float, window: float, title: str = "") -> None:
    """Draw the smoothed population rate of every group."""
    n_steps = next(iter(groups.values())).shape[1]
    factor, unit = time_unit(n_steps, dt)
    colour = colours(list(groups))
    time = (np.arange(n_steps) + 0.5) * factor
    for name, trains in groups.items():
        rate = population_rate(trains, dt, window)
        axes.plot(time, rate, color=colour[name], linewidth=1.6, label=name)
    axes.set_xlim(0, n_steps * factor)
    axes.set_ylim(0, axes.get_ylim()[1] * 1.15)  # room for the legend
    axes.legend(loc="upper left", fontsize=9, ncols=4)
    finish(axes, f"time ({unit})", "rate (Hz)", title)


def draw_stimulus(axes: "Axes", stimulus: NDArray[np.float64], dt: float, label: str) -> None:
    """Draw a stimulus over time as a filled line."""
    factor, unit = time_unit(len(stimulus), dt)
    time = (np.arange(len(stimulus)) + 0.5) * factor
    axes.fill_between(time, stimulus, color=LINE, linewidth=0)
    axes.plot(time, stimulus, color=SOFT, linewidth=1.3)
    axes.set_xlim(0, len(stimulus) * factor)
    axes.set_ylim(0, max(float(stimulus.max(initial=0.0)) * 1.1, 1e-9))
    finish(axes, f"time ({unit})", label)


def draw_isi(axes: "Axes", groups: Trains, dt: float, bins: int, title: str = "") -> None:
    """Draw the density of all inter-spike intervals of every group, up to the 99.5 % quantile."""
    pooled = {name: np.concatenate([*isi(trains, dt), []]) * 1e3 for name, trains in groups.items()}
    everything = np.concatenate(list(pooled.values()))
    if len(everything) == 0:
        say_empty(axes, "no neuron fired twice")
    else:
        # Edges half-way between whole steps: an interval never sits on one.
        step = dt * 1e3
        longest = int(np.ceil(np.quantile(everything, 0.995) / step))
        width = max(1, int(np.ceil(longest / bins)))
        edges = (np.arange(0, longest + width + 1, width) + 0.5) * step
        colour = colours(list(groups))
        for name, values in pooled.items():
            if len(values):
                label = f"{name}: mean {values.mean():.3g} ms, n = {len(values):,}"
                counts = np.histogram(values, edges)[0]
                density = counts / (len(values) * width * step)
                axes.stairs(density, edges, fill=True, color=colour[name], alpha=0.22)
                axes.stairs(density, edges, color=colour[name], linewidth=1.5, label=label)
        axes.set_xlim(0, edges[-1])
        axes.set_ylim(0, axes.get_ylim()[1] * 1.25)  # room for the legend
        axes.legend(loc="upper right", fontsize=9)
    finish(axes, "inter-spike interval (ms)", "density (1/ms)", title)


def draw_cv(axes: "Axes", groups: Trains, bins: int, title: str = "") -> None:
    """Draw how many neurons of every group have which coefficient of variation."""
    from matplotlib.ticker import MaxNLocator

    values = {name: cv_isi(trains) for name, trains in groups.items()}
    values = {name: cv[np.isfinite(cv)] for name, cv in values.items()}
    everything = np.concatenate(list(values.values()))
    if len(everything) == 0:
        say_empty(axes, "no neuron fired three times")
    else:
        edges = np.linspace(0.0, max(1.2, float(everything.max()) * 1.05), bins + 1)
        colour = colours(list(groups))
        for name, cv in values.items():
            if len(cv):
                counts = np.histogram(cv, edges)[0]
                label = f"{name}: mean {cv.mean():.2f}"
                axes.stairs(counts, edges, fill=True, color=colour[name], alpha=0.22)
                axes.stairs(counts, edges, color=colour[name], linewidth=1.5, label=label)
        axes.axvline(1.0, color=SOFT, linewidth=1.0, linestyle=":")
        axes.annotate(
            "Poisson", (1.0, 0.98), xycoords=("data", "axes fraction"), xytext=(3, 0), va="top",
            textcoords="offset points", fontsize=8, color=SOFT, rotation=90,
        )  # fmt: skip
        axes.set_xlim(0, edges[-1])
        axes.set_ylim(0, axes.get_ylim()[1] * 1.3)
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend(loc="upper left", fontsize=9)
    finish(axes, "CV of the intervals", "neurons", title)


def draw_spectrum(
    axes: "Axes", groups: Trains, dt: float, n_segments: int, title: str = ""
) -> None:
    """Draw the power spectral density of the population rate of every group."""
    colour = colours(list(groups))
    for name, trains in groups.items():
        if trains.any():  # a logarithm needs a power
            frequency, power = power_spectrum(population_rate(trains, dt), dt, n_segments)
            seen = power[1:] > 0  # the mean is removed: nothing is at 0 Hz
            values = np.where(seen, power[1:], np.nan)
            axes.plot(frequency[1:], values, color=colour[name], linewidth=1.5, label=name)
    if axes.lines:
        axes.set_yscale("log")
        axes.set_xlim(0, 0.5 / dt)
        axes.legend(loc="upper right", fontsize=9, ncols=2)
        axes.grid(axis="y", color=LINE, linewidth=0.5)
    else:
        say_empty(axes, "no neuron fired")
    finish(axes, "frequency (Hz)", "power of the rate (Hz²/Hz)", title)


def say_empty(axes: "Axes", text: str) -> None:
    """Write into an empty panel why it is empty."""
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", color=SOFT, fontsize=10)
    axes.set_xticks([])
    axes.set_yticks([])
