"""The HTML report: valid, self-contained, escaped."""

import base64
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from bitcortex.analysis import Report, plots

VOID = {"meta", "img", "br"}


class Outline(HTMLParser):
    """Collects tags, texts and images; fails on a tag that is not closed in order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.images, self.words = [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        if tag == "img":
            self.images.append(dict(attributes))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if data.strip() and self.open[-1] != "style":
            self.words.append((self.open[-1], data))


@pytest.fixture
def report():
    figure = plots.raster(np.eye(5), 1e-3)
    return (
        Report("Column & co")
        .section("Rates <E>", "First.\n\nSecond.")
        .table(
            ["name", "rate (Hz)", "equal", "spikes"],
            [["exc", 26.4321, True, 12345], ["inh", np.float64(1e6), np.False_, np.int64(7)]],
            "per population",
        )
        .figure(figure, 'A "raster" of 5 neurons')
        .code("a < b\n  c")
    )


def test_tags_close_and_texts_are_there(report):
    outline = Outline(report.html())
    assert report.html().startswith("<!DOCTYPE html>\n<html lang=")
    assert ("title", "Column & co") in outline.words
    assert ("h2", "Rates <E>") in outline.words
    assert [text for tag, text in outline.words if tag == "p"] == ["First.", "Second."]
    cells = [text for tag, text in outline.words if tag == "td"]
    assert cells == ["exc", "26.43", "yes", "12,345", "inh", "1,000,000", "no", "7"]
    assert ("pre", "a < b\n  c") in outline.words
    assert ("caption", "per population") in outline.words


def test_pictures_are_inside(report):
    (image,) = Outline(report.html()).images
    assert image["alt"] == 'A "raster" of 5 neurons'
    kind, data = image["src"].split(",", 1)
    assert kind == "data:image/png;base64"
    assert base64.b64decode(data).startswith(b"\x89PNG")


def test_nothing_is_loaded_from_elsewhere(report):
    text = re.sub(r"base64,[^\"]*", "", report.html())
    assert not re.search(r"https?:|//|url\(|@import|<link|<script|src=\"(?!data:)", text)


def test_markup_in_any_argument_is_text():
    evil = "<script>alert('x')</script>\"&"
    figure = plots.raster(np.eye(2), 1e-3)
    page = (
        Report(evil)
        .section(evil, evil)
        .text(evil)
        .code(evil)
        .table([evil], [[evil]], evil)
        .figure(figure, evil)
    ).html()
    outline = Outline(page)
    assert "script" not in outline.tags
    assert [text for _, text in outline.words] == [evil] * 10
    assert outline.images[0]["alt"] == evil


def test_write_makes_folders_and_utf8(tmp_path):
    path = Report("Dendritenbäume × 2").write(tmp_path / "a" / "b" / "report.html")
    assert path == tmp_path / "a" / "b" / "report.html"
    assert "Dendritenbäume × 2" in path.read_text(encoding="utf-8")


def test_a_row_of_another_length_is_an_error():
    with pytest.raises(ValueError, match=r"rows\[1\] must have 2 cells, one per header, not 1"):
        Report("r").table(["a", "b"], [[1, 2], [3]])
