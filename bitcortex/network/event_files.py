"""Files of event-driven Plans: JSON, arrays compressed."""

import base64
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bitcortex.errors import UserError
from bitcortex.network.connectivity_plan import Bitmap, Connectivity, Procedural, Stored
from bitcortex.network.event_plan import (
    FORMAT,
    VERSION,
    EventPlan,
    EventPopulation,
    EventProjection,
    Recorded,
    tree,
)
from bitcortex.network.plasticity import Stdp

# What wrong bytes turn into on the way through base64, zlib, NumPy and the checks of a Plan.
DAMAGE = (
    KeyError, TypeError, AttributeError, IndexError, ValueError, OverflowError, MemoryError,
    SyntaxError, zlib.error,
)  # fmt: skip


def save(plan: EventPlan, path: str | Path) -> None:
    """Write a Plan as JSON, of exactly this name."""
    Path(path).write_text(text_of(plan))


def text_of(plan: EventPlan) -> str:
    """Return a Plan as JSON."""
    return json.dumps(tree(plan, _encode) | {"digest": plan.digest}, indent=1) + "\n"


def is_event_plan(path: str | Path) -> bool:
    """Return whether a file says that it is an event-driven Plan."""
    try:
        content = json.loads(Path(path).read_text(errors="replace"))
    except (ValueError, RecursionError):
        return False
    return isinstance(content, dict) and content.get("format") == FORMAT


def load(path: str | Path) -> EventPlan:
    """Read a Plan that `save` wrote.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    UserError
        If it is not an event-driven Plan, is of another version, or is truncated or altered.
    """
    return parse(Path(path).read_text(errors="replace"), path)


def parse(text: str, path: str | Path) -> EventPlan:
    """Return the Plan that a text from `text_of` stands for; `path` is for messages, as `load`."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path} is not a complete JSON file: {error}. Write it anew") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise UserError(f"{path} is not an event-driven Plan. Write one with EventPlan.save")
    if content.get("version") != VERSION:
        raise UserError(
            f"{path} is a Plan of version {content.get('version')}, and this bitcortex reads "
            f"version {VERSION}. Lower the network again"
        )
    try:
        populations = tuple(
            EventPopulation(**p | {"cdf": tuple(p["cdf"])}) for p in content["populations"]
        )
        recorded = tuple(
            Recorded(**r | {k: _decode(r[k]) for k in ("steps", "channels")})
            for r in content["recorded"]
        )
        projections = tuple(
            EventProjection(
                **p
                | {"connectivity": _connectivity(p["connectivity"])}
                | ({"plasticity": Stdp(**p["plasticity"])} if "plasticity" in p else {})
            )
            for p in content["projections"]
        )
        plan = EventPlan(
            content["name"], content["dt_ns"], content["data_width"], content["seed"],
            populations, recorded, projections,
        )  # fmt: skip
        digest = plan.digest
    except DAMAGE as error:
        raise UserError(f"{path} is a damaged Plan ({error!r}). Lower the network again") from None
    if digest != content.get("digest"):
        raise UserError(
            f"{path} was altered: its content has digest {digest[:12]}, and it says "
            f"{str(content.get('digest'))[:12]}. Lower the network again"
        )
    return plan


def _connectivity(content: dict[str, Any]) -> Connectivity:
    kinds: dict[str, Callable[..., Connectivity]] = {
        "bitmap": Bitmap,
        "stored": Stored,
        "procedural": Procedural,
    }
    fields = {
        k: _decode(v) if isinstance(v, dict) else v for k, v in content.items() if k != "store"
    }
    return kinds[content["store"]](**fields)


def _encode(array: NDArray[Any]) -> dict[str, Any]:
    little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    data = base64.b64encode(zlib.compress(little.data, 6)).decode()
    return {"dtype": little.dtype.str, "shape": list(array.shape), "zlib": data}


def _decode(content: dict[str, Any]) -> NDArray[Any]:
    data = zlib.decompress(base64.b64decode(content["zlib"], validate=True))
    return np.frombuffer(data, dtype=content["dtype"]).reshape(content["shape"])
