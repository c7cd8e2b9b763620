"""Run one sweep on processes and on a local dask cluster; print what differs, as JSON.

A process of its own: a cluster leaves threads and warnings behind.
"""

import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Any

from dask import config
from distributed import LocalCluster

from bitcortex.cli.main import main

JOB = ["sweep", "brunel", "--axis", "g=3:8:4", "--axis", "eta=1:4:3", "--set", "n=50"]
JOB += ["--set", "j_mv=2.0", "--set", "seconds=0.03", "--set", "engine=golden", "--json", "--out"]


def items(*words: str) -> Any:
    """Return what the command line prints."""
    with contextlib.redirect_stdout(io.StringIO()) as text:
        code = main([*JOB, *words])
    return {"code": code, **json.loads(text.getvalue())}


def compare(folder: Path) -> dict[str, Any]:
    """Return the results of a cluster, of the same again, and of processes."""
    # A machine may be busy.
    config.set({"distributed.comm.timeouts.connect": "300s"})
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
