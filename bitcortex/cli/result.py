"""What a verb returns: one object that becomes JSON for machines and tables for people."""

import json
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Item = dict[str, Any]


@dataclass(frozen=True)
class Result:
    """Outcome of a verb.

    Parameters
    ----------
    ok
        False makes the command exit with 1.
    items
        One object per thing reported; their keys are documented in docs/cli.md.
    """

    ok: bool
    items: list[Item] = field(default_factory=list)

    def json(self) -> str:
        """Return ``{"ok": ..., "items": [...]}``; NaN becomes null."""
        return json.dumps({"ok": self.ok, "items": _plain(self.items)}, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
