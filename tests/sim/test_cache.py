"""The build cache: one build per content, whatever runs at the same time."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bitcortex.errors import ToolError
from bitcortex.sim.rtl.cache import cache_root, cached, content_hash


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BITCORTEX_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


WORKER = """
import sys, time
from pathlib import Path
from bitcortex.sim.rtl.cache import cached

def build(folder):
    with open(sys.argv[1], "a") as file:
        file.write("built\\n")
    (folder / "half").write_text("a")
    time.sleep(0.5)
    (folder / "whole").write_text("b")

print(",".join(sorted(p.name for p in cached("test", "key", build).iterdir())))
"""


def test_processes_share_one_build(tmp_path: Path) -> None:
    """Four processes ask at once for a build that takes a while."""
    log = tmp_path / "log"
    command = [sys.executable, "-c", WORKER, str(log)]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    found = [process.communicate(timeout=60)[0].strip() for process in started]
    assert [process.returncode for process in started] == [0] * 4
    assert log.read_text() == "built\n"
    assert found == [".done,half,whole"] * 4


def fill(text: str) -> Callable[[Path], None]:
    def build(folder: Path) -> None:
        (folder / "file").write_text(text)

    return build


def failing(folder: Path) -> None:
    (folder / "half").write_text("a")
    raise ToolError("no")


def test_a_failing_build_leaves_nothing(own_cache: Path) -> None:
    with pytest.raises(ToolError, match="no"):
        cached("test", "key", failing)
    assert not (own_cache / "test" / "key").exists()
    folder = cached("test", "key", fill("good"))
    assert sorted(p.name for p in folder.iterdir()) == [".done", "file"]


def test_an_interrupted_build_is_made_again(own_cache: Path) -> None:
    """A killed process leaves a folder without its mark."""
    left = own_cache / "test" / "key"
    left.mkdir(parents=True)
    (left / "half").write_text("a")
    folder = cached("test", "key", fill("good"))
    assert folder == left
    assert not (left / "half").exists()
    assert (left / "file").read_text() == "good"


def test_a_finished_build_is_not_made_again() -> None:
    cached("test", "key", fill("first"))
    assert (cached("test", "key", fill("second")) / "file").read_text() == "first"
    assert (cached("test", "other", fill("second")) / "file").read_text() == "second"
    assert (cached("kind", "key", fill("third")) / "file").read_text() == "third"


def test_content_hash() -> None:
    assert content_hash("ab", "c") != content_hash("a", "bc")
    assert content_hash("a") == content_hash(b"a")
    assert len(content_hash()) == 20


def test_cache_root(own_cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert cache_root() == own_cache
    monkeypatch.delenv("BITCORTEX_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_root() == tmp_path / "xdg" / "bitcortex"
