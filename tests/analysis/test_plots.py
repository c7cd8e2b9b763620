"""Pictures show the data, with units, without global state."""

import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from bitcortex import analysis
from bitcortex.analysis import draw, plots
from bitcortex.network.run import Events, Run

RNG = np.random.default_rng(1)
RASTER = (RNG.random((400, 50)) < 0.05).astype(np.uint8)
RUN = Run("golden", "d", 1e-3, {"exc": (0, 40), "inh": (40, 10)}, Events.of(RASTER), "h", 0.0)
GROUPS = {"exc": RASTER[:, :40].T, "inh": RASTER[:, 40:].T}
STIMULUS = np.linspace(0.0, 1.0, 400)


def labels(figure):
    return [(axes.get_xlabel(), axes.get_ylabel()) for axes in figure.axes]


def spikes_of(line):
    return sorted(zip(*(values.tolist() for values in line.get_data()), strict=True))


def test_raster_shows_every_spike_in_the_colour_of_its_group():
    figure = plots.raster(RUN, stimulus=STIMULUS, title="Column")
    axes, below = figure.axes
    exc, inh = (line for line in axes.lines if line.get_marker() == "|")
    steps, neurons = np.nonzero(RASTER[:, :40])
    np.testing.assert_allclose(spikes_of(exc), sorted(zip(steps, neurons, strict=True)))
    steps, neurons = np.nonzero(RASTER[:, 40:])
    np.testing.assert_allclose(spikes_of(inh), sorted(zip(steps, neurons + 40, strict=True)))
    assert (exc.get_color(), inh.get_color()) == (draw.BLUE, draw.VERMILLION)
    texts = [label.get_text() for label in axes.get_yticklabels()]
    assert texts == ["exc (40)", "inh (10)"]
    assert below.get_xlabel() == "time (ms)"
    np.testing.assert_allclose(below.lines[0].get_ydata(), STIMULUS)
    assert axes.get_title(loc="left") == "Column"


def test_a_run_a_mapping_and_an_array_are_the_same_data():
    from_run = plots.raster(RUN).axes[0].lines[0]
    from_groups = plots.raster(GROUPS, 1e-3).axes[0].lines[0]
    assert spikes_of(from_run) == spikes_of(from_groups)
    alone = plots.raster(GROUPS["exc"], 1e-3)
    assert spikes_of(alone.axes[0].lines[0]) == spikes_of(from_run)
    assert labels(alone) == [("time (ms)", "neuron")]


def test_rates_are_population_rates():
    figure = plots.rates(GROUPS, 1e-3, window=0.05, stimulus=STIMULUS, stimulus_label="P")
    axes, below = figure.axes
    for line, trains in zip(axes.lines, GROUPS.values(), strict=True):
        np.testing.assert_array_equal(
            line.get_ydata(), analysis.population_rate(trains, 1e-3, 0.05)
        )
    assert labels(figure) == [("", "rate (Hz)"), ("time (ms)", "P")]
    assert below.get_xlim() == axes.get_xlim() == (0.0, 400.0)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["exc", "inh"]


def test_long_runs_are_in_seconds():
    assert labels(plots.rates(np.zeros((1, 6000)), 1e-3)) == [("time (s)", "rate (Hz)")]


def test_interval_densities_hold_all_but_the_tail():
    figure = plots.isi_histogram(RUN, bins=20)
    (axes,) = figure.axes
    assert labels(figure) == [("inter-spike interval (ms)", "density (1/ms)")]
    for patch in axes.patches:
        values, edges, _ = patch.get_data()
        assert 0.97 < np.sum(values * np.diff(edges)) <= 1.0 + 1e-9
    mean = np.concatenate(analysis.isi(GROUPS["exc"], 1e-3)).mean() * 1e3
    assert axes.get_legend().get_texts()[0].get_text().startswith(f"exc: mean {mean:.3g} ms")


def test_spectrum_is_power_spectrum():
    figure = plots.spectrum(RUN)
    frequency, power = analysis.power_spectrum(analysis.population_rate(GROUPS["inh"], 1e-3), 1e-3)
    line = figure.axes[0].lines[1]
    np.testing.assert_array_equal(line.get_xdata(), frequency[1:])
    np.testing.assert_array_equal(line.get_ydata(), power[1:])
    assert labels(figure) == [("frequency (Hz)", "power of the rate (Hz²/Hz)")]


def test_accuracy_and_error_against_length():
    lengths = [32, 64, 128]
    curves = {"Sobol": [0.9, 0.95, 0.96], "LFSR": [0.5, 0.8, 0.9]}
    figure = plots.accuracy_vs_length(lengths, curves, reference=0.97)
    axes = figure.axes[0]
    assert [line.get_label() for line in axes.lines] == ["float: 97.0 %", "Sobol", "LFSR"]
    np.testing.assert_allclose(axes.lines[1].get_ydata(), [90, 95, 96])
    assert [label.get_text() for label in axes.get_xticklabels()] == ["32", "64", "128"]
    assert labels(figure) == [("stream length (bits)", "accuracy (%)")]
    figure = plots.error_vs_length(lengths, {"Sobol": [0.1, 0.05, 0.02]})
    assert labels(figure) == [("stream length (bits)", "mean |error|")]
    assert figure.axes[0].get_yscale() == "log"


def test_accuracy_against_rate_of_faults():
    curves = {"streams": [[0.9, 0.8], [0.6, 0.6]], "words": [0.9, 0.3]}
    figure = plots.accuracy_vs_fault_rate([0.0, 0.05], curves, chance=0.1, label="flips (%)")
    axes = figure.axes[0]
    assert [line.get_label() for line in axes.lines] == ["a guess: 10 %", "streams", "words"]
    np.testing.assert_allclose(axes.lines[1].get_ydata(), [85, 60])
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0", "5"]
    assert labels(figure) == [("flips (%)", "accuracy (%)")]


def test_column_figure_has_three_panels_and_the_stimulus():
    figure = plots.column_figure(RUN, stimulus=np.stack([STIMULUS, STIMULUS], axis=1))
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["Excitatory neurons (40)", "Inhibitory neurons (10)", "Mean rates", ""]
    assert labels(figure) == [
        ("", "neuron"), ("", "neuron"), ("", "rate (Hz)"), ("time (ms)", "stimulus"),
    ]  # fmt: skip
    assert len(figure.axes[0].lines[0].get_xdata()) == RASTER[:, :40].sum()
    assert len(plots.column_figure(RUN).axes) == 3


def test_column_statistics():
    figure = plots.column_statistics(GROUPS, 1e-3, title="Statistics")
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["Inter-spike intervals", "Irregularity", "Spectrum of the rates"]
    counts = [patch.get_data().values.sum() for patch in figure.axes[1].patches[::2]]
    known = [np.isfinite(analysis.cv_isi(trains)).sum() for trains in GROUPS.values()]
    assert counts == known


def test_silence_is_said():
    figure = plots.column_statistics({"exc": np.zeros((3, 90)), "inh": np.zeros((1, 90))}, 1e-3)
    texts = [axes.texts[0].get_text() for axes in figure.axes]
    assert texts == ["no neuron fired twice", "no neuron fired three times", "no neuron fired"]
    plots.raster(np.zeros((3, 90)), 1e-3).draw_without_rendering()
    plots.rates(np.zeros((3, 90)), 1e-3).draw_without_rendering()


def test_png_of_the_size_asked_for(tmp_path):
    figure = plots.raster(RUN)
    assert isinstance(figure, Figure)
    figure.savefig(tmp_path / "r.png", dpi=100)
    width, height = np.frombuffer((tmp_path / "r.png").read_bytes()[16:24], ">u4")
    assert (width, height) == (800, 460)


def test_colours_differ_and_can_be_seen_on_white():
    def luminance(colour):
        rgb = np.array(mpl.colors.to_rgb(colour))
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    names = ["exc", "inh", "v1_exc", "v1_INH"]
    colour = draw.colours(names)
    assert len({to_hex(value) for value in colour.values()}) == 4
    for value in colour.values():  # contrast of graphics on white, WCAG 1.4.11
        assert 1.05 / (luminance(value) + 0.05) >= 3.0


def test_no_global_state_and_no_pyplot():
    script = (
        "import sys, numpy as np\n"
        "import bitcortex.analysis\n"
        "assert not any(m.split('.')[0] in ('matplotlib', 'scipy', 'numba', 'migen', 'litex')"
        " for m in sys.modules), 'import is not light'\n"
        "import matplotlib\n"
        "before = matplotlib.rcParams.copy()\n"
        "from bitcortex.analysis import plots\n"
        "plots.column_figure({'exc': np.eye(9), 'inh': np.eye(9)}, 1e-3)\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
        "assert dict.__eq__(matplotlib.rcParams, before)\n"
    )
    # dict.__eq__: RcParams would resolve the backend, which imports pyplot.
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"pip install 'bitcortex\[demo\]'"):
        plots.raster(RUN)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: plots.raster(RASTER), "dt must be given for arrays"),
        (lambda: plots.raster({}, 1e-3), "groups must hold at least one"),
        (lambda: plots.raster({"a": [[1]], "b": [[1, 0]]}, 1e-3), "equal numbers of steps"),
        (lambda: plots.raster(RUN, stimulus=[1, 2]), r"stimulus must have shape \(400,\).*\(2,\)"),
        (lambda: plots.column_figure(RUN, excitatory="e"), "excitatory must be one of exc, inh"),
        (lambda: plots.isi_histogram(RUN, bins=0), "bins must be in"),
        (lambda: plots.accuracy_vs_length([0], {}), "lengths must be a list of positive"),
        (lambda: plots.accuracy_vs_length([1], {"a": [95]}), r"accuracies\['a'\]\[0\] must be a p"),
        (lambda: plots.accuracy_vs_fault_rate(0.1, {}), "rates must be a list of rates, not 0.1"),
        (lambda: plots.accuracy_vs_fault_rate([0], {"a": [1, 1]}), r"must have shape \(1,\) or"),
        (lambda: plots.error_vs_length([1], {"a": [0.0]}), r"errors\['a'\] must be 1 positive"),
    ],
)
def test_errors_name_the_rule_and_the_value(call, message):
    with pytest.raises(ValueError, match=message):
        call()
