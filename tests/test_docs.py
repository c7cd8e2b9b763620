"""Every Python block of the docs and the README runs, and every shell block of the tutorials.

A Python block below a line `<!-- full -->` runs in `make test-full` only, as shell blocks do.
"""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sybil import Document
from sybil.parsers.myst import CodeBlockParser, PythonCodeBlockParser

ROOT = Path(__file__).parent.parent
TUTORIALS = sorted(ROOT.glob("docs/tutorials/*.md"))
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/*.md"), *TUTORIALS])
LONGER = "<!-- full -->\n"
HAS_LONGER = [page for page in PAGES if LONGER in page.read_text()]
FIGURE_BYTES = 60_000


def stem(page: Path) -> str:
    return page.stem


def figures(page: Path) -> list[str]:
    return re.findall(r"\]\(\.\./images/(.+?)\)", page.read_text())


def run_blocks(page: Path, longer: bool) -> None:
    """Run the Python blocks of a page, also those that take long, or without them."""
    document: Any = Document.parse(str(page), PythonCodeBlockParser())
    document.namespace["__name__"] = "__main__"  # Migen's name tracer asks for it
    for example in document.examples():
        if longer or not document.text[: example.region.start].endswith(LONGER):
            example.evaluate()


def shell_blocks(page: Path) -> list[Any]:
    return [e.parsed for e in Document.parse(str(page), CodeBlockParser("bash")).examples()]


def test_there_are_pages() -> None:
    assert len(PAGES) > 5
    assert len(TUTORIALS) >= 3


@pytest.mark.parametrize("page", PAGES, ids=stem)
def test_code_blocks_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a page may write files
    if re.search("^from brian2 import", page.read_text(), re.MULTILINE):
        pytest.importorskip("brian2", reason="pip install 'bitcortex[brian2]'")
    run_blocks(page, longer=False)
    if page in TUTORIALS:
        for name in figures(page):
            assert (tmp_path / name).exists(), f"{page.name} shows {name}, but does not draw it"


@pytest.mark.full
@pytest.mark.parametrize("page", HAS_LONGER, ids=stem)
def test_longer_blocks_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run_blocks(page, longer=True)


@pytest.mark.full
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("page", [page for page in TUTORIALS if shell_blocks(page)], ids=stem)
def test_shell_blocks_run(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=":")
    for block in shell_blocks(page):
        done = subprocess.run(["bash", "-euc", block], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("page", TUTORIALS, ids=stem)
def test_every_block_of_a_tutorial_is_run(page: Path) -> None:
    """Fences hold Python or shell, which run, or one of Sphinx's directives."""
    opening = re.findall(r"^```(.*)\n(?:.*\n)*?```$", page.read_text(), re.MULTILINE)
    assert all(re.fullmatch(r"python|bash|\{\w+\}.*", kind) for kind in opening), opening
    marks = page.read_text().split(LONGER)[1:]
    assert all(rest.startswith("```python\n") for rest in marks)


def test_figures_are_small_and_used() -> None:
    shown = [name for page in TUTORIALS for name in figures(page)]
    for name in shown:
        assert (ROOT / "docs/images" / name).stat().st_size < FIGURE_BYTES, name
    others = {"column.png", "phase_diagram.png", "faults.png"}  # of the README and other pages
    assert {path.name for path in ROOT.glob("docs/images/*")} == {*shown, *others}


def test_a_failing_block_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"```python\nx = 1\n```\n{LONGER}```python\nassert x == 2\n```\n")
    run_blocks(page, longer=False)
    with pytest.raises(AssertionError):
        run_blocks(page, longer=True)


def test_figures_of_questions_are_those_of_their_pages() -> None:
    """A bold figure of a table stands on the page that its row links to."""
    page = ROOT / "docs/tutorials/questions.md"
    rows = re.findall(r"^\| (.*) \| \[.*?\]\((.+?)\) \| (.*) \|$", page.read_text(), re.MULTILINE)
    assert len(rows) > 15
    for figures_, link, command in rows:
        quoted = re.findall(r"\*\*(.+?)\*\*", figures_)
        assert quoted, figures_
        assert command, figures_
        there = (page.parent / link).read_text()
        for figure in quoted:
            assert re.search(rf"(?<![\d.,]){re.escape(figure)}(?![\d,])", there), (figure, link)
