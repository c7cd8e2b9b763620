"""Run one sweep on processes and on a local dask cluster; print what differs, as JSON.

A process of its own: a cluster leaves threads and warnings behind.
"""

import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Any

from distributed import LocalCluster

from bitcortex.cli.main import main

JOB = ["sweep", "brunel", "--axis", "g=3:8:4", "--axis", "eta=1:4:3", "--set", "n=100"]
JOB += ["--set", "j_mv=1.0", "--set", "seconds=0.1", "--json", "--out"]


def items(*words: str) -> Any:
    """Return what the command line prints."""
    with contextlib.redirect_stdout(io.StringIO()) as text:
        code = main([*JOB, *words])
    return {"code": code, **json.loads(text.getvalue())}


def compare(folder: Path) -> dict[str, Any]:
    """Return both results, and of a job that kills its worker."""
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        address = cluster.scheduler_address
        dask = items(str(folder / "dask.jsonl"), "--dask", address)
        again = items(str(folder / "dask.jsonl"), "--dask", address)
    pool = items(str(folder / "pool.jsonl"), "--workers", "1")
    return {"dask": dask, "pool": pool, "again": again}


if __name__ == "__main__":
    print(json.dumps(compare(Path(sys.argv[1]))))
