"""Every Python block of the docs and the README runs."""

from pathlib import Path
from typing import Any

import pytest
from sybil import Document
from sybil.parsers.myst import PythonCodeBlockParser

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/*.md")])


def test_there_are_pages() -> None:
    assert len(PAGES) > 5


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_code_blocks_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a page may write files
    if "from brian2 import" in page.read_text():
        pytest.importorskip("brian2", reason="pip install 'bitcortex[brian2]'")
    document: Any = Document.parse(str(page), PythonCodeBlockParser())
    document.namespace["__name__"] = "__main__"  # Migen's name tracer asks for it
    for example in document.examples():
        example.evaluate()


def test_a_failing_block_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```python\nassert 1 == 2\n```\n")
    document: Any = Document.parse(str(page), PythonCodeBlockParser())
    (example,) = document.examples()
    with pytest.raises(AssertionError):
        example.evaluate()
