"""The example: regimes are what was measured, and the picture says so."""

import runpy
from pathlib import Path
from typing import Any

import pytest

from bitcortex.sweep import Outcome, Results

EXAMPLE = Path(__file__).parents[2] / "examples" / "phase_diagram.py"
MEASURED = [  # rate, CV, chi, and what it is
    (0.0, None, None, "Q"),
    (0.3, 1.0, 0.02, "Q"),
    (20.0, None, 0.02, "Q"),  # no neuron fired three times
    (300.0, 0.49, 0.5, "SR"),
    (100.0, 0.1, 0.19, "AR"),
    (30.0, 0.5, 0.2, "SI"),
    (30.0, 0.9, 0.1, "AI"),
    (30.0, 1.4, 0.6, "SI"),
]


@pytest.fixture(scope="module")
def example() -> dict[str, Any]:
    return runpy.run_path(str(EXAMPLE))


@pytest.fixture
def results() -> Results:
    axes = {"eta": [1.0, 2.0], "g": [3.0, 4.0, 5.0, 6.0]}
    outcomes = [
        Outcome(i, {}, {"rate_hz": rate, "cv_isi": cv, "synchrony": chi})
        for i, (rate, cv, chi, _) in enumerate(MEASURED)
    ]
    return Results(axes, tuple(outcomes))


def test_regimes(example: dict[str, Any], results: Results) -> None:
    found = [example["REGIMES"][index] for index in example["regimes"](results).ravel()]
    assert found == [name for *_, name in MEASURED]


def test_the_picture(example: dict[str, Any], results: Results, tmp_path: Path) -> None:
    figure = example["draw"](results)
    figure.savefig(tmp_path / "a.png", dpi=40)
    panels = [axes for axes in figure.axes if axes.get_xlabel()]
    assert len(panels) == 4
    assert {axes.get_xlabel() for axes in panels} == {"g, inhibition over excitation"}
    assert sorted(text.get_text() for text in panels[3].texts) == sorted(
        name for *_, name in MEASURED
    )
    labels = {axes.get_ylabel() for axes in figure.axes}
    assert {"Hz", "CV of inter-spike intervals", "chi, bins of 1 ms"} < labels


def test_the_axes_are_those_of_the_paper(example: dict[str, Any]) -> None:
    points = len(example["AXES"]["g"]) * len(example["AXES"]["eta"])
    assert points >= 100
    fixed = example["FIXED"]
    kicks = round(0.8 * fixed["n"] * fixed["probability"]) * fixed["j_mv"]
    assert kicks == 100.0  # mV, as 1,000 of 0.1 mV
