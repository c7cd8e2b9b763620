"""Jobs of the tests of sweeps, which worker processes import."""

import os
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np


def power(x: float, y: int = 2) -> dict[str, Any]:
    return {"value": x**y, "parts": [x, y], "undefined": float("nan"), "array": np.arange(2)}


def logged(x: int, y: int, log: str, seconds: float = 0.02) -> dict[str, Any]:
    """Write down that it was called, and by whom, in one write."""
    with Path(log).open("a") as file:
        file.write(f"{x} {y} {os.getpid()}\n")
    time.sleep(seconds)
    return {"sum": x + y}


def moody(x: int, wrong: str = "") -> dict[str, Any]:
    """Fail at 2, as long as there is a file that says so, and in the way that it says."""
    if x == 2 and Path(wrong).exists():
        how = Path(wrong).read_text()
        if how == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if how == "exit":
            os._exit(3)
        if how == "quit":
            raise SystemExit(4)
        if how == "wrong":
            return {"no": object()}
        raise ValueError(f"x must not be 2, not {x}")
    print("a word on standard output")
    return {"value": x}


def environment(x: int) -> dict[str, Any]:
    return {"numba": os.environ.get("NUMBA_NUM_THREADS"), "owner": os.getppid()}
