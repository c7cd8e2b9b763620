"""Checkpoints of long runs of event-driven networks."""

import io
import os
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from bitcortex.errors import UserError
from bitcortex.models.network.event_step import Learned, Snapshot
from bitcortex.network.event_plan import EventPlan
from bitcortex.network.run import Events

INTERVAL = 30.0  # seconds between two checkpoints of a run
MAGIC = b"bitcortex-checkpoint-2\n"


def save(path: str | Path, plan: EventPlan, snapshot: Snapshot, events: Events) -> None:
    """Write a checkpoint; the old one stays until the new one is complete."""
    content = io.BytesIO()
    learned: dict[str, Any] = {"ages": snapshot.ages}
    for k, x in enumerate(snapshot.learned):
        learned[f"weights_{k}"], learned[f"previous_{k}"] = x.weights, x.previous
    np.savez_compressed(
        content,
        digest=plan.digest,
        name=plan.name,
        step=snapshot.step,
        v=snapshot.v,
        refractory=snapshot.refractory,
        generators=snapshot.generators,
        recent_steps=snapshot.spikes[0],
        recent_neurons=snapshot.spikes[1],
        event_step=events.step,
        event_neuron=events.neuron,
        **learned,
    )
    body = content.getvalue()
    temporary = Path(f"{path}.part")
    temporary.write_bytes(MAGIC + zlib.crc32(body).to_bytes(4, "little") + body)
    os.replace(temporary, path)


def load(path: str | Path, plan: EventPlan) -> tuple[Snapshot, Events]:
    """Read a checkpoint of this Plan.

    Raises
    ------
    UserError
        If the file is damaged, or is of another Plan.
    """
    raw = Path(path).read_bytes()
    start = len(MAGIC) + 4
    body = raw[start:]
    if (
        len(raw) <= start
        or not raw.startswith(MAGIC)
        or zlib.crc32(body) != int.from_bytes(raw[len(MAGIC) : start], "little")
    ):
        raise UserError(
            f"{path} is not a complete checkpoint of this version of bitcortex. "
            "Delete it to start anew"
        )
    with np.load(io.BytesIO(body), allow_pickle=False) as data:
        if str(data["digest"]) != plan.digest:
            raise UserError(
                f"{path} is a checkpoint of the Plan {data['name']} "
                f"{str(data['digest'])[:12]}, and this is {plan.name} {plan.digest[:12]}. The "
                "network was changed: run the old one, or delete the file to start anew"
            )
        snapshot = Snapshot(
            int(data["step"]),
            data["v"],
            data["refractory"],
            data["generators"],
            (data["recent_steps"], data["recent_neurons"]),
            data["ages"],
            tuple(
                Learned(data[f"weights_{k}"], data[f"previous_{k}"])
                for k in range(len(plan.plastic))
            ),
        )
        events = Events(snapshot.step, plan.neurons, data["event_step"], data["event_neuron"])
    return snapshot, events
