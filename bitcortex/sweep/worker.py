"""What happens where a point is computed: one call of the job, and its outcome as JSON."""

import hashlib
import inspect
import json
import math
import time
import traceback
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from bitcortex import __version__
from bitcortex.errors import ToolError

Job = Callable[..., Mapping[str, Any]]


@lru_cache(maxsize=64)
def source_of(job: Job) -> str:
    """Return a digest of the text of a function; empty if it has none that can be read.

    What the function calls is not looked at.
    """
    try:
        text = inspect.getsource(job)
    except (OSError, TypeError):
        return ""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def call(job: Job, point: Mapping[str, Any], version: str, source: str) -> str:
    """Run a job at a point, and return what came of it as one line of JSON.

    Parameters
    ----------
    job, point
        The function, and its arguments.
    version, source
        Of bitcortex and of the job, where the sweep was started.

    Returns
    -------
    str
        ``{"result": {...}, "seconds": s}``, or ``{"error": ..., "traceback": ..., "seconds": s}``
        if the job raised.

    Raises
    ------
    ToolError
        If this worker has another version, so that its results would be of another sweep.
    """
    if version != __version__:
        raise ToolError(
            f"a worker has bitcortex {__version__}, and the sweep was started with {version}. "
            "Install the same on all machines"
        )
    # Of what a script defines itself, a worker on another machine has no source.
    if job.__module__ != "__main__" and source_of(job) != source:
        raise ToolError(
            f"a worker has another {job.__module__}.{job.__qualname__} than the one that the sweep "
            "was started with. Install the same on all machines, and restart the workers"
        )
    start = time.perf_counter()
    outcome: dict[str, Any]
    try:
        outcome = {"result": result_of(job(**point))}
    except (Exception, SystemExit) as error:
        outcome = {
            "error": f"{type(error).__name__}: {error}",
            "traceback": traceback.format_exc(),
        }
    outcome["seconds"] = round(time.perf_counter() - start, 4)
    return json.dumps(outcome, allow_nan=False)


def result_of(value: object) -> dict[str, Any]:
    """Return what a job returned as JSON values; NumPy values become Python's, NaN becomes null.

    Raises
    ------
    TypeError
        If it is not a dictionary, or something in it has no place in JSON.
    """
    if not isinstance(value, Mapping):
        raise TypeError(f"a job must return a dictionary, not {type(value).__name__}")
    plain_value: dict[str, Any] = plain("the result of a job", value)
    return plain_value


def plain(name: str, value: object) -> Any:
    """Return a value as JSON has it.

    Raises
    ------
    TypeError
        If there is no such thing in JSON; the message says where it is.
    """
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise TypeError(f"{name} must have names that are strings, not {key!r}")
        return {key: plain(f"{name}, {key}", entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(f"{name}[{at}]", entry) for at, entry in enumerate(value)]
    if hasattr(value, "tolist"):  # NumPy's numbers and arrays
        return plain(name, value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | bool | int):
        return value
    raise TypeError(
        f"{name} must be made of numbers, strings, lists and dictionaries, "
        f"not {type(value).__name__}"
    )
