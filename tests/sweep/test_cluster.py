"""A dask cluster gives what processes give; a missing one says what to do."""

import builtins
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bitcortex.cli.main import main
from bitcortex.errors import LinkError, ToolError
from bitcortex.sweep import dask_executor

TESTS = Path(__file__).parent.parent


@pytest.mark.full
def test_a_dask_cluster_gives_the_same(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, TESTS / "sweep" / "dask_script.py", tmp_path],
        capture_output=True, text=True, timeout=500, check=False, cwd=TESTS.parent,
        env=os.environ | {"NUMBA_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    dask, pool, again = (found[name] for name in ("dask", "pool", "again"))
    assert dask["ok"]
    assert pool["ok"]
    assert len(dask["items"]) == 12
    for one, other, third in zip(dask["items"], pool["items"], again["items"], strict=True):
        assert one["point"] == other["point"]
        assert one["result"] == other["result"] == third["result"]
        assert one["result"]["spikes"] > 0
        assert not one["resumed"]
        assert third["resumed"]


def test_a_missing_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.partition(".")[0] == "distributed":
            raise ModuleNotFoundError("No module named 'distributed'", name="distributed")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with (
        pytest.raises(ToolError, match=r"not installed\. Try: pip install 'bitcortex\[dask\]'"),
        dask_executor("tcp://127.0.0.1:1"),
    ):
        pass
    out = tmp_path / "a.jsonl"
    words = ["sweep", "brunel", "--axis", "g=3", "--out", str(out), "--dask", "tcp://127.0.0.1:1"]
    assert main(words) == 2
    assert not out.exists()


def test_an_address_without_a_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bitcortex.sweep.cluster.PATIENCE", 0.5)
    with (
        pytest.raises(LinkError, match=r"no dask scheduler answers at tcp://127\.0\.0\.1:9"),
        dask_executor("tcp://127.0.0.1:9"),
    ):
        pass
    with (
        pytest.raises(LinkError, match="no dask scheduler answers at nonsense://x"),
        dask_executor("nonsense://x"),
    ):
        pass
