"""Pictures of runs: rasters, rates, intervals, spectra, accuracy against length and faults.

Every function returns a ``matplotlib.figure.Figure`` on the Agg canvas: call its ``savefig``, or
hand it to ``Report.figure``; a notebook shows it as it is. Matplotlib is imported on first use and
comes with ``pip install 'bitcortex[demo]'``.

`data` is a Run, a mapping of names to trains of shape (n_neurons, n_steps), or trains alone; `dt`
is the step in s and needed unless the data is a Run. Groups with "inh" in their name are drawn in
warm colours, the others in cool ones.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bitcortex import check
from bitcortex.analysis import draw
from bitcortex.analysis.trains import Groups, as_groups

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WINDOW_S = 0.02  # of smoothed rates


def raster(
    data: Groups,
    dt: float | None = None,
    *,
    stimulus: ArrayLike | None = None,
    stimulus_label: str = "stimulus",
    title: str = "",
) -> "Figure":
    """Draw a tick per spike, groups one above the other, and the stimulus below.

    Parameters
    ----------
    data, dt
        See the module.
    stimulus
        Shape (n_steps,) or (n_steps, n_channels); channels are averaged.
    stimulus_label
        With its unit.
    title
        Of the figure.
    """
    groups, dt = as_groups(data, dt)
    figure, (axes,), below = _panels(groups, stimulus, 1, (8.0, 4.6), (1.0,))
    _below(below, stimulus, dt, stimulus_label)
    figure.draw_without_rendering()  # the size of a tick follows from the size of the panel
    draw.draw_raster(axes, groups, dt, title)
    _share_time(figure, axes, below)
    return figure


def rates(
    data: Groups,
    dt: float | None = None,
    *,
    window: float = WINDOW_S,
    stimulus: ArrayLike | None = None,
    stimulus_label: str = "stimulus",
    title: str = "",
) -> "Figure":
    """Draw population rates, smoothed over `window` s, and the stimulus below.

    Parameters are those of `raster`.
    """
    groups, dt = as_groups(data, dt)
    figure, (axes,), below = _panels(groups, stimulus, 1, (8.0, 3.8), (1.0,))
    draw.draw_rates(axes, groups, dt, window, title)
    _below(below, stimulus, dt, stimulus_label)
    _share_time(figure, axes, below)
    return figure


def isi_histogram(
    data: Groups, dt: float | None = None, *, bins: int = 40, title: str = ""
) -> "Figure":
    """Draw the density of inter-spike intervals of every group, in about `bins` bins."""
    check.integer("bins", bins, 1, 10_000)
    groups, dt = as_groups(data, dt)
    figure = draw.new_figure(6.4, 3.8)
    draw.draw_isi(figure.add_subplot(), groups, dt, bins, title)
    return figure


def spectrum(
    data: Groups, dt: float | None = None, *, n_segments: int = 8, title: str = ""
) -> "Figure":
    """Draw the power spectral density of population rates (see `power_spectrum`)."""
    groups, dt = as_groups(data, dt)
    figure = draw.new_figure(6.4, 3.8)
    draw.draw_spectrum(figure.add_subplot(), groups, dt, n_segments, title)
    return figure


def accuracy_vs_length(
    lengths: ArrayLike,
    accuracies: Mapping[str, ArrayLike],
    *,
    reference: float | None = None,
    reference_label: str = "float",
    title: str = "",
) -> "Figure":
    """Draw accuracy against stream length, one line per encoder.

    Parameters
    ----------
    lengths
        Stream lengths in bits, shape (n,).
    accuracies
        Name to accuracies in [0, 1], shape (n,).
    reference
        Accuracy in [0, 1] of the same computation without streams, a dashed line.
    reference_label
        Its name.
    title
        Of the figure.
    """
    x = _positive_lengths(lengths)
    figure = draw.new_figure(6.4, 3.8)
    axes = figure.add_subplot()
    if reference is not None:
        check.real("reference", reference, 0.0, 1.0)
        axes.axhline(100 * reference, color=draw.SOFT, linestyle="--", linewidth=1.2, zorder=0,
                     label=f"{reference_label}: {100 * reference:.1f} %")  # fmt: skip
    for index, (name, values) in enumerate(accuracies.items()):
        y = check.probabilities(f"accuracies[{name!r}]", values, x.shape)
        axes.plot(x, 100 * y, label=name, **_line(index))
    _length_axis(axes, x)
    axes.legend(loc="lower right", fontsize=9)
    draw.finish(axes, "stream length (bits)", "accuracy (%)", title)
    return figure


def accuracy_vs_fault_rate(
    rates: ArrayLike,
    accuracies: Mapping[str, ArrayLike],
    *,
    chance: float | None = None,
    label: str = "rate of faults (%)",
    title: str = "",
) -> "Figure":
    """Draw accuracy against the rate of a fault, a line per layer: mean, and least to largest.

    Parameters
    ----------
    rates
        In [0, 1], shape (n,), drawn in percent.
    accuracies
        Name to accuracies in [0, 1], shape (n,) or (n, repeats).
    chance
        Accuracy in [0, 1] of a guess, a dashed line.
    label
        Of the horizontal axis.
    title
        Of the figure.
    """
    x = check.probabilities("rates", rates)
    if x.ndim != 1 or not len(x):
        raise ValueError(f"rates must be a list of rates, not {rates!r}")
    figure = draw.new_figure(8.0, 3.8)
    axes = figure.add_subplot()
    if chance is not None:
        check.real("chance", chance, 0.0, 1.0)
        axes.axhline(100 * chance, color=draw.SOFT, linestyle="--", linewidth=1.2, zorder=0,
                     label=f"a guess: {100 * chance:.0f} %")  # fmt: skip
    for index, (name, values) in enumerate(accuracies.items()):
        y = check.probabilities(f"accuracies[{name!r}]", values)
        if y.ndim not in (1, 2) or len(y) != len(x):
            raise ValueError(
                f"accuracies[{name!r}] must have shape ({len(x)},) or ({len(x)}, repeats), "
                f"not {y.shape}"
            )
        y = y.reshape(len(x), -1)
        style = _line(index)
        axes.fill_between(100 * x, 100 * y.min(axis=1), 100 * y.max(axis=1),
                          color=style["color"], alpha=0.2, linewidth=0)  # fmt: skip
        axes.plot(100 * x, 100 * y.mean(axis=1), label=name, **style)
    axes.set_xticks(100 * x, [f"{100 * rate:g}" for rate in x])
    axes.set_ylim(0, 100)
    axes.grid(axis="y", color=draw.LINE, linewidth=0.5)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize=9)
    draw.finish(axes, label, "accuracy (%)", title)
    return figure


def error_vs_length(
    lengths: ArrayLike, errors: Mapping[str, ArrayLike], *, title: str = ""
) -> "Figure":
    """Draw mean absolute error against stream length, one line per encoder, both logarithmic.

    Raises
    ------
    ValueError
        If an error is not positive, or there is not one per length.
    """
    x = _positive_lengths(lengths)
    figure = draw.new_figure(6.4, 3.8)
    axes = figure.add_subplot()
    for index, (name, values) in enumerate(errors.items()):
        y = np.asarray(values, dtype=np.float64)
        if y.shape != x.shape or not (y > 0).all():
            raise ValueError(
                f"errors[{name!r}] must be {len(x)} positive values, one per length, not {y}"
            )
        axes.plot(x, y, label=name, **_line(index))
    axes.set_yscale("log")
    _length_axis(axes, x)
    axes.legend(loc="lower left", fontsize=9)
    draw.finish(axes, "stream length (bits)", "mean |error|", title)
    return figure


def column_figure(
    data: Groups,
    dt: float | None = None,
    *,
    excitatory: str = "exc",
    inhibitory: str = "inh",
    stimulus: ArrayLike | None = None,
    stimulus_label: str = "stimulus",
    window: float = WINDOW_S,
    title: str = "",
) -> "Figure":
    """Draw a column: excitatory raster, inhibitory raster, mean rates, and the stimulus below.

    Parameters
    ----------
    data, dt
        See the module.
    excitatory, inhibitory
        Names of the groups.
    stimulus, stimulus_label
        As in `raster`.
    window
        Width of the moving average of the rates in s.
    title
        Of the figure.
    """
    groups, dt = _pair(data, dt, excitatory, inhibitory)
    figure, panels, below = _panels(groups, stimulus, 3, (8.0, 7.6), (2.2, 1.0, 1.5))
    draw.draw_rates(panels[2], groups, dt, window, "Mean rates")
    _below(below, stimulus, dt, stimulus_label)
    if title:
        figure.suptitle(title, fontsize=12, color=draw.INK)
    words = {excitatory: "Excitatory", inhibitory: "Inhibitory"}
    for _ in range(2):  # the first pass settles the layout, from which the second sizes its ticks
        for axes, (name, trains) in zip(panels, groups.items(), strict=False):
            axes.clear()
            label = f"{words[name]} neurons ({len(trains):,})"
            draw.draw_raster(axes, {name: trains}, dt, label)
            axes.set_xlabel("")
            axes.tick_params(axis="x", labelbottom=False)
        figure.draw_without_rendering()
    _share_time(figure, panels[2], below)
    return figure


def column_statistics(
    data: Groups,
    dt: float | None = None,
    *,
    excitatory: str = "exc",
    inhibitory: str = "inh",
    bins: int = 30,
    n_segments: int = 8,
    title: str = "",
) -> "Figure":
    """Draw a column's statistics: inter-spike intervals, their CV per neuron, and the spectrum.

    Parameters are those of `column_figure`, `isi_histogram` and `spectrum`.
    """
    check.integer("bins", bins, 1, 10_000)
    groups, dt = _pair(data, dt, excitatory, inhibitory)
    figure = draw.new_figure(11.0, 3.7)
    first, second, third = figure.subplots(1, 3)
    draw.draw_isi(first, groups, dt, bins, "Inter-spike intervals")
    draw.draw_cv(second, groups, bins, "Irregularity")
    draw.draw_spectrum(third, groups, dt, n_segments, "Spectrum of the rates")
    if title:
        figure.suptitle(title, fontsize=12, color=draw.INK)
    return figure


def _panels(
    groups: draw.Trains,
    stimulus: ArrayLike | None,
    count: int,
    size: tuple[float, float],
    ratios: tuple[float, ...],
) -> tuple["Figure", list["Axes"], "Axes | None"]:
    """Return a figure, its panels on one time axis, and the panel of the stimulus, if any."""
    if stimulus is not None:
        n_steps = next(iter(groups.values())).shape[1]
        shape = np.shape(stimulus)
        if len(shape) not in (1, 2) or shape[0] != n_steps:
            raise ValueError(
                f"stimulus must have shape ({n_steps},) or ({n_steps}, n_channels), not {shape}. "
                "It needs one value per step of the run."
            )
        ratios = (*ratios, 0.25 * sum(ratios) if count == 1 else 0.7)
    figure = draw.new_figure(*size)
    rows = figure.subplots(len(ratios), 1, sharex=True, squeeze=False, height_ratios=ratios)
    panels: list[Axes] = list(rows[:, 0])
    return figure, panels[:count], panels[count] if stimulus is not None else None


def _below(axes: "Axes | None", stimulus: ArrayLike | None, dt: float, stimulus_label: str) -> None:
    """Draw the stimulus, averaged over its channels, if there is a panel for it."""
    if axes is not None:
        values = np.asarray(stimulus, dtype=np.float64)
        mean = values.reshape(len(values), -1).mean(axis=1)
        draw.draw_stimulus(axes, mean, dt, stimulus_label)


def _share_time(figure: "Figure", axes: "Axes", below: "Axes | None") -> None:
    """Leave the time axis to the panel below, if there is one, and line the labels up."""
    if below is not None:
        axes.set_xlabel("")
    figure.align_ylabels()


def _pair(
    data: Groups, dt: float | None, excitatory: str, inhibitory: str
) -> tuple[dict[str, NDArray[np.bool_]], float]:
    """Return the two groups of a column, and the step."""
    groups, dt = as_groups(data, dt)
    check.one_of("excitatory", excitatory, groups)
    check.one_of("inhibitory", inhibitory, groups)
    return {name: groups[name] for name in (excitatory, inhibitory)}, dt


def _positive_lengths(lengths: ArrayLike) -> NDArray[np.float64]:
    x = np.asarray(lengths, dtype=np.float64)
    if x.ndim != 1 or len(x) == 0 or not (x > 0).all():
        raise ValueError(f"lengths must be a list of positive numbers, not {lengths!r}")
    return x


def _length_axis(axes: "Axes", lengths: NDArray[np.float64]) -> None:
    """Make the horizontal axis logarithmic with a tick at every length."""
    axes.set_xscale("log", base=2)
    axes.set_xticks(lengths.tolist(), [f"{length:g}" for length in lengths])
    axes.minorticks_off()
    axes.grid(axis="y", color=draw.LINE, linewidth=0.5)


def _line(index: int) -> dict[str, Any]:
    palette = (draw.BLUE, draw.VERMILLION, draw.GREEN, draw.PURPLE, draw.ORANGE, draw.SKY)
    return {
        "color": palette[index % len(palette)],
        "marker": "osD^v"[index % 5],
        "markersize": 5,
        "linewidth": 1.6,
    }
